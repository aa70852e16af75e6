"""Everything the first release keeps."""

from peewee import Database
from playhouse.migrate import SchemaMigrator

from storage.tables import TABLES


def up(_migrator: SchemaMigrator, db: Database) -> None:
    """Make every table."""
    db.create_tables(TABLES)
