"""Incidents: one message when something begins to be wrong, one when it is over, never one a poll."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from storage.state import audit, connections, incidents, posts
from storage.state.connections import Connection
from storage.state.incidents import Incident, Kind

ENDED_BY_A_KEY: tuple[Kind, ...] = ("key_refused", "key_lost")
"""What is over once Anthropic takes a key again."""
_LOGGED: Mapping[Kind, audit.What] = {"key_refused": "key refused", "key_lost": "key lost"}


def begin(connection: Connection, kind: Kind, *, detail: str, now: datetime, admins: Iterable[str]) -> None:
    """Open an incident and enter its alerts; nothing where it is open already. Within a transaction."""
    opened = incidents.open_one(connection.id, kind, detail=detail, at=now)
    if opened and kind in _LOGGED:
        named = f"{connection.organization_name}, key …{connection.key_hint}"
        audit.record(connection.team_id, audit.US, _LOGGED[kind], named, now)
    if opened:
        _tell(connection, f"{opened.id} opened", now=now, admins=admins)


def end(connection: Connection, kind: Kind, *, now: datetime, admins: Iterable[str]) -> None:
    """Close an incident and say that it is over; nothing where none was open. Within a transaction."""
    closed = incidents.close(connection.id, kind, at=now)
    if closed:
        _tell(connection, f"{closed.id} closed", now=now, admins=admins)


def connection_in(incident: Incident) -> Connection | None:
    """The connection that an incident is of, None where it is no longer its team's."""
    return connections.find(incident.connection_id)


def is_news(incident: Incident, event: str, connection: Connection) -> bool:
    """Whether an alert still says what is so: not of what is over, nor of a key that was replaced since."""
    if event == "closed":
        return incident.closed_at is not None
    is_of_old_key = incident.kind in ENDED_BY_A_KEY and connection.connected_at > incident.opened_at
    return incident.closed_at is None and not is_of_old_key


def _tell(connection: Connection, subject: str, *, now: datetime, admins: Iterable[str]) -> None:
    """Enter an alert for whoever connected and for the admins named in the settings.

    Where that is nobody, one to nobody: who hears of it instead is found out when it is sent, by
    posting/recipients.py.
    """
    for person in sorted({connection.connected_by, *admins} - {""}) or [""]:
        key = f"incident:{subject.replace(' ', ':')}:{person}"
        posts.enter(
            connection.team_id, key, kind="alert", subject=f"incident {subject}", channel=person, due=now
        )
