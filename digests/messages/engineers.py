"""Engineers: their shares of the bill, and what Claude Code did for them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from digests.layout import blocks
from digests.layout.blocks import button
from digests.layout.buttons import Page
from digests.layout.controls import Controls, groups_of
from digests.layout.message import Message, message, render_template
from digests.messages.about import TITLE, details
from digests.numbers.engineer_lines import EngineerLine, EngineerLines, ModelLine, is_person
from digests.numbers.lines import is_somebody
from digests.numbers.report import EngineersReport, Question
from digests.words import completeness, distinct, phrases, shorter, wording
from digests.words.change import since as changes
from digests.words.change.since import Change

ROWS, ALL, NAMED = 10, 90, 5  # lines of the first page and of later ones, which Slack takes; in the text
MODELS = 5  # of Claude Code, in one line
FACTS = 4  # in the small print, as under every answer
WHO, ASSIGN = "Who is behind it?", "Assign a key…"


def engineers(
    report: EngineersReport,
    *,
    now: datetime,
    zone: str,
    start: int = 0,
    buttons: bool = True,
    share: bool = True,
    own: bool = False,
    owner: str = "",
    assign: bool = False,
    in_full: bool = False,
) -> Message:
    """Return people's shares of the bill, what has nobody behind it, and what Claude Code did for them.

    `own` is a person's own report, for themselves, or for others with their name as `owner`. With `assign`
    keys can be given to people; with `in_full`, what is *About these figures* in Slack stands below.
    """
    people = report.lines if own else report.lines.filter(is_person)
    page = Page.short_first(ROWS if in_full else start, size=ROWS, then=ALL, count=len(people))
    rendered = render_template(
        "engineers",
        **_headline(report, people, now=now, zone=zone, own=own),
        **_body(report, people, own=own),
        **_small_print(report, now=now, zone=zone),
        owner=wording.short(owner) if owner else "",
        lines="" if page.asked == page.opened else page.words,
        most=_spoken(people, page) if people and not own else "",
    )
    row = _controls(report, page, now=now, share=share, own=own, assign=assign) if buttons else None
    return message(
        rendered,
        blocks.section(rendered.headline),
        _without_owner(report, people, assign=assign) if not own else None,
        _table(report, people, page) if people and not own else None,
        *blocks.sections(rendered.body),
        row,
        blocks.context(rendered.footnote),
        blocks.context("\n".join(map(wording.escape, details(report, now=now, zone=zone))))
        if in_full
        else None,
    )


def _headline(
    report: EngineersReport, people: EngineerLines, *, now: datetime, zone: str, own: bool
) -> dict[str, object]:
    today, all_people = phrases.day_of(now, report.period.zone), people.as_one_line()
    total, when = wording.spend(all_people.cost, all_people.estimated), _when(report, today, zone)
    return {
        "organization": wording.short(report.organization),
        "own": own,
        "has_data": phrases.has_engineer_data(report),
        "began": phrases.began(report),
        "when": when,
        "spent_when": f", {when.removeprefix('for ')}" if when.startswith("for ") else f" {when}",
        "in_part": completeness.in_part(report),
        "unsplit": completeness.unsplit(report.extent, "engineer"),
        "total": total,
        "total_spoken": wording.spoken(total),
        "basis": phrases.basis_spoken(report),
        "change": _change(report, all_people, today),
        "doubts": phrases.doubts(report, today),
        "rest": "" if own else rest(report, people),
        "active": wording.counted(len(people), "engineer") if people else "",
    }


def _when(report: EngineersReport, today: date, zone: str) -> str:
    is_known = phrases.has_engineer_data(report)
    return phrases.when_of(report.period, report.extent, today, zone, is_known=is_known)


def _change(report: EngineersReport, all_people: EngineerLine, today: date) -> Change:
    if not report.extent.is_comparable:
        return changes.NO_COMPARISON
    like = phrases.like_of(report.period, report.extent, report.previous_until, today=today)
    return changes.since(all_people.cost, all_people.estimated, report.people_before, like)


def rest(report: EngineersReport, people: EngineerLines) -> str:
    """Say what has no engineer behind it: `$13,371.08 more has …: $11,332 not attributed, $2,015 from …`.

    It is "" for nothing; with one reason only, that is said alone.
    """
    others = report.lines.filter(lambda id_: not is_person(id_)).as_one_line()
    if not others.cost:
        return ""
    accounts = report.lines.filter(lambda id_: is_somebody(id_) and not is_person(id_))
    theirs = accounts.as_one_line().cost
    nobody = others.cost - theirs
    total = f"{wording.spend(others.cost, others.estimated)}{' more' if people else ''}"
    by_accounts = f"from {wording.counted(len(accounts), 'service account')}"
    if not theirs:
        return f"{total} is not attributed to an engineer"
    if not nobody:
        return f"{total} is {by_accounts}"
    parts = f"{wording.about(nobody)} not attributed, {wording.about(theirs)} {by_accounts}"
    return f"{total} has no engineer behind it: {parts}"


def _without_owner(report: EngineersReport, people: EngineerLines, *, assign: bool) -> blocks.Block | None:
    """Return the line on what has no engineer behind it, with a button that mends it."""
    words = rest(report, people)
    if not words:
        return None
    line = blocks.section(f"{wording.escape(words)}.")
    return {**line, "accessory": button(WHO, "assign")} if assign else line


def _body(report: EngineersReport, people: EngineerLines, *, own: bool) -> dict[str, object]:
    code = list(_claude_code(people.as_one_line())) if report.has_activity else []
    return {
        "code": [words for words, _ in code],
        "code_spoken": [wording.spoken(words) for _, words in code],
        "models": [_model(line) for line in report.models[:MODELS]] if own else [],
    }


def _claude_code(everyone: EngineerLine) -> Iterator[tuple[str, str]]:
    """Yield what Claude Code cost and did, part by part, as shown and as spoken."""
    parts = [
        wording.spend(everyone.code_cost, everyone.estimated) if everyone.code_cost else "",
        f"{wording.about(everyone.subscription_cost)} covered by subscriptions"
        if everyone.subscription_cost
        else "",
        *(_counts(everyone) if everyone.is_active else ()),
    ]
    yield from ((part, part) for part in parts if part)
    if not everyone.is_active:
        return
    added, removed = wording.number(everyone.lines_added), wording.number(everyone.lines_removed)
    yield f"+{added} -{removed} lines", f"{added} lines added and {removed} removed"
    if everyone.acceptance is not None:
        accepted = f"{wording.share(everyone.acceptance)} of edits accepted"
        yield accepted, accepted


def _counts(everyone: EngineerLine) -> Iterator[str]:
    yield _with_unit_cost(everyone.commits, "commit", everyone.cost_per_commit, everyone)
    yield _with_unit_cost(everyone.pull_requests, "PR", everyone.cost_per_pull_request, everyone)
    yield wording.counted(everyone.sessions, "session")


def _with_unit_cost(count: int, thing: str, cost: Decimal | None, line: EngineerLine) -> str:
    each = f" ({_cost_text(cost, line)} each)" if cost is not None else ""
    return f"{wording.counted(count, thing)}{each}"


def _cost_text(cost: Decimal, line: EngineerLine) -> str:
    return wording.billed(cost) if line.is_billed else wording.estimated(cost)


def _small_print(report: EngineersReport, *, now: datetime, zone: str) -> dict[str, object]:
    missing = completeness.missing_from(report, now=now, zone=zone)
    facts = [
        phrases.basis_in_short(report) if phrases.has_engineer_data(report) else "",
        phrases.calendar_of(report.period, now=now, zone=zone),
        completeness.in_one(missing),
    ]
    return {
        "facts": list(filter(None, facts)),
        "missing": missing,
        "as_of": phrases.freshness(report, now=now, zone=zone),
    }


def _controls(
    report: EngineersReport, page: Page, *, now: datetime, share: bool, own: bool, assign: bool
) -> blocks.Block:
    command, (dates, zone) = "me" if own else "engineers", phrases.period_text(report.period).split(" ")
    export = {} if own else {f"export {dates} by engineer {zone}": "Export CSV"}
    return Controls(
        ask=lambda days: f"{command} {days} {zone}",
        days=report.period,
        today=phrases.day_of(now, report.period.zone),
        page=None if own else page,
        groups={} if own else groups_of(Question(report.period, "engineer")),
        menu={
            **export,
            f"about {command} {dates} {zone}": TITLE,
            **({"assign": ASSIGN} if assign else {}),
        },
        is_shareable=share,
    ).row()


def spent(line: EngineerLine) -> str:
    """Return an engineer's share of the bill; usage covered by a subscription has no amount."""
    if line.cost or line.estimated:
        return wording.spend(line.cost, line.estimated)
    return wording.UNKNOWN


