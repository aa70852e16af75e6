"""Claude Code activity in whole numbers, by tool too, added up by days, weeks and months; stamps."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from secrets import randbits
from typing import Any

from peewee import (
    BigIntegerField,
    CompositeKey,
    IntegerField,
    Model,
    SmallIntegerField,
    SqliteDatabase,
    TextField,
)
from playhouse.migrate import SchemaMigrator


class StampRow(Model):
    connection_id = IntegerField()
    subject = TextField()
    value = BigIntegerField()

    class Meta:
        table_name = "stamp"
        primary_key = CompositeKey("connection_id", "subject")


class ActivityRow(Model):
    estimated_cost = BigIntegerField()
    input_tokens = BigIntegerField()
    output_tokens = BigIntegerField()
    cache_read_tokens = BigIntegerField()
    cache_creation_tokens = BigIntegerField()
    sessions = IntegerField()
    lines_added = IntegerField()
    lines_removed = IntegerField()
    commits = IntegerField()
    pull_requests = IntegerField()
    accepted = IntegerField()
    rejected = IntegerField()
    connection_id = IntegerField()
    day = IntegerField()
    who = IntegerField()
    plan = IntegerField()
    model = IntegerField()
    tool = IntegerField()

    class Meta:
        table_name = "code_activity"
        primary_key = CompositeKey("connection_id", "day", "who", "plan", "model", "tool")


class ActivityRollup(Model):
    estimated_cost = BigIntegerField()
    input_tokens = BigIntegerField()
    output_tokens = BigIntegerField()
    cache_read_tokens = BigIntegerField()
    cache_creation_tokens = BigIntegerField()
    sessions = IntegerField()
    lines_added = IntegerField()
    lines_removed = IntegerField()
    commits = IntegerField()
    pull_requests = IntegerField()
    accepted = IntegerField()
    rejected = IntegerField()
    connection_id = IntegerField()
    dimension = SmallIntegerField()
    slot = IntegerField()
    member = IntegerField()
    plan = IntegerField()

    class Meta:
        table_name = "code_rollup"
        primary_key = CompositeKey("connection_id", "dimension", "slot", "member", "plan")


TABLES = (StampRow, ActivityRow, ActivityRollup)
EPOCH = date(1970, 1, 1)
WEEK, MONTH = 1_000_000, 2_000_000
COUNTS = [
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
WHO = "COALESCE(email, 'key ' || api_key_name)"
TEXTS = f"""
INSERT INTO label (connection_id, text)
SELECT DISTINCT connection_id, text FROM (
  SELECT DISTINCT connection_id, {WHO} AS text FROM activity
  UNION SELECT DISTINCT connection_id, customer_type FROM activity
  UNION SELECT DISTINCT connection_id, model FROM activity WHERE model <> ''
) AS texts WHERE text IS NOT NULL
ON CONFLICT DO NOTHING
"""
FACTS = f"""
INSERT INTO code_activity ({", ".join(COUNTS)}, connection_id, day, who, plan, model, tool)
SELECT {", ".join(f"SUM({name})" for name in COUNTS)},
  activity.connection_id, day, COALESCE(who.id, 0), plan.id, COALESCE(named.id, 0), 0
FROM activity
LEFT JOIN label AS who ON who.connection_id = activity.connection_id AND who.text = {WHO}
JOIN label AS plan ON plan.connection_id = activity.connection_id AND plan.text = customer_type
LEFT JOIN label AS named
  ON named.connection_id = activity.connection_id AND named.text = model AND model <> ''
GROUP BY activity.connection_id, day, COALESCE(who.id, 0), plan.id, COALESCE(named.id, 0)
"""
DAYS = f"""
INSERT INTO code_rollup ({", ".join(COUNTS)}, connection_id, dimension, slot, member, plan)
SELECT {{sums}}, connection_id, {{dimension}}, day, {{member}}, plan
FROM code_activity WHERE {{where}} GROUP BY connection_id, day, {{member}}, plan
"""
BLOCK = f"""
INSERT INTO code_rollup ({", ".join(COUNTS)}, connection_id, dimension, slot, member, plan)
SELECT {", ".join(f"SUM({name})" for name in COUNTS)}, connection_id, dimension, {{slot}}, member, plan
FROM code_rollup
WHERE connection_id = {{connection_id}} AND dimension IN (0, 1, 2) AND slot >= {{start}} AND slot < {{end}}
GROUP BY connection_id, dimension, member, plan
"""
CONNECTIONS = "SELECT connection_id, MIN(day), MAX(day) FROM code_activity GROUP BY connection_id"


def up(_migrator: SchemaMigrator, db: Any) -> None:
    """Make the tables and carry over what was; which tools its edits were made with is not known."""
    for table in TABLES:
        table._meta.without_rowid = isinstance(db, SqliteDatabase)
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES)
        for (connection_id,) in db.execute_sql("SELECT id FROM connection").fetchall():
            for subject in ("names", "labels"):
                StampRow.insert(connection_id=connection_id, subject=subject, value=randbits(62)).execute()
    db.execute_sql(TEXTS)
    db.execute_sql(FACTS)
    db.execute_sql("DROP TABLE activity")
    add_up(db)


def add_up(db: Any) -> None:
    """Days by engineer, model and tool; from these weeks, counted from a month's first day, and months."""
    for dimension, member, where, counted in (
        (0, "who", "TRUE", COUNTS),
        (1, "model", "model <> 0", COUNTS[:5]),
        (2, "tool", "accepted + rejected > 0", COUNTS[-2:]),
    ):
        sums = ", ".join(f"SUM({name})" if name in counted else "0" for name in COUNTS)
        db.execute_sql(DAYS.format(sums=sums, dimension=dimension, member=member, where=where))
    for connection_id, first, last in db.execute_sql(CONNECTIONS).fetchall():
        for block in blocks(first, last):
            db.execute_sql(BLOCK.format(connection_id=connection_id, **block))


def blocks(first: int, last: int) -> Iterator[dict[str, int]]:
    """The weeks and the month, month after month, of all days from one to another."""
    month = first - (EPOCH + timedelta(days=first)).day + 1
    while month <= last:
        day = EPOCH + timedelta(days=month)
        end = month + monthrange(day.year, day.month)[1]
        for week in range(month, end, 7):
            yield {"slot": WEEK + week, "start": week, "end": min(week + 7, end)}
        yield {"slot": MONTH + month, "start": WEEK + month, "end": WEEK + end}
        month = end
