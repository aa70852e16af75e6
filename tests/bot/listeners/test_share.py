"""Sharing asks first, says who will read it, and looks again before it is done."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from demo.slack.people import ADMIN, FINANCE, GUEST, MEMBER, PRIVATE, SHARED, SPEND
from demo.slack.server import Entry
from storage.engine.database import transaction
from storage.state import access
from storage.state.access import Access, Audience
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import NOW, Harness, connect, fill, open_harness

pytestmark = ON_SQLITE
BY_KEY, BY_MODEL = "cost last month by key utc", "cost last month utc"


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        fill(connect(opened))
        yield opened


def button(entry: Entry) -> dict[str, Any]:
    assert entry.subject
    rows = [block["elements"] for block in entry.subject.content["blocks"] if block["type"] == "actions"]
    (share_button,) = [each for row in rows for each in row if each["action_id"] == "share"]
    return dict(share_button)


def question(entry: Entry) -> str:
    request = button(entry)["confirm"]
    return f"{request['title']['text']} {request['text']['text']}"


def posted(harness: Harness, channel: str) -> list[str]:
    return [each.text for each in harness.slack.workspace.messages(channel)]


def change(harness: Harness, channel: str, **what: Any) -> None:
    channels = harness.slack.workspace.channels
    channels[channel] = replace(channels[channel], **what)


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        (SPEND, "Share in #claude-spend? Everyone in this workspace can see it there"),
        (FINANCE, "Share in #finance? Everyone in the channel will see it, including guests."),
        (SHARED, "Share in #acme-supplier? This channel is shared with another company"),
        (PRIVATE, "Share in this channel? StackSpend isn't in this channel and can't tell"),
    ],
)
def test_the_question_names_the_channel_and_its_readers(harness: Harness, channel: str, words: str) -> None:
    answer = harness.ask(ADMIN, BY_MODEL, channel)
    assert question(answer).startswith(words)
    assert "style" not in button(answer)


@pytest.mark.parametrize("text", ["", BY_MODEL, "engineers last month", "me last month"])
def test_every_answer_that_can_be_shared_asks(harness: Harness, text: str) -> None:
    assert "Share in #claude-spend?" in question(harness.ask(ADMIN, text, SPEND))


def test_turning_the_page_asks_too(harness: Harness) -> None:
    index = harness.press(MEMBER, harness.ask(MEMBER, BY_MODEL, SPEND), "Earlier: September 2026")
    assert "Share in #claude-spend?" in question(harness.after(index, "edit"))


@pytest.mark.parametrize("channel", [SHARED, PRIVATE])
@pytest.mark.parametrize("text", [BY_KEY, "engineers last month"])
def test_names_are_left_out_where_outsiders_may_read(harness: Harness, text: str, channel: str) -> None:
    answer = harness.ask(ADMIN, text, channel)
    assert "we share it by model" in question(answer)
    words = harness.after(harness.press(ADMIN, answer, "share"), "message").words
    assert "Opus" in words
    figures = words.partition("Shared by")[0]
    assert ("ci-nightly" in figures, "Mina Okafor" in figures) == (False, False)


def test_an_admin_may_allow_names_in_one_channel_with_outsiders(harness: Harness) -> None:
    with transaction():
        access.decide(harness.team_id, Access(naming=frozenset({SHARED})), by=ADMIN, at=NOW)
    answer = harness.ask(ADMIN, BY_KEY, SHARED)
    assert "left out" not in question(answer)
    assert "ci-nightly" in harness.after(harness.press(ADMIN, answer, "share"), "message").words


@pytest.mark.parametrize(
    "change_to", [{"is_shared": True}, {"is_pending_shared": True}, {"is_archived": True}]
)
def test_a_channel_that_changed_meanwhile_gets_nothing(harness: Harness, change_to: dict[str, bool]) -> None:
    answer = harness.ask(ADMIN, BY_MODEL, SPEND)
    change(harness, SPEND, **change_to)
    text = harness.after(harness.press(ADMIN, answer, "share"), "ephemeral").words
    assert "Not shared" in text
    assert posted(harness, SPEND) == []


def test_a_channel_that_was_private_and_is_public_gets_nothing(harness: Harness) -> None:
    answer = harness.ask(ADMIN, BY_MODEL, FINANCE)
    change(harness, FINANCE, kind="public")
    assert "Not shared" in harness.after(harness.press(ADMIN, answer, "share"), "ephemeral").words


def test_who_lost_the_right_meanwhile_shares_nothing(harness: Harness) -> None:
    answer = harness.ask(MEMBER, BY_MODEL, SPEND)
    with transaction():
        access.decide(harness.team_id, Access(cost=Audience("admins")), by=ADMIN, at=NOW)
    assert "admins" in harness.after(harness.press(MEMBER, answer, "share"), "ephemeral").words
    assert posted(harness, SPEND) == []


@pytest.fixture
def without_guests(harness: Harness) -> Harness:
    here = harness.slack.workspace.channels[SPEND]
    change(harness, SPEND, members=here.members - {GUEST})
    return harness


@pytest.mark.parametrize("text", [BY_KEY, "engineers last month"])
def test_names_are_left_out_where_guests_read(harness: Harness, text: str) -> None:
    answer = harness.ask(ADMIN, text, SPEND)
    assert "including guests in the channel. Without engineer and key names" in question(answer)
    words = harness.after(harness.press(ADMIN, answer, "share"), "message").words
    figures = words.partition("Shared by")[0]
    assert ("Opus" in figures, "ci-nightly" in figures, "Mina Okafor" in figures) == (True, False, False)


def test_names_are_shared_among_members(without_guests: Harness) -> None:
    answer = without_guests.ask(ADMIN, BY_KEY, SPEND)
    assert "left out" not in question(answer)
    assert "ci-nightly" in without_guests.after(without_guests.press(ADMIN, answer, "share"), "message").words


def test_a_guest_who_came_in_meanwhile_reads_no_names(without_guests: Harness) -> None:
    harness, here = without_guests, without_guests.slack.workspace.channels[SPEND]
    answer = harness.ask(ADMIN, BY_KEY, SPEND)
    change(harness, SPEND, members=here.members | {GUEST})
    text = harness.after(harness.press(ADMIN, answer, "share"), "ephemeral").words
    assert "Not shared" in text
    assert "It includes guests" in text
    assert posted(harness, SPEND) == []


def test_guests_who_left_meanwhile_change_nothing_of_what_was_said(harness: Harness) -> None:
    answer = harness.ask(ADMIN, BY_KEY, SPEND)
    change(harness, SPEND, members=harness.slack.workspace.channels[SPEND].members - {GUEST})
    assert "ci-nightly" not in harness.after(harness.press(ADMIN, answer, "share"), "message").words


def test_where_slack_does_not_say_who_is_in_it_names_are_left_out(without_guests: Harness) -> None:
    without_guests.slack.workspace.faults.refuse("conversations.members", "missing_scope", times=9)
    assert "Without engineer and key names" in question(without_guests.ask(ADMIN, BY_KEY, SPEND))


# --- from where no channel is


def test_elsewhere_a_channel_is_chosen_first_and_then_asked_about(harness: Harness) -> None:
    answer = harness.ask(ADMIN, BY_KEY)
    assert "confirm" not in button(answer)
    harness.after(harness.press(ADMIN, answer, "share"), "modal", contains="Everyone in the channel")
    sent = harness.slack.submit(ADMIN, values={("channel", "value"): SHARED})
    text = harness.after(sent.index, "modal_update", contains="Share in").words
    assert "shared with another company" in text
    assert "we share it by model" in text
    assert posted(harness, SHARED) == []
    sent = harness.slack.submit(ADMIN, values={})
    harness.after(sent.index, "modal_update", contains="Shared in")
    assert "ci-nightly" not in "".join(posted(harness, SHARED))
    assert len(posted(harness, SHARED)) == 1


def test_a_chosen_channel_that_changes_before_the_yes_gets_nothing(harness: Harness) -> None:
    answer = harness.ask(ADMIN, BY_MODEL)
    harness.after(harness.press(ADMIN, answer, "share"), "modal")
    sent = harness.slack.submit(ADMIN, values={("channel", "value"): SPEND})
    harness.after(sent.index, "modal_update", contains="Share in")
    change(harness, SPEND, is_shared=True)
    sent = harness.slack.submit(ADMIN, values={})
    harness.after(sent.index, "modal_update", contains="Not shared")
    assert posted(harness, SPEND) == []
