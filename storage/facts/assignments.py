"""Keys that an admin gave to somebody."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from storage.engine import cache
from storage.engine.prepared import prepared
from storage.engine.tables import AssignmentRow as Row


def assign(connection_id: int, key_id: str, owner_id: str, *, by: str, at: datetime) -> None:
    """Give a key to a person, whoever had it before; within a transaction."""
    cache.renew(connection_id, "names")
    fresh = {"owner_id": owner_id, "assigned_by": by, "assigned_at": at}
    Row.insert(connection_id=connection_id, key_id=key_id, **fresh).on_conflict(
        conflict_target=(Row.connection_id, Row.key_id),
        update={getattr(Row, name): value for name, value in fresh.items()},
    ).as_rowcount().execute()


def unassign(connection_id: int, key_id: str) -> None:
    """Let a key be whose the lists say it is; within a transaction."""
    cache.renew(connection_id, "names")
    Row.delete().where((Row.connection_id == connection_id) & (Row.key_id == key_id)).execute()


def of(connection_id: int) -> dict[str, str]:
    """The owner's id of every key that was given to somebody."""
    return dict(cast("Iterable[tuple[str, str]]", _all(connection_id).fetchall()))


_all = prepared(
    lambda connection_id: Row.select(Row.key_id, Row.owner_id).where(Row.connection_id == connection_id)
)
