"""The cost of a period, by one dimension."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from msgspec import structs

from digests.layout import blocks, chart
from digests.layout.blocks import button
from digests.layout.buttons import Page
from digests.layout.controls import Controls, groups_of
from digests.layout.message import Message, Rendered, message, render_template
from digests.messages.about import TITLE, details
from digests.messages.digest import as_digest
from digests.messages.engineers import engineers, spent
from digests.numbers.lines import CostLines, Line
from digests.numbers.report import Extent, Report
from digests.words import completeness, phrases, shorter, wording
from digests.words.change import since as changes
from digests.words.change.since import Change
from providers.money import dollars
from providers.period import WEEK
from providers.spend import Id

__all__ = ["band", "cost", "cost_table", "engineers", "spent"]

MOST_ROWS = 50  # that are asked for; Slack takes a hundred, and a table of more is a file
ROWS, NAMED = 15, 5  # lines of a table, so that it fits a screen; lines named in the text
FACTS = 4  # in the small print: one line of a screen, two of a phone
_LEAST, _PART = Decimal(1), Decimal("0.01")  # dollars, and part of the total: a smaller change is no news


def cost(
    report: Report,
    *,
    now: datetime,
    zone: str = "",
    start: int = 0,
    buttons: bool = True,
    share: bool = True,
    in_full: bool = False,
    cause: Rendered | None = None,
    admin: bool = False,
) -> Message:
    """Return a period's cost: a sentence, what changed most, lines from `start` on, small print, controls.

    Days are those of the period's calendar, clock times those of the reader's `zone`. With `in_full`, what
    is *About these figures* in Slack stands below them. A `cause` of most of the change is named in the place
    of the line that changed most. An `admin` can get the answer as a digest.
    """
    days = report.question.period
    zone = zone or days.zone
    today, rows = phrases.day_of(now, days.zone), rows_of(report)
    page = Page.at(start, size=rows, count=len(report.lines))
    rendered = render_template(
        "cost",
        **_headline(report, today, zone),
        most_changed=None if cause else biggest_change(report),
        by=phrases.heading(report.question).lower().replace("api", "API"),
        lines=page.words,
        most=_first_spoken(report, page) if report.lines else "",
        basis=phrases.basis_spoken(report),
        **small_print(report, page.words, now=now, zone=zone),
        missing=phrases.missing_from(report, now=now, zone=zone),
    )
    spoken = replace(rendered, text=f"{rendered.text} {cause.text}") if cause else rendered
    return message(
        spoken,
        *_sentences(rendered, report, cause, has_button=buttons),
        _days_chart(report, page),
        cost_table(report, rows=rows, start=page.start, zone=zone, today=today) if report.lines else None,
        _controls(report, today, page, share=share, admin=admin) if buttons else None,
        blocks.context(rendered.footnote) if rendered.footnote else None,
        _in_full(report, now, zone) if in_full else None,
    )


def rows_of(report: Report) -> int:
    """Return how many lines a page shows: as many as were asked for, if they fit."""
    return min(report.question.limit or ROWS, MOST_ROWS)


def _sentences(
    rendered: Rendered, report: Report, cause: Rendered | None, *, has_button: bool
) -> list[blocks.Block]:
    """Return the total and what changed most; a button beside the latter, or the former, says why."""
    second = cause.headline if cause else rendered.body
    *first, last = [blocks.section(each) for each in (rendered.headline, second) if each]
    question = report.question
    if not has_button or question.compare or not _has_changed(report):
        return [*first, last]
    asked = [phrases.period_text(question.period), *map(phrases.filter_text, question.filters)]
    why = button("Show why", "view:why", value=f"why {' '.join(asked)}")
    return [*first, {**last, "accessory": why}]


def _headline(report: Report, today: date, zone: str) -> dict[str, object]:
    total = phrases.total(report)
    return {
        "organization": wording.short(report.organization),
        "total": total,
        "total_spoken": wording.spoken(total),
        "is_unused": total == phrases.NOTHING,
        "when": phrases.when(report, today, zone),
        "part": phrases.part(report),
        "part_spoken": phrases.part(report).replace(wording.REMARK, ", "),
        "has_data": phrases.has_data(report),
        "began": phrases.began(report),
        "in_part": completeness.in_part(report),
        "unsplit": completeness.unsplit(report.extent, report.question.dimension),
        "change": _change(report, today),
        "doubts": phrases.doubts(report, today),
    }


def _change(report: Report, today: date) -> Change:
    if not phrases.is_comparable(report):
        return changes.NO_COMPARISON
    total, like = report.total, phrases.like(report, today)
    return changes.since(report.compared_cost, total.estimated, report.previous.total, like)


def biggest_change(report: Report) -> dict[str, str] | None:
    """Return the line that changed most, by name and amount; None if none is worth a sentence."""
    if not phrases.is_comparable(report) or report.versus_name:
        return None
    line = report.lines.biggest_change()
    if line is None or line.previous is None:
        return None
    difference = line.cost - line.previous
    if abs(difference) < max(_LEAST, abs(report.total.cost) * _PART):
        return None
    name = phrases.names_of(report, [line])[0]
    return {
        "name": wording.Code(name) if report.question.dimensions == ("key",) else name,
        "name_spoken": name,
        "amount": wording.gained(difference, line.estimated),
        "spoken": f"{wording.spoken(wording.spend(abs(difference), line.estimated))} "
        f"{'more' if difference > 0 else 'less'}",
    }


def small_print(report: Report, lines: str, *, now: datetime, zone: str) -> dict[str, object]:
    """Return at most four facts.

    They are the lines of the page, the basis, the calendar, what is missing or odd, and, where there is room,
    how new the figures are.
    """
    missing = completeness.in_one(phrases.missing_from(report, now=now, zone=zone))
    facts = [
        lines,
        phrases.basis_in_short(report) if phrases.has_data(report) else "",
        phrases.calendar_of(report.question.period, now=now, zone=zone),
        missing or phrases.spikes(report),
    ]
    shown = [fact for fact in facts if fact]
    has_room = len(shown) < FACTS
    return {"facts": shown, "as_of": phrases.freshness(report, now=now, zone=zone) if has_room else ""}


def cost_table(
    report: Report, *, rows: int = ROWS, start: int = 0, zone: str = "", today: date | None = None
) -> blocks.Block:
    """Return a page of lines and the sum of all; other pages are a row each. By day the latest come first.

    Three columns hold on a phone: the name, the cost, and the change in dollars where there is one.
    """
    by, comparable = report.question.dimension, phrases.is_comparable(report)
    lines = report.lines if by == "day" or comparable else replace(report.lines, before=None)
    page = Page.at(start, size=rows, count=len(lines))
    begin, end = (len(lines) - page.end, len(lines) - page.start) if by == "day" else (page.start, page.end)
    shown, last = list(lines[begin:end]), _Last.of(report, lines, today)
    above, below = ("earlier", "later") if by == "day" else ("above", "other")
    figures = [
        *_hidden(lines[:begin], above, last),
        *(last.row(name, line) for name, line in zip(_names(report, shown, zone), shown, strict=True)),
        *_hidden(lines[end:], below, last),
        *_gone(lines, last),
    ]
    return blocks.table(last.head, figures, last.row("Total", _all(report, comparable=comparable)))


@dataclass(frozen=True)
class _Last:
    """What the last column of a table shows: tokens, the change in dollars, else the share of the total."""

    report: Report
    head: list[str]

    @classmethod
    def of(cls, report: Report, lines: CostLines, today: date | None) -> "_Last":
        by = report.question.dimension
        if by == "token type":
            last = "Tokens"
        elif lines.before is None:
            last = "Share"
        else:
            last = phrases.like_heading(report, today or report.question.period.end)
        return cls(report, [phrases.heading(report.question), "Spend", last])

    def row(self, name: str, line: Line) -> list[str]:
        return [name, wording.spend(line.cost, line.estimated), self._figure(line)]

    def _figure(self, line: Line) -> str:
        if self.head[-1] == "Tokens":
            return _used(line)
        if self.head[-1] == "Share":
            return wording.share(self.report.share(line.cost))
        if line.previous is None:
            return wording.UNKNOWN
        return wording.gained(line.cost - line.previous, line.estimated)


def _names(report: Report, shown: Sequence[Line], zone: str) -> list[str]:
    """Return the names of lines; the running day says that its figure is so far."""
    names = phrases.names_of(report, shown, zone)
    if report.question.dimension != "day" or report.extent.kind != "running" or report.extent.until is None:
        return names
    running = phrases.day_of(report.extent.until, report.question.period.zone).isoformat()
    return [
        f"{name}, so far" if line.id == running else name for name, line in zip(names, shown, strict=True)
    ]


def _hidden(lines: CostLines, where: str, last: _Last) -> list[list[str]]:
    """Return a row for the lines of other pages, if there are any."""
    return [last.row(_counted(len(lines), where), lines.as_one_line())] if lines else []


def _gone(lines: CostLines, last: _Last) -> list[list[str]]:
    """Return a row for what cost something in the comparison period only, so that the changes add up."""
    gone = lines.gone
    versus = last.report.versus_name
    words = f"with {wording.short(versus)} only" if versus else "not used now"
    return [last.row(f"{wording.number(len(gone))} {words}", lines.gone_line(gone, ""))] if gone else []


def _counted(count: int, where: str) -> str:
    """Return how many lines other pages have: `75 earlier days`, `10 others`, `15 above`."""
    if where == "other":
        return wording.counted(count, where)
    return f"{wording.number(count)} above" if where == "above" else wording.counted(count, f"{where} day")


def _all(report: Report, *, comparable: bool) -> Line:
    # By day the column compares with a week before; only for seven days is that the like period.
    alike = report.question.dimension != "day" or report.question.period.length == WEEK.days
    before = report.previous.total if comparable and alike and report.compared is None else None
    return structs.replace(report.total, previous=before)


def _controls(report: Report, today: date, page: Page, *, share: bool, admin: bool) -> blocks.Block:
    question = report.question
    own = phrases.question_text(question)
    return Controls(
        ask=lambda days: phrases.question_text(question, days),
        days=question.period,
        today=today,
        page=page,
        groups=groups_of(question),
        group=own,
        whole=phrases.question_text(question.whole) if question.filters else "",
        menu={
            f"export {own}": "Export CSV",
            f"about {own}": TITLE,
            **(as_digest.menu_of(question) if admin else {}),
        },
        is_shareable=share,
    ).row()


def _in_full(report: Report, now: datetime, zone: str) -> blocks.Block:
    return blocks.context("\n".join(map(wording.escape, details(report, now=now, zone=zone))))


def _has_changed(report: Report) -> bool:
    """Whether there is a change to explain."""
    before = report.previous.total if phrases.is_comparable(report) else None
    return before is not None and before != report.compared_cost


def band(report: Report) -> str:
    """Return the band of a cost that is estimated as a whole, "" for any other."""
    shown = (
        report.basis in ("estimated", "provisional") and report.band is not None and phrases.has_data(report)
    )
    return wording.band(report.band) if shown and report.band is not None else ""


def _by_cost(report: Report) -> CostLines:
    """Return the lines, most expensive first."""
    costs = report.lines.costs
    return replace(report.lines, ids=sorted(report.lines.ids, key=costs.__getitem__, reverse=True))


def _first_spoken(report: Report, page: Page) -> shorter.Shortened:
    """Return the first lines of a page for screen readers, the most expensive if there is only one page.

    The others are added up.
    """
    ordered = report.lines[::-1] if report.question.dimension == "day" else report.lines
    lines = ordered[page.start : page.end] if page.words else _by_cost(report)

    def figure(first: int, last: int) -> str:
        some = lines[first:last].as_one_line()
        return wording.spoken(wording.spend(some.cost, some.estimated))

    return shorter.lines(phrases.names_of(report, list(lines[:NAMED])), figure, of=len(lines))


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
