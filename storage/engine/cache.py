"""In-memory cache of large, rarely changing tables, validated by a version stamp in the database.

A writer of a subject calls `renew`, which stores a new stamp in the same transaction: a random number, so
that no stamp repeats after a rollback or for a later connection with the same id. A copy is valid while the
stamp read before it equals the stored one; every process checks that with one small query.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, Literal, TypeVar

from storage.engine.prepared import cached_in_snapshot, prepared
from storage.engine.tables import StampRow as Row

Subject = Literal["names", "labels", "lines", "links"]
T = TypeVar("T")
MAX_CONNECTIONS = 32  # a copy of three thousand engineers' names takes some megabytes
_BITS = 62  # a stamp fits a signed 64-bit column


def renew(connection_id: int, subject: Subject) -> None:
    """Invalidate every copy when this transaction ends; call it before the change, to lock out others."""
    _write(connection_id, subject, secrets.randbits(_BITS))


_KEY = (Row.connection_id, Row.subject)
_write = prepared(
    lambda connection_id, subject, value: (
        Row.insert_many([(connection_id, subject, value)], (*_KEY, Row.value))
        .on_conflict(conflict_target=_KEY, preserve=(Row.value,))
        .as_rowcount()
    )
)
_stamp = cached_in_snapshot(
    prepared(
        lambda connection_id, subject: Row.select(Row.value).where(
            (Row.connection_id == connection_id) & (Row.subject == subject)
        )
    )
)


class ConnectionCache(Generic[T]):
    """The values of `read` for the latest connections; callers share them and must not change them."""

    def __init__(self, subject: Subject, read: Callable[[int], T]) -> None:
        self._subject: Subject = subject
        self._read = read
        self._copies: OrderedDict[int, tuple[int, T]] = OrderedDict()  # connection id to (stamp, value)
        self._guard = Lock()

    def of(self, connection_id: int) -> T:
        """Return a connection's value, read again only if it changed; without a stamp, read every time."""
        stamp = _stamp(connection_id, self._subject).fetchone()
        if stamp is None:
            return self._read(connection_id)
        cached = self._copies.get(connection_id)
        copy = cached[1] if cached and cached[0] == stamp[0] else self._read(connection_id)
        with self._guard:
            self._copies[connection_id] = (stamp[0], copy)
            self._copies.move_to_end(connection_id)
            if len(self._copies) > MAX_CONNECTIONS:
                self._copies.popitem(last=False)
        return copy
