"""Reports from sums: ranked, shared out and set beside the like period. Nothing is rounded here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import structs

from digests.report import (
    Dimension,
    EngineerLine,
    EngineersReport,
    Gap,
    Line,
    ModelLine,
    Previous,
    Question,
    Report,
    ToolLine,
)
from providers.directory import Link
from providers.period import WEEK, Period
from providers.spend import Sum

UNNAMED: dict[Dimension, str] = {
    "model": "Unknown model",
    "engineer": "Unattributed",
    "workspace": "Default workspace",
    "key": "Unattributed",
    "token type": "Other",
    "product": "Unattributed",
    "day": "Unknown day",
}
"""What has no id on a dimension, by an honest name."""
REASONS = {
    "=code_execution": "Code execution",
    "=session_usage": "Session runtime",
    "=difference": "Difference to the bill",
}
"""Why nobody can be named, in people's words."""

_NOTHING = Sum(id=None, cost=Decimal(0), estimated=Decimal(0), quantities=(0, 0, 0, 0, 0, 0))


def cost_report(
    *,
    organization: str,
    question: Question,
    sums: Sequence[Sum],
    previous: Sequence[Sum] | None,
    previous_until: datetime | None,
    names: Callable[[str], str],
    gaps: Sequence[Gap],
    data_until: datetime | None,
    as_of: datetime | None,
    band: Decimal | None,
    band_days: int | None = None,
    in_utc_days: Decimal | None = None,
    unpriced: Sequence[str] = (),
    told_until: datetime | None = None,
    discount: Decimal | None = None,
    unbilled: Mapping[str, int] = MappingProxyType({}),
    links: Mapping[str | None, Mapping[Link, Decimal]] = MappingProxyType({}),
) -> Report:
    """Rank what a period cost. `previous` is None while the like period is unknown.

    `names` is asked for ids only. By day, a line is set beside the same weekday a week before. `links` tells,
    by id, how it is known whose the dollars are.
    """
    now, before = _by_id(sums), None if previous is None else _by_id(previous)
    running = None if data_until is None else _day_of(data_until, question.period)
    total = _added(now.values())
    lines = _lines(now, total.cost, before, question, names, running, links)
    return Report(
        organization=organization,
        question=question,
        total=total,
        lines=tuple(sorted(lines, key=_by_day if question.dimension == "day" else _dearest)),
        previous=Previous(
            period=question.period.before(),
            total=None if before is None else _cost(before.values()),
            until=previous_until,
        ),
        gaps=tuple(gaps),
        data_until=data_until,
        as_of=as_of,
        band=band,
        band_days=band_days,
        in_utc_days=in_utc_days,
        unpriced=tuple(unpriced),
        told_until=told_until,
        discount=discount,
        unbilled=unbilled,
    )


def _lines(
    now: Mapping[str | None, Sum],
    total: Decimal,
    before: Mapping[str | None, Sum] | None,
    question: Question,
    names: Callable[[str], str],
    running: date | None,
    links: Mapping[str | None, Mapping[Link, Decimal]],
) -> list[Line]:
    """A line for everything that cost or used something; `running` is the day that is not over."""
    return [
        Line(
            id=each.id,
            name=_name(each.id, question.dimension, names),
            cost=each.cost,
            estimated=each.estimated,
            previous=_previous(each.id, question, now, before, running),
            share=each.cost / total if total else Decimal(0),
            quantities=each.quantities,
            links=links.get(each.id, {}),
        )
        for each in now.values()
        if each.cost or each.estimated or any(each.quantities)
    ]


def engineers_report(
    *,
    organization: str,
    period: Period,
    rows: Iterable[EngineerLine],
    previous_cost: Decimal | None,
    gaps: Sequence[Gap],
    as_of: datetime | None,
    previous_until: datetime | None = None,
    data_until: datetime | None = None,
    told_until: datetime | None = None,
    band: Decimal | None = None,
    band_days: int | None = None,
    models: Iterable[ModelLine] = (),
    tools: Iterable[ToolLine] = (),
) -> EngineersReport:
    """Rank engineers. Rows of one id (spend, activity, several plans) become one line."""
    merged: dict[str | None, list[EngineerLine]] = {}
    for row in rows:
        merged.setdefault(row.id, []).append(row)
    lines = [each[0] if len(each) == 1 else _of_one(each) for each in merged.values()]
    return EngineersReport(
        organization=organization,
        period=period,
        total=engineers_together(lines),
        lines=tuple(sorted(lines, key=_dearest_engineer)),
        previous_cost=previous_cost,
        previous_until=previous_until,
        gaps=tuple(gaps),
        as_of=as_of,
        data_until=data_until,
        told_until=told_until,
        band=band,
        band_days=band_days,
        models=tuple(sorted(models, key=lambda line: (-line.estimated_cost, line.model))),
        tools=tuple(sorted(tools, key=lambda line: (-line.accepted - line.rejected, line.tool))),
    )


