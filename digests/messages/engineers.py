"""Engineers: their shares of the bill, and what Claude Code did for them."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from digests.layout import blocks
from digests.layout import buttons as layout_buttons
from digests.layout.buttons import Page
from digests.layout.message import Message, message, render_template
from digests.numbers.engineer_lines import EngineerLine, EngineerLines, ModelLine, is_person
from digests.numbers.report import EngineersReport, Question
from digests.words import completeness, distinct, phrases, wording

ROWS, DETAILED, NAMED = 25, 5, 5  # lines of a table, of details, and named in the text


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
) -> Message:
    """Return engineers' shares of the bill, and what Claude Code did for them.

    `own` is a person's own report, for themselves, or for others with their name as `owner`.
    """
    page = Page.at(start, size=ROWS, count=len(report.lines))
    figures = _figures(report) if report.lines else []
    rendered = render_template(
        "engineers",
        **_headline(report, now=now, zone=zone),
        **_body(report, list(report.lines[page.start : page.end]), own=own),
        organization=wording.short(report.organization),
        own=own,
        owner=wording.short(owner) if owner else "",
        figures=[
            wording.spoken(f"{label} {figure}") for label, figure in figures if figure != wording.UNKNOWN
        ],
        lines=page.words,
        **_small_print(report, now=now, zone=zone),
    )
    return message(
        rendered,
        blocks.section(rendered.headline),
        blocks.figures(*figures) if figures else None,
        _table(report, page) if report.lines and not own else None,
        *blocks.sections(rendered.body),
        blocks.context(rendered.footnote),
        *(_buttons(report, page, now=now, share=share, own=own) if buttons else ()),
    )


def _headline(report: EngineersReport, *, now: datetime, zone: str) -> dict[str, object]:
    today, cost = phrases.day_of(now, report.period.zone), report.total.cost
    total, when = wording.spend(cost, report.total.estimated), _when(report, today, zone)
    return {
        "has_data": phrases.has_engineer_data(report),
        "began": phrases.began(report),
        "when": when,
        "spent_when": f", {when.removeprefix('for ')}" if when.startswith("for ") else f" {when}",
        "in_part": completeness.in_part(report),
        "unsplit": completeness.unsplit(report.extent, "engineer"),
        "total": total,
        "total_spoken": wording.spoken(total),
        "band": _band(report),
        "change": _change(report),
        "change_spoken": wording.change_spoken(cost, report.previous_cost) if report.lines else "",
        "like": phrases.like_of(report.period, report.extent, report.previous_until, today=today),
    }


def _when(report: EngineersReport, today: date, zone: str) -> str:
    is_known = phrases.has_engineer_data(report)
    return phrases.when_of(report.period, report.extent, today, zone, is_known=is_known)


def _body(report: EngineersReport, shown: Sequence[EngineerLine], *, own: bool) -> dict[str, object]:
    detailed = [line for line in shown if line.is_somebody and (line.is_active or own)]
    return {
        "active": "" if own else wording.counted(len(report.lines.filter(is_person)), "engineer"),
        "seats": bool(report.total.subscription_cost),
        "details": [_detail(line) for line in detailed[:DETAILED]] if report.has_activity else [],
        "models": [_model(line) for line in report.models[:DETAILED]],
        "tools": "" if report.total.acceptance is None else wording.share(report.total.acceptance),
        "most": [f"{wording.short(line.name)} {wording.spoken(spent(line))}" for line in shown[:NAMED]],
    }


def _small_print(report: EngineersReport, *, now: datetime, zone: str) -> dict[str, object]:
    return {
        "basis": phrases.basis(report, now, zone) if phrases.has_engineer_data(report) else [],
        "whose": phrases.ownership(report.total),
        "missing": completeness.missing_from(report, now=now, zone=zone),
        "doubts": phrases.doubts(report, phrases.day_of(now, report.period.zone)),
        "zone": phrases.calendar_of(report.period, now=now, zone=zone),
        "activity_days": "" if report.period.zone == "UTC" else "Claude Code activity is by UTC day",
        "as_of": phrases.freshness(report, now=now, zone=zone),
    }


def _buttons(
    report: EngineersReport, page: Page, *, now: datetime, share: bool, own: bool
) -> Sequence[blocks.Block]:
    command = "me" if own else "engineers"
    steps = layout_buttons.navigation(
        lambda days: f"{command} {phrases.period_text(days)}",
        report.period,
        today=phrases.day_of(now, report.period.zone),
        page=None if own else page,
        export="" if own else f"{phrases.period_text(report.period)} by engineer",
        share=share,
    )
    return steps if own else [layout_buttons.views(Question(report.period), without="engineer"), *steps]


def _band(report: EngineersReport) -> str:
    """Return the band of a cost that is estimated as a whole, "" for any other."""
    shown = (
        report.basis in ("estimated", "provisional")
        and report.band is not None
        and phrases.has_engineer_data(report)
    )
    return wording.band(report.band) if shown and report.band is not None else ""


def spent(line: EngineerLine) -> str:
    """Return an engineer's share of the bill; usage covered by a subscription has no amount."""
    if line.cost or line.estimated:
        return wording.spend(line.cost, line.estimated)
    return wording.UNKNOWN


