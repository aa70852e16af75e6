"""Teams that uninstalled the app: stop their work at once, delete their data 30 days later."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, cast

from storage.engine.postgresql import patience
from storage.engine.tables import TABLES, OneTimeTokenRow
from storage.engine.tables import UninstallRow as Row
from storage.state import connections, installations, subscriptions
from storage.state.ingest import tokens

GRACE = timedelta(days=30)  # in which a reinstall finds everything as it was


def uninstall(team_id: str, *, enterprise_id: str, why: str, at: datetime) -> None:
    """Delete a team's keys, revoke its ingest tokens, stop its jobs and digests; delete its data later.

    A second call changes nothing. Within a transaction.
    """
    tokens.revoke_all(team_id, at=at)
    for connection in connections.all_of_team(team_id):
        connections.disconnect(connection.id, keep_history=True)
    subscriptions.pause_all(team_id, why)
    installations.remove_grid_team(team_id)
    OneTimeTokenRow.delete().where(OneTimeTokenRow.team_id == team_id).execute()
    query = Row.insert(team_id=team_id, enterprise_id=enterprise_id, delete_at=at + GRACE)
    query.on_conflict_ignore().as_rowcount().execute()


def reinstall(team_id: str, *, enterprise_id: str = "", reasons: Collection[str]) -> None:
    """Cancel the deletion for a team, or for all teams of an enterprise; within the installing transaction.

    Resume the digests that were paused for one of the `reasons`.
    """
    is_meant = (Row.team_id == team_id) | ((Row.enterprise_id == enterprise_id) & (Row.enterprise_id != ""))
    for (team,) in cast("Iterable[tuple[str]]", list(Row.select(Row.team_id).where(is_meant).tuples())):
        subscriptions.resume_all(team, reasons)
    Row.delete().where(is_meant).execute()


def are_there() -> bool:
    """Whether anything is to be deleted one day."""
    return bool(Row.select().exists())


def pull_back(now: datetime) -> None:
    """Have nothing kept for longer than it may be, whatever clock it was noted by; within a transaction."""
    latest = now + GRACE
    Row.update(delete_at=latest).where(Row.delete_at > latest).execute()


def due(now: datetime) -> list[str]:
    """Return the teams whose data is due for deletion."""
    query = Row.select(Row.team_id).where(Row.delete_at <= now)
    return sorted(team for (team,) in cast("Iterable[tuple[str]]", query.tuples()))


def delete(team_id: str, *, now: datetime) -> bool:
    """Delete a team's data if it is due; False if the team came back. Within a transaction."""
    if not Row.delete().where((Row.team_id == team_id) & (Row.delete_at <= now)).execute():
        return False
    forget(team_id)
    return True


def has_anything(team_id: str) -> bool:
    """Whether any table has a row of a team."""
    return any(
        table.select().where(cast("Any", table).team_id == team_id).exists()
        for table in TABLES
        if "team_id" in table._meta.columns
    )


@patience(connections.DELETING)
def forget(team_id: str) -> None:
    """Delete all rows of a team from all tables; within a transaction."""
    for connection in connections.all_of_team(team_id):
        connections.disconnect(connection.id, keep_history=False)
    for table in TABLES:
        if "team_id" in table._meta.columns:
            table.delete().where(cast("Any", table).team_id == team_id).execute()
