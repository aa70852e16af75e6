"""One calendar a team; and teams from before names were private keep names open to everybody."""

from typing import Any

from peewee import TextField
from playhouse.migrate import SchemaMigrator, migrate

OPEN = """
INSERT INTO access
  (team_id, cost, cost_handle, names, names_handle, channels, naming, decided_by, decided_at, calendar)
SELECT DISTINCT team_id, 'everybody', '', 'everybody', '', '*', '*', '', 0, 'UTC' FROM connection
WHERE team_id NOT IN (SELECT team_id FROM access)
"""


def up(migrator: SchemaMigrator, db: Any) -> None:
    """Add the calendar, UTC's days for everybody, and write down what teams without a decision had."""
    migrate(migrator.add_column("access", "calendar", TextField(default="UTC")))
    db.execute_sql(OPEN)
