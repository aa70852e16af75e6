"""Inquiries in channels and direct messages, offers that were turned down, and the fiscal year."""

from peewee import (
    BigIntegerField,
    CompositeKey,
    Database,
    Model,
    SmallIntegerField,
    SqliteDatabase,
    TextField,
)
from playhouse.migrate import SchemaMigrator, migrate


class InquiryRow(Model):
    team_id = TextField()
    channel = TextField()
    ts = TextField()
    thread_ts = TextField()
    user_id = TextField()
    text = TextField()
    state = TextField()
    claimed_by = TextField()
    claimed_until = BigIntegerField()
    sent_to = TextField(default="")
    tries = SmallIntegerField(default=1)
    asked_at = BigIntegerField()

    class Meta:
        table_name = "inquiry"
        primary_key = CompositeKey("team_id", "channel", "ts")
        indexes = ((("state", "claimed_until"), False),)


class DeclinedOfferRow(Model):
    team_id = TextField()
    offer = TextField()
    declined_by = TextField()
    declined_at = BigIntegerField()

    class Meta:
        table_name = "declined_offer"
        primary_key = CompositeKey("team_id", "offer")


TABLES = [InquiryRow, DeclinedOfferRow]


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Make the tables, and the column beside the calendar."""
    migrate(migrator.add_column("access", "fiscal_month", SmallIntegerField(default=0)))
    for table in TABLES:
        table._meta.without_rowid = isinstance(db, SqliteDatabase)
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES)
