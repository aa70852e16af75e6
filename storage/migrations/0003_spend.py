"""Spend as the provider itself tells it by the hour, and whether it does."""

from peewee import BigIntegerField, CompositeKey, Database, IntegerField, Model, SqliteDatabase, TextField
from playhouse.migrate import SchemaMigrator, migrate


class ReportedRow(Model):
    uncached_input = BigIntegerField()
    cache_write_5m = BigIntegerField()
    cache_write_1h = BigIntegerField()
    cache_read = BigIntegerField()
    output = BigIntegerField()
    web_search = BigIntegerField()
    cost = BigIntegerField()
    list_cost = BigIntegerField()
    connection_id = IntegerField()
    hour = IntegerField()
    caller = IntegerField()
    model = IntegerField()
    workspace = IntegerField()
    product = IntegerField()

    class Meta:
        table_name = "reported"
        primary_key = CompositeKey("connection_id", "hour", "caller", "model", "workspace", "product")


class ReportedKindRow(Model):
    cost = BigIntegerField()
    list_cost = BigIntegerField()
    connection_id = IntegerField()
    hour = IntegerField()
    workspace = IntegerField()
    model = IntegerField()
    kind = IntegerField()

    class Meta:
        table_name = "reported_kind"
        primary_key = CompositeKey("connection_id", "hour", "workspace", "model", "kind")


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Make the tables and the column."""
    tables = [ReportedRow, ReportedKindRow]
    for table in tables:
        table._meta.without_rowid = isinstance(db, SqliteDatabase)
    with db.bind_ctx(tables):
        db.create_tables(tables)
    migrate(migrator.add_column("connection", "hourly_spend", TextField(default="")))
