"""In-memory cache of large, rarely changing tables, validated by a version stamp in the database.

A writer of a subject calls `renew`, which stores a new stamp in the same transaction: a random number, so
that no stamp repeats after a rollback or for a later connection with the same id. A copy is valid while the
stamp read before it equals the stored one; every process checks that with one small query.
"""

import secrets
from collections.abc import Callable
from threading import Lock
from typing import Generic, Literal, TypeVar

from cachetools import LRUCache

from storage.engine.queries import cached_in_snapshot, query

Subject = Literal["names", "labels", "lines", "links"]
T = TypeVar("T")
MAX_CONNECTIONS = 32  # a copy of three thousand engineers' names takes some megabytes
_BITS = 62  # a stamp fits a signed 64-bit column


def renew(connection_id: int, subject: Subject) -> None:
    """Invalidate every copy when this transaction ends; call it before the change, to lock out others."""
    _write(connection_id, subject, secrets.randbits(_BITS))


_write = query("""
    INSERT INTO stamp (connection_id, subject, value) VALUES (?, ?, ?)
    ON CONFLICT (connection_id, subject) DO UPDATE SET value = excluded.value
""")
_stored = query("SELECT value FROM stamp WHERE connection_id = ? AND subject = ?")


@cached_in_snapshot
def _stamp(connection_id: int, subject: Subject) -> int | None:
    row = _stored(connection_id, subject).fetchone()
    return None if row is None else int(row[0])


class ConnectionCache(Generic[T]):
    """The values of `read` for the latest connections; callers share them and must not change them."""

    def __init__(self, subject: Subject, read: Callable[[int], T]) -> None:
        self._subject: Subject = subject
        self._read = read
        self._copies: LRUCache[int, tuple[int, T]] = LRUCache(
            MAX_CONNECTIONS
        )  # connection id to (stamp, value)
        self._guard = Lock()

    def of(self, connection_id: int) -> T:
        """Return a connection's value, read again only if it changed; without a stamp, read every time."""
        stamp = _stamp(connection_id, self._subject)
        if stamp is None:
            return self._read(connection_id)
        with self._guard:
            cached = self._copies.get(connection_id)
        copy = cached[1] if cached and cached[0] == stamp else self._read(connection_id)
        with self._guard:
            self._copies[connection_id] = (stamp, copy)
        return copy
