"""A bot that people write to, over signed HTTP and over a socket."""

from collections.abc import Iterator

import pytest

from demo.slack.people import SPEND
from demo.slack.server import Entry, Message
from tests.bot.harness import Harness, connect, fill, open_harness

BOT = "<@U0STACKBOT>"


class Conversation:
    """What is written to the bot in one place, and what comes of it."""

    def __init__(self, harness: Harness, channel: str | None) -> None:
        self.harness, self.channel = harness, channel

    def write(self, user: str, text: str, thread: Message | None = None) -> Message:
        """Write something and return it."""
        index = self.harness.slack.say(user, text, channel=self.channel, thread=thread).index
        return message_in(list(self.harness.slack.workspace.transcript)[index])

    def answers(self, after: Message, kind: str = "message", contains: str = "") -> Entry:
        """Wait for what the bot says after a message."""
        return self.harness.slack.wait(
            lambda entry: (
                entry.kind == kind and isinstance(entry.subject, Message) and entry.subject.ts > after.ts
            ),
            contains=contains,
        )


def message_in(entry: Entry) -> Message:
    assert isinstance(entry.subject, Message)
    return entry.subject


@pytest.fixture(params=[False, True], ids=["http", "socket"])
def harness(store: str, request: pytest.FixtureRequest) -> Iterator[Harness]:
    assert store
    with open_harness(over_socket=request.param) as opened:
        fill(connect(opened))
        yield opened


@pytest.fixture
def channel(harness: Harness) -> Conversation:
    return Conversation(harness, SPEND)


@pytest.fixture
def direct(harness: Harness) -> Conversation:
    return Conversation(harness, None)