def engineers_together(lines: Iterable[EngineerLine]) -> EngineerLine:
    """Return the sum of several engineers."""
    return _as_one(list(lines), "", "All")


def _of_one(rows: Sequence[EngineerLine]) -> EngineerLine:
    """Return one engineer's rows as one: nearly always a share of the bill, and what Claude Code did."""
    first, second = rows[:2]
    if len(rows) > 2 or second.cost or first.is_active or first.subscription_cost:  # noqa: PLR2004 - as said
        return _as_one(rows, first.id, first.name)
    return structs.replace(
        second, cost=first.cost, estimated=first.estimated, code_cost=first.code_cost, links=first.links
    )


_COUNTED = EngineerLine.__struct_fields__[2:-1]
_counts = attrgetter(*_COUNTED)


def _as_one(lines: Sequence[EngineerLine], id_: str | None, name: str) -> EngineerLine:
    links: dict[Link, Decimal] = {}
    for line in lines:
        for link, cost in line.links.items():
            links[link] = links.get(link, Decimal(0)) + cost
    summed: dict[str, Any] = dict(
        zip(_COUNTED, map(sum, zip(*map(_counts, lines), strict=True)), strict=False)
    )
    return EngineerLine(id=id_, name=name, links=links, **summed)


def _by_id(sums: Iterable[Sum]) -> dict[str | None, Sum]:
    found: dict[str | None, Sum] = {}
    for each in sums:
        found[each.id] = _plus(found[each.id], each) if each.id in found else each
    return found


def _added(sums: Iterable[Sum]) -> Sum:
    each = list(sums)
    if not each:
        return _NOTHING
    first, second, third, fourth, fifth, sixth = map(sum, zip(*(one.quantities for one in each), strict=True))
    estimated = sum((one.estimated for one in each), Decimal(0))
    return Sum(None, _cost(each), estimated, (first, second, third, fourth, fifth, sixth))


def _cost(sums: Iterable[Sum]) -> Decimal:
    return sum((one.cost for one in sums), Decimal(0))


def _plus(one: Sum, other: Sum) -> Sum:
    a, b = one.quantities, other.quantities
    quantities = (a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3], a[4] + b[4], a[5] + b[5])
    return Sum(one.id, one.cost + other.cost, one.estimated + other.estimated, quantities)


def name_of_nobody(id_: str | None) -> str:
    """What stands in an engineer's place where nobody can be named."""
    return REASONS.get(id_ or "", UNNAMED["engineer"])


def _name(id_: str | None, dimension: Dimension, names: Callable[[str], str]) -> str:
    if id_ is None:
        return UNNAMED[dimension]
    return REASONS.get(id_) or names(id_) or id_


def _previous(
    id_: str | None,
    question: Question,
    now: Mapping[str | None, Sum],
    before: Mapping[str | None, Sum] | None,
    running: date | None,
) -> Decimal | None:
    if before is None:
        return None
    if question.dimension != "day" or id_ is None:
        return before.get(id_, _NOTHING).cost
    earlier = date.fromisoformat(id_) - WEEK
    if earlier in question.period:
        # A day that still runs is not to be set beside a whole one.
        return None if date.fromisoformat(id_) == running else now.get(earlier.isoformat(), _NOTHING).cost
    return before.get(earlier.isoformat(), _NOTHING).cost if earlier in question.period.before() else None


def _day_of(moment: datetime, period: Period) -> date:
    return moment.astimezone(ZoneInfo(period.zone)).date()


def _by_day(line: Line) -> tuple[bool, str]:
    return line.id is None, line.id or ""


def _dearest(line: Line) -> tuple[Decimal, str, str]:
    return -line.cost, line.name, line.id or ""


def _dearest_engineer(line: EngineerLine) -> tuple[Decimal, Decimal, str, str]:
    return -line.cost, -line.subscription_cost, line.name, line.id or ""
