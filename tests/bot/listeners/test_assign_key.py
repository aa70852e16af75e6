"""Assigning a key: who may, what can be found, and what every answer says afterwards."""

from collections.abc import Iterator
from typing import Any

import pytest

from demo.slack.people import ADMIN, MEMBER
from demo.slack.server import Entry
from providers.directory import Entry as Listed
from storage.engine.database import session, transaction
from storage.facts import assignments, directory
from storage.state import connections
from tests.bot.harness import Harness, connect, fill, open_harness

NOBODYS = Listed("apikey_2", "api_key", "checkout <!channel>", hint="sk-ant-api03-R2D...igAA")
OMAR = Listed("user_2", "user", "Omar Haddad", email="Omar@acme.example")


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        connection = connect(opened)
        fill(connection)
        with transaction():
            directory.remember(connection.id, [NOBODYS, OMAR])
        yield opened


def assigned(harness: Harness) -> dict[str, str]:
    connection = harness.connection()
    assert connection
    with session():
        return assignments.of(connection.id)


def opened(harness: Harness) -> int:
    index = harness.press(ADMIN, harness.ask(ADMIN, "engineers last month"), "assign")
    return harness.after(index, "modal").index


def give(harness: Harness, key: str, person: str) -> Entry:
    """Open the modal, choose, and wait for the outcome."""
    opened(harness)
    chosen = {("assign_key", "value"): key, ("assign_person", "value"): person}
    sent = harness.slack.submit(ADMIN, values=chosen)
    return harness.slack.wait(
        lambda each: each.kind == "modal_update" and "Assigning" not in each.words, after=sent.index
    )


def test_a_key_given_to_somebody_is_theirs_in_every_answer_past_days_too(harness: Harness) -> None:
    assert "Mina Okafor" in harness.ask(ADMIN, "cost last month by engineer").words
    give(harness, "apikey_1", "user_2")
    text = harness.ask(ADMIN, "cost last month by engineer").words
    assert "Omar Haddad" in text
    assert "Mina Okafor" not in text


def test_the_outcome_names_the_key_and_the_person_and_notifies_nobody(harness: Harness) -> None:
    text = give(harness, "apikey_2", "user_2").words
    assert "checkout" in text
    assert "Omar Haddad" in text
    assert "<!channel>" not in text


def test_a_key_can_be_given_back(harness: Harness) -> None:
    give(harness, "apikey_1", "user_2")
    give(harness, "apikey_1", "nobody")
    assert assigned(harness) == {}
    assert "Mina Okafor" in harness.ask(ADMIN, "cost last month by engineer").words


def test_keys_that_are_nobodys_are_offered_first_and_each_says_whose_it_is(harness: Harness) -> None:
    opened(harness)
    offered = [option["text"]["text"] for option in suggested(harness, "assign_key")]
    assert offered == ["checkout <!channel> …igAA, no owner", "ci-nightly …ey_1, created by Mina Okafor"]


def test_keys_are_found_by_a_part_of_their_name_or_their_last_characters(harness: Harness) -> None:
    opened(harness)
    for typed in ("CHECK", "igaa"):
        assert [option["value"] for option in suggested(harness, "assign_key", typed)] == ["apikey_2"]


def test_members_have_no_button(harness: Harness) -> None:
    shown = harness.ask(MEMBER, "engineers last month")
    with pytest.raises(LookupError):
        harness.press(MEMBER, shown, "assign")


def test_three_thousand_keys_are_a_hundred_options_of_what_slack_takes(harness: Harness) -> None:
    connection = harness.connection()
    assert connection
    many = [Listed(f"apikey_x{n}", "api_key", "long " * 50 + str(n)) for n in range(3000)]
    with transaction():
        directory.remember(connection.id, many)
    opened(harness)
    assert len(suggested(harness, "assign_key", "long")) == 100  # the stand-in looks at each


def test_nothing_is_offered_once_it_is_disconnected(harness: Harness) -> None:
    opened(harness)
    connection = harness.connection()
    assert connection
    with transaction():
        connections.disconnect(connection.id, keep_history=True)
    assert suggested(harness, "assign_key") == []


def suggested(harness: Harness, block_id: str, typed: str = "") -> list[Any]:
    """What the bot offers while somebody types."""
    view = harness.slack.workspace.modal(ADMIN)
    assert view
    return harness.slack.suggest(ADMIN, view, "value", typed, block_id)
