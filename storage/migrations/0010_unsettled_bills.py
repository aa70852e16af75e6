"""Bills that are reported and not believed yet."""

from peewee import BigIntegerField, CompositeKey, Database, IntegerField, Model, SqliteDatabase, TextField
from playhouse.migrate import SchemaMigrator


class UnsettledBillRow(Model):
    connection_id = IntegerField()
    day = IntegerField()
    why = TextField()
    first_seen_at = BigIntegerField()
    unchanged_since = BigIntegerField()
    lines = TextField()

    class Meta:
        table_name = "unsettled_bill"
        primary_key = CompositeKey("connection_id", "day")


def up(_migrator: SchemaMigrator, db: Database) -> None:
    """Make the table, empty: what is known already is believed."""
    UnsettledBillRow._meta.without_rowid = isinstance(db, SqliteDatabase)
    with db.bind_ctx([UnsettledBillRow]):
        db.create_tables([UnsettledBillRow])
