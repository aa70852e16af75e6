"""Telemetry: what clients send, what it comes to, and the tokens they send it with."""

from peewee import (
    AutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CompositeKey,
    Database,
    DoubleField,
    IntegerField,
    Model,
    SmallIntegerField,
    SqliteDatabase,
    TextField,
)
from playhouse.migrate import SchemaMigrator


class IngestTokenRow(Model):
    id = AutoField()
    connection_id = IntegerField()
    name = TextField()
    token_hash = TextField(unique=True)
    hint = TextField()
    is_managed = BooleanField()
    issued_by = TextField()
    issued_at = BigIntegerField()
    used_at = BigIntegerField(null=True)
    revoked_at = BigIntegerField(null=True)

    class Meta:
        table_name = "ingest_token"
        indexes = ((("connection_id", "name"), False),)


class TelemetryBatchRow(Model):
    id = AutoField()
    connection_id = IntegerField()
    received_at = BigIntegerField()
    body = BlobField()

    class Meta:
        table_name = "telemetry_batch"
        indexes = ((("connection_id", "id"), False),)


class TelemetryOriginRow(Model):
    id = AutoField()
    connection_id = IntegerField()
    digest = TextField()
    body = BlobField()

    class Meta:
        table_name = "telemetry_origin"
        indexes = ((("connection_id", "digest"), True),)


class TelemetrySessionRow(Model):
    id = AutoField()
    connection_id = IntegerField()
    name = TextField()
    started_at = BigIntegerField()
    last_at = BigIntegerField()
    engineer = TextField()
    product = TextField()
    model = TextField()
    repository = TextField()
    skill = TextField()
    requests = IntegerField()
    cost = BigIntegerField()
    lines = BlobField()

    class Meta:
        table_name = "telemetry_session"
        indexes = (
            (("connection_id", "name"), True),
            (("connection_id", "last_at"), False),
            (("connection_id", "cost"), False),
            (("connection_id", "engineer", "last_at"), False),
        )


class TelemetryUseRow(Model):
    connection_id = IntegerField()
    key = TextField()
    session_id = IntegerField()
    is_request = BooleanField()
    started = BigIntegerField()
    ended = BigIntegerField()
    counted_at = BigIntegerField()
    uncached_input = BigIntegerField()
    cache_write_5m = BigIntegerField()
    cache_write_1h = BigIntegerField()
    cache_read = BigIntegerField()
    output = BigIntegerField()
    exactness = SmallIntegerField()
    client_cost = BigIntegerField(null=True)
    origin_id = IntegerField()
    deeds = TextField()
    counts = BooleanField()

    class Meta:
        table_name = "telemetry_use"
        primary_key = CompositeKey("connection_id", "key")
        indexes = ((("connection_id", "session_id", "ended"), False),)


class TelemetryStreamRow(Model):
    connection_id = IntegerField()
    series = TextField()
    started = BigIntegerField()
    value = DoubleField()
    at = BigIntegerField()

    class Meta:
        table_name = "telemetry_stream"
        primary_key = CompositeKey("connection_id", "series", "started")


class TelemetryLinkRow(Model):
    connection_id = IntegerField()
    identity = TextField()
    email = TextField()
    assigned_by = TextField()

    class Meta:
        table_name = "telemetry_link"
        primary_key = CompositeKey("connection_id", "identity")


class TelemetryCommitRow(Model):
    connection_id = IntegerField()
    revision = TextField()
    committed_at = BigIntegerField()
    session_id = IntegerField()
    origin_id = IntegerField()

    class Meta:
        table_name = "telemetry_commit"
        primary_key = CompositeKey("connection_id", "revision")
        indexes = ((("connection_id", "committed_at"), False),)


class TelemetryLineRow(Model):
    id = AutoField()
    connection_id = IntegerField()
    dimension = IntegerField()
    name = TextField()
    is_other = BooleanField()

    class Meta:
        table_name = "telemetry_line"
        indexes = ((("connection_id", "dimension", "name"), True),)


class TelemetryRollup(Model):
    uncached_input = BigIntegerField()
    cache_write_5m = BigIntegerField()
    cache_write_1h = BigIntegerField()
    cache_read = BigIntegerField()
    output = BigIntegerField()
    by_list = BigIntegerField()
    by_client = BigIntegerField()
    client_cost = BigIntegerField()
    unpriced = BigIntegerField()
    requests = BigIntegerField()
    sessions = BigIntegerField()
    lines_added = BigIntegerField()
    lines_removed = BigIntegerField()
    commits = BigIntegerField()
    pull_requests = BigIntegerField()
    accepted = BigIntegerField()
    rejected = BigIntegerField()
    active_ms = BigIntegerField()
    connection_id = IntegerField()
    dimension = IntegerField()
    slot = IntegerField()
    line = IntegerField()

    class Meta:
        table_name = "telemetry_rollup"
        primary_key = CompositeKey("connection_id", "dimension", "slot", "line")


TABLES = [
    IngestTokenRow,
    TelemetryBatchRow,
    TelemetryOriginRow,
    TelemetrySessionRow,
    TelemetryUseRow,
    TelemetryStreamRow,
    TelemetryLinkRow,
    TelemetryCommitRow,
    TelemetryLineRow,
    TelemetryRollup,
]


def up(_migrator: SchemaMigrator, db: Database) -> None:
    """Make the tables."""
    for table in TABLES:
        is_keyed = isinstance(table._meta.primary_key, CompositeKey)
        table._meta.without_rowid = is_keyed and isinstance(db, SqliteDatabase)
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES)
