"""Spend and activity added up over all time, of the years that they are added up by."""

from typing import Any

from playhouse.migrate import SchemaMigrator

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
ALL_TIME = """
INSERT INTO {table} ({columns}, connection_id, dimension, {slot}, {key})
SELECT {sums}, connection_id, dimension, 4000000, {key} FROM {table}
WHERE {slot} >= 3000000 AND {slot} < 4000000
GROUP BY connection_id, dimension, {key}
"""


def up(_migrator: SchemaMigrator, db: Any) -> None:
    """Add up the years that are there."""
    spend = {"table": "day_rollup", "slot": "day", "key": "member"}
    code = {"table": "code_rollup", "slot": "slot", "key": "member, plan"}
    for table, names in ((spend, PRICED), (code, COUNTED)):
        columns, sums = ", ".join(names), ", ".join(f"SUM({name})" for name in names)
        db.execute_sql(ALL_TIME.format(columns=columns, sums=sums, **table))
