"""Sums of rollups over any hours: few slots, added up by the database."""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import Any, NamedTuple, cast

from peewee import Value, fn

from providers.usage import QUANTITIES
from storage.engine import time_buckets
from storage.engine.prepared import Run, cached_in_snapshot, prepared
from storage.engine.tables import DayRollup, HourRollup
from storage.facts.rollups import HOURS, MEASURES, NUMBERS, Dimension, summed

USED = "used"  # all quantities in one number, beside the measures: usage that cost nothing is not no usage
_MINUTES = 60
_LENGTH = 8  # `_pad` lengthens lists of slots to a multiple of it, so that few different queries are compiled
_NOWHERE = -1  # no slot's number

Rows = list[tuple[Any, ...]]  # a member or a slot, then the columns that the function names


def measures_by_member(
    connection_id: int, dimension: Dimension, start: int, end: int, *, minutes: int = 0
) -> Rows:
    """Return (member, *MEASURES) over the hours `[start, end)`, and over some minutes of the hour `end`."""
    return _read(_member_sums, connection_id, dimension, start, end, minutes)


def costs_by_member(
    connection_id: int, dimension: Dimension, start: int, end: int, *, minutes: int = 0
) -> Rows:
    """Return (member, cost) over the same hours and minutes as `measures_by_member`."""
    return _read(_member_costs, connection_id, dimension, start, end, minutes)


def usage_and_cost_by_member(connection_id: int, dimension: Dimension, start: int, end: int) -> Rows:
    """Return (member, all quantities in one number, cost, estimated part of the cost)."""
    return _read(_member_shares, connection_id, dimension, start, end, 0)


def _read(
    query: "_Query", connection_id: int, dimension: Dimension, start: int, end: int, minutes: int
) -> Rows:
    if start >= end and not minutes:
        return []
    number = NUMBERS[dimension]
    days, hours = (
        time_buckets.decompose_hours(start, end) if minutes else _slots_of(connection_id, number, start, end)
    )
    if len(days.added) == 1 and not (days.subtracted or hours.added or hours.subtracted or minutes):
        return cast("Rows", query.of_day(connection_id, number, days.added[0]).fetchall())
    slots = [_pad(slots) for slots in (*days, *hours)]
    return cast("Rows", query.of_slots(connection_id, number, *slots, end, minutes).fetchall())


