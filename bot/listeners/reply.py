"""Answers to one person: through the `response_url` of their request, else in the direct message."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack import errors
from bot.slack.delivery import Delivery, Misfit
from bot.slack.requests import Body, user_in
from bot.slack.web_client import is_slacks, send_answer
from digests.render import Message

log = logging.getLogger(__name__)

Notify = Callable[[Message], None]
"""Shows a message to the person whose request is worked on."""


class Unanswered(Exception):
    """Slack did not take an answer; there is no other way to reach the person."""


@dataclass(frozen=True)
class Reply:
    """The way back to one person: where they asked, else (from a Home tab or a modal) the direct message.

    `is_direct` is for a button in the direct message, where answers stay, and `thread_ts` for one in a
    thread. `tell` takes the messages to somebody who wrote to us, where Slack gives no address for answers.
    """

    delivery: Delivery
    url: str
    user_id: str
    is_private: bool = False
    is_public: bool = False
    is_direct: bool = False
    thread_ts: str = ""
    tell: Notify | None = None

    @classmethod
    def to(cls, delivery: Delivery, body: Body) -> "Reply":
        """Read the way back from a command or an interaction."""
        container = body.get("container") or {}
        is_private = bool(container.get("is_ephemeral"))
        is_public = container.get("type") == "message" and not is_private
        is_direct = is_public and str(container.get("channel_id") or "").startswith("D")
        url, thread_ts = _answer_url(delivery.client, body), str(container.get("thread_ts") or "")
        return cls(delivery, url, user_in(body), is_private, is_public, is_direct, thread_ts)

    def say(self, message: Message) -> None:
        """Send a message that only this person sees."""
        self._send(message, response_type=self._privately, replace_original=False)

    def answer(self, message: Message) -> None:
        """Send a message that only they see; it replaces a private message whose button they pressed."""
        self._send(message, response_type=self._privately, replace_original=self.is_private)

    def replace(self, message: Message) -> None:
        """Replace the last private message; a message that everybody sees stays as it is."""
        self._send(message, response_type=self._privately, replace_original=not self.is_public)

    def share(self, message: Message) -> None:
        """Post to the channel, and delete the private message whose button they pressed."""
        self._send(message, response_type="in_channel", replace_original=False)
        if self.is_private:
            with suppress(Misfit, Unanswered):
                self._post({"delete_original": True})

    @property
    def _privately(self) -> str:
        """The way to show a message to this person alone: in the direct message, any way is."""
        return "in_channel" if self.is_direct else "ephemeral"

    def _send(self, message: Message, **how: object) -> None:
        if self.tell:
            self.tell(message)
            return
        if not self.url:
            direct(self.delivery, self.user_id, message)
            return
        if self.thread_ts and not how["replace_original"]:
            how["thread_ts"] = self.thread_ts
        try:
            self.delivery.deliver(message, lambda form: self._post({**_content(form), **how}))
        except Misfit as error:
            raise Unanswered from error

    def _post(self, payload: dict[str, Any]) -> None:
        """Post to the `response_url`.

        Raises Misfit where Slack does not take this form, Unanswered where the address is used up.
        """
        answer = send_answer(self.url, payload)
        if answer.status == HTTPStatus.OK:
            return
        log.warning("Slack did not take an answer: %d %s", answer.status, answer.body[:200])
        if answer.status == HTTPStatus.NOT_FOUND:
            raise Unanswered
        raise Misfit(next((code for code in sorted(errors.MISFITS) if code in answer.body), ""))


def _answer_url(client: WebClient, body: Body) -> str:
    """Return the address for answers, "" where the request has none or one that is not Slack's."""
    url = str(body.get("response_url") or "")
    if url and not is_slacks(url, api_url=client.base_url):
        log.warning("ignoring a response_url that is not Slack's: %s", urlsplit(url).netloc)
        return ""
    return url


def direct(delivery: Delivery, user_id: str, message: Message) -> None:
    """Send a direct message."""
    delivery.deliver(message, lambda form: _post_direct(delivery.client, user_id, form))


def _post_direct(client: WebClient, user_id: str, message: Message) -> None:
    try:
        client.chat_postMessage(channel=user_id, unfurl_links=False, unfurl_media=False, **_content(message))
    except SlackApiError as error:
        if (code := errors.code_of(error)) in errors.MISFITS:
            raise Misfit(code) from error
        raise


def _content(message: Message) -> dict[str, Any]:
    return {"text": message.text, **({"blocks": message.blocks} if message.blocks else {})}
