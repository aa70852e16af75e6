"""Origins by number: a few combinations of people, models, repositories and so on, of many requests."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b

import msgspec

from providers.claude.use import Origin
from providers.claude.versions import newest
from storage.engine import bulk_insert
from storage.engine.queries import query
from storage.engine.tables import TelemetryOriginRow as Row
from storage.facts.telemetry.portions import portions

_DECODER = msgspec.msgpack.Decoder(Origin)


def ids(connection_id: int, origins: Iterable[Origin]) -> dict[Origin, int]:
    """Return the number of each origin, after adding new ones; within a transaction of the only writer."""
    encoded = {origin: msgspec.msgpack.encode(origin) for origin in origins}
    digests = {origin: _digest(body) for origin, body in encoded.items()}
    numbers = _numbers(connection_id, digests.values())
    new = [(connection_id, digests[origin], body) for origin, body in encoded.items()]
    missing = [row for row in new if row[1] not in numbers]
    if missing:
        bulk_insert.insert(Row, missing)
        numbers |= _numbers(connection_id, [digest for _connection, digest, _body in missing])
    return {origin: numbers[digest] for origin, digest in digests.items()}


def _digest(body: bytes) -> str:
    return blake2b(body, digest_size=16).hexdigest()


def _numbers(connection_id: int, digests: Iterable[str]) -> dict[str, int]:
    return dict(row for part in portions(digests) for row in _by_digest(connection_id, part).fetchall())


_by_digest = query("SELECT digest, id FROM telemetry_origin WHERE connection_id = ? AND digest IN (??)")


def last_version(connection_id: int, identity: str) -> str:
    """Return the version that an identity's last session reported with, "" if that is not kept."""
    row = _last_session(connection_id, identity).fetchone()
    numbers = [number for (number,) in _origins_of(connection_id, row[0]).fetchall()] if row else []
    return newest(origin.version for origin in by_id(numbers).values() if origin.version)


_last_session = query("""
    SELECT id FROM telemetry_session WHERE connection_id = ? AND engineer = ? ORDER BY last_at DESC LIMIT 1
""")
_origins_of = query("SELECT DISTINCT origin_id FROM telemetry_use WHERE connection_id = ? AND session_id = ?")


def by_id(numbers: Iterable[int]) -> Mapping[int, Origin]:
    """Return origins by their numbers."""
    rows = [row for part in portions(set(numbers)) for row in _by_id(part).fetchall()]
    return {number: _DECODER.decode(bytes(body)) for number, body in rows}


_by_id = query("SELECT id, body FROM telemetry_origin WHERE id IN (??)")
