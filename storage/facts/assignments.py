"""API keys that an admin assigned to a person."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from storage.engine import cache
from storage.engine.queries import query
from storage.engine.tables import AssignmentRow as Row


def assign(connection_id: int, key_id: str, owner_id: str, *, by: str, at: datetime) -> None:
    """Assign a key to a person in place of any earlier one; within a transaction."""
    cache.renew(connection_id, "names")
    fresh = {"owner_id": owner_id, "assigned_by": by, "assigned_at": at}
    Row.insert(connection_id=connection_id, key_id=key_id, **fresh).on_conflict(
        conflict_target=(Row.connection_id, Row.key_id),
        update={getattr(Row, name): value for name, value in fresh.items()},
    ).as_rowcount().execute()


def unassign(connection_id: int, key_id: str) -> None:
    """Remove a key's assignment, so that it belongs to its listed owner again; within a transaction."""
    cache.renew(connection_id, "names")
    Row.delete().where((Row.connection_id == connection_id) & (Row.key_id == key_id)).execute()


def of(connection_id: int) -> dict[str, str]:
    """Return the owner's id of every assigned key."""
    return dict(cast("Iterable[tuple[str, str]]", _all(connection_id).fetchall()))


_all = query("SELECT key_id, owner_id FROM assignment WHERE connection_id = ?")
