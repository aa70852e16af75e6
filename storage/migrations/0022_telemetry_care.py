"""Telemetry: test spans, odd clocks, people who were erased, and the API's own destination."""

from peewee import (
    BigIntegerField,
    CompositeKey,
    Database,
    IntegerField,
    Model,
    SqliteDatabase,
    TextField,
)
from playhouse.migrate import SchemaMigrator, migrate


class TelemetryOddityRow(Model):
    connection_id = IntegerField()
    day = IntegerField()
    early = IntegerField()
    late = IntegerField()

    class Meta:
        table_name = "telemetry_oddity"
        primary_key = CompositeKey("connection_id", "day")


class TelemetryErasedRow(Model):
    connection_id = IntegerField()
    digest = TextField()
    erased_at = BigIntegerField()

    class Meta:
        table_name = "telemetry_erased"
        primary_key = CompositeKey("connection_id", "digest")


class TelemetryDestinationRow(Model):
    connection_id = IntegerField(primary_key=True)
    destination_id = TextField()
    token_id = IntegerField()
    state = TextField()
    detail = TextField()
    created_by = TextField()
    checked_at = BigIntegerField()

    class Meta:
        table_name = "telemetry_destination"


TABLES = [TelemetryOddityRow, TelemetryErasedRow, TelemetryDestinationRow]


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Make the tables and the column."""
    migrate(migrator.add_column("ingest_token", "tested_at", BigIntegerField(null=True)))
    for table in TABLES:
        is_keyed = isinstance(table._meta.primary_key, CompositeKey)
        table._meta.without_rowid = is_keyed and isinstance(db, SqliteDatabase)
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES)
