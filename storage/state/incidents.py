"""Incidents: problems with a beginning and an end, at most one open of a kind and connection."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from storage.engine.queries import query
from storage.engine.tables import IncidentRow as Row

Kind = Literal[
    "key_refused",
    "key_lost",
    "sync_failing",
    "permission",
    "balance",
    "hold",
    "fault",
    "telemetry_silent",
    "destination_disabled",
]
"""The provider refuses the key; we cannot decrypt it; no answers; no access to the bill; no credit; an
organization on hold; a bug of ours. Of telemetry: people who reported stopped while their use went on;
Anthropic disabled the destination of the API."""


class Incident(msgspec.Struct, frozen=True):
    """A problem (`detail` is the provider's message), since when, and until when if it is over."""

    id: int
    connection_id: int
    kind: Kind
    detail: str
    opened_at: datetime
    closed_at: datetime | None


def open_one(connection_id: int, kind: Kind, *, detail: str, at: datetime) -> Incident | None:
    """Open an incident; None if it is open already. Within the transaction that enters its alerts."""
    insertion = Row.insert(connection_id=connection_id, kind=kind, detail=detail, opened_at=at)
    if not insertion.on_conflict_ignore().as_rowcount().execute():
        return None
    return _incidents(_open_of_kind(connection_id, kind).fetchall())[0]


def close(connection_id: int, kind: Kind, *, at: datetime) -> Incident | None:
    """Close an incident; None if none was open. Within the transaction that enters its alerts."""
    row = _open_of_kind(connection_id, kind).fetchone()
    if row is None:  # nearly always, and every answer of the provider asks
        return None
    (incident,) = _incidents([row])
    mine = (Row.id == incident.id) & (Row.closed == 0)
    return find(incident.id) if Row.update(closed_at=at, closed=Row.id).where(mine).execute() else None


def find(incident_id: int) -> Incident | None:
    """Return one incident, None if it does not exist."""
    incidents = _incidents(_by_id(incident_id).fetchall())
    return incidents[0] if incidents else None


def open_ones(connection_id: int) -> list[Incident]:
    """Return a connection's open incidents."""
    return _incidents(_open(connection_id).fetchall())


_SELECT = f"SELECT {', '.join(Incident.__struct_fields__)} FROM incident"
_by_id = query(f"{_SELECT} WHERE id = ?")
_open = query(f"{_SELECT} WHERE connection_id = ? AND closed = 0 ORDER BY id")
_open_of_kind = query(f"{_SELECT} WHERE connection_id = ? AND kind = ? AND closed = 0")


def _incidents(rows: Iterable[tuple[Any, ...]]) -> list[Incident]:
    return [_incident(*row) for row in rows]


def _incident(*row: Any) -> Incident:
    *plain, opened_at, closed_at = row
    closed = None if closed_at is None else datetime.fromtimestamp(closed_at, UTC)
    values: tuple[Any, ...] = (*plain, datetime.fromtimestamp(opened_at, UTC), closed)
    return Incident(*values)
