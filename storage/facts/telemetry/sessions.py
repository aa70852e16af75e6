"""Sessions: when, whose, on what, and what they cost; kept after their requests are forgotten."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import msgspec
from peewee import Value

from providers.claude.people import identity_of
from providers.claude.records import NANOSECONDS
from providers.claude.use import Use
from storage.engine import bulk_insert
from storage.engine.database import is_sqlite
from storage.engine.queries import Run, query
from storage.engine.tables import TelemetrySessionRow as Row
from storage.facts.telemetry.portions import portions

_NO_SESSION = "~"  # before the installation or person of a sender that tells no sessions
_LINES = msgspec.msgpack.Decoder(set[tuple[int, int]])

Lines = set[tuple[int, int]]  # (dimension, line)


class Kept(msgspec.Struct):
    """A session as it is stored, with the lines of each dimension that count it.

    `engineer` is an identity; "" is unknown, as for the product, model, repository and skill of its last use.
    Times are in nanoseconds, `cost` in billionths of a dollar.
    """

    id: int
    name: str
    started_at: int
    last_at: int
    engineer: str = ""
    product: str = ""
    model: str = ""
    repository: str = ""
    skill: str = ""
    requests: int = 0
    cost: int = 0
    lines: Lines = msgspec.field(default_factory=set)

    @property
    def session(self) -> str:
        """Return the sender's own id of the session, "" if it tells none."""
        return "" if self.name.startswith(_NO_SESSION) else self.name

    def extend(self, use: Use) -> None:
        """Take in when a use was, whose, and on what."""
        self.started_at = min(self.started_at or use.counted_at, use.counted_at)
        origin = use.origin
        texts = (identity_of(origin).id, origin.product, origin.model, origin.repository, origin.skill)
        for name, text in zip(_TEXTS, texts, strict=True):
            if text and (use.counted_at >= self.last_at or not getattr(self, name)):
                setattr(self, name, text)
        self.last_at = max(self.last_at, use.counted_at)


_TEXTS = ("engineer", "product", "model", "repository", "skill")


def name_of(use: Use) -> str:
    """Return the name under which the session of a use is stored, "" for a use without any."""
    return use.session or (_NO_SESSION + use.group if use.group else "")


def named(connection_id: int, names: Iterable[str]) -> dict[str, Kept]:
    """Return sessions by name, after adding new ones; within a transaction."""
    wanted = {name for name in names if name}
    stored = _read(_by_name, connection_id, wanted)
    new = sorted(wanted - {each.name for each in stored})
    bulk_insert.insert(Row, [_row(connection_id, Kept(0, name, 0, 0)) for name in new])
    return {each.name: each for each in (*stored, *_read(_by_name, connection_id, new))}


def numbered(connection_id: int, numbers: Iterable[int]) -> dict[int, str]:
    """Return the sessions of numbers, "" for what is stored in place of a session."""
    return {each.id: each.session for each in _read(_by_number, connection_id, numbers)}


def save(connection_id: int, sessions: Iterable[Kept]) -> None:
    """Store changed sessions; within a transaction."""
    for each in sessions:
        _save(*_row(connection_id, each)[1:], each.id)


def _row(connection_id: int, session: Kept) -> tuple[Any, ...]:
    """Return a session's values as the database stores them, in the order of the columns."""
    values: dict[str, Any] = {name: getattr(session, name) for name in _COLUMNS[1:]}
    values |= {name: values[name] // NANOSECONDS for name in ("started_at", "last_at")}
    lines = msgspec.msgpack.encode(sorted(session.lines))
    return tuple({**values, "connection_id": connection_id, "lines": lines}[name] for name in _STORED)


_COLUMNS = ("id", "name", "started_at", "last_at", *_TEXTS, "requests", "cost", "lines")
_STORED = bulk_insert.columns(Row)
_save = query(f"UPDATE telemetry_session SET {', '.join(f'{name} = ?' for name in _STORED[1:])} WHERE id = ?")


def _read(find: Run, connection_id: int, values: Iterable[Any]) -> list[Kept]:
    parts = portions(set(values))
    return [_kept(row) for part in parts for row in find(connection_id, part).fetchall()]


_SESSIONS = f"SELECT {', '.join(_COLUMNS)} FROM telemetry_session WHERE connection_id = ?"
_by_name = query(f"{_SESSIONS} AND name IN (??)")
_by_number = query(f"{_SESSIONS} AND id IN (??)")


def _kept(row: Sequence[Any]) -> Kept:
    values: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
    values["started_at"] *= NANOSECONDS
    values["last_at"] *= NANOSECONDS
    values["lines"] = _LINES.decode(bytes(values["lines"]))
    return Kept(**values)


# Reading

_LONG = timedelta(days=35)


class Session(msgspec.Struct, frozen=True):
    """A session for people: whose it is by identity, and the model, repository and skill of its last use."""

    name: str
    started_at: datetime
    last_at: datetime
    engineer: str
    product: str
    model: str
    repository: str
    skill: str
    requests: int
    cost: Decimal


def since(
    connection_id: int, start: datetime, end: datetime, *, engineers: Sequence[str] | None = None, limit: int
) -> list[Session]:
    """Return the dearest sessions last used in `[start, end)`: everybody's, or those of some identities."""
    first, last = (Value(int(edge.timestamp()), converter=False) for edge in (start, end))
    by_cost = (
        is_sqlite() and engineers is None and end - start > _LONG
    )  # walks the sessions by cost, not by time
    last_at = Row.last_at + Value(0, converter=False) if by_cost else Row.last_at
    where = (Row.connection_id == connection_id) & (last_at >= first) & (last_at < last)
    if engineers is not None:
        where &= Row.engineer << list(engineers)
    columns = [getattr(Row, name) for name in Session.__struct_fields__]
    dearest = Row.select(*columns).where(where).order_by(Row.cost.desc(), Row.id).limit(limit).tuples()
    return [Session(*row) for row in cast("Iterable[tuple[Any, ...]]", dearest)]


def count_active(connection_id: int, since: datetime) -> int:
    """Return how many sessions have used Claude since then."""
    recent = (Row.connection_id == connection_id) & (Row.last_at >= since) & ~Row.name.startswith(_NO_SESSION)
    return int(Row.select().where(recent).count())


def last_seen(connection_id: int) -> Mapping[str, datetime]:
    """Return when each identity last used Claude."""
    rows = _last_seen(connection_id).fetchall()
    return {engineer: datetime.fromtimestamp(at, UTC) for engineer, at in rows if engineer}


_last_seen = query("""
    SELECT engineer, MAX(last_at) FROM telemetry_session WHERE connection_id = ? GROUP BY engineer
""")


def active(connection_id: int, since: datetime) -> Mapping[str, datetime]:
    """Return the identities that have used Claude since then, and when last."""
    recent = Row.select(Row.engineer, Row.last_at).where(
        (Row.connection_id == connection_id) & (Row.last_at >= since) & (Row.engineer != "")
    )
    latest: dict[str, datetime] = {}
    for engineer, last_at in cast("Iterable[tuple[str, datetime]]", recent.tuples()):
        latest[engineer] = max(last_at, latest.get(engineer, last_at))
    return latest
