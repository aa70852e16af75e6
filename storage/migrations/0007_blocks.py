"""Spend added up by weeks, months and years as activity is, and activity by years."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from playhouse.migrate import SchemaMigrator

EPOCH = date(1970, 1, 1)
WEEK, MONTH, YEAR = 1_000_000, 2_000_000, 3_000_000
PRICED = [
    "uncached_input",
    "cache_write_5m",
    "cache_write_1h",
    "cache_read",
    "output",
    "web_search",
    "cost",
    "estimated",
]
COUNTED = [
    "estimated_cost",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "sessions",
    "lines_added",
    "lines_removed",
    "commits",
    "pull_requests",
    "accepted",
    "rejected",
]
BLOCK = """
INSERT INTO {table} ({columns}, connection_id, dimension, {slot_column}, {key})
SELECT {sums}, connection_id, dimension, {slot}, {key} FROM {table}
WHERE connection_id = {connection_id} AND dimension IN (0, 1, 2, 3, 4, 5, 6, 7)
  AND {slot_column} >= {start} AND {slot_column} < {end}
GROUP BY connection_id, dimension, {key}
"""
RANGES = """
SELECT connection_id, MIN({slot_column}), MAX({slot_column}) FROM {table}
WHERE {slot_column} < 1000000 GROUP BY connection_id
"""


def up(_migrator: SchemaMigrator, db: Any) -> None:
    """Add up what is there."""
    spend = {"table": "day_rollup", "slot_column": "day", "key": "member"}
    code = {"table": "code_rollup", "slot_column": "slot", "key": "member, plan"}
    for table, names, least in ((spend, PRICED, WEEK), (code, COUNTED, YEAR)):
        columns, sums = ", ".join(names), ", ".join(f"SUM({name})" for name in names)
        for connection_id, first, last in db.execute_sql(RANGES.format(**table)).fetchall():
            for slot, start, end in blocks(first, last):
                if slot >= least:
                    where = {"connection_id": connection_id, "slot": slot, "start": start, "end": end}
                    db.execute_sql(BLOCK.format(columns=columns, sums=sums, **table, **where))


def blocks(first: int, last: int) -> Iterator[tuple[int, int, int]]:
    """The weeks, the months and the year, year after year, of all days from one to another."""
    for year in range((EPOCH + timedelta(days=first)).year, (EPOCH + timedelta(days=last)).year + 1):
        for number in range(1, 13):
            month = (date(year, number, 1) - EPOCH).days
            end = month + monthrange(year, number)[1]
            for week in range(month, end, 7):
                yield WEEK + week, week, min(week + 7, end)
            yield MONTH + month, WEEK + month, WEEK + end
        start, end = ((date(each, 1, 1) - EPOCH).days for each in (year, year + 1))
        yield YEAR + start, MONTH + start, MONTH + end
