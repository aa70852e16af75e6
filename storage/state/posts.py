"""The outbox: messages that we must send exactly once.

    due ──claim──▶ sending ──▶ sent            Slack confirmed; `ts` identifies the message
     ▲                │ ├────▶ dropped         we will never send it, and somebody knows why
     ├──── later ─────┘ ├────▶ uncertain       Slack may or may not have it; we ask a person
     └──── a person ────┼────▶ held            the channel's audience changed; we ask a person
                        └────▶ untold          an alert that reached nobody

A function that ends a claim returns False if another worker has the claim by then: this one stops there.

A worker renews its claim right before it calls Slack. A post that is still `sending` when its claim runs out
was interrupted: the next worker must first find out whether Slack has it.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast

import msgspec
from peewee import fn

from providers.period import Period
from storage.engine.database import is_sqlite
from storage.engine.queries import Run, query
from storage.engine.tables import PostRow as Row
from storage.engine.tables import database
from storage.state import subjects
from storage.state.subjects import DigestDays, Subject

Kind = Literal["digest", "alert"]
_BATCH = 10  # posts that a claim reads: other workers can take some of them meanwhile, hardly all
_ROUNDS = 3  # tries to claim a post when other workers take every one first


class Post(msgspec.Struct, frozen=True):
    """One message about a `subject`; `state` is the one before the claim.

    `organization_id` is the organization whose costs a digest shows. `faults` counts the sendings that a bug
    of ours, or a killed process, interrupted.
    """

    id: int
    team_id: str
    key: str
    kind: Kind
    subject: Subject
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

    @property
    def days(self) -> Period:
        """The days that a digest covers. Raises ValueError for another post."""
        if isinstance(self.subject, DigestDays):
            return self.subject.period
        raise ValueError(f"post {self.key} is about no days: {self.subject}")

    @property
    def is_reply(self) -> bool:
        """Whether it is the tables of a digest, in the thread of its message."""
        return isinstance(self.subject, DigestDays) and self.subject.in_thread

    @property
    def is_manual(self) -> bool:
        """Whether a person requested a digest; it is sent even while the digest is paused."""
        return isinstance(self.subject, DigestDays) and self.key != subjects.key_of(self.subject)


def enter(
    team_id: str,
    key: str,
    *,
    kind: Kind,
    subject: Subject,
    channel: str,
    due: datetime,
    give_up_waiting: datetime | None = None,
    organization_id: str = "",
) -> bool:
    """Put a message into the outbox; False if it is there already."""
    insertion = Row.insert(
        team_id=team_id,
        key=key,
        kind=kind,
        subject=subjects.encode(subject),
        channel=channel,
        due_at=due,
        give_up_waiting_at=give_up_waiting or due,
        organization_id=organization_id,
        state="due",
    )
    return bool(insertion.on_conflict_ignore().as_rowcount().execute())


def claim(
    worker: str, *, now: datetime, length: timedelta, busy: Collection[str] = frozenset()
) -> Post | None:
    """Claim the next due message, or one whose worker never finished; None if there is none.

    Skip messages of `busy` teams. Read only a few rows, however many are due.
    """
    for _ in range(_ROUNDS):
        posts = [*_waiting(_interrupted, now, busy), *_waiting(_due, now, busy)]
        claimed = next((post for post in posts if _take(post, worker, now=now, length=length)), None)
        if claimed or not posts:
            return claimed
    return None


def _waiting(run: Run, now: datetime, busy: Collection[str]) -> list[Post]:
    rows = run(int(now.timestamp()), sorted(busy) or [""]).fetchall()
    return [_counted(post) for post in _posts(rows)]


_SELECT = f"SELECT {', '.join(Post.__struct_fields__)} FROM post"
_ORDER = "ORDER BY due_at, id"
_interrupted, _due = (
    query(
        f"{_SELECT} WHERE state = '{state}' AND {moment} <= ? AND team_id NOT IN (??) {_ORDER} LIMIT {_BATCH}"
    )
    for state, moment in (("sending", "claimed_until"), ("due", "due_at"))
)


def _counted(post: Post) -> Post:
    """Count an interruption as a fault, so that we give up a post that kills its worker each time."""
    return msgspec.structs.replace(post, faults=post.faults + 1) if post.state == "sending" else post


def _take(post: Post, worker: str, *, now: datetime, length: timedelta) -> bool:
    unchanged = (Row.id == post.id) & (Row.state == post.state) & (Row.due_at == post.due_at)
    free = (Row.claimed_until.is_null()) | (Row.claimed_until <= now)
    claimed = {"state": "sending", "claimed_by": worker, "claimed_until": now + length, "faults": post.faults}
    return bool(Row.update(**claimed).where(unchanged & free).execute())


def renew(post: Post, worker: str, *, now: datetime, length: timedelta) -> bool:
    """Extend a claim right before calling Slack; False if another worker has it."""
    mine = (Row.id == post.id) & (Row.claimed_by == worker) & ((Row.state == "sending") | _estimated())
    return bool(Row.update(claimed_until=now + length).where(mine).execute())


def confirm(post: Post, worker: str, *, sent_to: str, ts: str, estimated: bool) -> bool:
    """Record that Slack has the message; False if another worker has the claim."""
    values = {"state": "sent", "sent_to": sent_to, "ts": ts, "estimated": estimated}
    return _finish(post, worker, **values, attempts=0, faults=0)


def attest(post: Post, *, sent_to: str, ts: str, estimated: bool) -> None:
    """Record that Slack has the message, whoever has the claim: that worker must not send it again."""
    values = {"state": "sent", "sent_to": sent_to, "ts": ts, "estimated": estimated}
    free = {"claimed_by": "", "claimed_until": None, "attempts": 0, "faults": 0}
    Row.update(**values, **free).where((Row.id == post.id) & (Row.state != "sent")).execute()


def put_off(post: Post, worker: str, *, until: datetime, failed: bool) -> None:
    """Record that Slack does not have it; try again later."""
    _finish(post, worker, state="due", due_at=until, attempts=post.attempts + failed)


def fail(post: Post, worker: str, *, until: datetime) -> None:
    """Record that a bug of ours ended the sending before we called Slack; try again later."""
    _finish(post, worker, state="due", due_at=until, faults=post.faults + 1)


def suspend(post: Post, worker: str, *, until: datetime) -> None:
    """Record that a bug of ours ended the sending when Slack may have the message; look for it later."""
    mine = (Row.id == post.id) & (Row.claimed_by == worker) & (Row.state == "sending")
    Row.update(claimed_until=until, faults=post.faults + 1).where(mine).execute()


def move(post: Post, worker: str, *, channel: str, now: datetime) -> None:
    """Send it to another channel instead."""
    _finish(post, worker, state="due", due_at=now, channel=channel)


def drop(post: Post, worker: str) -> bool:
    """Give up: never send it."""
    return _finish(post, worker, state="dropped")


def mark_uncertain(post: Post, worker: str) -> bool:
    """Record that we cannot tell whether Slack has it."""
    return _finish(post, worker, state="uncertain")


def hold(post: Post, worker: str) -> bool:
    """Wait until a person decides whether to send it."""
    return _finish(post, worker, state="held")


def mark_undeliverable(post: Post, worker: str) -> bool:
    """Record that there is nobody left to send this alert to."""
    return _finish(post, worker, state="untold")


def _finish(post: Post, worker: str, **values: Any) -> bool:
    mine = (Row.id == post.id) & (Row.claimed_by == worker) & (Row.state == "sending")
    return bool(Row.update(claimed_by="", claimed_until=None, **values).where(mine).execute())


def needing_correction(*, since: datetime, free_at: datetime | None = None) -> list[Post]:
    """Return sent digests that still show an estimate; with `free_at`, only those that no worker has then."""
    where = _estimated() & (Row.due_at >= since)
    return _read(where & _free(free_at) if free_at else where)


def claim_edit(post: Post, worker: str, *, now: datetime, length: timedelta) -> bool:
    """Claim the correction of an estimated digest; only one process succeeds."""
    claimed = {"claimed_by": worker, "claimed_until": now + length}
    return bool(Row.update(**claimed).where((Row.id == post.id) & _estimated() & _free(now)).execute())


def finish_edit(post: Post, worker: str, *, edited: bool) -> None:
    """End a correction: done for good, or, if not `edited`, free for any worker."""
    mine = (Row.id == post.id) & (Row.claimed_by == worker)
    Row.update(estimated=not edited, claimed_by="", claimed_until=None).where(mine).execute()


def put_off_edit(post: Post, worker: str, *, until: datetime, is_fault: bool) -> None:
    """Let no worker correct it before `until`."""
    mine = (Row.id == post.id) & (Row.claimed_by == worker)
    values = {"attempts": post.attempts + 1, "faults": post.faults + is_fault}
    Row.update(claimed_by="", claimed_until=until, **values).where(mine).execute()


def _estimated() -> Any:
    return (Row.state == "sent") & (Row.estimated == True)  # noqa: E712 - peewee


def _free(now: datetime) -> Any:
    return (Row.claimed_until.is_null()) | (Row.claimed_until <= now)


def resend(team_id: str, post_id: int, *, now: datetime) -> bool:
    """Send an uncertain or dropped post, as a person decided; False if it is in another state by now."""
    mine = (Row.id == post_id) & (Row.team_id == team_id) & (Row.state << ["uncertain", "dropped"])
    values = {"state": "due", "due_at": now, "give_up_waiting_at": now, "attempts": 0, "faults": 0}
    return bool(Row.update(**values).where(mine).execute())


def release(team_id: str, subscription_id: int, *, channel: str, now: datetime) -> bool:
    """Send a digest's held posts to a channel; return whether there was any."""
    held = _of(team_id, subscription_id) & (Row.state == "held")
    return bool(Row.update(state="due", due_at=now, channel=channel).where(held).execute())


