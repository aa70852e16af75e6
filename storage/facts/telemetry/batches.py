"""Stripped bodies, kept before their sender is answered and counted soon after, in the order of arrival."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

import msgspec

from providers.claude.records import NANOSECONDS, Batch
from storage.engine.queries import query
from storage.engine.tables import TelemetryBatchRow as Row

_TRIES = 3  # times that a body is counted in vain; then it is kept for a person to look at
_DECODER = msgspec.msgpack.Decoder(Batch)


class Arrival(NamedTuple):
    """A stored body: its number, when it came in nanoseconds since 1970, its records.

    `is_managed` is its token's: only settings that nobody can override send it.
    """

    id: int
    received_at: int
    batch: Batch
    is_managed: bool


def append(connection_id: int, batch: Batch, *, at: datetime, is_managed: bool = False) -> None:
    """Store a body; it survives whatever happens once the transaction has ended."""
    received_at = int(at.timestamp()) * NANOSECONDS
    _append(connection_id, received_at, msgspec.msgpack.encode(batch), is_managed)


_append = query("""
    INSERT INTO telemetry_batch (connection_id, received_at, body, is_managed, faults) VALUES (?, ?, ?, ?, 0)
""")


def oldest(connection_id: int, *, limit: int) -> list[Arrival]:
    """Return the first bodies that are not counted yet, those that failed after the others."""
    rows = _oldest(connection_id, _TRIES, limit).fetchall()
    return [
        Arrival(number, at, _DECODER.decode(bytes(body)), bool(is_managed))
        for number, at, body, is_managed in rows
    ]


_oldest = query("""
    SELECT id, received_at, body, is_managed FROM telemetry_batch
    WHERE connection_id = ? AND faults < ? ORDER BY faults, id LIMIT ?
""")


def drop(connection_id: int, numbers: Sequence[int]) -> None:
    """Delete bodies that are counted; in the transaction that counts them."""
    Row.delete().where((Row.connection_id == connection_id) & (Row.id << numbers)).execute()


def note_fault(connection_id: int, number: int) -> None:
    """Store that counting a body has failed; within a transaction."""
    mine = (Row.connection_id == connection_id) & (Row.id == number)
    Row.update(faults=Row.faults + 1).where(mine).execute()


def drop_failed(connection_id: int, before: datetime) -> None:
    """Delete bodies that cannot be counted and came before a moment; within a transaction."""
    old = Row.received_at < int(before.timestamp()) * NANOSECONDS
    Row.delete().where((Row.connection_id == connection_id) & (Row.faults >= _TRIES) & old).execute()


def waiting() -> list[int]:
    """Return the connections that have bodies to count."""
    connections = Row.select(Row.connection_id).where(Row.faults < _TRIES).distinct().tuples()
    return sorted(number for (number,) in cast("Iterable[tuple[int]]", connections))


def last_arrival(connection_id: int) -> datetime | None:
    """Return when the newest body came that is still to be counted."""
    latest: Any = Row.select(Row.received_at).where(Row.connection_id == connection_id)
    at = latest.order_by(Row.id.desc()).limit(1).scalar()
    return None if at is None else datetime.fromtimestamp(at // NANOSECONDS, UTC)
