"""Hearing of inquiries: mentions in channels and messages in the direct message, each claimed before the ack.

    event │ inquiry_in │ inquiries.enter, by one process │ ack │ answers.answer, in a thread

Slack sends an event again that it does not see acknowledged, and sends a mention again as a new event when
somebody edits the message: https://docs.slack.dev/apis/events-api, https://docs.slack.dev/reference/events/app_mention.
"""

import logging
import threading
from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec
from slack_bolt import Ack, App

from bot.listeners.context import Context
from bot.listeners.talk import prompts
from bot.listeners.talk.answers import answer
from bot.listeners.talk.turn import Turn
from bot.questions.reading.parse import has_key
from bot.services import LEASE
from bot.slack.client import SlackClient, SlackError
from bot.slack.requests import Body, team_in
from digests.layout.message import text_message
from digests.words.requests import NO_DATABASE
from storage.engine.database import StorageUnavailable, transaction
from storage.state.talk import inquiries
from storage.state.talk.inquiries import Inquiry

KEY = "sk-ant-admin01-not-kept"
"""What is kept of a text with a key in it, so that the answer warns of it."""
CLAIM_SECONDS = 1.0  # that an acknowledgement waits for its claim; Slack waits three
_WRITTEN = (None, "file_share")  # other subtypes are edits, deletions, broadcasts, what bots say, joins
log = logging.getLogger(__name__)


def register(app: App, context: Context) -> None:
    """Listen to mentions, to the direct message, and to somebody opening it."""
    for event in ("app_mention", "message"):

        @app.event(event)
        def heard(ack: Ack, body: dict[str, Any]) -> None:
            inquiry = inquiry_in(body)
            if inquiry and inquiry.team_id == context.team_id:
                _claim_and_answer(context, inquiry, own_id=_own_id(body))
            ack()

    prompts.register(app, context)


class _Event(msgspec.Struct):
    """The fields of a message that we read; Slack omits those that do not apply."""

    type: str
    user: str
    channel: str
    ts: str
    text: str = ""
    thread_ts: str = ""
    channel_type: str = ""
    subtype: str | None = None
    bot_id: str | None = None
    edited: Mapping[str, Any] | None = None


def inquiry_in(body: Body) -> Inquiry | None:
    """Return what a person asks us by an event, None where it is no new message of a person to us."""
    try:
        event = msgspec.convert(body.get("event"), _Event)
    except msgspec.ValidationError:
        return None
    is_direct = event.channel.startswith("D")
    is_to_us = event.channel_type == "im" if event.type == "message" else not is_direct
    is_new = event.subtype in _WRITTEN and event.edited is None
    if not (is_to_us and is_new) or event.bot_id or event.user == _own_id(body):
        return None
    text = KEY if has_key(event.text) else event.text
    return Inquiry(team_in(body), event.channel, event.ts, event.user, text, event.thread_ts)


def _own_id(body: Body) -> str:
    """Return the bot's own id, as an event says for whom it is."""
    return next((str(each.get("user_id") or "") for each in body.get("authorizations") or ()), "")


def _claim_and_answer(context: Context, inquiry: Inquiry, *, own_id: str) -> None:
    """Claim an inquiry and answer it in a thread; return once it is claimed, or after CLAIM_SECONDS."""
    claimed = threading.Event()

    def work() -> None:
        turn = None
        try:
            turn = _claim(context, inquiry, own_id)
        except StorageUnavailable as error:
            log.warning("a question is not answered: %s", error)
            _say_that_nothing_can_be_kept(context, inquiry)
        finally:
            claimed.set()
        if turn:
            answer_later(context, turn)

    if context.services.lanes.submit(work, lane="claims", team=context.team_id, person=inquiry.user_id):
        claimed.wait(CLAIM_SECONDS)
    else:
        log.warning("%s asks more than can be answered", inquiry.user_id)


def _claim(context: Context, inquiry: Inquiry, own_id: str) -> Turn | None:
    """Return a turn at an inquiry, None if another process or an earlier delivery has it."""
    turn = Turn(context, inquiry, own_id)
    with transaction():
        is_first = inquiries.enter(inquiry, turn.worker, now=context.services.now(), length=LEASE)
    return turn if is_first else None


def answer_later(context: Context, turn: Turn) -> None:
    """Answer a claimed inquiry in a thread; whatever happens, the asker hears of it."""
    context.run_after_ack(turn.notify, partial(answer, context, turn), person=turn.inquiry.user_id)


def _say_that_nothing_can_be_kept(context: Context, inquiry: Inquiry) -> None:
    """Tell the asker that the database does not respond; without it, nobody else will answer either."""
    slack, message = SlackClient(context.client, team_id=context.team_id), text_message(NO_DATABASE)
    try:
        if inquiry.is_direct:
            slack.post(inquiry.channel, message, post_id=inquiry.ts, thread=inquiry.thread_ts)
        else:
            slack.whisper(inquiry.channel, inquiry.user_id, message, thread=inquiry.thread_ts)
    except SlackError as error:
        log.warning("nobody heard that the database does not respond: %s", error.code)
