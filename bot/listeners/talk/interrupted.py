"""Inquiries whose process ended before they were answered.

take ┬ open ────── the answer never left: give it
     └ sending ─── look for it ┬ it is there, or nobody can tell: nothing more is said
                               └ it is certainly not there: due again
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

from bot.listeners.context import Context
from bot.listeners.talk.events import answer_later
from bot.listeners.talk.turn import Turn
from bot.services import LEASE
from bot.slack.client import SlackClient, SlackError, SlackRefused
from digests.render import Message
from storage.engine.database import session, transaction
from storage.engine.secrets import WrongSecretKey
from storage.state.talk import inquiries
from storage.state.talk.inquiries import Inquiry

PRUNE_EVERY = timedelta(minutes=10)  # a choice: rows are kept for days
log = logging.getLogger(__name__)


@dataclass
class Interrupted:
    """Finds inquiries that nobody finished; `context_of` is None for a team that removed the app."""

    context_of: Callable[[str], Context | None]
    now: Callable[[], datetime]
    _pruned_at: datetime = field(default=datetime.min.replace(tzinfo=UTC))

    def tick(self) -> None:
        """Give up old ones, then take up one at a time, each answered in a thread."""
        now = self.now()
        if now - self._pruned_at >= PRUNE_EVERY:
            with transaction():
                inquiries.prune(now=now)
            self._pruned_at = now
        with session():
            is_idle = not inquiries.are_interrupted(now=now)
        while not is_idle:
            is_idle = not self._take_one()

    def _take_one(self) -> bool:
        """Take up an inquiry; False if there is none."""
        now, worker = self.now(), uuid4().hex
        with transaction():
            inquiries.give_up(now=now)
            inquiry = inquiries.take(worker, now=now, length=LEASE)
        if inquiry:
            self._resume(inquiry, worker)
        return inquiry is not None

    def _resume(self, inquiry: Inquiry, worker: str) -> None:
        try:
            context = self.context_of(inquiry.team_id)
        except WrongSecretKey:
            return  # logged at the start; given up after an hour
        if context is None:
            with transaction():
                inquiries.end(inquiry, worker)
            return
        log.info("an inquiry in %s was interrupted: %s", inquiry.channel, inquiry.state)
        if inquiry.state == "open":
            answer_later(context, Turn(context, inquiry, worker=worker))
        else:
            context.run_after_ack(_ignore, partial(_settle, context, inquiry, worker))


def _ignore(_message: Message) -> None:
    """Drop the message about an error: the next tick looks again."""


def _settle(context: Context, inquiry: Inquiry, worker: str) -> None:
    """End an inquiry whose answer Slack may have, or have it answered if that is certainly not so."""
    try:
        is_missing = bool(inquiry.sent_to) and not _is_there(context, inquiry)
    except SlackRefused as error:
        log.info("nobody can tell whether Slack has an answer in %s: %s", inquiry.channel, error.code)
        is_missing = False
    except SlackError:
        return  # looked for again when this claim runs out
    with transaction():
        if is_missing:
            inquiries.put_off(inquiry, worker, until=context.services.now())
        else:
            inquiries.end(inquiry, worker)


def _is_there(context: Context, inquiry: Inquiry) -> bool:
    """Whether Slack has the answer: in the thread, or beside the question in the direct message."""
    turn, slack = Turn(context, inquiry), SlackClient(context.client, team_id=context.team_id)
    since = datetime.fromtimestamp(float(inquiry.ts), UTC)
    places = [inquiry.root] if not inquiry.is_direct or inquiry.thread_ts else [inquiry.root, ""]
    return any(slack.find(inquiry.channel, turn.post_id, since=since, thread=thread) for thread in places)
