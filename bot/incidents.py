"""Incidents: one message when something begins to be wrong, one when it is over, never one a poll."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from storage import audit, incidents, posts
from storage.connections import Connection
from storage.incidents import Kind

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


def _tell(connection: Connection, subject: str, *, now: datetime, admins: Iterable[str]) -> None:
    for person in sorted({connection.connected_by, *admins} - {""}):
        key = f"incident:{subject.replace(' ', ':')}:{person}"
        posts.enter(
            connection.team_id, key, kind="alert", subject=f"incident {subject}", channel=person, due=now
        )
