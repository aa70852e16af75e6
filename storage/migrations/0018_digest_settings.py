"""A digest's least amount, and whether its tables go into its thread."""

from typing import Any

from peewee import BooleanField, IntegerField
from playhouse.migrate import SchemaMigrator, migrate


def up(migrator: SchemaMigrator, db: Any) -> None:
    """Make the columns; what was set up before is posted whatever it cost, and has no thread."""
    del db
    migrate(
        migrator.add_column("subscription", "minimum", IntegerField(default=0)),
        migrator.add_column("subscription", "in_thread", BooleanField(default=False)),
    )
