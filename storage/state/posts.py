"""The outbox: messages that must be sent once.

    due ──claim──▶ sending ──▶ sent            Slack confirmed; `ts` names the message
     ▲                │ ├────▶ dropped         it will never be sent, and somebody was told why
     ├──── later ─────┘ ├────▶ uncertain       Slack may or may not have taken it; a person is asked
     └──── a person ────┼────▶ held            who reads the channel has changed; a person is asked
                        └────▶ untold          an alert for which nobody could be reached

What ends a claim answers False where the claim went to another meanwhile: then nobody is told of it.

A claim is renewed right before the act. A post found `sending` after its claim has run out was interrupted:
whoever claims it then must first find out whether Slack has it.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import msgspec
from peewee import fn

from storage.engine.database import is_sqlite
from storage.engine.tables import PostRow as Row

Kind = Literal["digest", "alert"]
_FEW = 10  # posts that a claim reads: some may be taken by others meanwhile, not all
_ROUNDS = 3  # of looking for a free one, where others were always quicker


class Post(msgspec.Struct, frozen=True):
    """One message. `subject` says what to render; `state` is the one before it was claimed.

    `organization_id` is whose figures a digest tells. `faults` counts how often a mistake of ours, or a kill,
    ended the sending.
    """

    id: int
    team_id: str
    key: str
    kind: Kind
    subject: str
    channel: str
    due_at: datetime
    give_up_waiting_at: datetime
    state: str
    estimated: bool
    ts: str
    sent_to: str
    attempts: int
    organization_id: str
    faults: int


def enter(
    team_id: str,
    key: str,
    *,
    kind: Kind,
    subject: str,
    channel: str,
    due: datetime,
    give_up_waiting: datetime | None = None,
    organization_id: str = "",
) -> bool:
    """Put a message into the outbox; False where that message is there already."""
    query = Row.insert(
        team_id=team_id,
        key=key,
        kind=kind,
        subject=subject,
        channel=channel,
        due_at=due,
        give_up_waiting_at=give_up_waiting or due,
        organization_id=organization_id,
        state="due",
    )
    return bool(query.on_conflict_ignore().as_rowcount().execute())


def claim(
    worker: str, *, now: datetime, length: timedelta, busy: Collection[str] = frozenset()
) -> Post | None:
    """Take the next message that is due, or one whose sender never came back; None where there is none.

    Those of `busy` teams are left for later. A few rows are read, however many are due.
    """
    for _ in range(_ROUNDS):
        found = [*_waiting("sending", Row.claimed_until, now, busy), *_waiting("due", Row.due_at, now, busy)]
        taken = next((post for post in found if _take(post, worker, now=now, length=length)), None)
        if taken or not found:
            return taken
    return None


def _waiting(state: str, moment: Any, now: datetime, busy: Collection[str]) -> list[Post]:
    where = (Row.state == state) & (moment <= now)
    query = _select(where & Row.team_id.not_in(list(busy)) if busy else where).limit(_FEW)
    return [_counted(post) for post in _posts(query)]


def _counted(post: Post) -> Post:
    """Return a post with its interruption counted: what ends its sender each time is given up at last."""
    return msgspec.structs.replace(post, faults=post.faults + 1) if post.state == "sending" else post


def _take(post: Post, worker: str, *, now: datetime, length: timedelta) -> bool:
    unchanged = (Row.id == post.id) & (Row.state == post.state) & (Row.due_at == post.due_at)
    free = (Row.claimed_until.is_null()) | (Row.claimed_until <= now)
    claimed = {"state": "sending", "claimed_by": worker, "claimed_until": now + length, "faults": post.faults}
    return bool(Row.update(**claimed).where(unchanged & free).execute())


def renew(post: Post, worker: str, *, now: datetime, length: timedelta) -> bool:
    """Keep a claim for a while more, right before the act; False where it went to another."""
    mine = (Row.id == post.id) & (Row.claimed_by == worker) & ((Row.state == "sending") | _estimated())
    return bool(Row.update(claimed_until=now + length).where(mine).execute())


def confirm(post: Post, worker: str, *, sent_to: str, ts: str, estimated: bool) -> bool:
    """Slack has it; False where the claim went to another meanwhile."""
    values = {"state": "sent", "sent_to": sent_to, "ts": ts, "estimated": estimated}
    return _finish(post, worker, **values, attempts=0, faults=0)


def attest(post: Post, *, sent_to: str, ts: str, estimated: bool) -> None:
    """Slack has it, whoever holds the claim by now: they must not send it again."""
    values = {"state": "sent", "sent_to": sent_to, "ts": ts, "estimated": estimated}
    free = {"claimed_by": "", "claimed_until": None, "attempts": 0, "faults": 0}
    Row.update(**values, **free).where((Row.id == post.id) & (Row.state != "sent")).execute()


def put_off(post: Post, worker: str, *, until: datetime, failed: bool) -> None:
    """Slack does not have it; try later."""
    _finish(post, worker, state="due", due_at=until, attempts=post.attempts + failed)


def fail(post: Post, worker: str, *, until: datetime) -> None:
    """A mistake of ours ended the sending before Slack was asked; try later."""
    _finish(post, worker, state="due", due_at=until, faults=post.faults + 1)


def suspend(post: Post, worker: str, *, until: datetime) -> None:
    """A mistake of ours ended the sending when Slack may have it; it is looked for later."""
    mine = (Row.id == post.id) & (Row.claimed_by == worker) & (Row.state == "sending")
    Row.update(claimed_until=until, faults=post.faults + 1).where(mine).execute()


def move(post: Post, worker: str, *, channel: str, now: datetime) -> None:
    """It goes to another channel."""
    _finish(post, worker, state="due", due_at=now, channel=channel)


def drop(post: Post, worker: str) -> bool:
    """It will never be sent."""
    return _finish(post, worker, state="dropped")


def mark_uncertain(post: Post, worker: str) -> bool:
    """Nobody can tell whether Slack has it."""
    return _finish(post, worker, state="uncertain")


def hold(post: Post, worker: str) -> bool:
    """A person must decide whether it is sent."""
    return _finish(post, worker, state="held")


def mark_undeliverable(post: Post, worker: str) -> bool:
    """Nobody is left who could be told."""
    return _finish(post, worker, state="untold")


def _finish(post: Post, worker: str, **values: Any) -> bool:
    mine = (Row.id == post.id) & (Row.claimed_by == worker) & (Row.state == "sending")
    return bool(Row.update(claimed_by="", claimed_until=None, **values).where(mine).execute())


def needing_correction(*, since: datetime, free_at: datetime | None = None) -> list[Post]:
    """Sent digests that still show an estimate; with `free_at` those alone that may be corrected then."""
    where = _estimated() & (Row.due_at >= since)
    return _read(where & _free(free_at) if free_at else where)


def claim_edit(post: Post, worker: str, *, now: datetime, length: timedelta) -> bool:
    """Take the edit of an estimated digest for a while; only one process succeeds."""
    claimed = {"claimed_by": worker, "claimed_until": now + length}
    return bool(Row.update(**claimed).where((Row.id == post.id) & _estimated() & _free(now)).execute())


def finish_edit(post: Post, worker: str, *, edited: bool) -> None:
    """The bill stands there now, or never will; or, if not `edited`, the edit is anybody's again."""
    mine = (Row.id == post.id) & (Row.claimed_by == worker)
    Row.update(estimated=not edited, claimed_by="", claimed_until=None).where(mine).execute()


