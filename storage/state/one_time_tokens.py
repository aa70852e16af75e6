"""One-time tokens (tickets): permission to do one thing, once and soon. We store only a hash of the token.

A slot is the same for what can be done a few times a day: taken by the name of what was done.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import msgspec

from storage.engine.tables import OneTimeTokenRow as Row

Kind = Literal["install", "key", "slot"]
LIFE = timedelta(minutes=10)  # a choice: time to find the key in the Console, and not to forget the link
REMEMBERED = timedelta(days=1)  # so that we can tell "used" and "expired" from "never existed"
TRIES = 5  # a mistyped key or two, but no guessing
CLAIM = timedelta(seconds=30)  # three times the longest check of a key; then others can try again


class Ticket(msgspec.Struct, frozen=True):
    """Its user, its expiry, and whether it was used. `view_id` is the modal that shows its link.

    A request claims it while it uses it; the claim of a request that never finishes runs out.
    """

    team_id: str
    user_id: str
    view_id: str
    expires_at: datetime
    is_spent: bool
    tries: int
    claimed_until: datetime | None = None

    def is_used(self, *, now: datetime) -> bool:
        """Whether it is spent, claimed at the moment, or out of tries."""
        is_claimed = self.claimed_until is not None and self.claimed_until > now
        return self.is_spent or is_claimed or self.tries >= TRIES


def issue(kind: Kind, *, now: datetime, team_id: str = "", user_id: str = "") -> str:
    """Create a ticket and return its token: 256 random bits."""
    Row.delete().where(Row.expires_at <= now - REMEMBERED).execute()
    token = secrets.token_urlsafe(32)
    Row.insert(
        token_hash=_hash(token), kind=kind, team_id=team_id, user_id=user_id, expires_at=now + LIFE
    ).as_rowcount().execute()
    return token


def take_slot(name: str, *, now: datetime, slots: int = 1) -> str | None:
    """Take one of the `slots` of a name for a day; None if all are taken. Within a transaction."""
    Row.delete().where(Row.expires_at <= now - REMEMBERED).execute()
    return next((slot for slot in (f"{name} {number}" for number in range(slots)) if _take(slot, now)), None)


def _take(slot: str, now: datetime) -> bool:
    """Take a slot unless it is taken, whoever else tries at the same moment."""
    until = now + REMEMBERED
    added = (
        Row.insert(token_hash=_hash(slot), kind="slot", expires_at=until)
        .on_conflict(
            conflict_target=(Row.token_hash,), update={Row.expires_at: until}, where=Row.expires_at <= now
        )
        .as_rowcount()
    )
    return bool(added.execute())


def free_slots(slots: Iterable[str]) -> None:
    """Free slots, because nothing came of it."""
    Row.delete().where(Row.token_hash.in_([_hash(slot) for slot in slots])).execute()


def find(kind: Kind, token: str) -> Ticket | None:
    """Return a ticket, even an expired or used one; None if it never existed or expired over a day ago."""
    columns = [getattr(Row, name) for name in Ticket.__struct_fields__]
    query = Row.select(*columns).where(_is_token(kind, token)).tuples()
    return next((Ticket(*row) for row in cast("Iterable[tuple[Any, ...]]", query)), None)


def claim(kind: Kind, token: str, *, now: datetime) -> bool:
    """Claim a ticket; False if another request has it, it expired, or it is out of tries."""
    is_free = Row.claimed_until.is_null() | (Row.claimed_until <= now)
    is_good = (Row.is_spent == False) & (Row.expires_at > now) & (Row.tries < TRIES)  # noqa: E712 - peewee
    query = Row.update(claimed_until=now + CLAIM, tries=Row.tries + 1)
    return bool(query.where(_is_token(kind, token) & is_free & is_good).execute())


def spend(kind: Kind, token: str) -> None:
    """Mark a claimed ticket as used. Within the transaction of the action."""
    Row.update(is_spent=True, claimed_until=None).where(_is_token(kind, token)).execute()


def burn(kind: Kind, token: str, *, expires_at: datetime) -> bool:
    """Mark a token that was never stored as used; False if it was used already."""
    Row.delete().where((Row.kind == kind) & (Row.expires_at < expires_at - LIFE)).execute()
    query = Row.insert(token_hash=_hash(token), kind=kind, expires_at=expires_at, is_spent=True)
    return bool(query.on_conflict_ignore().as_rowcount().execute())


def give_back(kind: Kind, token: str) -> None:
    """End a claim whose action failed, so that the user can try again a few times."""
    Row.update(claimed_until=None).where(_is_token(kind, token)).execute()


def set_view(kind: Kind, token: str, view_id: str) -> None:
    """Store the modal that shows it."""
    Row.update(view_id=view_id).where(_is_token(kind, token)).execute()


def _is_token(kind: Kind, token: str) -> Any:
    return (Row.token_hash == _hash(token)) & (Row.kind == kind)


def _hash(token: str) -> str:
    """Hash a token. A slow hash would add nothing: nobody can guess 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()
