"""Inquiries: messages to the bot, in a channel or in its direct message, each answered at most once.

    open ──begin──▶ sending ──end──▶ answered        the text is kept only until then
     ▲                 │
     └──── put_off ────┘                              Slack certainly does not have the answer

A worker begins right before it calls Slack. An inquiry that is still `open` when its claim runs out has no
answer, so another worker can give one. One that is `sending` may have: the next worker must look for it.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from storage.engine.queries import query
from storage.engine.tables import InquiryRow as Row

State = Literal["open", "sending", "answered"]
TOO_LATE = timedelta(hours=1)  # a choice: by then people have asked again, or no longer want to know
TRIES = 5  # claims, after each of which the worker ended or Slack asked for a pause
KEPT = timedelta(days=2)  # Slack sends an event again for a day at most: docs.slack.dev/apis/events-api


class Inquiry(msgspec.Struct, frozen=True):
    """A message by its place; `thread_ts` is "" for one outside of threads. `tries` counts its claims."""

    team_id: str
    channel: str
    ts: str
    user_id: str
    text: str
    thread_ts: str = ""
    state: State = "open"
    sent_to: str = ""
    tries: int = 1

    @property
    def root(self) -> str:
        """The message under which its thread is, or would be."""
        return self.thread_ts or self.ts

    @property
    def is_direct(self) -> bool:
        """Whether it is in the direct message with the bot."""
        return self.channel.startswith("D")


def enter(inquiry: Inquiry, worker: str, *, now: datetime, length: timedelta) -> bool:
    """Record an inquiry and claim it; False if it is known. Within a transaction."""
    insertion = Row.insert(
        team_id=inquiry.team_id,
        channel=inquiry.channel,
        ts=inquiry.ts,
        thread_ts=inquiry.thread_ts,
        user_id=inquiry.user_id,
        text=inquiry.text,
        state="open",
        claimed_by=worker,
        claimed_until=now + length,
        asked_at=now,
    )
    return bool(insertion.on_conflict_ignore().as_rowcount().execute())


def take(worker: str, *, now: datetime, length: timedelta) -> Inquiry | None:
    """Claim an inquiry whose worker never finished; None if there is none. Its `state` stays."""
    for values in _interrupted(int(now.timestamp())).fetchall():
        inquiry = Inquiry(*values)
        unchanged = _is(inquiry) & (Row.state == inquiry.state) & (Row.claimed_until <= now)
        claimed = Row.update(claimed_by=worker, claimed_until=now + length, tries=Row.tries + 1)
        if claimed.where(unchanged).execute():
            return msgspec.structs.replace(inquiry, tries=inquiry.tries + 1)
    return None


_AT_ONCE = 10  # inquiries that a claim reads: other workers can take some of them meanwhile
_interrupted = query(f"""
    SELECT {", ".join(Inquiry.__struct_fields__)} FROM inquiry
    WHERE state IN ('open', 'sending') AND claimed_until <= ? ORDER BY claimed_until LIMIT {_AT_ONCE}
""")


def are_interrupted(*, now: datetime) -> bool:
    """Whether the claim of an inquiry has run out without an answer."""
    return bool(_interrupted(int(now.timestamp())).fetchone())


def give_up(*, now: datetime) -> None:
    """End interrupted inquiries that are too old to answer, or whose answer ended too many workers."""
    is_hopeless = (Row.asked_at < now - TOO_LATE) | (Row.tries >= TRIES)
    is_free = (Row.claimed_until <= now) & (Row.state != "answered")
    Row.update(state="answered", text="").where(is_free & is_hopeless).execute()


def begin(inquiry: Inquiry, worker: str, *, sent_to: str, until: datetime) -> bool:
    """Record that Slack may have the answer from now on; False if another worker has the claim."""
    values = {"state": "sending", "sent_to": sent_to, "claimed_until": until}
    return bool(Row.update(**values).where(_is_ours(inquiry, worker) & (Row.state == "open")).execute())


def put_off(inquiry: Inquiry, worker: str, *, until: datetime) -> bool:
    """Record that Slack does not have the answer; it is due again after `until`."""
    ours = _is_ours(inquiry, worker) & (Row.state == "sending")
    return bool(Row.update(state="open", sent_to="", claimed_until=until).where(ours).execute())


def end(inquiry: Inquiry, worker: str) -> bool:
    """Record that it was answered, or never will be; delete its text."""
    return bool(Row.update(state="answered", text="").where(_is_ours(inquiry, worker)).execute())


def prune(*, now: datetime) -> None:
    """Delete inquiries that nobody sends again."""
    Row.delete().where(Row.asked_at < now - KEPT).execute()


def _is(inquiry: Inquiry) -> Any:
    place = (Row.channel == inquiry.channel) & (Row.ts == inquiry.ts)
    return (Row.team_id == inquiry.team_id) & place


def _is_ours(inquiry: Inquiry, worker: str) -> Any:
    return _is(inquiry) & (Row.claimed_by == worker)
