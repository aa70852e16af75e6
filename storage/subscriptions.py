"""Digests somebody set up."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

import msgspec

from storage.tables import SubscriptionRow as Row


class Subscription(msgspec.Struct, frozen=True):
    """A daily digest to a channel at a wall-clock `time` (HH:MM) of a `zone`.

    `set_up_by` is a Slack user id; `paused` says why it is paused, empty where it is not.
    """

    id: int
    team_id: str
    channel_id: str
    channel_name: str
    time: str
    zone: str
    set_up_by: str
    next_at: datetime
    paused: str


def save(
    team_id: str,
    *,
    channel_id: str,
    channel_name: str,
    time: str,
    zone: str,
    set_up_by: str,
    next_at: datetime,
    subscription_id: int | None = None,
) -> Subscription:
    """Set up a digest, or change one of the team's; a changed one is no longer paused."""
    values = {
        "channel_id": channel_id,
        "channel_name": channel_name,
        "time": time,
        "zone": zone,
        "set_up_by": set_up_by,
        "next_at": next_at,
        "paused": "",
    }
    if subscription_id is None:
        subscription_id = cast("int", Row.insert(team_id=team_id, **values).execute())
    else:
        Row.update(**values).where((Row.id == subscription_id) & (Row.team_id == team_id)).execute()
    return _read(Row.id == subscription_id)[0]


def of_team(team_id: str) -> list[Subscription]:
    """Every digest of a team."""
    return _read(Row.team_id == team_id)


def find(team_id: str, subscription_id: int) -> Subscription | None:
    """One of the team's digests, None where it is gone or another's."""
    found = _read((Row.id == subscription_id) & (Row.team_id == team_id))
    return found[0] if found else None


def remove(team_id: str, subscription_id: int) -> None:
    """Take a digest away."""
    Row.delete().where((Row.id == subscription_id) & (Row.team_id == team_id)).execute()


def pause(subscription_id: int, why: str) -> None:
    """Stop posting until somebody changes or resumes it."""
    Row.update(paused=why).where(Row.id == subscription_id).execute()


def resume(team_id: str, subscription_id: int, *, next_at: datetime) -> None:
    """Post again from then on."""
    Row.update(paused="", next_at=next_at).where(
        (Row.id == subscription_id) & (Row.team_id == team_id)
    ).execute()


def pause_all(team_id: str, why: str) -> None:
    """Stop every digest of a team that was not stopped before."""
    Row.update(paused=why).where((Row.team_id == team_id) & (Row.paused == "")).execute()


def resume_all(team_id: str, reasons: Iterable[str]) -> None:
    """Post again what was stopped for such a reason; of the times that passed meanwhile, the last one."""
    Row.update(paused="").where((Row.team_id == team_id) & (Row.paused << list(reasons))).execute()


def due(now: datetime) -> list[Subscription]:
    """The digests whose time has come."""
    return _read((Row.next_at <= now) & (Row.paused == ""))


def claim(subscription: Subscription, *, next_at: datetime) -> bool:
    """Move it to its next time; only one process succeeds. Within the transaction that enters the post."""
    mine = (Row.id == subscription.id) & (Row.next_at == subscription.next_at) & (Row.paused == "")
    return bool(Row.update(next_at=next_at).where(mine).execute())


def _read(where: Any) -> list[Subscription]:
    columns = [getattr(Row, name) for name in Subscription.__struct_fields__]
    query = Row.select(*columns).where(where).order_by(Row.id).tuples()
    return [Subscription(*row) for row in cast("Iterable[tuple[Any, ...]]", query)]