def withdraw(team_id: str, subscription_id: int) -> bool:
    """Stop sending and correcting a removed digest's posts; return whether any was still to be sent."""
    mine = _of(team_id, subscription_id)
    Row.update(estimated=False).where(mine & _estimated()).execute()
    waiting = Row.state << ["due", "held", "uncertain"]
    return bool(Row.update(state="dropped").where(mine & waiting).execute())


def _of(team_id: str, subscription_id: int) -> Any:
    return (
        (Row.team_id == team_id)
        & (Row.kind == "digest")
        & Row.subject.startswith(subjects.of_subscription(subscription_id))
    )


def last_subscription() -> int:
    """Return the highest digest id among posts, so that no new digest gets it. SQLite only."""
    number = fn.MAX(Row.subject.cast("INTEGER"))  # of `7 2026-11-21`, SQLite casts the 7
    return int(Row.select(number).where(Row.kind == "digest").scalar() or 0)


# Alerts, and who has read them


def alerts_of_same_incident(post: Post) -> list[Post]:
    """Return all alerts of the same incident, locked: if two fail at once, one sees the other's failure."""
    where = (
        (Row.team_id == post.team_id) & (Row.kind == "alert") & (Row.subject == subjects.encode(post.subject))
    )
    return _read(where, for_update=not is_sqlite())


