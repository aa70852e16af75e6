"""Users whose Home tab shows costs, so that we can update it when they lose access."""

from datetime import datetime

from storage.engine.queries import query


def remember(team_id: str, user_id: str, *, at: datetime) -> None:
    """Record that a user's tab shows costs; within a transaction."""
    _remember(team_id, user_id, int(at.timestamp()))


_remember = query("""
    INSERT INTO home (team_id, user_id, shown_at) VALUES (?, ?, ?)
    ON CONFLICT (team_id, user_id) DO UPDATE SET shown_at = excluded.shown_at
""")


def forget(team_id: str, user_id: str) -> None:
    """Record that a user's tab no longer shows costs."""
    _forget(team_id, user_id)


_forget = query("DELETE FROM home WHERE team_id = ? AND user_id = ?")


def of_team(team_id: str, *, limit: int) -> list[str]:
    """Return the users whose tab shows costs, the latest to open it first."""
    return [user_id for (user_id,) in _of_team(team_id, limit).fetchall()]


_of_team = query("SELECT user_id FROM home WHERE team_id = ? ORDER BY shown_at DESC LIMIT ?")
