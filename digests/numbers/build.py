"""Reports from sums: ranked, and compared with the comparison period. Nothing is rounded here."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

from msgspec import structs

from digests.numbers.engineer_lines import EngineerLines, ModelLine, ToolLine
from digests.numbers.lines import CostLines, Links
from digests.numbers.report import (
    TIMES,
    Dimension,
    EngineersReport,
    Extent,
    Horizon,
    Previous,
    Question,
    Report,
)
from digests.numbers.split.buckets import costs_before
from providers.money import dollars
from providers.period import WEEK, Period
from providers.spend import AnyAmounts, Id

UNNAMED: dict[Dimension, str] = {
    "model": "Unknown model",
    "engineer": "Not attributed",
    "workspace": "Default workspace",
    "key": "Not attributed",
    "token type": "Other",
    "product": "Not attributed",
    "day": "Unknown day",
    "week": "Unknown week",
    "month": "Unknown month",
}
"""By dimension, the name of the line without an id."""
REASONS = {
    "=code_execution": "Code execution",
    "=session_usage": "Agent session time",
    "=difference": "Adjustment to match the bill",
}
"""In words, why spend has no engineer or key."""


def cost_report(
    question: Question,
    spent: Mapping[Id, AnyAmounts],
    horizon: Horizon,
    *,
    organization: str,
    names: Callable[[str], str],
    before: Mapping[Id, int] | None,
    previous_until: datetime | None = None,
    links: Links = MappingProxyType({}),
) -> Report:
    """Rank a period's costs. `before` is the comparison period in billionths, None while it is unknown.

    `names` maps ids only. Each day is compared with the same weekday a week before, each week or month with
    the one before.
    """
    by_time = question.dimension in TIMES and question.second is None
    like = _earlier(question, spent, before, horizon.extent, previous_until) if by_time else before
    lines = cost_lines(question, spent, names, before=like, links=links)
    return Report(
        organization=organization,
        question=question,
        total=lines.as_one_line(),
        lines=replace(lines, ids=sorted(lines.ids, key=_by_day)) if by_time else ranked(lines),
        previous=Previous(
            period=question.before,
            total=None if before is None else dollars(sum(before.values())),
            until=previous_until,
        ),
        **vars(horizon),
    )


def cost_lines(
    question: Question,
    spent: Mapping[Id, AnyAmounts],
    names: Callable[[str], str],
    *,
    before: Mapping[Id, int | None] | None = None,
    links: Links = MappingProxyType({}),
) -> CostLines:
    """Return the lines with any cost or use, unordered; `names` maps ids only."""
    ids = [id_ for id_, amounts in spent.items() if any(amounts)]
    name_of = _pair_namer(names) if question.second else namer(question.dimension, names)
    return CostLines(ids, name_of, spent, before, links)


def _pair_namer(names: Callable[[str], str]) -> Callable[[Id], str]:
    """Return the function that names a pair; `names` takes its id whole."""
    return lambda id_: names(id_ or "")


def ranked(lines: CostLines) -> CostLines:
    """Return the lines, most expensive first."""
    amounts = lines.amounts
    return lines.ranked(lambda id_: amounts[id_].cost)


def _by_day(id_: Id) -> tuple[bool, str]:
    return id_ is None, id_ or ""


def engineers_report(
    period: Period,
    lines: EngineerLines,
    horizon: Horizon,
    *,
    organization: str,
    previous_cost: Decimal | None = None,
    previous_until: datetime | None = None,
    people_before: Decimal | None = None,
    models: Iterable[ModelLine] = (),
    tools: Iterable[ToolLine] = (),
) -> EngineersReport:
    """Rank engineers."""
    return EngineersReport(
        organization=organization,
        period=period,
        total=structs.replace(lines.as_one_line(), id="", name="All"),
        lines=lines.by_cost(),
        previous_cost=previous_cost,
        previous_until=previous_until,
        people_before=people_before,
        models=tuple(sorted(models, key=lambda line: (-line.estimated_cost, line.model))),
        tools=tuple(sorted(tools, key=lambda line: (-line.accepted - line.rejected, line.tool))),
        **vars(horizon),
    )


def name_of_nobody(id_: Id) -> str:
    """Return the name of a line without an engineer."""
    return REASONS.get(id_ or "", UNNAMED["engineer"])


def namer(dimension: Dimension, names: Callable[[str], str]) -> Callable[[Id], str]:
    """Return the function that names every member of a dimension; `names` maps ids only."""

    def name_of(id_: Id) -> str:
        return UNNAMED[dimension] if id_ is None else REASONS.get(id_) or names(id_) or id_

    return name_of


def _earlier(
    question: Question,
    spent: Mapping[Id, AnyAmounts],
    before: Mapping[Id, int] | None,
    extent: Extent,
    previous_until: datetime | None,
) -> Mapping[Id, int | None] | None:
    """Return the cost of the day, week or month that each is compared with."""
    if question.compare is not None:  # the days of another period are none of these days
        return before if question.before == question.period else None
    if question.dimension == "day":
        return _weekdays_before(question.period, spent, before, extent, previous_until)
    costs = {id_: amounts.cost for id_, amounts in spent.items()}
    return costs_before(question.dimension, question.period, costs, before, extent.unfinished.keys())


def _weekdays_before(
    period: Period,
    spent: Mapping[Id, AnyAmounts],
    before: Mapping[Id, int] | None,
    extent: Extent,
    previous_until: datetime | None,
) -> Mapping[Id, int | None] | None:
    """Return the cost of the same weekday a week before, None for days that have none to compare."""
    if before is None:
        return None
    now = {id_: amounts.cost for id_, amounts in spent.items()}
    days = {id_: date.fromisoformat(id_) for id_ in spent if id_}
    comparable = {id_: _is_comparable(day, period, extent, previous_until) for id_, day in days.items()}
    return {
        id_: _week_before(day, period, now, before) if comparable[id_] else None for id_, day in days.items()
    }


def _is_comparable(day: date, period: Period, extent: Extent, previous_until: datetime | None) -> bool:
    """Whether a day and the same weekday a week before have data up to the same hour."""
    earlier = Period.day(day - WEEK, period.zone)
    if earlier.start in period:
        return day not in extent.unfinished and earlier.start not in extent.unfinished
    covered_until = extent.unfinished.get(day)
    if covered_until and extent.kind != "running":
        return False
    cut = previous_until if previous_until and previous_until < earlier.ends_at else None
    return cut == (covered_until and covered_until - WEEK)


def _week_before(day: date, period: Period, now: Mapping[Id, int], before: Mapping[Id, int]) -> int | None:
    earlier = day - WEEK
    if earlier in period:
        return now.get(earlier.isoformat(), 0)
    return before.get(earlier.isoformat(), 0) if earlier in period.before() else None
