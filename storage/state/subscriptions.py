"""Subscriptions: the digests that people set up."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple, cast

import msgspec
from peewee import IntegrityError, fn

from providers.period import DAY, Period
from storage.engine.database import is_sqlite
from storage.engine.queries import query
from storage.engine.tables import SubscriptionRow as Row
from storage.engine.tables import database
from storage.state import posts
from storage.state.pauses import BELOW
from storage.state.posts import Post
from storage.state.scopes import WHOLE, Scope
from storage.state.subjects import DigestDays

Kind = Literal["daily", "weekly", "monthly"]
Naming = Literal["names", "initials", "totals"]
_ALL = 2**31 - 1  # a limit beyond any number of rows
LAST_DAY = 29  # a digest on this or a later day of the month comes on the month's last day


class Plan(msgspec.Struct, frozen=True):
    """When a digest comes: at a wall-clock `time` (HH:MM) in a `zone`.

    A weekly one comes on its `weekday` (Monday is 0), a monthly one on its `month_day`, from 29 on the last.
    """

    kind: Kind = "daily"
    time: str = "09:00"
    zone: str = "UTC"
    weekday: int = 0
    month_day: int = 1
    working_days_only: bool = False


class Skipped(NamedTuple):
    """The days of a digest that was not posted because they cost no more than its minimum."""

    days: Period
    cost: Decimal


class Subscription(msgspec.Struct, frozen=True):
    """A digest to a channel about a `scope` of the organization.

    `set_up_by` is a Slack user id; `paused` is the reason of a pause, "" without one. `audience` is who reads
    the channel, as somebody agreed to, "" before we checked. `trouble` is why the last digest did not come.
    A digest of no more than `minimum` dollars is not posted. With `in_thread`, tables follow in its thread.
    """

    id: int
    team_id: str
    channel_id: str
    channel_name: str
    kind: Kind
    time: str
    zone: str
    weekday: int
    month_day: int
    working_days_only: bool
    scope: Scope
    naming: Naming
    set_up_by: str
    next_at: datetime
    paused: str
    audience: str = ""
    trouble: str = ""
    minimum: int = 0
    in_thread: bool = False

    @property
    def plan(self) -> Plan:
        """The times at which it comes."""
        return Plan(
            self.kind, self.time, self.zone, self.weekday, self.month_day, bool(self.working_days_only)
        )

    @property
    def skipped(self) -> Skipped | None:
        """The days of the last digest if these cost too little to be posted."""
        what, _, rest = self.trouble.partition(" ")
        if what != BELOW:
            return None
        first, last, cost = rest.split(" ")
        return Skipped(Period(date.fromisoformat(first), date.fromisoformat(last) + DAY), Decimal(cost))


class AlreadySetUp(Exception):
    """The channel already has such a digest."""


def save(
    team_id: str,
    *,
    channel_id: str,
    channel_name: str,
    plan: Plan,
    set_up_by: str,
    next_at: datetime,
    scope: Scope = WHOLE,
    naming: Naming = "names",
    audience: str = "",
    minimum: int = 0,
    in_thread: bool = False,
    subscription_id: int | None = None,
) -> Subscription:
    """Set up a digest, or change one of the team's, which also ends its pause.

    Raises AlreadySetUp.
    """
    values = {
        "channel_id": channel_id,
        "channel_name": channel_name,
        **msgspec.structs.asdict(plan),
        "scope": scope.text,
        "naming": naming,
        "set_up_by": set_up_by,
        "next_at": next_at,
        "paused": "",
        "audience": audience,
        "trouble": "",
        "minimum": minimum,
        "in_thread": in_thread,
    }
    try:
        with database.atomic():
            if subscription_id is None:
                subscription_id = cast("int", Row.insert(team_id=team_id, **_number(), **values).execute())
            else:
                Row.update(**values).where((Row.id == subscription_id) & (Row.team_id == team_id)).execute()
    except IntegrityError as error:
        raise AlreadySetUp from error
    return _read(Row.id == subscription_id)[0]


def _number() -> dict[str, int]:
    """Return an id that no digest had before: SQLite would reuse the id of the last one removed."""
    if not is_sqlite():
        return {}
    highest = cast("int | None", Row.select(fn.MAX(Row.id)).scalar())
    return {"id": 1 + max(highest or 0, posts.last_subscription())}


def of_team(team_id: str) -> list[Subscription]:
    """Return a team's digests."""
    return _subscriptions(_of_team(team_id).fetchall())


_SELECT = f"SELECT {', '.join(Subscription.__struct_fields__)} FROM subscription"
_of_team = query(f"{_SELECT} WHERE team_id = ? ORDER BY id")
_by_id = query(f"{_SELECT} WHERE id = ? AND team_id = ?")
_due = query(f"{_SELECT} WHERE next_at <= ? AND paused = '' ORDER BY next_at, id LIMIT ?")


