"""The outbox: messages that must be sent once.

    due ──claim──▶ sending ──▶ sent            Slack confirmed; `ts` names the message
     ▲                │ ├────▶ dropped         Slack will never take it
     └──── later ─────┘ └────▶ uncertain       Slack may or may not have taken it; a person is told

A post found `sending` after its claim has run out was interrupted: whoever claims it then must first find
out whether Slack has it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import msgspec
from peewee import fn

from storage.tables import PostRow as Row

Kind = Literal["digest", "alert"]


class Post(msgspec.Struct, frozen=True):
    """One message. `subject` says what to render; `state` is the one before it was claimed."""

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


def enter(
    team_id: str,
    key: str,
    *,
    kind: Kind,
    subject: str,
    channel: str,
    due: datetime,
    give_up_waiting: datetime | None = None,
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
        state="due",
    )
    return bool(query.on_conflict_ignore().as_rowcount().execute())


def claim(worker: str, *, now: datetime, length: timedelta) -> Post | None:
    """Take the next message that is due, or one whose sender never came back; None where there is none."""
    waiting = (Row.state == "due") & (Row.due_at <= now)
    interrupted = (Row.state == "sending") & (Row.claimed_until <= now)
    for post in _read(waiting | interrupted):
        unchanged = (Row.id == post.id) & (Row.state == post.state)
        unchanged &= (Row.claimed_until.is_null()) | (Row.claimed_until <= now)
        claimed = {"state": "sending", "claimed_by": worker, "claimed_until": now + length}
        if Row.update(**claimed).where(unchanged).execute():
            return post
    return None


def confirm(post: Post, worker: str, *, sent_to: str, ts: str, estimated: bool) -> None:
    """Slack has it."""
    _finish(post, worker, state="sent", sent_to=sent_to, ts=ts, estimated=estimated)


def put_off(post: Post, worker: str, *, until: datetime, failed: bool) -> None:
    """Slack does not have it; try later."""
    _finish(post, worker, state="due", due_at=until, attempts=post.attempts + failed)


def drop(post: Post, worker: str) -> None:
    """Slack will never take it."""
    _finish(post, worker, state="dropped")


def doubt(post: Post, worker: str) -> None:
    """Nobody can tell whether Slack has it."""
    _finish(post, worker, state="uncertain")


def _finish(post: Post, worker: str, **values: Any) -> None:
    mine = (Row.id == post.id) & (Row.claimed_by == worker) & (Row.state == "sending")
    Row.update(claimed_by="", claimed_until=None, **values).where(mine).execute()


def estimated_ones(*, since: datetime) -> list[Post]:
    """Sent digests that still show an estimate."""
    return _read(_estimated() & (Row.due_at >= since))


def claim_edit(post: Post, worker: str, *, now: datetime, length: timedelta) -> bool:
    """Take the edit of an estimated digest for a while; only one process succeeds."""
    free = (Row.claimed_until.is_null()) | (Row.claimed_until <= now)
    claimed = {"claimed_by": worker, "claimed_until": now + length}
    return bool(Row.update(**claimed).where((Row.id == post.id) & _estimated() & free).execute())


def finish_edit(post: Post, worker: str, *, edited: bool) -> None:
    """The bill stands there now; or, if not `edited`, the edit is anybody's again."""
    mine = (Row.id == post.id) & (Row.claimed_by == worker)
    Row.update(estimated=not edited, claimed_by="", claimed_until=None).where(mine).execute()


def _estimated() -> Any:
    return (Row.state == "sent") & (Row.estimated == True)  # noqa: E712 - peewee


def again(team_id: str, post_id: int, *, now: datetime) -> bool:
    """A person decided that an uncertain post shall be sent; False where that was settled already."""
    mine = (Row.id == post_id) & (Row.team_id == team_id) & (Row.state << ["uncertain", "dropped"])
    return bool(Row.update(state="due", due_at=now, give_up_waiting_at=now).where(mine).execute())


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


def with_prefix(team_id: str, prefix: str) -> Sequence[Post]:
    """The team's messages whose key begins so, oldest first."""
    return _read((Row.team_id == team_id) & Row.key.startswith(prefix))


def _read(where: Any) -> list[Post]:
    columns = [getattr(Row, name) for name in Post.__struct_fields__]
    query = Row.select(*columns).where(where).order_by(Row.due_at, Row.id).tuples()
    return [Post(*row) for row in cast("Iterable[tuple[Any, ...]]", query)]
