"""Whose Home tab shows figures, so that it can be published anew when rights are taken away."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from storage.engine.tables import HomeRow as Row


def remember(team_id: str, user_id: str, *, at: datetime) -> None:
    """Remember that somebody's tab shows figures; within a transaction."""
    Row.insert(team_id=team_id, user_id=user_id, shown_at=at).on_conflict(
        conflict_target=(Row.team_id, Row.user_id), update={Row.shown_at: at}
    ).as_rowcount().execute()


def forget(team_id: str, user_id: str) -> None:
    """Note that somebody's tab shows figures no more."""
    Row.delete().where((Row.team_id == team_id) & (Row.user_id == user_id)).execute()


def of_team(team_id: str, *, limit: int) -> list[str]:
    """The people whose tab shows figures, who opened it last first."""
    query = Row.select(Row.user_id).where(Row.team_id == team_id).order_by(Row.shown_at.desc()).limit(limit)
    return [user_id for (user_id,) in cast("Iterable[tuple[str]]", query.tuples())]
