"""Home tabs know in which quarter of the import they were drawn; those of before need no drawing."""

from typing import Any

from playhouse.migrate import SchemaMigrator


def up(_migrator: SchemaMigrator, db: Any) -> None:
    """Add the quarter: by SQL, because the migrator makes a composite key of SQLite's an index."""
    db.execute_sql("ALTER TABLE home ADD COLUMN quarter INTEGER NOT NULL DEFAULT 4")
