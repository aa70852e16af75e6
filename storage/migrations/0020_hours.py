"""From which day on hours are kept, and the job that drops older ones, which whole UTC days do not need."""

from typing import Any

from peewee import IntegerField
from playhouse.migrate import SchemaMigrator, migrate

# A disconnected organization gets its job when it is connected again; telemetry has no hours of a bill.
MAKE = """
INSERT INTO job (connection_id, kind, start_day, end_day, due_at, priority, attempts, error, cause)
SELECT id, 'hours', 0, 0, 0, 65, 0, '', '' FROM connection
WHERE provider = 'anthropic' AND state != 'disconnected'
"""


def up(migrator: SchemaMigrator, db: Any) -> None:
    """Add the column, without which every day has its hours, and the job."""
    migrate(migrator.add_column("connection", "hours_from", IntegerField(null=True)))
    db.execute_sql(MAKE)
