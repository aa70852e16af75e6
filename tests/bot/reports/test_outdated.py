"""Figures that are old say so first, in every answer that newer ones would change."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.sync import jobs
from demo.slack.people import ADMIN, MEMBER, SPEND
from providers.note import Note
from storage.engine.database import transaction
from storage.facts import answer_notes
from storage.state import connections, incidents
from storage.state import jobs as jobs_kept
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import NOW, Harness, connect, fill, open_harness

REFUSED = "Anthropic no longer accepts the Admin key"


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    """Some days of figures, the newest of them a moment old, in a Slack where everybody lives in UTC."""
    del store
    with open_harness() as opened:
        fill(connect(opened))
        yield opened


def wait(harness: Harness, hours: float) -> None:
    harness.moment[0] += timedelta(hours=hours)


def refuse(harness: Harness) -> None:
    connection = harness.connection()
    assert connection
    with transaction():
        connections.refuse(connection, since=NOW, until=NOW + timedelta(hours=1))
        incidents.open_one(connection.id, "key_refused", detail="401 invalid x-api-key", at=NOW)


@pytest.mark.parametrize("text", ["", "cost today", "cost month", "models", "engineers", "me"])
def test_every_answer_of_the_present_says_so_once_its_figures_are_an_hour_old(
    harness: Harness, text: str
) -> None:
    wait(harness, 0.9)
    assert "Out of date" not in harness.ask(ADMIN, text, SPEND).words
    wait(harness, 0.2)
    answer = harness.ask(ADMIN, text, SPEND)
    assert "Out of date since" in answer.payload["text"][: 12 + 8]
    assert answer.payload["blocks"][0]["accessory"]["text"]["text"] == "Sync now"


@pytest.mark.parametrize("text", ["cost last month utc", "cost 2026-11-20 utc by engineer"])
def test_what_is_billed_whole_says_nothing_of_it(harness: Harness, text: str) -> None:
    wait(harness, 5)
    refuse(harness)
    assert "Out of date" not in harness.ask(MEMBER, text, SPEND).words


@pytest.mark.parametrize(("person", "button"), [(ADMIN, "Add a new key"), (MEMBER, "Ask an admin")])
def test_a_refused_key_is_said_at_once_with_what_the_reader_can_do(
    harness: Harness, person: str, button: str
) -> None:
    refuse(harness)
    answer = harness.ask(person, "cost today", SPEND)
    assert REFUSED in answer.payload["text"]
    assert answer.payload["blocks"][0]["accessory"]["text"]["text"] == button


def test_a_shared_answer_says_it_too(harness: Harness) -> None:
    refuse(harness)
    answer = harness.ask(ADMIN, "cost today", SPEND)
    shared = harness.after(harness.press(ADMIN, answer, "share"), "message")
    assert REFUSED in shared.words
    assert "Add a new key" not in shared.words


def test_the_home_tab_says_it_and_is_not_green(harness: Harness) -> None:
    wait(harness, 22)
    opened = harness.after(harness.slack.open_home(ADMIN).index, "home")
    assert "Out of date since" in opened.words
    assert ":large_green_circle:" not in str(opened.payload)


def test_kept_history_of_a_disconnected_organization_says_that_nothing_is_read(harness: Harness) -> None:
    connection = harness.connection()
    assert connection
    with transaction():
        connections.disconnect(connection.id, keep_history=True)
    assert "Anthropic is disconnected" in harness.ask(MEMBER, "cost month", SPEND).words


@ON_SQLITE
def test_a_key_in_doubt_was_asked_with_and_the_line_says_when_it_is_again(harness: Harness) -> None:
    connection = harness.connection()
    assert connection
    wait(harness, 20)
    now = harness.moment[0]
    with transaction():
        connections.doubt(connection, since=now, until=now + timedelta(minutes=1))
    answer = harness.ask(ADMIN, "cost today", SPEND)
    assert "Anthropic just rejected the key; we'll try it again at 11:31 AM" in answer.words
    assert "haven't synced" not in answer.words
    assert answer.payload["blocks"][0]["accessory"]["text"]["text"] == "Try again"


@ON_SQLITE
def test_how_things_stand_says_that_a_key_is_in_doubt(harness: Harness) -> None:
    connection = harness.connection()
    assert connection
    with transaction():
        connections.doubt(connection, since=NOW, until=NOW + timedelta(minutes=1))
    for text in ("status", ""):
        answer = harness.ask(ADMIN, text, SPEND)
        assert "Anthropic just rejected the key" in answer.words
        assert ":large_yellow_circle:" in str(answer.payload["blocks"])


@ON_SQLITE
def test_answers_that_cannot_be_read_are_not_said_to_be_none(harness: Harness) -> None:
    connection = harness.connection()
    assert connection
    wait(harness, 20)
    day = harness.moment[0].date()
    with transaction():
        answer_notes.replace(connection.id, "usage", [Note("it is odd", day, is_unreadable=True)])
    words = harness.ask(MEMBER, "cost today", SPEND).words
    assert "can't read the usage" in words
    assert "haven't synced" not in words


def test_figures_that_were_asked_for_in_vain_are_not_said_to_be_left_alone(harness: Harness) -> None:
    connection = harness.connection()
    assert connection
    wait(harness, 20)
    with transaction():
        jobs.begin(connection, now=harness.moment[0])
        due = NOW + timedelta(hours=21)
        jobs_kept.postpone_kinds(connection.id, ["usage"], until=due, error="403", cause="unavailable")
    words = harness.ask(MEMBER, "cost today", SPEND).words
    assert "Can't reach Anthropic" in words
    assert "haven't synced" not in words
