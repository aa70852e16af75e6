"""Requests and exports, kept while they can come again or be told better; and around which stretch."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from providers.claude.use import NO_DEEDS, Use
from providers.usage import TOKEN_KINDS
from storage.engine import bulk_insert
from storage.engine.queries import query
from storage.engine.tables import TelemetryUseRow as Row
from storage.facts.telemetry import origins
from storage.facts.telemetry.portions import portions

_COLUMNS = [name for name in bulk_insert.columns(Row) if name != "connection_id"]


class Stored(NamedTuple):
    """A use, and whether its tokens and dollars are in the totals."""

    use: Use
    counts: bool


def by_key(connection_id: int, keys: Iterable[str], sessions: Mapping[int, str]) -> dict[str, Stored]:
    """Return the stored uses among some keys. `sessions` are names by number, "" for no session."""
    rows = [row for part in portions(keys) for row in _by_key(connection_id, part).fetchall()]
    return _stored(rows, sessions)


def session_numbers(connection_id: int, keys: Iterable[str]) -> set[int]:
    """Return the sessions that stored uses with some keys belong to."""
    every = [_sessions_by_key(connection_id, part).fetchall() for part in portions(keys)]
    return {number for rows in every for (number,) in rows}


def around(connection_id: int, session_id: int, name: str, start: int, end: int) -> dict[str, Stored]:
    """Return the uses of a session that overlap some nanoseconds, and those that overlap them, and so on."""
    while True:
        rows = _overlapping(connection_id, session_id, start, end).fetchall()
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
    for part in portions(each.use.key for each in uses):
        _delete(connection_id, part)
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


_USES = f"SELECT {', '.join(_COLUMNS)} FROM telemetry_use WHERE connection_id = ?"
_by_key = query(f"{_USES} AND key IN (??)")
_overlapping = query(f"{_USES} AND session_id = ? AND ended >= ? AND started <= ?")
_sessions_by_key = query("SELECT session_id FROM telemetry_use WHERE connection_id = ? AND key IN (??)")
_delete = query("DELETE FROM telemetry_use WHERE connection_id = ? AND key IN (??)")


def _stored(fetched: Iterable[Sequence[Any]], sessions: Mapping[int, str]) -> dict[str, Stored]:
    rows: list[dict[str, Any]] = [dict(zip(_COLUMNS, row, strict=True)) for row in fetched]
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
