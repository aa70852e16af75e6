"""One turn at answering an inquiry: what is said in it is said once, whatever ends this process.

claim │ begin, right before Slack is called │ post or whisper │ end
                                              ├ SlackUnavailable: Slack does not have it; again later
                                              └ SlackUncertain: nobody can tell; interrupted.py looks for it
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from http.client import HTTPException
from typing import Literal
from uuid import uuid4

from slack_sdk.errors import SlackClientError

from bot.listeners.context import Context
from bot.services import LEASE
from bot.slack.client import Before, SlackClient, SlackError, SlackRefused, SlackUnavailable, SlackUncertain
from digests.messages.conversation import Place
from digests.render import Message
from storage.engine.database import transaction
from storage.state.talk import inquiries
from storage.state.talk.inquiries import Inquiry

SHORTEST_PAUSE = timedelta(seconds=5)  # before another try: Slack was just not there, or asked for a pause
log = logging.getLogger(__name__)


class Silenced(Exception):
    """Another worker answers, or Slack has the answer already or will get it later."""


@dataclass
class Turn:
    """A claim on an inquiry, and the ways to answer it. `own_id` is the bot's, if the request said it."""

    context: Context
    inquiry: Inquiry
    own_id: str = ""
    worker: str = field(default_factory=lambda: uuid4().hex)
    _stage: Literal["open", "sending", "acting", "ended"] = "open"

    def __post_init__(self) -> None:
        self._slack = SlackClient(self.context.client, team_id=self.context.team_id)

    @property
    def post_id(self) -> str:
        """The id in the metadata of the answer."""
        return f"answer:{self.inquiry.channel}:{self.inquiry.ts}"

    @property
    def thread(self) -> str:
        """The thread of the answer, "" for none: in the direct message only an agent answers in one."""
        has_threads = not self.inquiry.is_direct or is_agent(self.context)
        return self.inquiry.root if has_threads else self.inquiry.thread_ts

    def post(self, message: Message) -> bool:
        """Answer where everybody in the channel reads it; False if Slack does not take it there.

        Raises Silenced.
        """
        inquiry = self.inquiry
        post = partial(self._slack.post, inquiry.channel, message, post_id=self.post_id, thread=self.thread)
        try:
            self._send(post, sent_to=inquiry.channel)
        except SlackRefused as error:
            log.info("an answer in %s was refused: %s", inquiry.channel, error.code)
            return False
        return True

    def whisper(self, message: Message) -> Place:
        """Answer the asker alone. Raises Silenced."""
        if self.inquiry.is_direct:
            return "here" if self.post(message) else "nowhere"
        for place, send in self._private_ways(message):
            try:
                self._send(send, sent_to="")
            except SlackRefused as error:
                log.info("a private answer in %s was refused: %s", self.inquiry.channel, error.code)
                continue
            return place
        self._end()
        return "nowhere"

    def _private_ways(self, message: Message) -> Iterator[tuple[Place, Callable[..., object]]]:
        inquiry = self.inquiry
        here = partial(self._slack.whisper, inquiry.channel, inquiry.user_id, message)
        yield "here", partial(here, thread=inquiry.thread_ts)
        yield "direct", partial(self._slack.post, inquiry.user_id, message, post_id=self.post_id)

    def tell(self, message: Message) -> None:
        """Answer the asker alone, wherever that is possible. Raises Silenced."""
        self.whisper(message)

    def notify(self, message: Message) -> None:
        """Say what went wrong, unless an answer went out."""
        with suppress(Silenced):
            self.whisper(message)

    def remark(self, message: Message) -> None:
        """Add a line in the thread; it is lost if Slack does not take it."""
        try:
            self._slack.post(
                self.inquiry.channel, message, post_id=f"{self.post_id}:remark", thread=self.inquiry.root
            )
        except SlackError as error:
            log.info("a remark in %s did not arrive: %s", self.inquiry.channel, error.code)

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Do something with more than one message: not again, whatever comes of it. Raises Silenced."""
        self._begin("")
        self._stage = "acting"
        try:
            yield
        finally:
            self._end()

    def show_status(self, text: str) -> None:
        """Show in the thread that the answer is being looked up; Slack removes it with the answer."""
        with suppress(SlackClientError, OSError, HTTPException):  # it is only a courtesy
            self.context.client.assistant_threads_setStatus(
                channel_id=self.inquiry.channel, thread_ts=self.inquiry.root, status=text
            )

    def _send(self, send: Callable[..., object], *, sent_to: str) -> None:
        """Send, in this turn's name. Raises SlackRefused if Slack does not take it, and Silenced."""
        if self._stage == "acting":
            self._send_more(send)
            return
        before: Before = partial(self._begin, sent_to)
        try:
            send(before=before)
        except SlackUnavailable as error:
            self._put_off(error)
            raise Silenced from error
        except SlackUncertain as error:
            self._stage = (
                "ended"  # the claim stays until it runs out: by then the message is there, or is not
            )
            log.warning("nobody can tell whether Slack has an answer: %s", error.code)
            raise Silenced from error
        self._end()

    def _send_more(self, send: Callable[..., object]) -> None:
        try:
            send()
        except (SlackUnavailable, SlackUncertain) as error:
            log.warning("a message of an act did not arrive: %s", error.code)

    def _begin(self, sent_to: str) -> None:
        """Record that Slack may have the answer from now on. Raises Silenced."""
        if self._stage == "sending":
            return
        until = self.context.services.now() + LEASE
        if self._stage == "ended" or not self._recorded(
            partial(inquiries.begin, self.inquiry, self.worker, sent_to=sent_to, until=until)
        ):
            raise Silenced
        self._stage = "sending"

    def _put_off(self, error: SlackUnavailable) -> None:
        self._stage = "ended"
        until = self.context.services.now() + max(error.retry_after, SHORTEST_PAUSE)
        log.warning("Slack does not take an answer now: %s; again at %s", error.code, until)
        self._recorded(partial(inquiries.put_off, self.inquiry, self.worker, until=until))

    def _end(self) -> None:
        self._stage = "ended"
        self._recorded(partial(inquiries.end, self.inquiry, self.worker))

    def _recorded(self, change: Callable[[], bool]) -> bool:
        with transaction():
            return change()


def is_agent(context: Context) -> bool:
    """Whether Slack shows the direct message as an agent's, where each question has its thread."""
    return "assistant:write" in (context.scopes.granted() or ())
