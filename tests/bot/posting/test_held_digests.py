"""A digest whose channel has other readers now waits for a person, who is asked and answers with a button."""

from dataclasses import replace
from typing import Any

import pytest

from demo.slack.people import ADMIN, FINANCE, SPEND
from demo.slack.server import Entry
from storage.engine.database import session
from storage.state import audit, posts, subscriptions
from tests.bot.conftest import ON_SQLITE
from tests.bot.listeners.subscriptions.test_flows import DAY, MONDAY, Flow, flow

__all__ = ["flow"]
pytestmark = ON_SQLITE


def change(flow: Flow, channel: str = SPEND, **how: Any) -> None:
    channels = flow.harness.slack.workspace.channels
    channels[channel] = replace(channels[channel], **how)


@pytest.fixture
def question(flow: Flow) -> Entry:
    """The question, after a channel became shared with another company between two digests."""
    flow.add()
    flow.at(MONDAY)
    change(flow, is_shared=True)
    flow.at(MONDAY + DAY)
    return flow.harness.slack.wait(kind="dm", contains="shared with another company")


def states(flow: Flow) -> list[str]:
    with session():
        return [post.state for post in posts.by_key_prefix(flow.harness.team_id, "digest:")]


def press(flow: Flow, entry: Entry, label: str) -> int:
    return flow.harness.press(ADMIN, entry, label)


@pytest.mark.usefixtures("question")
def test_a_held_digest_is_asked_about_once_and_the_days_after_it_are_not_posted(flow: Flow) -> None:
    for days in range(2, 5):
        flow.at(MONDAY + days * DAY)
    assert len([words for words in flow.direct_messages() if "shared with another company" in words]) == 1
    assert len(flow.posted()) == 1


def test_one_that_somebody_allows_is_posted_and_so_are_those_to_come(flow: Flow, question: Entry) -> None:
    index = press(flow, question, "Post anyway")
    flow.harness.after(index, "dm", contains="now and from now on")
    flow.at(MONDAY + DAY)
    assert (len(flow.posted()), states(flow)) == (2, ["sent", "sent"])
    flow.at(MONDAY + 2 * DAY)
    assert len(flow.posted()) == 3
    with session():
        assert any("allowed, shared" in entry.detail for entry in audit.every(flow.harness.team_id))


def test_one_that_is_sent_to_another_channel_comes_there(flow: Flow, question: Entry) -> None:
    index = press(flow, question, "Change channel")
    flow.harness.after(index, "modal")
    flow.save(channel=FINANCE)
    flow.at(MONDAY + DAY)
    assert (len(flow.posted(SPEND)), len(flow.posted(FINANCE))) == (1, 1)


def test_one_that_is_removed_is_not_posted(flow: Flow, question: Entry) -> None:
    index = press(flow, question, "Remove digest")
    flow.harness.after(index, "dm")
    flow.at(MONDAY + DAY)
    assert (len(flow.posted()), states(flow)) == (1, ["sent", "dropped"])


@pytest.mark.usefixtures("question")
def test_the_list_says_that_it_is_held_and_why_and_asks_again(flow: Flow) -> None:
    listed = flow.listed()
    assert "on hold, this channel is shared with another company" in listed.words
    index = press(flow, listed, "Decide…")
    assert "Post anyway" in flow.harness.after(index, "ephemeral").words
    assert flow.only.paused == "shared"


def test_what_is_allowed_is_looked_at_again_when_it_is_pressed(flow: Flow, question: Entry) -> None:
    change(flow, is_archived=True)
    index = press(flow, question, "Post anyway")
    assert "is archived" in flow.harness.after(index, "dm").words
    flow.at(MONDAY + DAY)
    assert (len(flow.posted()), flow.only.paused) == (1, "shared")


def test_a_channel_that_is_public_is_not_news_once_it_was_chosen_as_such(flow: Flow) -> None:
    flow.add()
    for days in range(3):
        flow.at(MONDAY + days * DAY)
    assert len(flow.posted()) == 3
    assert flow.only.audience == "public"


def test_two_admins_who_save_the_same_digest_get_one_and_a_word(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other's comes between the look and the writing, as it can on PostgreSQL."""
    flow.add()
    monkeypatch.setattr(subscriptions, "of_team", lambda _team: [])
    reply = flow.add()
    monkeypatch.undo()
    assert "already has this digest" in reply.words
    assert flow.only.channel_id == SPEND