def undelivered_alerts(team_id: str) -> list[Post]:
    """Return a team's alerts that reached nobody."""
    return _posts(_undelivered(team_id).fetchall())


_undelivered = query(f"{_SELECT} WHERE team_id = ? AND kind = 'alert' AND state = 'untold' {_ORDER}")


def mark_read(posts: Iterable[Post]) -> None:
    """Record that somebody has now read alerts that had reached nobody."""
    ids = [post.id for post in posts]
    Row.update(state="dropped").where((Row.id << ids) & (Row.state == "untold")).execute()


def forget_incidents(team_id: str, incident_ids: Iterable[int]) -> None:
    """Delete the alerts of deleted incidents: a new incident can get the same id."""
    for number in incident_ids:
        about = Row.subject.startswith(subjects.of_incident(number))
        Row.delete().where((Row.team_id == team_id) & (Row.kind == "alert") & about).execute()


# Queries


def is_first(post: Post) -> bool:
    """Whether no earlier digest was sent to its channel."""
    where = (Row.team_id == post.team_id) & (Row.channel == post.channel) & (Row.kind == "digest")
    return not Row.select().where(where & (Row.state == "sent") & (Row.id < post.id)).exists()


def find(team_id: str, post_id: int) -> Post | None:
    """Return one of a team's messages, None if it is another team's or does not exist."""
    posts = _posts(_by_id(post_id, team_id).fetchall())
    return posts[0] if posts else None


_by_id = query(f"{_SELECT} WHERE id = ? AND team_id = ?")


def parent_of(reply: Post) -> Post | None:
    """Return the digest whose tables a post is."""
    found = _read((Row.team_id == reply.team_id) & (Row.key == subjects.parent_key(reply.key)))
    return found[0] if found else None


def due_after(moment: datetime) -> list[Post]:
    """Return the messages not sent yet that are due only after a moment."""
    return _read((Row.state << ["due", "sending"]) & (Row.due_at > moment))


def reschedule(post: Post, *, due: datetime, give_up_waiting: datetime) -> None:
    """Change when a message that is not sent yet is due."""
    mine = (Row.id == post.id) & (Row.state << ["due", "sending"]) & (Row.due_at == post.due_at)
    Row.update(due_at=due, give_up_waiting_at=give_up_waiting).where(mine).execute()


def counts() -> dict[str, int]:
    """Return the number of messages in each state."""
    by_state = Row.select(Row.state, fn.COUNT(Row.id)).group_by(Row.state).order_by(Row.state)
    return dict(cast("Iterable[tuple[str, int]]", by_state.tuples()))


def by_key_prefix(team_id: str, prefix: str) -> Sequence[Post]:
    """Return a team's messages whose key begins with a prefix, oldest first."""
    return _read((Row.team_id == team_id) & Row.key.startswith(prefix))


def _read(where: Any, *, for_update: bool = False) -> list[Post]:
    columns = [getattr(Row, name) for name in Post.__struct_fields__]
    posts = Row.select(*columns).where(where).order_by(Row.due_at, Row.id)
    return _posts(database.execute(posts.for_update() if for_update else posts).fetchall())


def _posts(rows: Iterable[tuple[Any, ...]]) -> list[Post]:
    return [_post(row) for row in rows]


def _post(row: Sequence[Any]) -> Post:
    values = dict(zip(Post.__struct_fields__, row, strict=True))
    values["subject"] = subjects.decode(values["kind"], values["subject"])
    values |= {name: datetime.fromtimestamp(values[name], UTC) for name in ("due_at", "give_up_waiting_at")}
    values["estimated"] = bool(values["estimated"])
    return Post(**values)
