"""The latest moment that each machine has seen."""

from peewee import BigIntegerField, Database, Model, TextField
from playhouse.migrate import SchemaMigrator


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Make the table."""
    del migrator

    class Witness(Model):
        machine = TextField(primary_key=True)
        seen_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "witness"

    db.create_tables([Witness])
