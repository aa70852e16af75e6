"""Names behind ids, kept after what they name is gone."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from providers.directory import Directory, Entry
from storage.engine import cache
from storage.engine.prepared import prepared
from storage.engine.tables import EntryRow as Row
from storage.facts import assignments

_FIELDS = Entry.__struct_fields__


def remember(connection_id: int, entries: Sequence[Entry]) -> None:
    """Write what is listed otherwise than it was; what is no longer listed stays. Within a transaction."""
    kept = {row[0]: row for row in _rows(connection_id)}
    listed = {entry.id: entry for entry in entries}.values()
    changed = [entry for entry in listed if kept.get(entry.id) != _row(entry)]
    if not changed:
        return
    cache.renew(connection_id, "names")
    columns = [Row.connection_id, *[getattr(Row, name) for name in _FIELDS]]
    for start in range(0, len(changed), 100):
        rows = [
            (connection_id, *[getattr(entry, name) for name in _FIELDS])
            for entry in changed[start : start + 100]
        ]
        Row.insert_many(rows, columns).on_conflict(
            conflict_target=(Row.connection_id, Row.id), preserve=columns[2:]
        ).as_rowcount().execute()


def mention(connection_id: int, entries: Sequence[Entry]) -> None:
    """Write down who was named by a report and is in no list; within a transaction."""
    listed = {row[0] for row in _rows(connection_id)} if entries else set()
    remember(connection_id, [entry for entry in entries if entry.id not in listed])


def _row(entry: Entry) -> tuple[Any, ...]:
    """An entry as the database keeps it."""
    made = None if entry.created_at is None else int(entry.created_at.timestamp())
    return tuple(made if name == "created_at" else getattr(entry, name) for name in _FIELDS)


def read(connection_id: int) -> Directory:
    """Everybody and everything ever listed, and the keys that an admin gave to somebody."""
    return _copies.of(connection_id)


def _read(connection_id: int) -> Directory:
    return Directory(map(_entry, _rows(connection_id)), assignments.of(connection_id))


def _entry(row: tuple[Any, ...]) -> Entry:
    id_, kind, name, made, *rest = row
    return Entry(id_, kind, name, None if made is None else datetime.fromtimestamp(made, UTC), *rest)


def _rows(connection_id: int) -> list[tuple[Any, ...]]:
    return cast("list[tuple[Any, ...]]", _all(connection_id).fetchall())


_all = prepared(
    lambda connection_id: Row.select(*[getattr(Row, name) for name in _FIELDS]).where(
        Row.connection_id == connection_id
    )
)
_copies = cache.ConnectionCache("names", _read)
