"""What a digest rests on: its organization and its audience; and no digest twice."""

from typing import Any

from peewee import IntegerField, TextField
from playhouse.migrate import SchemaMigrator, migrate

# of equal digests one stays: one that is not paused, if there is one, the oldest of those
TWICE = """
DELETE FROM subscription WHERE id NOT IN (
  SELECT keeping.id FROM subscription AS keeping WHERE NOT EXISTS (
    SELECT 1 FROM subscription AS better
    WHERE better.team_id = keeping.team_id AND better.channel_id = keeping.channel_id
      AND better.kind = keeping.kind AND better.scope = keeping.scope AND better.id <> keeping.id
      AND (CASE WHEN better.paused = '' THEN 0 ELSE 1 END < CASE WHEN keeping.paused = '' THEN 0 ELSE 1 END
        OR ((CASE WHEN better.paused = '' THEN 0 ELSE 1 END)
            = (CASE WHEN keeping.paused = '' THEN 0 ELSE 1 END) AND better.id < keeping.id))))
"""
# a post is of the only organization that its team ever had; where there were several, of the one that is
# connected, if it was when the post was last due; else nobody knows, and it stays as it is
KNOWN = """
UPDATE post SET organization_id = COALESCE((
  SELECT MIN(connection.organization_id) FROM connection WHERE connection.team_id = post.team_id
    AND ((connection.state <> 'disconnected' AND connection.connected_at <= post.due_at)
      OR (SELECT COUNT(*) FROM connection AS every WHERE every.team_id = post.team_id) = 1)), '')
WHERE kind = 'digest'
"""


def up(migrator: SchemaMigrator, db: Any) -> None:
    """Make the columns and indexes."""
    db.execute_sql(TWICE)
    migrate(
        migrator.add_column("subscription", "audience", TextField(default="")),
        migrator.add_column("subscription", "trouble", TextField(default="")),
        migrator.add_column("post", "organization_id", TextField(default="")),
        migrator.add_column("post", "faults", IntegerField(default=0)),
        migrator.add_index("subscription", ("team_id", "channel_id", "kind", "scope"), unique=True),
        migrator.add_index("post", ("state", "estimated", "due_at")),
        migrator.add_index("post", ("team_id", "channel")),
        migrator.add_index("post", ("team_id", "subject")),
    )
    db.execute_sql(KNOWN)
