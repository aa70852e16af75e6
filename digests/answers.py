"""Answers to questions: what something cost, who did what with Claude Code, how things stand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter

from msgspec import structs

from digests import blocks, chart, facts, wording
from digests.blocks import button
from digests.build import engineers_together
from digests.message import Message, message, speak
from digests.report import (
    Dimension,
    EngineerLine,
    EngineersReport,
    Line,
    ModelLine,
    Question,
    Report,
)
from providers.period import DAY, WEEK, Period

COST_ROWS, ENGINEER_ROWS, DETAILED, TOLD = 15, 25, 5, 5


def cost(report: Report, *, now: datetime, buttons: bool = True) -> Message:
    """Say what a period cost: headline, chart by day, lines, small print, and where to go from here."""
    zone = report.question.period.zone
    today = facts.day_of(now, zone)
    said = speak(
        "cost",
        organization=wording.short(report.organization),
        total=facts.total(report),
        total_spoken=wording.spoken(facts.total(report)),
        when=facts.when(report, today),
        known=facts.is_known(report),
        partial=facts.is_partial(report),
        band=band(report),
        band_spoken=wording.spoken(band(report)),
        change=facts.change(report),
        change_spoken=facts.change_spoken(report),
        like=facts.like(report, today),
        most=dearest(report),
        basis=facts.basis(report, now, zone) if facts.is_known(report) else [],
        more=[
            *facts.discounted(report.discount),
            *facts.whose(report.lines),
            *facts.unbilled(report.unbilled),
        ],
        zone=facts.calendar_of(report),
        missing=facts.missing_from(report, today),
        as_of=facts.freshness(report, now=now, zone=zone),
    )
    return message(
        said,
        blocks.section(said.headline),
        _days_chart(report),
        cost_table(report) if report.lines else None,
        blocks.context(said.footnote) if said.footnote else None,
        blocks.actions(*_cost_buttons(report.question, today)) if buttons else None,
    )


def cost_table(report: Report, *, rows: int = COST_ROWS) -> blocks.Block:
    """Lines and their sum. By day the latest are shown, else the dearest; the others are one row."""
    by = report.question.dimension
    lines: Sequence[Line] = report.lines
    if by != "day" and not facts.is_comparable(report):
        lines = _alone(lines)
    first = max(len(lines) - rows, 0) if by == "day" else 0
    shown, hidden = lines[first:][:rows], lines[:first] if by == "day" else lines[rows:]
    named = zip(facts.names_of(report, shown), shown, strict=True)
    figures = [[name, *_figures(line, by)] for name, line in named]
    if hidden:
        rest = [f"{wording.number(len(hidden))} {'earlier' if by == 'day' else 'more'}"]
        rest += _figures(_together(hidden), by)
        figures = [rest, *figures] if by == "day" else [*figures, rest]
    # By day the column compares with a week before; only for seven days is that the like period.
    alike = facts.is_comparable(report) and (by != "day" or report.question.period.length == WEEK.days)
    before = report.previous.total if alike else None
    whole = _whole(report, before)
    return blocks.table(_head(by, report), figures, ["All", *_figures(whole, "model" if by == "day" else by)])


def engineers(
    report: EngineersReport, *, now: datetime, zone: str, buttons: bool = True, own: bool = False
) -> Message:
    """Say who spent how much of the bill, and what Claude Code did for them; `own`: for the asker alone."""
    today, everyone = facts.day_of(now, zone), report.total
    somebody = [line for line in report.lines if line.is_somebody]
    seats = everyone.subscription_cost
    said = speak(
        "engineers",
        organization=wording.short(report.organization),
        known=facts.is_told(report),
        when=wording.period(report.period, today=today),
        total=wording.spend(everyone.cost, everyone.estimated),
        total_spoken=wording.spoken(wording.spend(everyone.cost, everyone.estimated)),
        band=engineers_band(report),
        change=_engineers_change(report),
        like=facts.like_of(report.period, cut=report.previous_until is not None, today=today),
        active="" if own else wording.counted(len(somebody), "engineer"),
        own=own,
        seats=wording.estimated(seats) if seats else "",
        details=[_detail(line) for line in somebody[:DETAILED]],
        models=[_model(line) for line in report.models[:DETAILED]],
        tools=[
            f"{wording.short(wording.tool(line.tool))} {wording.share(line.acceptance)}"
            for line in report.tools[:DETAILED]
            if line.acceptance is not None
        ],
        most=[f"{wording.short(line.name)} {wording.spoken(spent(line))}" for line in report.lines[:TOLD]],
        basis=facts.basis(report, now, zone) if facts.is_told(report) else [],
        whose=facts.whose(report.lines),
        missing=facts.missing(report.gaps, today=today, known_until=report.data_until and today),
        zone=facts.zone_of(report.period),
        as_of=facts.freshness(report, now=now, zone=zone),
    )
    return message(
        said,
        blocks.section(said.headline),
        blocks.figures(*_engineer_figures(everyone)) if report.lines else None,
        _engineers_table(report) if report.lines and not own else None,
        blocks.section(said.body) if said.body else None,
        blocks.context(said.footnote),
        blocks.actions(*_engineers_buttons(report.period, today)) if buttons else None,
    )


def engineers_band(report: EngineersReport) -> str:
    """Return the band of what is estimated altogether, "" of all else."""
    shown = report.basis == "estimated" and report.band is not None and facts.is_told(report)
    return wording.band(report.band) if shown and report.band is not None else ""


def spent(line: EngineerLine) -> str:
    """Return an engineer's share of the bill; a seat's use, which nobody is billed for here, is none."""
    if line.cost or line.estimated:
        return wording.spend(line.cost, line.estimated)
    return "subscription" if line.subscription_cost else wording.UNKNOWN


def band(report: Report) -> str:
    """Return the band of what is estimated altogether, "" of all else."""
    shown = report.basis == "estimated" and report.band is not None and facts.is_known(report)
    return wording.band(report.band) if shown and report.band is not None else ""


def dearest(report: Report) -> list[str]:
    """Return the dearest lines for the ear."""
    ranked = sorted(report.lines, key=attrgetter("cost"), reverse=True)[:TOLD]
    return [
        f"{name} {wording.spoken(wording.spend(line.cost, line.estimated))}"
        for name, line in zip(facts.names_of(report, ranked), ranked, strict=True)
    ]


def _head(by: Dimension, report: Report) -> list[str]:
    last = {"token type": "Tokens", "day": "vs week before"}.get(by, "Change")
    return [facts.HEADINGS[by], "So far" if report.data_until else "Spend", "Share", last]


def _figures(line: Line, by: Dimension) -> list[str]:
    last = _used(line) if by == "token type" else wording.change(line.cost, line.previous)
    return [wording.spend(line.cost, line.estimated), wording.share(line.share), last]


def _used(line: Line) -> str:
    counted, searches = sum(line.quantities[:5]), line.quantities[5]
    if counted:
        return wording.tokens(counted)
    return wording.counted(searches, "search", "searches") if searches else wording.UNKNOWN


def _alone(lines: Sequence[Line]) -> Sequence[Line]:
    return [structs.replace(line, previous=None) for line in lines]


def _whole(report: Report, before: Decimal | None) -> Line:
    total, share = report.total, sum((line.share for line in report.lines), Decimal(0))
    return Line(None, "", total.cost, total.estimated, before, share, total.quantities)


def _together(lines: Sequence[Line]) -> Line:
    before = [line.previous for line in lines]
    a, b, c, d, e, f = map(sum, zip(*(line.quantities for line in lines), strict=True))
    return Line(
        id=None,
        name="",
        cost=sum((line.cost for line in lines), Decimal(0)),
        estimated=sum((line.estimated for line in lines), Decimal(0)),
        previous=None if None in before else sum((each or Decimal(0) for each in before), Decimal(0)),
        share=sum((line.share for line in lines), Decimal(0)),
        quantities=(a, b, c, d, e, f),
    )


def _days_chart(report: Report) -> blocks.Block | None:
    if report.question.dimension != "day" or report.question.period.length > chart.MOST:
        return None
    costs = {line.id: line.cost for line in report.lines}
    unread = [gap.days for gap in report.gaps if gap.report == "charges"]
    days = [
        (day, costs.get(day.isoformat(), None if any(day in gap for gap in unread) else Decimal(0)))
        for day in report.question.period.days()
    ]
    return chart.native("By day", days)


def _cost_buttons(question: Question, today: date) -> list[blocks.Block]:
    views = [
        button(text, f"view:{by}", value=facts.question_text(replace(question, dimension=by)))
        for by, text in facts.VIEWS
        if by != question.dimension and not (by == "day" and question.period.length == 1)
    ]
    before = _one_back(question.period)
    return [
        *views,
        button(
            _back_words(before, today),
            "previous",
            value=facts.question_text(replace(question, period=before)),
        ),
        button("Export CSV", "export", value=facts.question_text(question)),
        button("Share in channel", "share", value=facts.question_text(question), primary=True),
    ]


def _engineers_buttons(days: Period, today: date) -> list[blocks.Block]:
    before = _one_back(days)
    return [
        button(_back_words(before, today), "previous", value=f"engineers {facts.period_text(before)}"),
        button("Export CSV", "export", value=f"{facts.period_text(days)} by engineer"),
        button("Share in channel", "share", value=f"engineers {facts.period_text(days)}", primary=True),
    ]


def _one_back(days: Period) -> Period:
    """One step back in time: the day before, the whole month before, as many days before."""
    if days.length == 1:
        return Period.day(days.start - DAY, days.zone)
    return Period.month(days.start - DAY, days.zone) if days.is_month else days.before()


def _back_words(before: Period, today: date) -> str:
    if before.length == 1 and today - before.start == DAY:
        return "Yesterday"
    return wording.period(before, today=today)


def _engineers_change(report: EngineersReport) -> str:
    seen = wording.change(report.total.cost, report.previous_cost)
    return "" if seen == wording.UNKNOWN or not report.lines else seen


def _engineer_figures(everyone: EngineerLine) -> list[tuple[str, str]]:
    code = (
        [("Claude Code", wording.spend(everyone.code_cost, everyone.estimated))] if everyone.code_cost else []
    )
    seats = everyone.subscription_cost
    return [
        *code,
        ("Commits", _each(everyone.commits, everyone.cost_per_commit, everyone)),
        ("Pull requests", _each(everyone.pull_requests, everyone.cost_per_pull_request, everyone)),
        ("Lines", f"{_lines(everyone)}{_accepted(everyone)}"),
        *([("Subscription, not billed here", wording.estimated(seats))] if seats else []),
    ]


def _engineers_table(report: EngineersReport) -> blocks.Block:
    rows = [_engineer_row(wording.short(line.name), line) for line in report.lines[:ENGINEER_ROWS]]
    hidden = report.lines[ENGINEER_ROWS:]
    if hidden:
        rows.append(_engineer_row(f"{wording.number(len(hidden))} more", engineers_together(hidden)))
    head = ["Engineer", "Spend", "Sessions", "Commits / PRs"]
    return blocks.table(head, rows, _engineer_row("All", report.total))


def _engineer_row(name: str, line: EngineerLine) -> list[str]:
    if not line.is_active:
        return [name, spent(line), wording.UNKNOWN, wording.UNKNOWN]
    done = f"{wording.number(line.commits)} / {wording.number(line.pull_requests)}"
    return [name, spent(line), wording.number(line.sessions), done]


def _detail(line: EngineerLine) -> dict[str, str]:
    each = [
        f"{_per(cost, line)} per {thing}"
        for cost, thing in ((line.cost_per_commit, "commit"), (line.cost_per_pull_request, "PR"))
        if cost is not None
    ]
    seat, code = line.subscription_cost, line.code_cost
    return {
        "name": wording.short(line.name),
        "code": f"{wording.spend(code, line.estimated)} with Claude Code"
        if code and code != line.cost
        else "",
        "lines": f"{_lines(line)} lines{_accepted(line)}" if line.is_active else "no Claude Code reported",
        "tokens": f"{wording.tokens(line.tokens)} tokens" if line.tokens else "",
        "each": ", ".join(each),
        "seat": f"{wording.estimated(seat)} by subscription, not billed here" if seat else "",
    }


def _model(line: ModelLine) -> str:
    return f"{wording.named(line.model, 'model')} {wording.estimated(line.estimated_cost)}"


def _each(count: int, cost: Decimal | None, line: EngineerLine) -> str:
    return wording.number(count) + (f"  ·  {_per(cost, line)} each" if cost is not None else "")


def _per(cost: Decimal, line: EngineerLine) -> str:
    return wording.billed(cost) if line.is_billed else wording.estimated(cost)


def _lines(line: EngineerLine) -> str:
    return f"+{wording.number(line.lines_added)} -{wording.number(line.lines_removed)}"


def _accepted(line: EngineerLine) -> str:
    return "" if line.acceptance is None else f", {wording.share(line.acceptance)} of edits accepted"
