"""Who may see what in a team, and the log of what was done and looked at."""

from peewee import AutoField, BigIntegerField, Database, Model, TextField
from playhouse.migrate import SchemaMigrator


class AccessRow(Model):
    team_id = TextField(primary_key=True)
    cost = TextField()
    cost_handle = TextField()
    names = TextField()
    names_handle = TextField()
    channels = TextField()
    naming = TextField()
    decided_by = TextField()
    decided_at = BigIntegerField()

    class Meta:
        table_name = "access"


class AuditRow(Model):
    id = AutoField()
    team_id = TextField()
    who = TextField()
    what = TextField()
    detail = TextField()
    at = BigIntegerField()

    class Meta:
        table_name = "audit"
        indexes = ((("team_id", "at"), False),)


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Make the tables."""
    del migrator
    with db.bind_ctx([AccessRow, AuditRow]):
        db.create_tables([AccessRow, AuditRow])
