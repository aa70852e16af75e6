"""Sessions: when, whose, on what, and what they cost; kept after their requests are forgotten."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import msgspec

from providers.claude.people import identity_of
from providers.claude.records import NANOSECONDS
from providers.claude.use import Use
from storage.engine.fields import from_billionths
from storage.engine.tables import TelemetrySessionRow as Row
from storage.engine.tables import database
from storage.facts.telemetry import origins

_NO_SESSION = "~"  # before the installation or person of a sender that tells no sessions
_LINES = msgspec.msgpack.Decoder(set[tuple[int, int]])

_NEVER = datetime.fromtimestamp(0, UTC)  # when a new session's first use is still to be taken in

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
    stored = _read(connection_id, Row.name, wanted)
    new = sorted(wanted - {each.name for each in stored})
    zeros = {"started_at": _NEVER, "last_at": _NEVER, "requests": 0, "cost": Decimal(0)}
    blank = {**zeros, **dict.fromkeys(_TEXTS, "")}
    for part in origins.parts(new):
        rows = [
            {"connection_id": connection_id, "name": name, "lines": msgspec.msgpack.encode([]), **blank}
            for name in part
        ]
        Row.insert_many(rows).execute()
    return {each.name: each for each in (*stored, *_read(connection_id, Row.name, new))}


def numbered(connection_id: int, numbers: Iterable[int]) -> dict[int, str]:
    """Return the sessions of numbers, "" for what is stored in place of a session."""
    return {each.id: each.session for each in _read(connection_id, Row.id, numbers)}


def save(sessions: Iterable[Kept]) -> None:
    """Store changed sessions; within a transaction."""
    for each in sessions:
        seconds = {"started_at": each.started_at // NANOSECONDS, "last_at": each.last_at // NANOSECONDS}
        texts = {name: getattr(each, name) for name in _TEXTS}
        amounts = {"requests": each.requests, "cost": from_billionths(each.cost)}
        times = {name: datetime.fromtimestamp(second, UTC) for name, second in seconds.items()}
        lines = msgspec.msgpack.encode(sorted(each.lines))
        Row.update(**times, **texts, **amounts, lines=lines).where(Row.id == each.id).execute()


_COLUMNS = ("id", "name", "started_at", "last_at", *_TEXTS, "requests", "cost", "lines")


def _read(connection_id: int, column: Any, values: Iterable[Any]) -> list[Kept]:
    columns = [getattr(Row, name) for name in _COLUMNS]
    mine = Row.connection_id == connection_id
    query = [Row.select(*columns).where(mine & (column << part)) for part in origins.parts(set(values))]
    return [_kept(row) for each in query for row in database.execute(each).fetchall()]


def _kept(row: Sequence[Any]) -> Kept:
    values: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
    values["started_at"] *= NANOSECONDS
    values["last_at"] *= NANOSECONDS
    values["lines"] = _LINES.decode(bytes(values["lines"]))
    return Kept(**values)


# Reading


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
    where = (Row.connection_id == connection_id) & (Row.last_at >= start) & (Row.last_at < end)
    if engineers is not None:
        where &= Row.engineer << list(engineers)
    columns = [getattr(Row, name) for name in Session.__struct_fields__]
    query = Row.select(*columns).where(where).order_by(Row.cost.desc(), Row.id).limit(limit).tuples()
    return [Session(*row) for row in cast("Iterable[tuple[Any, ...]]", query)]


def active(connection_id: int, since: datetime) -> Mapping[str, datetime]:
    """Return the identities that have used Claude since then, and when last."""
    query = Row.select(Row.engineer, Row.last_at).where(
        (Row.connection_id == connection_id) & (Row.last_at >= since) & (Row.engineer != "")
    )
    latest: dict[str, datetime] = {}
    for engineer, last_at in cast("Iterable[tuple[str, datetime]]", query.tuples()):
        latest[engineer] = max(last_at, latest.get(engineer, last_at))
    return latest
