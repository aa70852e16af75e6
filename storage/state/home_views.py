"""Users whose Home tab shows costs, so that we can update it when they lose access."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from storage.engine.tables import HomeViewRow as Row


def remember(team_id: str, user_id: str, *, at: datetime) -> None:
    """Record that a user's tab shows costs; within a transaction."""
    Row.insert(team_id=team_id, user_id=user_id, shown_at=at).on_conflict(
        conflict_target=(Row.team_id, Row.user_id), update={Row.shown_at: at}
    ).as_rowcount().execute()


def forget(team_id: str, user_id: str) -> None:
    """Record that a user's tab no longer shows costs."""
    Row.delete().where((Row.team_id == team_id) & (Row.user_id == user_id)).execute()


def of_team(team_id: str, *, limit: int) -> list[str]:
    """Return the users whose tab shows costs, the latest to open it first."""
    query = Row.select(Row.user_id).where(Row.team_id == team_id).order_by(Row.shown_at.desc()).limit(limit)
    return [user_id for (user_id,) in cast("Iterable[tuple[str]]", query.tuples())]
