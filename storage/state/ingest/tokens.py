"""Ingest tokens: what telemetry clients send as bearer. We store only a hash, and show a token once."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec

from storage.engine.queries import query
from storage.engine.tables import Connection, database
from storage.engine.tables import IngestTokenRow as Row

PROVIDER = "claude"
_BYTES = (
    32  # 256 random bits; the text has letters, digits, `_` and `-` alone, which no client's parser changes
)
_SEEN_EVERY = timedelta(seconds=30)  # so precisely is the last use kept: not every request is a write


class IngestToken(msgspec.Struct, frozen=True):
    """What we know of a token.

    `hint` is its last four characters; `is_managed` says that only settings which nobody can override send
    it. `used_at` is None before the first use, `revoked_at` while it is good, `tested_at` until a test span
    has come.
    """

    id: int
    connection_id: int
    name: str
    hint: str
    is_managed: bool
    issued_by: str
    issued_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    tested_at: datetime | None = None


class NameTaken(Exception):
    """A good token of the team has this name already."""


def issue(
    team_id: str, name: str, *, by: str, at: datetime, is_managed: bool = False
) -> tuple[str, IngestToken]:
    """Create a token and return it, this once; within a transaction. Raises NameTaken.

    The first of a team connects the provider.
    """
    connection_id = _connect(team_id, by=by, at=at)
    mine = (Row.connection_id == connection_id) & (Row.name == name) & Row.revoked_at.is_null()
    if Row.select().where(mine).exists():
        raise NameTaken(name)
    token = secrets.token_urlsafe(_BYTES)
    values = {"connection_id": connection_id, "name": name, "token_hash": _hash(token), "hint": token[-4:]}
    Row.insert(**values, is_managed=is_managed, issued_by=by, issued_at=at).as_rowcount().execute()
    return token, next(each for each in good_of_team(team_id) if each.name == name)


def _connect(team_id: str, *, by: str, at: datetime) -> int:
    """Return the number of a team's telemetry connection, active from now on. It has no key."""
    place = {"team_id": team_id, "provider": PROVIDER, "organization_id": ""}
    fresh: dict[str, Any] = {"state": "active", "connected_by": by, "connected_at": at}
    Connection.insert(**place, organization_name="", key_hint="", **fresh).on_conflict(
        conflict_target=(Connection.team_id, Connection.provider, Connection.organization_id),
        update={Connection.state: "active"},
    ).as_rowcount().execute()
    mine = (Connection.team_id == team_id) & (Connection.provider == PROVIDER)
    return cast("int", Connection.select(Connection.id).where(mine).scalar())


def authenticate(token: str) -> IngestToken | None:
    """Return the good token that this is, None if it is none."""
    row = _by_hash(_hash(token)).fetchone()
    return None if row is None else _token(row)


def note_use(token: IngestToken, *, at: datetime) -> None:
    """Store that something came with a token, unless something did a moment ago."""
    if token.used_at is None or at - token.used_at >= _SEEN_EVERY:
        _use(int(at.timestamp()), token.id)


def note_test(token: IngestToken, *, at: datetime) -> None:
    """Store that a test span came with a token; within a transaction."""
    _test(int(at.timestamp()), token.id)


def of_team(team_id: str) -> list[IngestToken]:
    """Return a team's tokens, revoked ones too, in the order in which they were issued."""
    owned = (Connection.team_id == team_id) & (Connection.provider == PROVIDER)
    columns = [getattr(Row, name) for name in _FIELDS]
    tokens = Row.select(*columns).where(Row.connection_id << Connection.select(Connection.id).where(owned))
    return [_token(row) for row in database.execute(tokens.order_by(Row.id)).fetchall()]


def good_of_team(team_id: str) -> list[IngestToken]:
    """Return a team's tokens that are not revoked."""
    return [each for each in of_team(team_id) if each.revoked_at is None]


def teams() -> list[str]:
    """Return the teams that have a good token."""
    good = Row.select(Row.connection_id).where(Row.revoked_at.is_null())
    owners = Connection.select(Connection.team_id).where(Connection.id << good).distinct().tuples()
    return sorted(team for (team,) in cast("Iterable[tuple[str]]", owners))


def find(team_id: str, number: int) -> IngestToken | None:
    """Return a good token of a team by its number."""
    return next((each for each in good_of_team(team_id) if each.id == number), None)


def revoke(team_id: str, name: str, *, at: datetime) -> bool:
    """Revoke the good token of a name; False if there is none. What it sent stays."""
    good = [each.id for each in good_of_team(team_id) if each.name == name]
    return bool(Row.update(revoked_at=at).where(Row.id << good).execute()) if good else False


def revoke_all(team_id: str, *, at: datetime) -> None:
    """Revoke every good token of a team; within a transaction."""
    good = [each.id for each in good_of_team(team_id)]
    if good:
        Row.update(revoked_at=at).where(Row.id << good).execute()


def adopt(team_id: str, *, former: str) -> bool:
    """Move a former team's telemetry and tokens to a team without any, and say whether it did.

    Within a transaction.
    """
    theirs, ours = (
        (Connection.team_id == each) & (Connection.provider == PROVIDER) for each in (former, team_id)
    )
    if not Connection.select().where(theirs).exists() or Connection.select().where(ours).exists():
        return False
    return bool(Connection.update(team_id=team_id).where(theirs).execute())


_FIELDS = IngestToken.__struct_fields__


_by_hash = query(f"SELECT {', '.join(_FIELDS)} FROM ingest_token WHERE token_hash = ? AND revoked_at IS NULL")
_test = query("UPDATE ingest_token SET tested_at = ? WHERE id = ?")
_use = query("UPDATE ingest_token SET used_at = ? WHERE id = ?")


def _token(row: tuple[Any, ...]) -> IngestToken:
    """Return a row as the driver gives it."""
    values: dict[str, Any] = dict(zip(_FIELDS, row, strict=True))
    for name in ("issued_at", "used_at", "revoked_at", "tested_at"):
        values[name] = getattr(Row, name).python_value(values[name])
    return IngestToken(**{**values, "is_managed": bool(values["is_managed"])})


def _hash(token: str) -> str:
    """Hash a token. A slow hash would add nothing: nobody can guess 256 random bits."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
