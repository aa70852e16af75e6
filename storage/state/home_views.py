"""Users whose Home tab shows costs, so that we can update it: when they lose access, and during an import.

`quarter` is how far the import was when the tab was drawn: 0 to 3, or IMPORTED.
"""

from datetime import datetime

from storage.engine.queries import query

IMPORTED = 4
"""The quarter of a tab that was drawn once all history was in."""
_UNDRAWN = -1


def remember(team_id: str, user_id: str, *, at: datetime, quarter: int = IMPORTED) -> None:
    """Record that a user's tab shows costs, and in which quarter of the import; within a transaction."""
    _remember(team_id, user_id, int(at.timestamp()), quarter)


_remember = query("""
    INSERT INTO home (team_id, user_id, shown_at, quarter) VALUES (?, ?, ?, ?)
    ON CONFLICT (team_id, user_id) DO UPDATE SET shown_at = excluded.shown_at, quarter = excluded.quarter
""")


def set_undrawn(team_id: str, user_id: str) -> None:
    """Record that a tab could not be drawn, so that the next quarter or process tries again."""
    _set_quarter(_UNDRAWN, team_id, user_id)


_set_quarter = query("UPDATE home SET quarter = ? WHERE team_id = ? AND user_id = ?")


def forget(team_id: str, user_id: str) -> None:
    """Record that a user's tab no longer shows costs."""
    _forget(team_id, user_id)


_forget = query("DELETE FROM home WHERE team_id = ? AND user_id = ?")


def of_team(team_id: str, *, limit: int) -> list[str]:
    """Return the users whose tab shows costs, the latest to open it first."""
    return [user_id for (user_id,) in _of_team(team_id, limit).fetchall()]


_of_team = query("SELECT user_id FROM home WHERE team_id = ? ORDER BY shown_at DESC LIMIT ?")


def behind(team_id: str, *, quarter: int, since: datetime, limit: int) -> list[str]:
    """Return the users whose tab was drawn `since` a moment and before this quarter of the import."""
    rows = _behind(team_id, quarter, int(since.timestamp()), limit).fetchall()
    return [user_id for (user_id,) in rows]


_behind = query("""
    SELECT user_id FROM home WHERE team_id = ? AND quarter < ? AND shown_at >= ?
    ORDER BY shown_at DESC LIMIT ?
""")


def teams_behind() -> list[str]:
    """Return the teams with tabs drawn before all history was in."""
    return [team_id for (team_id,) in _teams_behind(IMPORTED).fetchall()]


_teams_behind = query("SELECT DISTINCT team_id FROM home WHERE quarter < ?")
