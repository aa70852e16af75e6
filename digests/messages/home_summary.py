"""What the Home tab tells at a glance: how the last days went, and who spends most."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from heapq import nsmallest

from digests.layout import blocks
from digests.numbers.engineer_lines import is_person
from digests.numbers.lines import CostLines, Line
from digests.numbers.report import Report
from digests.words import wording
from providers.money import dollars
from providers.spend import Id

_FEWEST, _MOST = 2, 5
_LEVELS, _UNREAD = "▁▂▃▄▅▆▇█", "·"
_NOTHING = Decimal(0)

Day = tuple[Decimal, Decimal]
"""What a day cost, and how much of that is estimated."""


def trend(report: Report, today: date) -> blocks.Block | None:
    """Draw days as bars in one line, the dearest and the cheapest in words; None where too few are known."""
    days = _days(report)
    known = {day: spent for day, spent in days.items() if spent is not None}
    if len(known) < _FEWEST:
        return None
    highest = max(cost for cost, _ in known.values())
    drawn = "".join(_UNREAD if spent is None else _bar(spent[0], highest) for spent in days.values())
    most, least = (chosen(known, key=lambda day: known[day]) for chosen in (max, min))
    told = [f"most {_told(most, known, today)}", f"least {_told(least, known, today)}"]
    if most == least:
        told = [f"{wording.spend(*known[most])} each"]
    if missing := len(days) - len(known):
        told.append(f"{wording.counted(missing, 'day')} not known yet")
    return blocks.section(
        wording.REMARK.join([f"*Last {len(days)} days*  `{drawn}`", *map(wording.escape, told)])
    )


def dearest(title: str, lines: CostLines, active: Collection[Id] = ()) -> blocks.Block | None:
    """Name the people who spend most and their share of all; None where nobody is known.

    `active` are those who used Claude Code, whoever pays for it: the answer about engineers counts them too.
    """
    amounts, total = lines.amounts, dollars(lines.totals[-2])
    people = lines.filter(lambda id_: is_person(id_) and amounts[id_][-2] != 0)
    costs = people.costs
    others = set(filter(is_person, active)).difference(people.ids)
    shown = list(replace(people, ids=nsmallest(_MOST, costs, key=lambda id_: (-costs[id_], id_ or ""))))
    if not shown:
        return None
    told = [
        f"{wording.escape(wording.short(line.name))}{wording.REMARK}{wording.escape(_spend(line))}, "
        f"{wording.share(line.cost / total if total else _NOTHING)}"
        for line in shown
    ]
    if more := len(people) + len(others) - len(shown):
        told.append(f"{wording.number(more)} more")
    return blocks.section("\n".join([f"*{wording.escape(title)}*", *told]))


def _days(report: Report) -> Mapping[date, Day | None]:
    """Return what each day of a report by day cost, None where it is not known."""
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


def _told(day: date, known: Mapping[date, Day], today: date) -> str:
    return f"{wording.spend(*known[day])} on {wording.day(day, today=today)}"


def _spend(line: Line) -> str:
    return wording.spend(line.cost, line.estimated)
