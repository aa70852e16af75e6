"""Since when a key is refused, why a job failed, what is not offered, and what was odd in answers."""

from typing import Any

from peewee import (
    AutoField,
    BigIntegerField,
    BooleanField,
    CompositeKey,
    IntegerField,
    Model,
    SqliteDatabase,
    TextField,
)
from playhouse.migrate import SchemaMigrator, migrate


class NotOfferedRow(Model):
    connection_id = IntegerField()
    report = TextField()
    since = BigIntegerField()
    said = TextField()

    class Meta:
        table_name = "not_offered"
        primary_key = CompositeKey("connection_id", "report")


class NoteRow(Model):
    id = AutoField()
    connection_id = IntegerField()
    report = TextField()
    starts_at = BigIntegerField()
    ends_at = BigIntegerField()
    day = IntegerField(null=True)
    what = TextField()
    is_unreadable = BooleanField()

    class Meta:
        table_name = "note"
        indexes = ((("connection_id", "report", "starts_at"), False),)


TABLES = [NotOfferedRow, NoteRow]
TRIED_AGAIN_AT_ONCE = "UPDATE connection SET refused_at = connected_at WHERE state = 'refused'"
FAILED_FOR_A_WHILE = "UPDATE job SET cause = 'unavailable' WHERE attempts > 0"


def up(migrator: SchemaMigrator, db: Any) -> None:
    """Make the columns and the tables; keys that were given up before are tried again."""
    migrate(
        migrator.add_column("connection", "refused_at", BigIntegerField(null=True)),
        migrator.add_column("job", "cause", TextField(default="")),
    )
    db.execute_sql(TRIED_AGAIN_AT_ONCE)
    db.execute_sql(FAILED_FOR_A_WHILE)
    NotOfferedRow._meta.without_rowid = isinstance(db, SqliteDatabase)
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES)