def put_off_edit(post: Post, worker: str, *, until: datetime, is_fault: bool) -> None:
    """Nobody corrects it before then."""
    mine = (Row.id == post.id) & (Row.claimed_by == worker)
    values = {"attempts": post.attempts + 1, "faults": post.faults + is_fault}
    Row.update(claimed_by="", claimed_until=until, **values).where(mine).execute()


def _estimated() -> Any:
    return (Row.state == "sent") & (Row.estimated == True)  # noqa: E712 - peewee


def _free(now: datetime) -> Any:
    return (Row.claimed_until.is_null()) | (Row.claimed_until <= now)


def resend(team_id: str, post_id: int, *, now: datetime) -> bool:
    """A person decided that an uncertain post shall be sent; False where that was settled already."""
    mine = (Row.id == post_id) & (Row.team_id == team_id) & (Row.state << ["uncertain", "dropped"])
    values = {"state": "due", "due_at": now, "give_up_waiting_at": now, "attempts": 0, "faults": 0}
    return bool(Row.update(**values).where(mine).execute())


def release(team_id: str, subscription_id: int, *, channel: str, now: datetime) -> bool:
    """Send what was held of a digest, to a channel; whether there was any."""
    held = _of(team_id, subscription_id) & (Row.state == "held")
    return bool(Row.update(state="due", due_at=now, channel=channel).where(held).execute())