def of_channel(team_id: str, channel_id: str) -> list[Subscription]:
    """Return the digests to a channel."""
    return _read((Row.team_id == team_id) & (Row.channel_id == channel_id))


def find(team_id: str, subscription_id: int) -> Subscription | None:
    """Return one of a team's digests, None if it is removed or another team's."""
    digests = _subscriptions(_by_id(subscription_id, team_id).fetchall())
    return digests[0] if digests else None


def remove(team_id: str, subscription_id: int) -> None:
    """Remove a digest, and its posts that are still to be sent."""
    if Row.delete().where((Row.id == subscription_id) & (Row.team_id == team_id)).execute():
        posts.withdraw(team_id, subscription_id)


def rename(team_id: str, channel_id: str, name: str) -> None:
    """Store a channel's new name."""
    Row.update(channel_name=name).where(
        (Row.team_id == team_id) & (Row.channel_id == channel_id) & (Row.channel_name != name)
    ).execute()


def pause(subscription_id: int, why: str) -> None:
    """Pause a digest until somebody changes or resumes it."""
    Row.update(paused=why).where(Row.id == subscription_id).execute()


def stop(digest: Subscription, why: str) -> None:
    """Pause a digest because of its channel, unless somebody changed or paused it meanwhile."""
    same = (Row.id == digest.id) & (Row.channel_id == digest.channel_id) & (Row.paused == "")
    Row.update(paused=why).where(same).execute()


def resume(team_id: str, subscription_id: int, *, next_at: datetime) -> None:
    """Resume a digest; the next one comes at `next_at`."""
    Row.update(paused="", trouble="", next_at=next_at).where(
        (Row.id == subscription_id) & (Row.team_id == team_id)
    ).execute()


def set_audience(digest: Subscription, audience: str) -> None:
    """Store the channel's audience that somebody agreed to, or that we found at first."""
    Row.update(audience=audience).where(
        (Row.id == digest.id) & (Row.channel_id == digest.channel_id)
    ).execute()


def note_trouble(subscription_id: int, why: str) -> None:
    """Store why the last digest did not come, "" if it came."""
    Row.update(trouble=why).where((Row.id == subscription_id) & (Row.trouble != why)).execute()


def note_skipped(subscription_id: int, days: Period, cost: Decimal) -> None:
    """Store that the last digest was not posted because its days cost no more than its minimum."""
    note_trouble(subscription_id, f"{BELOW} {days.start} {days.end - DAY} {cost:f}")


def pause_all(team_id: str, why: str) -> None:
    """Pause every digest of a team that is not paused yet."""
    Row.update(paused=why).where((Row.team_id == team_id) & (Row.paused == "")).execute()


def resume_all(team_id: str, reasons: Iterable[str]) -> None:
    """Resume the digests paused for one of these reasons; of the times missed meanwhile, post the last."""
    Row.update(paused="").where((Row.team_id == team_id) & (Row.paused << list(reasons))).execute()


def due(now: datetime, *, limit: int | None = None) -> list[Subscription]:
    """Return the digests whose time has come, the longest waiting first."""
    return _subscriptions(_due(int(now.timestamp()), limit or _ALL).fetchall())


def due_after(moment: datetime) -> list[Subscription]:
    """Return the digests whose time comes only after a moment."""
    return _read(Row.next_at > moment)


def reschedule(subscription: Subscription, *, next_at: datetime) -> None:
    """Change a digest's next time, unless somebody else did so meanwhile."""
    unchanged = (Row.id == subscription.id) & (Row.next_at == subscription.next_at)
    Row.update(next_at=next_at).where(unchanged).execute()


def claim(subscription: Subscription, *, next_at: datetime) -> bool:
    """Advance a digest to its next time; only one process succeeds. Within the transaction of the post."""
    mine = (Row.id == subscription.id) & (Row.next_at == subscription.next_at) & (Row.paused == "")
    return bool(Row.update(next_at=next_at).where(mine).execute())


def _read(where: Any) -> list[Subscription]:
    columns = [getattr(Row, name) for name in Subscription.__struct_fields__]
    return _subscriptions(database.execute(Row.select(*columns).where(where).order_by(Row.id)).fetchall())


def _subscriptions(rows: Iterable[tuple[Any, ...]]) -> list[Subscription]:
    return [_subscription(row) for row in rows]


def _subscription(row: Sequence[Any]) -> Subscription:
    values = dict(zip(Subscription.__struct_fields__, row, strict=True))
    values["next_at"] = datetime.fromtimestamp(values["next_at"], UTC)
    values |= {name: bool(values[name]) for name in ("working_days_only", "in_thread")}
    values["scope"] = Scope.read(values["scope"])
    return Subscription(**values)


def of_post(post: Post) -> Subscription | None:
    """Return the subscription of a post, None if it was removed."""
    subject = post.subject
    return find(post.team_id, subject.subscription_id) if isinstance(subject, DigestDays) else None
