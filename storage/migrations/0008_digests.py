"""Digests of weeks and months, of a part of the organization, naming as somebody chose."""

from peewee import BooleanField, Database, IntegerField, TextField
from playhouse.migrate import SchemaMigrator, migrate


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Make the columns; what was set up before is daily, whole, and names engineers."""
    del db
    migrate(
        migrator.add_column("subscription", "kind", TextField(default="daily")),
        migrator.add_column("subscription", "weekday", IntegerField(default=0)),
        migrator.add_column("subscription", "month_day", IntegerField(default=1)),
        migrator.add_column("subscription", "working_days_only", BooleanField(default=False)),
        migrator.add_column("subscription", "scope", TextField(default="whole")),
        migrator.add_column("subscription", "naming", TextField(default="names")),
    )