def _spoken(people: EngineerLines, page: Page) -> shorter.Shortened:
    """Return the first people of a page for screen readers, and the others added up."""
    shown = people[page.start : page.end] if page.start else people

    def figure(first: int, last: int) -> str:
        line = shown[first:last].as_one_line()
        commits = f" ({wording.counted(line.commits, 'commit')})" if line.commits else ""
        return (
            f"{wording.spoken(spent(line))}{commits}" if spent(line) != wording.UNKNOWN else "nothing billed"
        )

    return shorter.lines([line.name for line in shown[:NAMED]], figure, of=len(shown))


def _table(report: EngineersReport, people: EngineerLines, page: Page) -> blocks.Block:
    shown = list(people[page.start : page.end])
    row = _row_of(report, people)
    names = distinct.cut([line.name for line in shown])
    rows = [
        *_together(people[: page.start], "above", row),
        *(row(name, line) for name, line in zip(names, shown, strict=True)),
        *_together(people[page.end :], "other", row),
    ]
    last = "Commits / PRs" if report.has_activity else "Share"
    return blocks.table(["Engineer", "Spend", last], rows, row("Total", people.as_one_line()))


Row = Callable[[str, EngineerLine], list[str]]


def _row_of(report: EngineersReport, people: EngineerLines) -> Row:
    """Return the function that makes a row: with what Claude Code did, else with the share."""
    total = people.as_one_line().cost

    def row(name: str, line: EngineerLine) -> list[str]:
        if not report.has_activity:
            return [name, spent(line), wording.share(line.cost / total) if total else wording.UNKNOWN]
        done = f"{wording.number(line.commits)} / {wording.number(line.pull_requests)}"
        return [name, spent(line), done if line.is_active else wording.UNKNOWN]

    return row


def _together(hidden: EngineerLines, where: str, row: Row) -> list[list[str]]:
    """Return a row for the lines of other pages, if there are any."""
    if not hidden:
        return []
    count = len(hidden)
    words = wording.counted(count, where) if where == "other" else f"{wording.number(count)} {where}"
    return [row(words, hidden.as_one_line())]


def _model(line: ModelLine) -> str:
    return f"{wording.named(line.model, 'model')} {wording.estimated(line.estimated_cost)}"


__all__: Sequence[str] = ["ALL", "ASSIGN", "ROWS", "engineers", "rest", "spent"]
