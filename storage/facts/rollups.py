"""Dollars and tokens by hour, by day, and by the blocks that contain the days; totals.py reads them.

A row belongs to one dimension and one member of it, by the number of the member's text. A day is the sum of
its hours and a block the sum of its days, so every combination of slots that makes up a period has one sum.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from providers.period import runs
from providers.usage import QUANTITIES
from storage.engine import bulk_insert, time_buckets
from storage.engine.fields import HOURS, from_day, to_day, to_hour
from storage.engine.queries import cached_in_snapshot, query
from storage.engine.tables import DayRollup, HourRollup

Dimension = Literal["total", "model", "workspace", "caller", "kind", "product", "listed", "unbilled"]
NUMBERS: Mapping[Dimension, int] = {
    "total": 0,
    "model": 1,
    "workspace": 2,
    "caller": 3,
    "kind": 4,
    "product": 5,
    "listed": 6,
    "unbilled": 7,
}
"""The numbers that stand for dimensions in the tables: never change one."""
MEASURES = (*QUANTITIES, "cost", "estimated")  # in the order of the columns

_MONTH = 31 * HOURS

Key = tuple[Any, ...]  # of a rollup: dimension, hour or day or slot, member
Measures = Sequence[int]  # in the order of MEASURES
Lines = dict[Key, list[Measures]]
Sums = dict[Key, Measures]


def replace(connection_id: int, replaced: Iterable[date], *, days: Sums, hours: Sums) -> None:
    """Replace UTC days by their sums, keyed by (dimension, day or hour, member); within a transaction."""
    for period in runs(sorted(replaced)):
        first, last = to_day(period.start), to_day(period.end)
        _delete_days(connection_id, first, last)
        _delete_hours(connection_id, first * HOURS, last * HOURS)
    bulk_insert.insert(DayRollup, ((*sums, connection_id, *key) for key, sums in days.items()))
    first = first_hour(connection_id)
    kept = (each for each in hours.items() if each[0][1] >= first)
    bulk_insert.insert(HourRollup, ((*sums, connection_id, *key) for key, sums in kept))
    renew_blocks(connection_id, replaced)


@cached_in_snapshot
def first_hour(connection_id: int) -> int:
    """Return the number of the first hour that is kept: a UTC midnight, 0 if all are."""
    row = _hours_from(connection_id).fetchone()
    return 0 if row is None or row[0] is None else int(row[0]) * HOURS


def first_day_with_hours(connection_id: int) -> date | None:
    """Return the first UTC day whose hours are kept, None if those of all days are."""
    hour = first_hour(connection_id)
    return from_day(hour // HOURS) if hour else None


def has_hours(connection_id: int, moment: datetime) -> bool:
    """Whether the hours of the UTC day that contains a moment are kept."""
    return to_hour(moment) >= first_hour(connection_id)


def keep_hours_from(connection_id: int, day: date | None) -> None:
    """Keep no hours before a UTC day, None to keep all; within a transaction. Older ones are read no more."""
    _keep_hours_from(None if day is None else to_day(day), connection_id)


def drop_older_hours(connection_id: int) -> bool:
    """Delete the oldest hours that are not read any more, a month at most; return True if some are left."""
    first, oldest = first_hour(connection_id), _oldest_hour(connection_id).fetchone()
    if oldest is None or oldest[0] >= first:
        return False
    end = min(oldest[0] + _MONTH, first)
    _delete_hours(connection_id, oldest[0], end)
    return bool(end < first)


def added_up(lines: Lines) -> Sums:
    """Sum the lines of every key column by column; most keys have only one line."""
    return {
        key: rows[0] if len(rows) == 1 else list(map(sum, zip(*rows, strict=True)))
        for key, rows in lines.items()
    }


def renew_blocks(connection_id: int, days: Iterable[date]) -> None:
    """Rebuild the blocks that contain some days; within a transaction."""
    for block in time_buckets.blocks_containing(map(to_day, days)):
        _delete_days(connection_id, block.slot, block.slot + 1)
        _enter_block(block.slot, connection_id, block.start, block.end)


def summed(names: Iterable[str]) -> str:
    """Return the columns' sums, whole numbers on both engines."""
    return ", ".join(f"CAST(SUM({name}) AS BIGINT)" for name in names)


# Naming each dimension lets the database search the key for each, not scan it.
_EVERY = f"connection_id = ? AND dimension IN ({', '.join(map(str, NUMBERS.values()))})"
_delete_days = query(f"DELETE FROM day_rollup WHERE {_EVERY} AND day >= ? AND day < ?")
_delete_hours = query(f"DELETE FROM hour_rollup WHERE {_EVERY} AND hour >= ? AND hour < ?")
_hours_from = query("SELECT hours_from FROM connection WHERE id = ?")
_keep_hours_from = query("UPDATE connection SET hours_from = ? WHERE id = ?")
_oldest_hour = query(f"""
    SELECT hour FROM hour_rollup WHERE connection_id = ? AND dimension = {NUMBERS["total"]}
    ORDER BY hour LIMIT 1
""")
_enter_block = query(f"""
    INSERT INTO day_rollup ({", ".join(MEASURES)}, day, connection_id, dimension, member)
    SELECT {summed(MEASURES)}, CAST(? AS INTEGER), connection_id, dimension, member FROM day_rollup
    WHERE {_EVERY} AND day >= ? AND day < ? GROUP BY connection_id, dimension, member
""")