def _slots_of(
    connection_id: int, dimension: int, start: int, end: int
) -> tuple[time_buckets.Decomposition, time_buckets.Decomposition]:
    """Return the slots of some hours, or of a longer period if it has the same sum and fewer slots."""
    exact = time_buckets.decompose_hours(start, end)
    recorded = _recorded_days(connection_id, dimension) if _count_slots(exact) > 1 else None
    if recorded is None:
        return exact
    first, last = -(-start // HOURS), end // HOURS
    if time_buckets.covers_all(first, last, recorded):
        return time_buckets.Decomposition([time_buckets.ALL_TIME], []), time_buckets.Decomposition([], [])
    earlier, later = time_buckets.extend_to_block_edges(first, last, recorded)
    days, hours = time_buckets.decompose_hours(
        start if earlier == first else earlier * HOURS, end if later == last else later * HOURS
    )
    return min(exact, (days.until(recorded[1]), hours), key=_count_slots)


def _count_slots(days_and_hours: tuple[time_buckets.Decomposition, time_buckets.Decomposition]) -> int:
    return sum(len(slots) for part in days_and_hours for slots in part)


def _recorded_days(connection_id: int, dimension: int) -> tuple[int, int] | None:
    """Return the oldest and the newest day with data."""
    oldest, newest = (
        query(connection_id, dimension, time_buckets.WEEK).fetchone() for query in _outermost_days
    )
    return (oldest[0], newest[0]) if oldest else None


_outermost_days = [  # in the key's order: MAX() would read every day
    cached_in_snapshot(
        prepared(
            lambda connection_id, dimension, end, order=order: (
                DayRollup.select(DayRollup.day)
                .where(_rows_of(DayRollup, connection_id, dimension) & (DayRollup.day < end))
                .order_by(order)
                .limit(1)
            )
        )
    )
    for order in (DayRollup.day, DayRollup.day.desc())
]


def _rows_of(table: Any, connection_id: Any, dimension: Any) -> Any:
    return (table.connection_id == connection_id) & (table.dimension == dimension)


def _pad(slots: list[int]) -> list[int]:
    return slots + [_NOWHERE] * (-len(slots) % _LENGTH)


class _Query(NamedTuple):
    """Queries for columns by member: one slot's rows as they are, or several slots' rows summed."""

    of_day: Run
    of_slots: Run


def _member_query(names: Sequence[str]) -> _Query:
    return _Query(_one_day(names), _added_up(names))


def _column(table: Any, name: str) -> Any:
    """Return a measure's column, or the sum of the quantity columns for USED."""
    if name == USED:
        return reduce(add, (getattr(table, quantity) for quantity in QUANTITIES))
    return getattr(table, name)


def _one_day(names: Sequence[str]) -> Run:
    columns = [_column(DayRollup, name) for name in names]
    return prepared(
        lambda connection_id, dimension, day: DayRollup.select(DayRollup.member, *columns).where(
            _rows_of(DayRollup, connection_id, dimension) & (DayRollup.day == day)
        )
    )


def _added_up(names: Sequence[str]) -> Run:
    """Sum some slots, minus others, plus some minutes of an hour."""

    def part(table: Any, where: Any, factor: Callable[[Any], Any]) -> Any:
        columns = [factor(_column(table, name)).alias(name) for name in names]
        return table.select(table.member, *columns).where(where)

    def query(connection_id: Any, dimension: Any, *slots: Any) -> Any:
        days, no_days, hours, no_hours, hour, minutes = slots
        in_days, in_hours = (_rows_of(table, connection_id, dimension) for table in (DayRollup, HourRollup))
        every = (
            part(DayRollup, in_days & (DayRollup.day << days), _add)
            + part(DayRollup, in_days & (DayRollup.day << no_days), _subtract)
            + part(HourRollup, in_hours & (HourRollup.hour << hours), _add)
            + part(HourRollup, in_hours & (HourRollup.hour << no_hours), _subtract)
            + part(
                HourRollup, in_hours & (HourRollup.hour == hour), lambda column: column * minutes / _MINUTES
            )
        )
        columns = [fn.SUM(getattr(every.c, name)).cast("BIGINT") for name in names]
        return every.select_from(every.c.member, *columns).group_by(every.c.member)

    return prepared(query)


def _add(column: Any) -> Any:
    return column


def _subtract(column: Any) -> Any:
    return column * Value(-1, converter=False)


_member_sums, _member_costs = _member_query(MEASURES), _member_query(["cost"])
_member_shares = _member_query([USED, "cost", "estimated"])


def measures_by_day(connection_id: int, dimension: Dimension, first: int, last: int) -> Rows:
    """Return (day, *MEASURES) for the days `[first, last)`."""
    return _slots(_sums_of_days, connection_id, dimension, first, last)


def measures_by_hour(connection_id: int, dimension: Dimension, first: int, last: int) -> Rows:
    """Return (hour, *MEASURES) for the hours `[first, last)`."""
    return _slots(_sums_of_hours, connection_id, dimension, first, last)


def _slots(query: Run, connection_id: int, dimension: Dimension, first: int, last: int) -> Rows:
    return cast("Rows", query(connection_id, NUMBERS[dimension], first, last).fetchall())


def _slot_query(table: Any, slot: Any) -> Run:
    return prepared(
        lambda connection_id, dimension, first, last: (
            table.select(slot, *summed(table, MEASURES))
            .where(_rows_of(table, connection_id, dimension) & (slot >= first) & (slot < last))
            .group_by(slot)
        )
    )


_sums_of_days, _sums_of_hours = (
    _slot_query(DayRollup, DayRollup.day),
    _slot_query(HourRollup, HourRollup.hour),
)


def daily_costs_of_member(
    connection_id: int, dimension: Dimension, member: int, first: int, last: int
) -> Rows:
    """Return (day, cost) of one member for the days `[first, last)`."""
    rows = _days_of_member(connection_id, NUMBERS[dimension], first, last, member)
    return cast("Rows", rows.fetchall())


_days_of_member = prepared(
    lambda connection_id, dimension, first, last, member: DayRollup.select(
        DayRollup.day, DayRollup.cost
    ).where(
        _rows_of(DayRollup, connection_id, dimension)
        & (DayRollup.day >= first)
        & (DayRollup.day < last)
        & (DayRollup.member == member)
    )
)


def count_rows(connection_id: int, dimension: Dimension, first: int, last: int) -> int:
    """Return the number of rows of a dimension on the days `[first, last)`."""
    mine = _rows_of(DayRollup, connection_id, NUMBERS[dimension])
    return DayRollup.select().where(mine & (DayRollup.day >= first) & (DayRollup.day < last)).count()


def all_time(connection_id: int) -> int | None:
    """Return the cost since the first day, None before there is any."""
    rows = _member_costs.of_day(connection_id, NUMBERS["total"], time_buckets.ALL_TIME).fetchall()
    return cast("int | None", rows[0][1] if rows else None)