def withdraw(team_id: str, subscription_id: int) -> bool:
    """Leave everything of a digest that is removed as it is; whether anything was still to be sent."""
    mine = _of(team_id, subscription_id)
    Row.update(estimated=False).where(mine & _estimated()).execute()
    waiting = Row.state << ["due", "held", "uncertain"]
    return bool(Row.update(state="dropped").where(mine & waiting).execute())


def _of(team_id: str, subscription_id: int) -> Any:
    return (Row.team_id == team_id) & (Row.kind == "digest") & Row.subject.startswith(f"{subscription_id} ")


def last_subscription() -> int:
    """The highest number of a digest of which there is a post: no other may get it. SQLite only."""
    number = fn.MAX(Row.subject.cast("INTEGER"))  # of `7 2026-11-21`, SQLite casts the 7
    return int(Row.select(number).where(Row.kind == "digest").scalar() or 0)


# Who hears of it


def alerts_of_same_incident(post: Post) -> list[Post]:
    """Every message that tells the same to somebody, locked: of two that fail at once one sees the other."""
    where = (Row.team_id == post.team_id) & (Row.kind == "alert") & (Row.subject == post.subject)
    query = _select(where)
    return _posts(query if is_sqlite() else query.for_update())


def undelivered_alerts(team_id: str) -> list[Post]:
    """What nobody could be told."""
    return _read((Row.team_id == team_id) & (Row.kind == "alert") & (Row.state == "untold"))


def mark_read(posts: Iterable[Post]) -> None:
    """Somebody read in a channel what nobody could be told."""
    ids = [post.id for post in posts]
    Row.update(state="dropped").where((Row.id << ids) & (Row.state == "untold")).execute()


def forget_incidents(team_id: str, incident_ids: Iterable[int]) -> None:
    """Delete the alerts of incidents that are deleted: another may get the number."""
    for number in incident_ids:
        about = Row.subject.startswith(f"incident {number} ")
        Row.delete().where((Row.team_id == team_id) & (Row.kind == "alert") & about).execute()


# What there is


def is_first(post: Post) -> bool:
    """Whether no other digest was sent to its channel before it."""
    where = (Row.team_id == post.team_id) & (Row.channel == post.channel) & (Row.kind == "digest")
    return not Row.select().where(where & (Row.state == "sent") & (Row.id < post.id)).exists()


def find(team_id: str, post_id: int) -> Post | None:
    """One of the team's messages, None where it is another's."""
    found = _read((Row.id == post_id) & (Row.team_id == team_id))
    return found[0] if found else None


def due_after(moment: datetime) -> list[Post]:
    """Messages that are not sent yet and due only after a moment."""
    return _read((Row.state << ["due", "sending"]) & (Row.due_at > moment))


def reschedule(post: Post, *, due: datetime, give_up_waiting: datetime) -> None:
    """Make a message that is not sent yet due at another time."""
    mine = (Row.id == post.id) & (Row.state << ["due", "sending"]) & (Row.due_at == post.due_at)
    Row.update(due_at=due, give_up_waiting_at=give_up_waiting).where(mine).execute()


def counts() -> dict[str, int]:
    """How many messages are in each state."""
    query = Row.select(Row.state, fn.COUNT(Row.id)).group_by(Row.state).order_by(Row.state)
    return dict(cast("Iterable[tuple[str, int]]", query.tuples()))


def by_key_prefix(team_id: str, prefix: str) -> Sequence[Post]:
    """The team's messages whose key begins so, oldest first."""
    return _read((Row.team_id == team_id) & Row.key.startswith(prefix))


def _read(where: Any) -> list[Post]:
    return _posts(_select(where))


def _select(where: Any) -> Any:
    columns = [getattr(Row, name) for name in Post.__struct_fields__]
    return Row.select(*columns).where(where).order_by(Row.due_at, Row.id)


def _posts(query: Any) -> list[Post]:
    return [Post(*row) for row in cast("Iterable[tuple[Any, ...]]", query.tuples())]
