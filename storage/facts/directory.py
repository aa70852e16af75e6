"""Names behind ids, kept after the provider no longer lists them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from providers.directory import Directory, Entry
from storage.engine import cache
from storage.engine.queries import query
from storage.engine.tables import EntryRow as Row
from storage.facts import assignments

_FIELDS = Entry.__struct_fields__
_BATCH = 100  # rows a statement: of eleven values each, far below SQLite's limit of 32,766


def remember(connection_id: int, entries: Sequence[Entry]) -> None:
    """Store new and changed entries; keep those no longer listed. Within a transaction."""
    stored = {row[0]: row for row in _rows(connection_id)}
    listed = {entry.id: entry for entry in entries}.values()
    changed = [entry for entry in listed if stored.get(entry.id) != _row(entry)]
    if not changed:
        return
    cache.renew(connection_id, "names")
    columns = [Row.connection_id, *[getattr(Row, name) for name in _FIELDS]]
    for start in range(0, len(changed), _BATCH):
        rows = [
            (connection_id, *[getattr(entry, name) for name in _FIELDS])
            for entry in changed[start : start + _BATCH]
        ]
        Row.insert_many(rows, columns).on_conflict(
            conflict_target=(Row.connection_id, Row.id), preserve=columns[2:]
        ).as_rowcount().execute()


def mention(connection_id: int, entries: Sequence[Entry]) -> None:
    """Store people whom a report names and no list contains; within a transaction."""
    listed = {row[0] for row in _rows(connection_id)} if entries else set()
    remember(connection_id, [entry for entry in entries if entry.id not in listed])


def _row(entry: Entry) -> tuple[Any, ...]:
    """Return an entry's values as the database stores them."""
    created_at = None if entry.created_at is None else int(entry.created_at.timestamp())
    return tuple(created_at if name == "created_at" else getattr(entry, name) for name in _FIELDS)


def read(connection_id: int) -> Directory:
    """Return all entries ever listed, with the keys that an admin assigned."""
    return _copies.of(connection_id)


def _read(connection_id: int) -> Directory:
    return Directory(map(_entry, _rows(connection_id)), assignments.of(connection_id))


def _entry(row: tuple[Any, ...]) -> Entry:
    id_, kind, name, created_at, *rest = row
    moment = None if created_at is None else datetime.fromtimestamp(created_at, UTC)
    return Entry(id_, kind, name, moment, *rest)


def _rows(connection_id: int) -> list[tuple[Any, ...]]:
    return cast("list[tuple[Any, ...]]", _all(connection_id).fetchall())


_all = query(f"SELECT {', '.join(_FIELDS)} FROM directory WHERE connection_id = ?")
_copies = cache.ConnectionCache("names", _read)
