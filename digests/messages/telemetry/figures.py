"""The answer about telemetry of a period: the total, how it is paid for, and the lines of a dimension."""

from collections.abc import Callable
from decimal import Decimal

from digests.layout import blocks, buttons
from digests.layout.buttons import Page
from digests.layout.message import Message, Rendered, message, notice, render_template
from digests.messages.ask_admin import ask_admin
from digests.messages.telemetry.session_lines import session_line
from digests.numbers.telemetry.figures import Active, Dimension, TelemetryLine, TelemetryReport, cost_of
from digests.words import phrases, wording
from providers.period import DAY, Period
from providers.usage import TOKEN_KINDS
from storage.facts.telemetry.totals import Line

UNKNOWN = "Not known"
NO_PRICE = "no price known"
MOST = 40  # lines in a terminal: a choice; JSON has all of them
ROWS = 15  # of a page in Slack, which fit on two screens of a phone
SESSIONS = 10  # each is a line of text, and the dearest come first
VIEWS: tuple[tuple[Dimension, str], ...] = (
    ("model", "By model"),
    ("engineer", "By engineer"),
    ("repository", "By repository"),
    ("skill", "By skill"),
    ("session", "Sessions"),
)
"""The groupings that have a button; the others are typed."""
_ME = "me"  # the person who asks, as one types it
_HEADS = {"mcp server": "MCP server"}
_PAID = {
    "api": "billed by the token",
    "plan": "worth at API prices under subscriptions",
    "other_clouds": "through other clouds",
}
_READ = TOKEN_KINDS.index("cache_read")
_CLAIMED = "†"  # after a name that only the sender vouches for


def telemetry_not_connected(*, admin: bool) -> Message:
    """Say that no client reports yet, and who can connect."""
    connect = blocks.button("Connect telemetry", "connect:claude", primary=True)
    return notice("telemetry_not_connected", connect if admin else ask_admin("telemetry"), admin=admin)


def telemetry(report: TelemetryReport, *, person: str = "", start: int = 0, share: bool = False) -> Message:
    """Return what telemetry says of a period, with buttons.

    `person` is who was asked for, as one would type it, "" for everybody.
    """
    page = Page.at(start, size=ROWS, count=len(report.lines))
    return _message(report, person, page, *_buttons(report, person, page, share=share))


def telemetry_in_text(report: TelemetryReport) -> Message:
    """Return what telemetry says of a period for a terminal, without buttons."""
    return _message(report, "", Page.at(0, size=MOST, count=len(report.lines)))


def _message(report: TelemetryReport, person: str, page: Page, *rows: blocks.Block) -> Message:
    rendered = _rendered(report, person, page)
    return message(
        rendered,
        blocks.section(rendered.headline),
        *blocks.sections(rendered.body),
        _table(report, page) if report.lines and report.has_data else None,
        blocks.context(rendered.footnote),
        *rows,
    )


def _rendered(report: TelemetryReport, person: str, page: Page) -> Rendered:
    total, shown = report.total, report.lines[page.start : page.end]
    return render_template(
        "telemetry",
        has_data=report.has_data,
        is_own=person == _ME,
        person=wording.short(report.person) if report.person else "",
        total=_cost(total) if report.has_data else UNKNOWN,
        period=wording.period(report.period, today=report.as_of.date()),
        change=_change(report),
        parts=", ".join(
            f"{wording.estimated(cost)} {_PAID[part]}" for part, cost in report.parts.items() if cost
        ),
        requests=wording.counted(total.requests, "request"),
        sessions=wording.counted(total.sessions, "session"),
        tokens=_tokens(total),
        made=_made(total),
        active=_active(report.active) if report.active else "",
        listed=[session_line(each, has_name=not report.person) for each in report.sessions[:SESSIONS]],
        more=wording.number(len(report.sessions[SESSIONS:])) if report.sessions[SESSIONS:] else "",
        has_claims=any(map(_is_claimed, shown)),
        lines=page.words,
        missing="; ".join(f"{_days(days, report)}: {why}" for days, why in report.missing),
    )


