"""Whose Home tab shows figures; and tickets that are claimed before they are used up."""

from peewee import BigIntegerField, CompositeKey, Database, Model, SqliteDatabase, TextField
from playhouse.migrate import SchemaMigrator, migrate


class HomeRow(Model):
    team_id = TextField()
    user_id = TextField()
    shown_at = BigIntegerField()

    class Meta:
        table_name = "home"
        primary_key = CompositeKey("team_id", "user_id")


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Make the table, and the column beside the others."""
    migrate(migrator.add_column("ticket", "claimed_until", BigIntegerField(null=True)))
    HomeRow._meta.without_rowid = isinstance(db, SqliteDatabase)
    with db.bind_ctx([HomeRow]):
        db.create_tables([HomeRow])
