"""Each day's spend by caller, workspace, model and product together; a job makes those of earlier days."""

from typing import Any

from peewee import BigIntegerField, CompositeKey, IntegerField, Model, SqliteDatabase
from playhouse.migrate import SchemaMigrator


class DayCell(Model):
    uncached_input = BigIntegerField()
    cache_write_5m = BigIntegerField()
    cache_write_1h = BigIntegerField()
    cache_read = BigIntegerField()
    output = BigIntegerField()
    web_search = BigIntegerField()
    cost = BigIntegerField()
    estimated = BigIntegerField()
    connection_id = IntegerField()
    day = IntegerField()
    caller = IntegerField()
    model = IntegerField()
    workspace = IntegerField()
    product = IntegerField()

    class Meta:
        table_name = "day_cell"
        primary_key = CompositeKey("connection_id", "day", "caller", "model", "workspace", "product")


class CellDay(Model):
    connection_id = IntegerField()
    day = IntegerField()

    class Meta:
        table_name = "cell_day"
        primary_key = CompositeKey("connection_id", "day")


# A disconnected organization gets its job when it is connected again; telemetry has no bill to attribute.
MAKE = """
INSERT INTO job (connection_id, kind, start_day, end_day, due_at, priority, attempts, error, cause)
SELECT id, 'cells', 0, 0, 0, 1000, 0, '', '' FROM connection
WHERE provider = 'anthropic' AND state != 'disconnected'
"""


def up(_migrator: SchemaMigrator, db: Any) -> None:
    """Make the tables, and the job that fills them from the stored facts."""
    tables = [DayCell, CellDay]
    for table in tables:
        table._meta.without_rowid = isinstance(db, SqliteDatabase)
    with db.bind_ctx(tables):
        db.create_tables(tables)
    db.execute_sql(MAKE)
