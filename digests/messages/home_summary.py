"""The Home tab's summary: the trend of the last days, and the people who spend most."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from heapq import nsmallest

from digests.layout import blocks
from digests.numbers.engineer_lines import is_person
from digests.numbers.lines import CostLines, Line
from digests.numbers.report import Report
from digests.words import wording
from providers.money import dollars
from providers.spend import Id
from storage.state.ingest.tokens import IngestToken

WHAT_IT_DOES = (
    "See what your team spends on Claude: by model, engineer, workspace, and API key, "
    "with a digest every morning."
)
_FEWEST, _MOST = 2, 5  # days below which a trend says nothing; people, a choice: the tab stays short
_LEVELS, _UNREAD = "▁▂▃▄▅▆▇█", "·"
_NOTHING = Decimal(0)

Day = tuple[Decimal, Decimal]
"""A day's cost, and the estimated part of it."""


def trend(report: Report, today: date) -> blocks.Block | None:
    """Return days as bars in a line with the highest and the lowest; None if too few are known."""
    days = _days(report)
    spent_by_day = {day: spent for day, spent in days.items() if spent is not None}
    if len(spent_by_day) < _FEWEST:
        return None
    highest = max(cost for cost, _ in spent_by_day.values())
    drawn = "".join(_UNREAD if spent is None else _bar(spent[0], highest) for spent in days.values())
    most, least = (chosen(spent_by_day, key=lambda day: spent_by_day[day]) for chosen in (max, min))
    words = [f"most {_day_text(most, spent_by_day, today)}", f"least {_day_text(least, spent_by_day, today)}"]
    if most == least:
        words = [f"{wording.spend(*spent_by_day[most])} each"]
    if missing := len(days) - len(spent_by_day):
        words.append(f"{wording.counted(missing, 'day')} without data yet")
    return blocks.section(
        wording.REMARK.join([f"*Last {len(days)} days*  `{drawn}`", *map(wording.escape, words)])
    )


def top_spenders(month: date, lines: CostLines, active: Collection[Id] = ()) -> blocks.Block | None:
    """Return the people who spend most in a month, by its first day, with their shares; None without any.

    `active` are the users of Claude Code, billed here or not: the answer about engineers counts them too.
    """
    amounts, total = lines.amounts, dollars(lines.totals.cost)
    people = lines.filter(lambda id_: is_person(id_) and amounts[id_].cost != 0)
    costs = people.costs
    others = set(filter(is_person, active)).difference(people.ids)
    shown = list(replace(people, ids=nsmallest(_MOST, costs, key=lambda id_: (-costs[id_], id_ or ""))))
    if not shown:
        return None
    people_lines = [
        f"{wording.escape(wording.short(line.name))}{wording.REMARK}{wording.escape(_spend(line))}, "
        f"{wording.share(line.cost / total if total else _NOTHING)}"
        for line in shown
    ]
    if more := len(people) + len(others) - len(shown):
        people_lines.append(f"{wording.counted(more, 'other')}")
    return blocks.section("\n".join([f"*Engineers, {month:%B} so far*", *people_lines]))


def _days(report: Report) -> Mapping[date, Day | None]:
    """Return each day's cost in a report by day, None if it is not known."""
    lines = {line.id: (line.cost, line.estimated) for line in report.lines}
    return {
        day: None if day in report.extent.unfinished else lines.get(day.isoformat(), (_NOTHING, _NOTHING))
        for day in report.question.period.days()
        if report.first_day is None or day >= report.first_day
    }


def _bar(cost: Decimal, highest: Decimal) -> str:
    if cost <= 0 or highest <= 0:
        return _LEVELS[0]
    return _LEVELS[round((len(_LEVELS) - 1) * cost / highest)]


def _day_text(day: date, spent_by_day: Mapping[date, Day], today: date) -> str:
    return f"{wording.spend(*spent_by_day[day])} on {wording.day(day, today=today)}"


def _spend(line: Line) -> str:
    return wording.spend(line.cost, line.estimated)


def telemetry(tokens: Sequence[IngestToken], now: datetime) -> list[blocks.Block]:
    """Return the ingest tokens and when each was last used, and the buttons for them."""
    new = blocks.button("Connect telemetry", "connect:claude")
    if not tokens:
        return [blocks.actions(new)]
    lines = [f"{wording.escape(each.name)}{wording.REMARK}{last_use(each, now)}" for each in tokens]
    text = blocks.listed(["*Telemetry of Claude Code, Cowork, agents*", *lines], blocks.SECTION)
    return [blocks.section(text), blocks.actions(new, blocks.button("Revoke a token", "disconnect:claude"))]


def last_use(token: IngestToken, now: datetime) -> str:
    """Return when something last came with a token."""
    return f"last event {wording.ago(token.used_at, now=now)}" if token.used_at else "no event yet"


def managing(*, is_connected: bool) -> list[blocks.Block]:
    """Return the admins' buttons, row by row."""
    always = [blocks.button("Settings", "settings"), blocks.button("Audit log", "audit")]
    if not is_connected:
        return [blocks.actions(*always)]
    connection = [
        blocks.button("Sync now", "sync"),
        blocks.button("Add a new key", "connect"),
        blocks.button("Disconnect", "disconnect"),
    ]
    return [blocks.actions(blocks.button("Digests", "digest:list"), *always), blocks.actions(*connection)]
