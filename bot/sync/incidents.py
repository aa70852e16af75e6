"""Incidents: one alert when a problem begins and one when it ends, however often it is met in between."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from storage.state import audit, connections, incidents, posts
from storage.state.connections import Connection
from storage.state.incidents import Incident, Kind
from storage.state.subjects import Change, IncidentChange, key_of

ENDED_BY_A_KEY: tuple[Kind, ...] = ("key_refused", "key_lost")
"""Incidents that end when Anthropic accepts a key again."""
_LOGGED: Mapping[Kind, audit.What] = {"key_refused": "key refused", "key_lost": "key lost"}


def begin(connection: Connection, kind: Kind, *, detail: str, now: datetime, admins: Iterable[str]) -> None:
    """Open an incident and enter its alerts, unless it is open. Call within a transaction."""
    opened = incidents.open_one(connection.id, kind, detail=detail, at=now)
    if opened and kind in _LOGGED:
        named = f"{connection.organization_name}, key …{connection.key_hint}"
        audit.record(connection.team_id, audit.US, _LOGGED[kind], named, now)
    if opened:
        _enter_alerts(connection, IncidentChange(opened.id, "opened"), now=now, admins=admins)


def end(connection: Connection, kind: Kind, *, now: datetime, admins: Iterable[str]) -> None:
    """Close an incident, if one is open, and enter the alerts that say so. Call within a transaction."""
    closed = incidents.close(connection.id, kind, at=now)
    if closed:
        _enter_alerts(connection, IncidentChange(closed.id, "closed"), now=now, admins=admins)


def connection_in(incident: Incident) -> Connection | None:
    """Return the connection of an incident, None if it no longer belongs to the team."""
    return connections.find(incident.connection_id)


def is_news(incident: Incident, change: Change, connection: Connection) -> bool:
    """Say whether an alert is still true: its incident is open, and about the present key."""
    if change == "closed":
        return incident.closed_at is not None
    is_of_old_key = incident.kind in ENDED_BY_A_KEY and connection.connected_at > incident.opened_at
    return incident.closed_at is None and not is_of_old_key


def _enter_alerts(
    connection: Connection, subject: IncidentChange, *, now: datetime, admins: Iterable[str]
) -> None:
    """Enter an alert for the person who connected the key and each of STACKSPEND_ADMINS.

    Without either, enter one for nobody: posting/recipients.py finds a recipient when it is sent.
    """
    for person in sorted({connection.connected_by, *admins} - {""}) or [""]:
        key = f"{key_of(subject)}:{person}"
        posts.enter(connection.team_id, key, kind="alert", subject=subject, channel=person, due=now)
