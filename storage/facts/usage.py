"""Tokens by hour, replaced window by window."""

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from functools import reduce
from itertools import chain
from operator import add
from typing import Any, cast

from peewee import Value, fn

from providers.period import Period
from providers.usage import QUANTITIES, TokenUsage
from storage.engine import bulk_insert
from storage.engine.fields import from_day, from_hour, to_day, to_hour
from storage.engine.tables import UsageRow
from storage.facts import coverage, text_ids

_COUNTS = tuple(getattr(UsageRow, kind) for kind in QUANTITIES)
_CELL = (UsageRow.model, UsageRow.tier, UsageRow.context_window, UsageRow.geo)
_HOURS = 24


def replace(
    connection_id: int,
    start: datetime,
    end: datetime,
    usage: Sequence[TokenUsage],
    *,
    at: datetime,
    until: datetime,
    missing: AbstractSet[datetime] = frozenset(),
) -> None:
    """Replace exactly the hours `[start, end)`, and mark them as covered up to `until`; within a transaction.

    `missing` hours stay as they are; a day is covered up to the first of them that no earlier report covered.
    """
    if start >= end:  # a report that answered for no hours
        return
    first, last = to_hour(start), to_hour(end)
    period = Period(start.date(), (end - timedelta(seconds=1)).date() + timedelta(days=1))
    uncovered = _never_covered(connection_id, period, missing)
    rows = _between(connection_id, first, last)
    if missing:
        rows &= UsageRow.hour.not_in([to_hour(hour) for hour in missing])
    UsageRow.delete().where(rows).execute()
    bulk_insert.insert(UsageRow, _rows(connection_id, usage))
    coverage.mark(
        connection_id, "usage", (day for day in period.days() if day not in uncovered), at=at, until=until
    )
    for day, hour in uncovered.items():
        coverage.mark(connection_id, "usage", [day], at=at, until=min(until, hour))


def _never_covered(
    connection_id: int, period: Period, missing: AbstractSet[datetime]
) -> dict[date, datetime]:
    """Return the first missing hour of each day that no earlier report covered either."""
    covered = coverage.covered_until_by_day(connection_id, "usage", period) if missing else {}
    never = [hour for hour in sorted(missing) if hour.date() not in covered or covered[hour.date()] <= hour]
    return {hour.date(): hour for hour in reversed(never)}


def _rows(connection_id: int, usage: Sequence[TokenUsage]) -> Iterable[tuple[int, ...]]:
    """Return table rows with each key once: a model's dated and undated names become one."""
    number = text_ids.ids(connection_id, set(chain.from_iterable(map(_texts, usage))))
    rows: dict[tuple[int, ...], tuple[int, ...]] = {}
    for row in usage:
        key = (to_hour(row.hour), *map(number.__getitem__, _texts(row)))
        before = rows.get(key)
        rows[key] = row.quantities if before is None else tuple(map(add, before, row.quantities))
    return ((*quantities, connection_id, *key) for key, quantities in rows.items())


def _texts(row: TokenUsage) -> tuple[str | None, ...]:
    return (
        row.workspace_id,
        row.caller_id,
        row.model,
        row.service_tier,
        row.context_window,
        row.inference_geo,
    )


def on(connection_id: int, day: date) -> list[TokenUsage]:
    """Return every row of one UTC day."""
    first = to_day(day) * _HOURS
    columns = (UsageRow.hour, UsageRow.workspace, UsageRow.caller, *_CELL, *_COUNTS)
    query = (
        UsageRow.select(*columns)
        .where(_between(connection_id, first, first + _HOURS))
        .order_by(UsageRow.hour)
    )
    text = text_ids.texts(connection_id)
    return [
        TokenUsage(
            hour=from_hour(hour),
            workspace_id=text[workspace],
            caller_id=text[caller],
            model=text[model] or "",
            service_tier=text[tier],
            context_window=text[window],
            inference_geo=text[geo],
            quantities=_six(counts),
        )
        for hour, workspace, caller, model, tier, window, geo, *counts in _tuples(query)
    ]


def cells_on(connection_id: int, day: date) -> list[TokenUsage]:
    """Sum one UTC day by what a price depends on; caller and workspace are None, the hour is midnight."""
    return _added_up(connection_id, day, [Value(text_ids.NONE)], by=[])


def places_on(connection_id: int, day: date) -> list[TokenUsage]:
    """Sum one UTC day by what a price depends on and by workspace, as a bill's lines do; no caller."""
    return _added_up(connection_id, day, [UsageRow.workspace], by=[UsageRow.workspace])


def _added_up(connection_id: int, day: date, place: Sequence[Any], *, by: Sequence[Any]) -> list[TokenUsage]:
    first = to_day(day) * _HOURS
    sums = [fn.SUM(count) for count in _COUNTS]
    query = UsageRow.select(*place, *_CELL, *sums).where(_between(connection_id, first, first + _HOURS))
    text = text_ids.texts(connection_id)
    return [
        TokenUsage(
            hour=from_hour(first),
            workspace_id=text[workspace],
            caller_id=None,
            model=text[model] or "",
            service_tier=text[tier],
            context_window=text[window],
            inference_geo=text[geo],
            quantities=_six(counts),
        )
        for workspace, model, tier, window, geo, *counts in _tuples(query.group_by(*by, *_CELL))
    ]


def counts(connection_id: int, period: Period) -> dict[date, int]:
    """Return the usage of each UTC day of a period that has any, all kinds in one number."""
    first, last = to_day(period.start) * _HOURS, to_day(period.end) * _HOURS
    query = UsageRow.select(UsageRow.hour, fn.SUM(reduce(add, _COUNTS)))
    days: Counter[date] = Counter()
    for hour, count in _tuples(query.where(_between(connection_id, first, last)).group_by(UsageRow.hour)):
        days[from_day(hour // _HOURS)] += int(count)
    return {day: count for day, count in days.items() if count}


def first_day(connection_id: int) -> date | None:
    """Return the oldest UTC day with any usage."""
    where = (UsageRow.connection_id == connection_id) & (reduce(add, _COUNTS) > 0)
    hour = UsageRow.select(UsageRow.hour).where(where).order_by(UsageRow.hour).limit(1).scalar()
    return None if hour is None else from_day(hour // _HOURS)


def _between(connection_id: int, first: int, last: int) -> Any:
    return (UsageRow.connection_id == connection_id) & (UsageRow.hour >= first) & (UsageRow.hour < last)


def _tuples(query: Any) -> Iterable[Any]:
    return cast("Iterable[Any]", query.tuples())


def _six(counts: Sequence[Any]) -> tuple[int, int, int, int, int, int]:
    first, second, third, fourth, fifth, sixth = map(int, counts)
    return first, second, third, fourth, fifth, sixth
