"""Requests and exports, kept while they can come again or be told better; and around which stretch."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from providers.claude.use import NO_DEEDS, Use
from providers.usage import TOKEN_KINDS
from storage.engine import bulk_insert
from storage.engine.tables import TelemetryUseRow as Row
from storage.engine.tables import database
from storage.facts.telemetry import origins

_COLUMNS = [name for name in bulk_insert.columns(Row) if name != "connection_id"]


class Stored(NamedTuple):
    """A use, and whether its tokens and dollars are in the totals."""

    use: Use
    counts: bool


def by_key(connection_id: int, keys: Iterable[str], sessions: Mapping[int, str]) -> dict[str, Stored]:
    """Return the stored uses among some keys. `sessions` are names by number, "" for no session."""
    mine = Row.connection_id == connection_id
    rows = [row for part in origins.parts(keys) for row in _rows(mine & (Row.key << part))]
    return _stored(rows, sessions)


def session_numbers(connection_id: int, keys: Iterable[str]) -> set[int]:
    """Return the sessions that stored uses with some keys belong to."""
    mine = Row.connection_id == connection_id
    query = [Row.select(Row.session_id).where(mine & (Row.key << part)) for part in origins.parts(keys)]
    return {number for each in query for (number,) in database.execute(each).fetchall()}


def around(connection_id: int, session_id: int, name: str, start: int, end: int) -> dict[str, Stored]:
    """Return the uses of a session that overlap some nanoseconds, and those that overlap them, and so on."""
    mine = (Row.connection_id == connection_id) & (Row.session_id == session_id)
    while True:
        rows = _rows(mine & (Row.ended >= start) & (Row.started <= end))
        stored = _stored(rows, {session_id: name})
        edges = [(each.use.started, each.use.ended) for each in stored.values()]
        earlier, later = min([start, *(edge[0] for edge in edges)]), max([end, *(edge[1] for edge in edges)])
        if (earlier, later) == (start, end):
            return stored
        start, end = earlier, later


def replace(connection_id: int, uses: Sequence[Stored], session_ids: Mapping[str, int]) -> None:
    """Store uses, new or changed. `session_ids` are the numbers of their groups; within a transaction."""
    if not uses:
        return
    mine = Row.connection_id == connection_id
    for part in origins.parts(each.use.key for each in uses):
        Row.delete().where(mine & (Row.key << part)).execute()
    numbers = origins.ids(connection_id, {each.use.origin for each in uses})
    rows = [
        _row(connection_id, each, session_ids.get(each.use.group, 0), numbers[each.use.origin])
        for each in uses
    ]
    bulk_insert.insert(Row, sorted(rows, key=lambda row: row[_KEY]))


def _row(connection_id: int, stored: Stored, session_id: int, origin_id: int) -> tuple[Any, ...]:
    use = stored.use
    values: dict[str, Any] = {
        "connection_id": connection_id,
        "key": use.key,
        "session_id": session_id,
        "is_request": use.is_request,
        "started": use.started,
        "ended": use.ended,
        "counted_at": use.counted_at,
        **dict(zip(TOKEN_KINDS, use.tokens, strict=True)),
        "exactness": use.exactness,
        "client_cost": use.client_cost,
        "origin_id": origin_id,
        "deeds": " ".join(map(str, use.deeds)) if use.deeds != NO_DEEDS else "",
        "counts": stored.counts,
    }
    return tuple(values[name] for name in bulk_insert.columns(Row))


_KEY = bulk_insert.columns(Row).index("key")


def _rows(where: Any) -> list[dict[str, Any]]:
    query = Row.select(*[getattr(Row, name) for name in _COLUMNS]).where(where)
    rows = cast("list[tuple[Any, ...]]", database.execute(query).fetchall())
    return [dict(zip(_COLUMNS, row, strict=True)) for row in rows]


def _stored(rows: Sequence[Mapping[str, Any]], sessions: Mapping[int, str]) -> dict[str, Stored]:
    origin = origins.by_id(row["origin_id"] for row in rows)
    return {
        row["key"]: Stored(
            Use(
                row["key"],
                bool(row["is_request"]),
                sessions.get(row["session_id"], ""),
                row["started"],
                row["ended"],
                row["counted_at"],
                cast("Any", tuple(row[kind] for kind in TOKEN_KINDS)),
                row["exactness"],
                row["client_cost"],
                origin[row["origin_id"]],
                tuple(map(int, row["deeds"].split())) or NO_DEEDS,
            ),
            bool(row["counts"]),
        )
        for row in rows
    }
