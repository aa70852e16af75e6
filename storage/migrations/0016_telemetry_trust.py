"""How far to believe whose telemetry is, a team's own attributes, and bodies that cannot be counted."""

from peewee import (
    BooleanField,
    CompositeKey,
    Database,
    IntegerField,
    Model,
    SmallIntegerField,
    SqliteDatabase,
    TextField,
)
from playhouse.migrate import SchemaMigrator, migrate


class IngestAttributeRow(Model):
    connection_id = IntegerField()
    name = TextField()

    class Meta:
        table_name = "ingest_attribute"
        primary_key = CompositeKey("connection_id", "name")


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Make the table and the columns."""
    migrate(
        migrator.add_column("telemetry_batch", "is_managed", BooleanField(default=False)),
        migrator.add_column("telemetry_batch", "faults", SmallIntegerField(default=0)),
        migrator.add_column("telemetry_line", "trust", SmallIntegerField(default=0)),
    )
    IngestAttributeRow._meta.without_rowid = isinstance(db, SqliteDatabase)
    with db.bind_ctx([IngestAttributeRow]):
        db.create_tables([IngestAttributeRow])
