"""Keys that an admin gave to somebody, and how a key's listed owner is its owner."""

from peewee import BigIntegerField, CompositeKey, Database, IntegerField, Model, SqliteDatabase, TextField
from playhouse.migrate import SchemaMigrator, migrate


class AssignmentRow(Model):
    connection_id = IntegerField()
    key_id = TextField()
    owner_id = TextField()
    assigned_by = TextField()
    assigned_at = BigIntegerField()

    class Meta:
        table_name = "assignment"
        primary_key = CompositeKey("connection_id", "key_id")


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Make the table and the column."""
    AssignmentRow._meta.without_rowid = isinstance(db, SqliteDatabase)
    with db.bind_ctx([AssignmentRow]):
        db.create_tables([AssignmentRow])
    migrate(migrator.add_column("directory", "owner_is", TextField(null=True)))
