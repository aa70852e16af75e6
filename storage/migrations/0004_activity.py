"""Stamps."""

from secrets import randbits
from typing import Any

from peewee import BigIntegerField, CompositeKey, IntegerField, Model, SqliteDatabase, TextField
from playhouse.migrate import SchemaMigrator


class StampRow(Model):
    connection_id = IntegerField()
    subject = TextField()
    value = BigIntegerField()

    class Meta:
        table_name = "stamp"
        primary_key = CompositeKey("connection_id", "subject")


TABLES = (StampRow,)


def up(_migrator: SchemaMigrator, db: Any) -> None:
    """Make the table, and stamp what is there."""
    for table in TABLES:
        table._meta.without_rowid = isinstance(db, SqliteDatabase)
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES)
        for (connection_id,) in db.execute_sql("SELECT id FROM connection").fetchall():
            for subject in ("names", "labels"):
                StampRow.insert(connection_id=connection_id, subject=subject, value=randbits(62)).execute()