def _change(report: TelemetryReport) -> str:
    """Return the change since the comparison period, "" if one of the two is not whole."""
    if report.previous is None or report.missing or not report.has_data:
        return ""
    return wording.change(report.total.cost, report.previous)


def _tokens(line: Line) -> str:
    count, read = sum(line.tokens), line.tokens[_READ]
    cached = f", {wording.share(Decimal(read) / count)} read from the cache" if read else ""
    return f"{wording.tokens(count)} tokens{cached}"


def _made(line: Line) -> str:
    """Return what was made, each with its cost: `14 commits (≈ $1.30 each), 1 pull request (≈ $9 each)`."""
    counts = ((line.commits, "commit"), (line.pull_requests, "pull request"))
    return ", ".join(
        f"{wording.counted(count, name)} ({wording.estimated(line.cost / count)} each)"
        for count, name in counts
        if count
    )


def _each(line: Line, count: int) -> str:
    return wording.estimated(line.cost / count) if count else wording.UNKNOWN


def _active(active: Active) -> str:
    if not active.people and not active.sessions:
        return f"nobody in the last {active.minutes} minutes"
    people = wording.counted(active.people, "person", "people")
    sessions = wording.counted(active.sessions, "session")
    return f"{people} in {sessions}, in the last {active.minutes} minutes"


def _table(report: TelemetryReport, page: Page) -> blocks.Block:
    head = _HEADS.get(report.dimension, report.dimension.capitalize())
    is_made = report.dimension in _MAKERS and bool(report.total.commits or report.total.pull_requests)
    rows = [
        [
            _name(line, report.dimension),
            _cost(line.figures),
            *(_made_columns(line.figures) if is_made else _used_columns(line.figures)),
        ]
        for line in report.lines[page.start : page.end]
    ]
    return blocks.table([head, "Cost", *(_MADE if is_made else _USED)], rows)


_USED, _MADE = ("Requests", "Sessions"), ("Per commit", "Per pull request")
_MAKERS: tuple[Dimension, ...] = ("engineer", "repository", "team")


def _used_columns(line: Line) -> tuple[str, str]:
    return wording.number(line.requests), wording.number(line.sessions)


def _made_columns(line: Line) -> tuple[str, str]:
    return _each(line, line.commits), _each(line, line.pull_requests)


_NAMED_BY: dict[str, Callable[[str], str]] = {"model": wording.model}


def _name(line: TelemetryLine, dimension: Dimension) -> str:
    name = wording.short(_NAMED_BY.get(dimension, str)(line.name))
    if line.figures.others:
        return f"{name} ({wording.number(line.figures.others)} lines)"
    return name + (_CLAIMED if _is_claimed(line) else "")


def _is_claimed(line: TelemetryLine) -> bool:
    return line.figures.trust == "claim"


def _cost(line: Line) -> str:
    cost = cost_of(line)
    return NO_PRICE if cost is None else wording.estimated(cost)


def _days(days: Period, report: TelemetryReport) -> str:
    today, last = report.as_of.date(), days.end - DAY
    if days.length == 1:
        return wording.day(days.start, today=today)
    return f"{wording.day(days.start, today=today)} to {wording.day(last, today=today)}"


# Buttons


def _buttons(report: TelemetryReport, person: str, page: Page, *, share: bool) -> list[blocks.Block]:
    update = blocks.button("Update", "view:update", value=_ask(report.period, report.dimension, person))
    rows = buttons.navigation(
        lambda days: _ask(days, report.dimension, person),
        report.period,
        today=report.as_of.date(),
        page=page,
        share=share and not person and report.dimension != "session",
    )
    views = [
        blocks.button(text, f"view:{by}", value=_ask(report.period, by, ""))
        for by, text in VIEWS
        if by != report.dimension and not person
    ]
    return [blocks.actions(*views)] * bool(views) + [
        {**rows[0], "elements": [update, *rows[0]["elements"]]},
        *rows[1:],
    ]


def _ask(days: Period, by: Dimension, person: str) -> str:
    """Return a question as one would type it."""
    about = person or f"by {by}"
    return f"claude {phrases.period_text(days)} {about}"
