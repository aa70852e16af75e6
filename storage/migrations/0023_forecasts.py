"""Forecasts of the month, the quarter and the year, kept each day and compared with what came."""

from typing import Any

from peewee import BigIntegerField, CompositeKey, IntegerField, Model, SqliteDatabase
from playhouse.migrate import SchemaMigrator


class ForecastRow(Model):
    connection_id = IntegerField()
    start_day = IntegerField()
    end_day = IntegerField()
    made_on = IntegerField()
    low = BigIntegerField()
    high = BigIntegerField()
    outcome = BigIntegerField(null=True)

    class Meta:
        table_name = "forecast"
        primary_key = CompositeKey("connection_id", "start_day", "end_day", "made_on")


# A disconnected organization gets its job when it is connected again; telemetry has no bill to forecast.
MAKE = """
INSERT INTO job (connection_id, kind, start_day, end_day, due_at, priority, attempts, error, cause)
SELECT id, 'forecasts', 0, 0, 0, 65, 0, '', '' FROM connection
WHERE provider = 'anthropic' AND state != 'disconnected'
"""


def up(_migrator: SchemaMigrator, db: Any) -> None:
    """Make the table, and the job that fills it."""
    ForecastRow._meta.without_rowid = isinstance(db, SqliteDatabase)
    with db.bind_ctx([ForecastRow]):
        db.create_tables([ForecastRow])
    db.execute_sql(MAKE)
