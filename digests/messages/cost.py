"""The cost of a period, by one dimension."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from msgspec import structs

from digests.layout import blocks, chart
from digests.layout import buttons as layout_buttons
from digests.layout.blocks import button
from digests.layout.buttons import Page
from digests.layout.message import Message, message, render_template
from digests.messages.engineers import engineers, spent
from digests.numbers.lines import CostLines, Line
from digests.numbers.report import Extent, Report
from digests.words import completeness, phrases, wording
from providers.money import dollars
from providers.period import WEEK
from providers.spend import Id

__all__ = ["band", "cost", "cost_table", "dearest", "engineers", "spent"]

MOST_ROWS = 50  # that are asked for; Slack takes a hundred, and a table of more is a file
ROWS, NAMED = 15, 5  # lines of a table, so that it fits a screen; lines named in the text


def cost(
    report: Report, *, now: datetime, zone: str = "", start: int = 0, buttons: bool = True, share: bool = True
) -> Message:
    """Return a period's cost: headline, figures, chart, lines from `start` on, small print, buttons.

    Days are those of the period's calendar, clock times those of the reader's `zone`.
    """
    days = report.question.period
    zone = zone or days.zone
    today, rows = phrases.day_of(now, days.zone), rows_of(report)
    page = Page.at(start, size=rows, count=len(report.lines))
    figures = _key_figures(report, today)
    rendered = render_template(
        "cost",
        organization=wording.short(report.organization),
        total=phrases.total(report),
        total_spoken=wording.spoken(phrases.total(report)),
        when=phrases.when(report, today, zone),
        part=phrases.part(report),
        has_data=phrases.has_data(report),
        began=phrases.began(report),
        in_part=completeness.in_part(report),
        unsplit=completeness.unsplit(report.extent, report.question.dimension),
        band=band(report),
        band_spoken=wording.spoken(band(report)),
        change=phrases.change(report),
        change_spoken=phrases.change_spoken(report),
        like=phrases.like(report, today),
        figures=[wording.spoken(f"{label}: {figure}") for label, figure in figures],
        lines=page.words,
        most=_first_spoken(report, page),
        basis=phrases.basis(report, now, zone) if phrases.has_data(report) else [],
        more=[
            *phrases.discounted(report.discount),
            *phrases.ownership(report.total),
            *phrases.unbilled(report.unbilled),
        ],
        zone=phrases.calendar_of(days, now=now, zone=zone),
        doubts=phrases.doubts(report, today),
        missing=phrases.missing_from(report, now=now, zone=zone),
        as_of=phrases.freshness(report, now=now, zone=zone),
    )
    return message(
        rendered,
        blocks.section(rendered.headline),
        blocks.figures(*figures) if figures else None,
        _days_chart(report, page),
        cost_table(report, rows=rows, start=page.start, zone=zone) if report.lines else None,
        blocks.context(rendered.footnote) if rendered.footnote else None,
        *(_buttons(report, today, page, share=share) if buttons else ()),
    )


def rows_of(report: Report) -> int:
    """Return how many lines a page shows: as many as were asked for, if they fit."""
    return min(report.question.limit or ROWS, MOST_ROWS)


def cost_table(report: Report, *, rows: int = ROWS, start: int = 0, zone: str = "") -> blocks.Block:
    """Return a page of lines and the sum of all; other pages are a row each. By day the latest come first."""
    by, comparable = report.question.dimension, phrases.is_comparable(report)
    lines = report.lines if by == "day" or comparable else replace(report.lines, before=None)
    page = Page.at(start, size=rows, count=len(lines))
    begin, end = (len(lines) - page.end, len(lines) - page.start) if by == "day" else (page.start, page.end)
    shown = list(lines[begin:end])
    above, below = ("earlier", "later") if by == "day" else ("above", "other")
    names = _names(report, shown, zone)
    figures = [
        *_hidden(report, lines[:begin], above),
        *([name, *_figures(report, line)] for name, line in zip(names, shown, strict=True)),
        *_hidden(report, lines[end:], below),
    ]
    return blocks.table(_head(report), figures, ["Total", *_all_figures(report, comparable=comparable)])


def _names(report: Report, shown: Sequence[Line], zone: str) -> list[str]:
    """Return the names of lines; the running day says that its figure is so far."""
    names = phrases.names_of(report, shown, zone)
    if report.question.dimension != "day" or report.extent.kind != "running" or report.extent.until is None:
        return names
    running = phrases.day_of(report.extent.until, report.question.period.zone).isoformat()
    return [
        f"{name}, so far" if line.id == running else name for name, line in zip(names, shown, strict=True)
    ]


def _hidden(report: Report, lines: CostLines, where: str) -> list[list[str]]:
    """Return a row for the lines of other pages, if there are any."""
    if not lines:
        return []
    return [[_counted(len(lines), where), *_figures(report, lines.as_one_line())]]


def _counted(count: int, where: str) -> str:
    """Return how many lines other pages have: `75 earlier days`, `10 others`, `15 above`."""
    if where == "other":
        return wording.counted(count, where)
    return f"{wording.number(count)} above" if where == "above" else wording.counted(count, f"{where} day")


def _all_figures(report: Report, *, comparable: bool) -> list[str]:
    # By day the column compares with a week before; only for seven days is that the like period.
    alike = report.question.dimension != "day" or report.question.period.length == WEEK.days
    before = report.previous.total if comparable and alike and report.compared is None else None
    return _figures(report, structs.replace(report.total, previous=before))


def _key_figures(report: Report, today: date) -> list[tuple[str, str]]:
    """Return the figures beside the total of several days: the comparison period, and an average day."""
    if report.question.period.length == 1 or not phrases.is_comparable(report) or not report.lines:
        return []
    before, total, elapsed = report.previous.total, report.total, phrases.days_lived_through(report)
    like = phrases.like(report, today).removeprefix("vs ")
    average = wording.spend(total.cost / elapsed, total.estimated) if elapsed > 1 else ""
    figures = [
        (like[0].upper() + like[1:], wording.billed(before) if before is not None else ""),
        ("Daily average", average),
    ]
    return [(label, figure) for label, figure in figures if figure]


def _buttons(report: Report, today: date, page: Page, *, share: bool) -> tuple[blocks.Block, ...]:
    question = report.question
    views = layout_buttons.views(question, without=question.dimension)
    why = button("Show why", "view:why", value=f"why {phrases.period_text(question.period)}")
    return (
        blocks.actions(*([why] if _has_changed(report) else []), *views["elements"]),
        *layout_buttons.navigation(
            lambda days: phrases.question_text(replace(question, period=days)),
            question.period,
            today=today,
            page=page,
            export=phrases.question_text(question),
            share=share,
        ),
    )


def _has_changed(report: Report) -> bool:
    """Whether there is a change to explain."""
    before = report.previous.total if phrases.is_comparable(report) else None
    return before is not None and before != report.total.cost


def band(report: Report) -> str:
    """Return the band of a cost that is estimated as a whole, "" for any other."""
    shown = (
        report.basis in ("estimated", "provisional") and report.band is not None and phrases.has_data(report)
    )
    return wording.band(report.band) if shown and report.band is not None else ""


def dearest(report: Report) -> list[str]:
    """Return the most expensive lines, for screen readers."""
    costs = report.lines.costs
    ids = sorted(report.lines.ids, key=costs.__getitem__, reverse=True)
    return _spoken(report, replace(report.lines, ids=ids))


def _first_spoken(report: Report, page: Page) -> list[str]:
    """Return the first lines of a page for screen readers, the most expensive if there is only one page."""
    if not page.words:
        return dearest(report)
    ordered = report.lines[::-1] if report.question.dimension == "day" else report.lines
    return _spoken(report, ordered[page.start : page.end])


def _spoken(report: Report, lines: CostLines) -> list[str]:
    first = list(lines[:NAMED])
    return [
        f"{name} {wording.spoken(wording.spend(line.cost, line.estimated))}"
        for name, line in zip(phrases.names_of(report, first), first, strict=True)
    ]


def _head(report: Report) -> list[str]:
    by = report.question.dimension
    last = {"token type": "Tokens", "day": "vs week before"}.get(by, "Change")
    return [phrases.heading(report.question), "Spend", "Share", last]


def _figures(report: Report, line: Line) -> list[str]:
    tokens = report.question.dimension == "token type"
    last = _used(line) if tokens else wording.change(line.cost, line.previous)
    return [wording.spend(line.cost, line.estimated), wording.share(report.share(line.cost)), last]


def _used(line: Line) -> str:
    *tokens, searches = line.quantities or (0,)
    counted = sum(tokens)
    if counted:
        return wording.tokens(counted)
    return wording.counted(searches, "search", "searches") if searches else wording.UNKNOWN


def _days_chart(report: Report, page: Page) -> blocks.Block | None:
    """Chart the days that the table shows, with their number."""
    if report.question.dimension != "day":
        return None
    costs, days = report.lines.costs, _days_of(report, page)
    all_days = [day for day in report.question.period.days() if _is_after(day, report.first_day)]
    title = "By day" if days == all_days else f"{wording.number(len(days))} of {len(all_days):,} days"
    return chart.native(title, [(day, _cost_on(day, costs, report.extent)) for day in days])


def _days_of(report: Report, page: Page) -> list[date]:
    """Return the days from a page's oldest line to its newest; all days if one page holds them."""
    ids, count = report.lines.ids, len(report.lines)
    all_days = [day for day in report.question.period.days() if _is_after(day, report.first_day)]
    shown = [date.fromisoformat(id_) for id_ in ids[count - page.end : count - page.start] if id_]
    if not shown or page.count <= page.size:
        return all_days[-chart.MOST :]
    return [day for day in all_days if shown[0] <= day <= shown[-1]][-chart.MOST :]


def _is_after(day: date, first_day: date | None) -> bool:
    return first_day is None or day >= first_day


def _cost_on(day: date, costs: Mapping[Id, int], extent: Extent) -> Decimal | None:
    """Return a day's cost so far, None if part of it is missing."""
    if day in extent.unfinished and extent.kind != "running":
        return None
    return dollars(costs.get(day.isoformat(), 0))
