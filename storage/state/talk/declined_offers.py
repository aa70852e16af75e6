"""Offers to a team's admins that one of them turned down, so that nobody sees them again."""

from datetime import datetime

from storage.engine.tables import DeclinedOfferRow as Row


def decline(team_id: str, offer: str, *, by: str, at: datetime) -> None:
    """Record that an admin turned an offer down. Within a transaction."""
    insertion = Row.insert(team_id=team_id, offer=offer, declined_by=by, declined_at=at)
    insertion.on_conflict_ignore().as_rowcount().execute()


def is_declined(team_id: str, offer: str) -> bool:
    """Whether an admin of a team turned an offer down."""
    return bool(Row.select().where((Row.team_id == team_id) & (Row.offer == offer)).exists())
