"""The app in many Slack teams, what becomes of those that leave, and what may be done once."""

from peewee import (
    AutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    Database,
    IntegerField,
    Model,
    TextField,
)
from playhouse.migrate import SchemaMigrator


class InstallationRow(Model):
    id = AutoField()
    team_id = TextField()
    enterprise_id = TextField()
    name = TextField()
    bot_user_id = TextField()
    installed_by = TextField()
    installed_at = BigIntegerField()
    token_encrypted = BlobField()
    checked_at = BigIntegerField()

    class Meta:
        table_name = "installation"
        indexes = ((("team_id", "enterprise_id"), True),)


class GridTeamRow(Model):
    team_id = TextField(primary_key=True)
    enterprise_id = TextField()

    class Meta:
        table_name = "grid_team"


class DepartureRow(Model):
    team_id = TextField(primary_key=True)
    enterprise_id = TextField()
    delete_at = BigIntegerField()

    class Meta:
        table_name = "departure"


class TicketRow(Model):
    token_hash = TextField(primary_key=True)
    kind = TextField()
    team_id = TextField(default="")
    user_id = TextField(default="")
    view_id = TextField(default="")
    expires_at = BigIntegerField()
    is_spent = BooleanField(default=False)
    tries = IntegerField(default=0)

    class Meta:
        table_name = "ticket"


TABLES = [InstallationRow, GridTeamRow, DepartureRow, TicketRow]


def up(_migrator: SchemaMigrator, db: Database) -> None:
    """Make the tables."""
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES)
