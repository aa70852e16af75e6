"""Everything the first release keeps."""

from peewee import (
    AutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CompositeKey,
    Database,
    IntegerField,
    Model,
    SmallIntegerField,
    SqliteDatabase,
    TextField,
)
from playhouse.migrate import SchemaMigrator


class Connection(Model):
    id = AutoField()
    team_id = TextField()
    provider = TextField()
    organization_id = TextField()
    organization_name = TextField()
    key_encrypted = BlobField(null=True)
    key_hint = TextField()
    connected_by = TextField()
    connected_at = BigIntegerField()
    state = TextField()
    first_day = IntegerField(null=True)
    announced = TextField(default="")
    not_before = BigIntegerField(null=True)
    leased_by = TextField(default="")
    leased_until = BigIntegerField(null=True)

    class Meta:
        table_name = "connection"
        indexes = ((("team_id", "provider", "organization_id"), True),)


class Job(Model):
    id = AutoField()
    connection_id = IntegerField()
    kind = TextField()
    start_day = IntegerField()
    end_day = IntegerField()
    due_at = BigIntegerField()
    priority = IntegerField()
    attempts = IntegerField(default=0)
    error = TextField(default="")

    class Meta:
        table_name = "job"
        indexes = ((("connection_id", "kind", "start_day"), True), (("due_at",), False))


class Coverage(Model):
    connection_id = IntegerField()
    report = TextField()
    day = IntegerField()
    until = BigIntegerField()
    fetched_at = BigIntegerField()
    unpriced = TextField(default="")

    class Meta:
        table_name = "coverage"
        primary_key = CompositeKey("connection_id", "report", "day")


class Label(Model):
    id = AutoField()
    connection_id = IntegerField()
    text = TextField()

    class Meta:
        table_name = "label"
        indexes = ((("connection_id", "text"), True),)


class ChargeRow(Model):
    id = AutoField()
    connection_id = IntegerField()
    day = IntegerField()
    workspace_id = TextField(null=True)
    cost_type = TextField()
    model = TextField(null=True)
    token_kind = TextField(null=True)
    service_tier = TextField(null=True)
    context_window = TextField(null=True)
    inference_geo = TextField(null=True)
    description = TextField()
    billed_cost = BigIntegerField()
    currency = TextField()

    class Meta:
        table_name = "charge"
        indexes = ((("connection_id", "day"), False),)


class UsageRow(Model):
    uncached_input = BigIntegerField()
    cache_write_5m = BigIntegerField()
    cache_write_1h = BigIntegerField()
    cache_read = BigIntegerField()
    output = BigIntegerField()
    web_search = BigIntegerField()
    connection_id = IntegerField()
    hour = IntegerField()
    workspace = IntegerField()
    caller = IntegerField()
    model = IntegerField()
    tier = IntegerField()
    context_window = IntegerField()
    geo = IntegerField()

    class Meta:
        table_name = "usage"
        primary_key = CompositeKey(
            "connection_id", "hour", "caller", "model", "workspace", "tier", "context_window", "geo"
        )


class DayRollup(Model):
    uncached_input = BigIntegerField()
    cache_write_5m = BigIntegerField()
    cache_write_1h = BigIntegerField()
    cache_read = BigIntegerField()
    output = BigIntegerField()
    web_search = BigIntegerField()
    cost = BigIntegerField()
    estimated = BigIntegerField()
    connection_id = IntegerField()
    dimension = SmallIntegerField()
    day = IntegerField()
    member = IntegerField()

    class Meta:
        table_name = "day_rollup"
        primary_key = CompositeKey("connection_id", "dimension", "day", "member")


class HourRollup(Model):
    uncached_input = BigIntegerField()
    cache_write_5m = BigIntegerField()
    cache_write_1h = BigIntegerField()
    cache_read = BigIntegerField()
    output = BigIntegerField()
    web_search = BigIntegerField()
    cost = BigIntegerField()
    estimated = BigIntegerField()
    connection_id = IntegerField()
    dimension = SmallIntegerField()
    hour = IntegerField()
    member = IntegerField()

    class Meta:
        table_name = "hour_rollup"
        primary_key = CompositeKey("connection_id", "dimension", "hour", "member")


class ActivityRow(Model):
    id = AutoField()
    connection_id = IntegerField()
    day = IntegerField()
    email = TextField(null=True)
    api_key_name = TextField(null=True)
    customer_type = TextField()
    model = TextField()
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

    class Meta:
        table_name = "activity"
        indexes = ((("connection_id", "day"), False),)


class EntryRow(Model):
    connection_id = IntegerField()
    id = TextField()
    kind = TextField()
    name = TextField()
    created_at = BigIntegerField(null=True)
    email = TextField(null=True)
    status = TextField(null=True)
    workspace_id = TextField(null=True)
    owner_id = TextField(null=True)
    hint = TextField(null=True)

    class Meta:
        table_name = "directory"
        primary_key = CompositeKey("connection_id", "id")


class RestatementRow(Model):
    id = AutoField()
    connection_id = IntegerField()
    day = IntegerField()
    before = BigIntegerField()
    after = BigIntegerField()
    noticed_at = BigIntegerField()

    class Meta:
        table_name = "restatement"
        indexes = ((("connection_id", "noticed_at"), False),)


class AccuracyRow(Model):
    connection_id = IntegerField()
    day = IntegerField()
    estimated = BigIntegerField()
    billed = BigIntegerField()

    class Meta:
        table_name = "accuracy"
        primary_key = CompositeKey("connection_id", "day")


class SubscriptionRow(Model):
    id = AutoField()
    team_id = TextField()
    channel_id = TextField()
    channel_name = TextField()
    time = TextField()
    zone = TextField()
    set_up_by = TextField()
    next_at = BigIntegerField()
    paused = TextField(default="")

    class Meta:
        table_name = "subscription"
        indexes = ((("team_id",), False), (("next_at",), False))


class PostRow(Model):
    id = AutoField()
    team_id = TextField()
    key = TextField(unique=True)
    kind = TextField()
    subject = TextField()
    channel = TextField()
    due_at = BigIntegerField()
    give_up_waiting_at = BigIntegerField()
    state = TextField()
    estimated = BooleanField(default=False)
    ts = TextField(default="")
    sent_to = TextField(default="")
    attempts = IntegerField(default=0)
    claimed_by = TextField(default="")
    claimed_until = BigIntegerField(null=True)

    class Meta:
        table_name = "post"
        indexes = ((("state", "due_at"), False),)


class IncidentRow(Model):
    id = AutoField()
    connection_id = IntegerField()
    kind = TextField()
    detail = TextField()
    opened_at = BigIntegerField()
    closed_at = BigIntegerField(null=True)
    closed = IntegerField(default=0)

    class Meta:
        table_name = "incident"
        indexes = ((("connection_id", "kind", "closed"), True),)


TABLES = (
    Connection,
    Job,
    Coverage,
    Label,
    ChargeRow,
    UsageRow,
    DayRollup,
    HourRollup,
    ActivityRow,
    EntryRow,
    RestatementRow,
    AccuracyRow,
    SubscriptionRow,
    PostRow,
    IncidentRow,
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    """Make every table; on SQLite, those with a key of several columns are kept in its order."""
    for table in TABLES:
        several = isinstance(table._meta.primary_key, CompositeKey)
        table._meta.without_rowid = several and isinstance(db, SqliteDatabase)
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES)
