"""Copies in memory of what a connection has much of and seldom changes, never older than what is stored.

Whoever changes a subject writes a new stamp in the same transaction: a random number, so that none comes
twice, not after a rollback nor for another connection of the same id. A copy is as good as new while the
stamp that was read before it is the one stored; any process sees so in one small query.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, Literal, TypeVar

from storage.engine.prepared import cached_in_snapshot, prepared
from storage.engine.tables import StampRow as Row

Subject = Literal["names", "labels"]
T = TypeVar("T")
_MAX_CONNECTIONS = 32  # connections; a copy of three thousand engineers' names takes some megabytes
_BITS = 62


def renew(connection_id: int, subject: Subject) -> None:
    """Make every copy stale when this transaction ends; before the change, so that changes take turns."""
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
    """What `read` makes of the connections asked for last; it is shared, so nobody may change it."""

    def __init__(self, subject: Subject, read: Callable[[int], T]) -> None:
        self._subject: Subject = subject
        self._read = read
        self._kept: OrderedDict[int, tuple[int, T]] = OrderedDict()
        self._guard = Lock()

    def of(self, connection_id: int) -> T:
        """A connection's, read anew only where it changed; what was never stamped is not kept."""
        stamp = _stamp(connection_id, self._subject).fetchone()
        if stamp is None:
            return self._read(connection_id)
        kept = self._kept.get(connection_id)
        copy = kept[1] if kept and kept[0] == stamp[0] else self._read(connection_id)
        with self._guard:
            self._kept[connection_id] = (stamp[0], copy)
            self._kept.move_to_end(connection_id)
            if len(self._kept) > _MAX_CONNECTIONS:
                self._kept.popitem(last=False)
        return copy
