"""Names behind ids, kept after what they name is gone."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from providers.directory import Directory, Entry
from storage import assignments
from storage.prepared import prepared
from storage.tables import EntryRow as Row

_FIELDS = Entry.__struct_fields__


def remember(connection_id: int, entries: Sequence[Entry]) -> None:
    """Write what is listed now over what was; what is no longer listed stays. Within a transaction."""
    columns = [Row.connection_id, *[getattr(Row, name) for name in _FIELDS]]
    for start in range(0, len(entries), 100):
        rows = [
            (connection_id, *[getattr(entry, name) for name in _FIELDS])
            for entry in entries[start : start + 100]
        ]
        Row.insert_many(rows, columns).on_conflict(
            conflict_target=(Row.connection_id, Row.id), preserve=columns[2:]
        ).as_rowcount().execute()


def mention(connection_id: int, entries: Sequence[Entry]) -> None:
    """Write down who was named by a report and is in no list; within a transaction."""
    columns = [Row.connection_id, *[getattr(Row, name) for name in _FIELDS]]
    rows = [(connection_id, *[getattr(entry, name) for name in _FIELDS]) for entry in entries]
    for start in range(0, len(rows), 100):
        Row.insert_many(rows[start : start + 100], columns).on_conflict_ignore().as_rowcount().execute()


def read(connection_id: int) -> Directory:
    """Everybody and everything ever listed, and the keys that an admin gave to somebody."""
    rows = cast("Iterable[tuple[Any, ...]]", _all(connection_id).fetchall())
    entries = (
        Entry(id_, kind, name, None if made is None else datetime.fromtimestamp(made, UTC), *rest)
        for id_, kind, name, made, *rest in rows
    )
    return Directory(entries, assignments.of(connection_id))


_all = prepared(
    lambda connection_id: Row.select(*[getattr(Row, name) for name in _FIELDS]).where(
        Row.connection_id == connection_id
    )
)
