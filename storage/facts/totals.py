"""Sums of rollups over any hours: few slots, added up by the database."""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from providers.usage import QUANTITIES
from storage.engine import time_buckets
from storage.engine.fields import HOURS
from storage.engine.queries import Run, cached_in_snapshot, query
from storage.facts.rollups import MEASURES, NUMBERS, Dimension, summed

USED = "used"  # all quantities in one number, beside the measures: usage that cost nothing is not no usage
_LENGTH = 8  # `_pad` lengthens lists of slots to a multiple of it, so that few different queries are compiled
_NOWHERE = -1  # no slot's number

_MINE = "connection_id = ? AND dimension = ?"

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
    queries: "_Queries", connection_id: int, dimension: Dimension, start: int, end: int, minutes: int
) -> Rows:
    if start >= end and not minutes:
        return []
    number = NUMBERS[dimension]
    days, hours = (
        time_buckets.decompose_hours(start, end) if minutes else _slots_of(connection_id, number, start, end)
    )
    if len(days.added) == 1 and not (days.subtracted or hours.added or hours.subtracted or minutes):
        return cast("Rows", queries.of_day(connection_id, number, days.added[0]).fetchall())
    mine = (connection_id, number)
    slots = [value for part in (*days, *hours) for value in (*mine, _pad(part))]
    return cast("Rows", queries.of_slots(*slots, minutes, *mine, end if minutes else _NOWHERE).fetchall())


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


@cached_in_snapshot
def _recorded_days(connection_id: int, dimension: int) -> tuple[int, int] | None:
    """Return the oldest and the newest day with data."""
    oldest, newest = (
        outermost(connection_id, dimension, time_buckets.WEEK).fetchone() for outermost in _outermost_days
    )
    return (oldest[0], newest[0]) if oldest else None


_outermost_days = [  # in the key's order: MAX() would read every day
    query(f"SELECT day FROM day_rollup WHERE {_MINE} AND day < ? ORDER BY day {order} LIMIT 1")
    for order in ("ASC", "DESC")
]


def _pad(slots: list[int]) -> list[int]:
    return slots + [_NOWHERE] * (-len(slots) % _LENGTH)


class _Queries(NamedTuple):
    """Queries for columns by member: one slot's rows as they are, or several slots' rows summed."""

    of_day: Run
    of_slots: Run


def _by_member(names: Sequence[str]) -> _Queries:
    return _Queries(_one_day(names), _added_up(names))


def _column(name: str) -> str:
    """Return a measure's column, or the sum of the quantity columns for USED."""
    return " + ".join(QUANTITIES) if name == USED else name


def _one_day(names: Sequence[str]) -> Run:
    columns = ", ".join(map(_column, names))
    return query(f"SELECT member, {columns} FROM day_rollup WHERE {_MINE} AND day = ?")


def _added_up(names: Sequence[str]) -> Run:
    """Sum some slots, minus others, plus some minutes of an hour."""

    def part(tables: str, where: str, factor: str = "") -> str:
        columns = ", ".join(f"({_column(name)}){factor} AS {name}" for name in names)
        return f"SELECT member, {columns} FROM {tables} WHERE {_MINE} AND {where}"

    parts = (
        part("day_rollup", "day IN (??)"),
        part("day_rollup", "day IN (??)", " * -1"),
        part("hour_rollup", "hour IN (??)"),
        part("hour_rollup", "hour IN (??)", " * -1"),
        part("hour_rollup, (SELECT CAST(? AS BIGINT) AS minutes) AS now", "hour = ?", " * minutes / 60"),
    )
    return query(
        f"SELECT member, {summed(names)} FROM ({' UNION ALL '.join(parts)}) AS slots GROUP BY member"
    )


_member_sums, _member_costs = _by_member(MEASURES), _by_member(["cost"])
_member_shares = _by_member([USED, "cost", "estimated"])


def measures_by_day(connection_id: int, dimension: Dimension, first: int, last: int) -> Rows:
    """Return (day, *MEASURES) for the days `[first, last)`."""
    return _slots(_sums_of_days, connection_id, dimension, first, last)


def measures_by_hour(connection_id: int, dimension: Dimension, first: int, last: int) -> Rows:
    """Return (hour, *MEASURES) for the hours `[first, last)`."""
    return _slots(_sums_of_hours, connection_id, dimension, first, last)


def _slots(run: Run, connection_id: int, dimension: Dimension, first: int, last: int) -> Rows:
    return cast("Rows", run(connection_id, NUMBERS[dimension], first, last).fetchall())


_sums_of_days, _sums_of_hours = (
    query(f"""
        SELECT {slot}, {summed(MEASURES)} FROM {table}
        WHERE {_MINE} AND {slot} >= ? AND {slot} < ? GROUP BY {slot}
    """)
    for table, slot in (("day_rollup", "day"), ("hour_rollup", "hour"))
)


def daily_costs_of_member(
    connection_id: int, dimension: Dimension, member: int, first: int, last: int
) -> Rows:
    """Return (day, cost) of one member for the days `[first, last)`."""
    rows = _days_of_member(connection_id, NUMBERS[dimension], first, last, member)
    return cast("Rows", rows.fetchall())


_days_of_member = query(f"""
    SELECT day, cost FROM day_rollup WHERE {_MINE} AND day >= ? AND day < ? AND member = ?
""")


def count_rows(connection_id: int, dimension: Dimension, first: int, last: int) -> int:
    """Return the number of rows of a dimension on the days `[first, last)`."""
    return int(_count(connection_id, NUMBERS[dimension], first, last).fetchone()[0])


_count = query(f"SELECT COUNT(*) FROM day_rollup WHERE {_MINE} AND day >= ? AND day < ?")


def all_time(connection_id: int) -> int | None:
    """Return the cost since the first day, None before there is any."""
    rows = _member_costs.of_day(connection_id, NUMBERS["total"], time_buckets.ALL_TIME).fetchall()
    return cast("int | None", rows[0][1] if rows else None)
