"""Tickets: leave to do one thing, once and soon. Only a hash of the token is kept."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import msgspec

from storage.engine.tables import TicketRow as Row

Kind = Literal["install", "key"]
LIFE = timedelta(minutes=10)
REMEMBERED = timedelta(days=1)  # for saying what became of it
TRIES = 5
CLAIM = timedelta(
    seconds=30
)  # thrice what a key is checked for; a process that ended meanwhile gives none back


class Ticket(msgspec.Struct, frozen=True):
    """Whose it is, until when it holds, and whether it was used. `view_id` is the modal it was offered in.

    While somebody uses it, it is claimed; where they never come back, the claim runs out.
    """

    team_id: str
    user_id: str
    view_id: str
    expires_at: datetime
    is_spent: bool
    tries: int
    claimed_until: datetime | None = None

    def is_used(self, *, now: datetime) -> bool:
        """Whether nothing can be done with it, now or any more."""
        is_claimed = self.claimed_until is not None and self.claimed_until > now
        return self.is_spent or is_claimed or self.tries >= TRIES


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


def claim(kind: Kind, token: str, *, now: datetime) -> bool:
    """Begin to use it; only one of many succeeds, and none when it is too late or was tried too often."""
    is_free = Row.claimed_until.is_null() | (Row.claimed_until <= now)
    is_good = (Row.is_spent == False) & (Row.expires_at > now) & (Row.tries < TRIES)  # noqa: E712 - peewee
    query = Row.update(claimed_until=now + CLAIM, tries=Row.tries + 1)
    return bool(query.where(_this(kind, token) & is_free & is_good).execute())


def spend(kind: Kind, token: str) -> None:
    """Have used it: what it was claimed for has come about. Within the transaction that does it."""
    Row.update(is_spent=True, claimed_until=None).where(_this(kind, token)).execute()


def burn(kind: Kind, token: str, *, expires_at: datetime) -> bool:
    """Have used one that was never stored; False where that was so already."""
    Row.delete().where((Row.kind == kind) & (Row.expires_at < expires_at - LIFE)).execute()
    query = Row.insert(token_hash=_hash(token), kind=kind, expires_at=expires_at, is_spent=True)
    return bool(query.on_conflict_ignore().as_rowcount().execute())


def give_back(kind: Kind, token: str) -> None:
    """Let it be claimed again, a few times: what it was claimed for did not come about."""
    Row.update(claimed_until=None).where(_this(kind, token)).execute()


def set_view(kind: Kind, token: str, view_id: str) -> None:
    """Remember the modal that shows it."""
    Row.update(view_id=view_id).where(_this(kind, token)).execute()


def _this(kind: Kind, token: str) -> Any:
    return (Row.token_hash == _hash(token)) & (Row.kind == kind)


def _hash(token: str) -> str:
    """A slow hash would protect nothing: there are no likely tokens to try."""
    return hashlib.sha256(token.encode()).hexdigest()
