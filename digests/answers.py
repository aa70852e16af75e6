"""What a period cost, by one dimension."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter

from msgspec import structs

from digests import blocks, chart, facts, ways, wording
from digests.engineers import engineers, spent
from digests.message import Message, message, speak
from digests.report import Dimension, Line, Report
from digests.ways import Page
from providers.period import DAY, WEEK

__all__ = ["band", "cost", "cost_table", "dearest", "engineers", "spent"]

ROWS, TOLD = 15, 5


def cost(
    report: Report, *, now: datetime, start: int = 0, buttons: bool = True, share: bool = True
) -> Message:
    """Say what a period cost: headline, figures, chart, lines from `start` on, small print, buttons."""
    zone = report.question.period.zone
    today, page = facts.day_of(now, zone), Page.at(start, size=ROWS, count=len(report.lines))
    figures = _key_figures(report, today)
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
        figures=[wording.spoken(f"{label}: {figure}") for label, figure in figures],
        lines=page.words,
        most=_told(report, page),
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
        blocks.figures(*figures) if figures else None,
        _days_chart(report),
        cost_table(report, start=page.start) if report.lines else None,
        blocks.context(said.footnote) if said.footnote else None,
        *(_buttons(report, today, page, share=share) if buttons else ()),
    )


def cost_table(report: Report, *, rows: int = ROWS, start: int = 0) -> blocks.Block:
    """A page of lines and the sum of all; those of other pages are a row. By day the latest come first."""
    by = report.question.dimension
    lines: Sequence[Line] = report.lines
    if by != "day" and not facts.is_comparable(report):
        lines = _alone(lines)
    page = Page.at(start, size=rows, count=len(lines))
    begin, end = (len(lines) - page.end, len(lines) - page.start) if by == "day" else (page.start, page.end)
    shown = lines[begin:end]
    above, below = ("earlier", "later") if by == "day" else ("above", "more")
    figures = [
        *_hidden(lines[:begin], above, by),
        *(
            [name, *_figures(line, by)]
            for name, line in zip(facts.names_of(report, shown), shown, strict=True)
        ),
        *_hidden(lines[end:], below, by),
    ]
    # By day the column compares with a week before; only for seven days is that the like period.
    alike = facts.is_comparable(report) and (by != "day" or report.question.period.length == WEEK.days)
    before = report.previous.total if alike else None
    whole = _whole(report, before)
    return blocks.table(_head(by, report), figures, ["All", *_figures(whole, "model" if by == "day" else by)])


def _hidden(lines: Sequence[Line], where: str, by: Dimension) -> list[list[str]]:
    """Return a row for lines of other pages, if there are any."""
    if not lines:
        return []
    return [[f"{wording.number(len(lines))} {where}", *_figures(_together(lines), by)]]


def _key_figures(report: Report, today: date) -> list[tuple[str, str]]:
    """Return what to set beside the total of several days: the like period, and an average day."""
    if report.question.period.length == 1 or not facts.is_comparable(report) or not report.lines:
        return []
    days, before, total = report.question.period, report.previous.total, report.total
    elapsed = Decimal(((report.data_until or days.ends_at) - days.starts_at) / DAY)
    like = facts.like(report, today).removeprefix("on ")
    average = wording.spend(total.cost / elapsed, total.estimated) if elapsed > 1 else ""
    figures = [
        (like[0].upper() + like[1:], wording.billed(before) if before is not None else ""),
        ("A day, on average", average),
    ]
    return [(label, figure) for label, figure in figures if figure]


def _buttons(report: Report, today: date, page: Page, *, share: bool) -> tuple[blocks.Block, ...]:
    question = report.question
    return (
        ways.views(question, without=question.dimension),
        *ways.steps(
            lambda days: facts.question_text(replace(question, period=days)),
            question.period,
            today=today,
            page=page,
            export=facts.question_text(question),
            share=share,
        ),
    )


def band(report: Report) -> str:
    """Return the band of what is estimated altogether, "" of all else."""
    shown = report.basis == "estimated" and report.band is not None and facts.is_known(report)
    return wording.band(report.band) if shown and report.band is not None else ""


def dearest(report: Report) -> list[str]:
    """Return the dearest lines for the ear."""
    return _spoken(report, sorted(report.lines, key=attrgetter("cost"), reverse=True))


def _told(report: Report, page: Page) -> list[str]:
    """Return the first lines of a page for the ear, the dearest where there is but one."""
    if not page.words:
        return dearest(report)
    ordered = report.lines[::-1] if report.question.dimension == "day" else report.lines
    return _spoken(report, ordered[page.start : page.end])


def _spoken(report: Report, lines: Sequence[Line]) -> list[str]:
    first = lines[:TOLD]
    return [
        f"{name} {wording.spoken(wording.spend(line.cost, line.estimated))}"
        for name, line in zip(facts.names_of(report, first), first, strict=True)
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
    if report.question.dimension != "day":
        return None
    costs = {line.id: line.cost for line in report.lines}
    unread = [gap.days for gap in report.gaps if gap.report == "charges"]
    days = [
        (day, costs.get(day.isoformat(), None if any(day in gap for gap in unread) else Decimal(0)))
        for day in report.question.period.days()
    ]
    title = "By day" if len(days) <= chart.MOST else f"Last {chart.MOST} of {len(days)} days"
    return chart.native(title, days[-chart.MOST :])
