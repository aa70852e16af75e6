"""Incidents: problems with a beginning and an end, at most one open of a kind and connection."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, cast

import msgspec

from storage.engine.tables import IncidentRow as Row

Kind = Literal["key_refused", "key_lost", "sync_failing", "permission", "balance", "hold", "fault"]
"""The provider refuses the key; we cannot decrypt it; no answers; no access to the bill; no credit; an
organization on hold; a bug of ours."""


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
    query = Row.insert(connection_id=connection_id, kind=kind, detail=detail, opened_at=at)
    if not query.on_conflict_ignore().as_rowcount().execute():
        return None
    return _read((Row.connection_id == connection_id) & (Row.kind == kind) & (Row.closed == 0))[0]


def close(connection_id: int, kind: Kind, *, at: datetime) -> Incident | None:
    """Close an incident; None if none was open. Within the transaction that enters its alerts."""
    where = (Row.connection_id == connection_id) & (Row.kind == kind) & (Row.closed == 0)
    incidents = _read(where)
    if not incidents or not Row.update(closed_at=at, closed=Row.id).where(where).execute():
        return None
    return find(incidents[0].id)


def find(incident_id: int) -> Incident | None:
    """Return one incident, None if it does not exist."""
    incidents = _read(Row.id == incident_id)
    return incidents[0] if incidents else None


def open_ones(connection_id: int) -> list[Incident]:
    """Return a connection's open incidents."""
    return _read((Row.connection_id == connection_id) & (Row.closed == 0))


def _read(where: Any) -> list[Incident]:
    columns = [getattr(Row, name) for name in Incident.__struct_fields__]
    query = Row.select(*columns).where(where).order_by(Row.id).tuples()
    return [Incident(*row) for row in cast("Iterable[tuple[Any, ...]]", query)]
