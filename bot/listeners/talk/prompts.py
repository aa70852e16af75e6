"""Suggested prompts in Slack's agent messaging: what a person can ask, when they open the direct message.

`assistant.threads.setSuggestedPrompts` without `thread_ts`, which would be of the older assistant messaging:
https://docs.slack.dev/ai/migrating-to-agent-messaging.
"""

import logging
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any

from slack_bolt import Ack, App
from slack_sdk.errors import SlackClientError

from bot.listeners import access
from bot.listeners.access import ViewRights
from bot.listeners.context import Context
from bot.listeners.talk.turn import is_agent
from bot.listeners.typed_text import understand_text
from bot.questions import permissions
from bot.questions.command import Command
from bot.slack.requests import Body
from bot.slack.users import Viewer
from digests.messages.conversation import PROMPTS, TITLE, Prompt
from digests.render import Message

MOST = 4  # https://docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts
log = logging.getLogger(__name__)


def register(app: App, context: Context) -> None:
    """Listen to people who open the direct message."""

    @app.event("app_home_opened", matchers=[_is_messages_tab])
    def opened(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        context.run_after_ack(_ignore, lambda: _suggest(context, body))


def _is_messages_tab(event: dict[str, Any]) -> bool:
    return event.get("tab") == "messages"


def _ignore(_message: Message) -> None:
    """Drop the message about an error: nobody asked."""


def _suggest(context: Context, body: Body) -> None:
    """Set the prompts of a person who can ask; others see none."""
    viewer, channel = context.admit(body), str(body["event"].get("channel") or "")
    if not channel or not is_agent(context):
        return
    chosen = [prompt._asdict() for prompt in _answerable(context, viewer)][:MOST]
    if not chosen:
        return
    try:
        context.client.assistant_threads_setSuggestedPrompts(channel_id=channel, title=TITLE, prompts=chosen)
    except (SlackClientError, OSError, HTTPException) as error:
        log.info("Slack does not take suggested prompts: %s", error)


def _answerable(context: Context, viewer: Viewer) -> Iterator[Prompt]:
    """Yield the prompts that have an answer for this person."""
    rights = access.rights_of(context, viewer)
    for prompt in PROMPTS:
        command = understand_text(context, viewer, prompt.message)
        if isinstance(command, Command) and _is_for(rights, command):
            yield prompt


def _is_for(rights: ViewRights, command: Command) -> bool:
    what = permissions.shown_by(command)
    return what == "own" or (rights.cost and (what == "cost" or rights.engineers))
