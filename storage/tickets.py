"""Tickets: leave to do one thing, once and soon. Only a hash of the token is kept."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import msgspec

from storage.tables import TicketRow as Row

Kind = Literal["install", "key"]
LIFE = timedelta(minutes=10)
REMEMBERED = timedelta(days=1)  # for saying what became of it
TRIES = 5


class Ticket(msgspec.Struct, frozen=True):
    """Whose it is, until when it holds, and whether it was used. `view_id` is the modal it was offered in."""

    team_id: str
    user_id: str
    view_id: str
    expires_at: datetime
    is_spent: bool
    tries: int


def issue(kind: Kind, *, now: datetime, team_id: str = "", user_id: str = "") -> str:
    """Make one and return its token, 256 bits that nobody can guess."""
    Row.delete().where(Row.expires_at <= now - REMEMBERED).execute()
    token = secrets.token_urlsafe(32)
    Row.insert(
        token_hash=_hash(token), kind=kind, team_id=team_id, user_id=user_id, expires_at=now + LIFE
    ).as_rowcount().execute()
    return token


def find(kind: Kind, token: str) -> Ticket | None:
    """A ticket as it is, expired and used ones too; None where there never was one, or long ago."""
    columns = [getattr(Row, name) for name in Ticket.__struct_fields__]
    query = Row.select(*columns).where(_this(kind, token)).tuples()
    return next((Ticket(*row) for row in cast("Iterable[tuple[Any, ...]]", query)), None)


def spend(kind: Kind, token: str, *, now: datetime) -> bool:
    """Use it; only one of many succeeds, and none when it is too late."""
    usable = _this(kind, token) & (Row.is_spent == False) & (Row.expires_at > now)  # noqa: E712 - peewee
    return bool(Row.update(is_spent=True, tries=Row.tries + 1).where(usable).execute())


def give_back(kind: Kind, token: str) -> None:
    """Let it be used again, a few times: what it was used for did not come about."""
    Row.update(is_spent=False).where(_this(kind, token) & (Row.tries < TRIES)).execute()


def offered_in(kind: Kind, token: str, view_id: str) -> None:
    """Remember the modal that shows it."""
    Row.update(view_id=view_id).where(_this(kind, token)).execute()


def _this(kind: Kind, token: str) -> Any:
    return (Row.token_hash == _hash(token)) & (Row.kind == kind)


def _hash(token: str) -> str:
    """A slow hash would protect nothing: there are no likely tokens to try."""
    return hashlib.sha256(token.encode()).hexdigest()