def _change(report: EngineersReport) -> str:
    seen = wording.change(report.total.cost, report.previous_cost)
    return "" if seen == wording.UNKNOWN or not report.lines else seen


def _figures(report: EngineersReport) -> list[tuple[str, str]]:
    everyone = report.total
    paid = [("Claude Code", _paid(everyone))] if _paid(everyone) else []
    if not report.has_activity:
        return [*paid, *((label, wording.UNKNOWN) for label in ("Commits", "Pull requests", "Lines"))]
    return [
        *paid,
        ("Commits", _with_unit_cost(everyone.commits, everyone.cost_per_commit, everyone)),
        ("Pull requests", _with_unit_cost(everyone.pull_requests, everyone.cost_per_pull_request, everyone)),
        ("Lines", _lines(everyone)),
    ]


def _paid(line: EngineerLine) -> str:
    """Return the cost of Claude Code, and its use by subscription, which is not on this bill."""
    code, seats = line.code_cost, line.subscription_cost
    billed = wording.spend(code, line.estimated) if code else ""
    apart = f"{wording.about(seats)} covered by subscriptions" if seats else ""
    return "  ·  ".join(filter(None, (billed, apart)))


def _table(report: EngineersReport, page: Page) -> blocks.Block:
    shown = list(report.lines[page.start : page.end])
    rows = [
        *_together(report.lines[: page.start], "above"),
        *(
            _row(name, line)
            for name, line in zip(distinct.cut([line.name for line in shown]), shown, strict=True)
        ),
        *_together(report.lines[page.end :], "others"),
    ]
    return blocks.table(["Engineer", "Spend", "Sessions", "Commits / PRs"], rows, _row("Total", report.total))


def _together(hidden: EngineerLines, where: str) -> list[list[str]]:
    """Return a row for the lines of other pages, if there are any."""
    return [_row(f"{wording.number(len(hidden))} {where}", hidden.as_one_line())] if hidden else []


def _row(name: str, line: EngineerLine) -> list[str]:
    if not line.is_active:
        return [name, spent(line), wording.UNKNOWN, wording.UNKNOWN]
    done = f"{wording.number(line.commits)} / {wording.number(line.pull_requests)}"
    return [name, spent(line), wording.number(line.sessions), done]


def _detail(line: EngineerLine) -> dict[str, str]:
    each = [
        f"{_cost_text(cost, line)} per {thing}"
        for cost, thing in ((line.cost_per_commit, "commit"), (line.cost_per_pull_request, "PR"))
        if cost is not None
    ]
    seat, code = line.subscription_cost, line.code_cost
    return {
        "name": wording.short(line.name),
        "code": f"{wording.spend(code, line.estimated)} with Claude Code"
        if code and code != line.cost
        else "",
        "lines": f"{_lines(line)} lines{_accepted(line)}" if line.is_active else "No Claude Code activity",
        "tokens": f"{wording.tokens(line.tokens)} tokens" if line.tokens else "",
        "each": ", ".join(each),
        "seat": f"{wording.about(seat)} covered by subscriptions" if seat else "",
    }


def _model(line: ModelLine) -> str:
    return f"{wording.named(line.model, 'model')} {wording.estimated(line.estimated_cost)}"


def _with_unit_cost(count: int, cost: Decimal | None, line: EngineerLine) -> str:
    return wording.number(count) + (f"  ·  {_cost_text(cost, line)} each" if cost is not None else "")


def _cost_text(cost: Decimal, line: EngineerLine) -> str:
    return wording.billed(cost) if line.is_billed else wording.estimated(cost)


def _lines(line: EngineerLine) -> str:
    return f"+{wording.number(line.lines_added)} -{wording.number(line.lines_removed)}"


def _accepted(line: EngineerLine) -> str:
    return "" if line.acceptance is None else f", {wording.share(line.acceptance)} of edits accepted"
