"""Origins by number: a few combinations of people, models, repositories and so on, of many requests."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, cast

import msgspec

from providers.claude.use import Origin
from storage.engine.tables import TelemetryOriginRow as Row
from storage.engine.tables import database

_DECODER = msgspec.msgpack.Decoder(Origin)
_BATCH = 100  # numbers or rows a statement


def ids(connection_id: int, origins: Iterable[Origin]) -> dict[Origin, int]:
    """Return the number of each origin, after adding new ones; within a transaction."""
    bodies = {
        _digest(body): (origin, body) for origin in origins for body in (msgspec.msgpack.encode(origin),)
    }
    numbers = _numbers(connection_id, bodies)
    rows = [(connection_id, digest, body) for digest, (_, body) in bodies.items() if digest not in numbers]
    for start in range(0, len(rows), _BATCH):
        columns = (Row.connection_id, Row.digest, Row.body)
        Row.insert_many(rows[start : start + _BATCH], columns).on_conflict_ignore().execute()
    if rows:
        numbers = _numbers(connection_id, bodies)
    return {origin: numbers[digest] for digest, (origin, _body) in bodies.items()}


def _digest(body: bytes) -> str:
    return blake2b(body, digest_size=16).hexdigest()


def _numbers(connection_id: int, digests: Iterable[str]) -> dict[str, int]:
    mine = Row.connection_id == connection_id
    query = [Row.select(Row.digest, Row.id).where(mine, Row.digest << part) for part in parts(digests)]
    return dict(row for each in query for row in _fetched(each))


def by_id(numbers: Iterable[int]) -> Mapping[int, Origin]:
    """Return origins by their numbers."""
    query = [Row.select(Row.id, Row.body).where(Row.id << part) for part in parts(set(numbers))]
    return {number: _DECODER.decode(bytes(body)) for each in query for number, body in _fetched(each)}


def parts(items: Iterable[Any]) -> list[list[Any]]:
    """Return items in lists short enough for one statement."""
    every = list(items)
    return [every[start : start + _BATCH] for start in range(0, len(every), _BATCH)]


def _fetched(query: Any) -> list[tuple[Any, ...]]:
    return cast("list[tuple[Any, ...]]", database.execute(query).fetchall())
