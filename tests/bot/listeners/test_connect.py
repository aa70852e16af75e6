"""The Admin API key's way in, and out."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bot.listeners.keys.connect import CONFIRM_BLOCK, KEY_BLOCK
from bot.runtime.logs import listen_to
from bot.sync.keys.admin_key import NO_KEY, REGULAR_KEY, TWO_KEYS, what_is_wrong
from demo.slack.people import ADMIN, MEMBER, SPEND
from demo.slack.server import Delivery, Entry
from providers.anthropic.http.reading import unreadable
from providers.note import Note
from providers.provider import ProviderRefused, ProviderUnavailable, Refusal
from storage.engine.database import session, transaction
from storage.state import connections, jobs
from tests.bot.conftest import ON_SQLITE
from tests.bot.office import ACME, ADMIN_KEY, EUROS, NOW, UMBRELLA, Office, connect, fill, open_office

UMBRELLAS_KEY = "sk-ant-admin01-umbrella-0123456789"
SECOND_KEY = "sk-ant-admin01-second-key-of-acme-7777"


@pytest.fixture
def office(store: str) -> Iterator[Office]:
    del store
    with open_office() as opened:
        opened.anthropic.organizations[UMBRELLAS_KEY] = UMBRELLA
        opened.anthropic.organizations[SECOND_KEY] = opened.anthropic.organizations[ADMIN_KEY]
        yield opened


def enter(office: Office, key: str, block: str = KEY_BLOCK) -> Delivery:
    return office.slack.submit(ADMIN, values={(block, "value"): key})


def outcome(office: Office, key: str) -> Entry:
    """Open the modal, enter the key, wait for what comes after the check."""
    office.ask(ADMIN, "connect", SPEND)
    sent = enter(office, key)
    return office.slack.wait(
        lambda entry: entry.kind == "modal_update" and "Checking" not in entry.words, after=sent.index
    )


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("sk-ant-api03-0123456789abcdef", REGULAR_KEY),
        ("SK-ANT-API03-0123456789abcdef", REGULAR_KEY),
        ("hello", NO_KEY),
        ("", NO_KEY),
        ("sk-ant-admin01-ключ-0123456789", NO_KEY),
        (ADMIN_KEY, ""),
        ("sk-ant-admin01-one-sk-ant-admin01-two", TWO_KEYS),
        ("Correct-Horse-Battery-Staple-4", NO_KEY),
        ("0123456789abcdef0123456789abcdef", NO_KEY),
    ],
)
def test_what_cannot_be_the_key_is_told_without_asking_anybody(key: str, wrong: str) -> None:
    assert what_is_wrong(key) == wrong


@pytest.mark.parametrize(
    ("secret", "look"),
    [
        ("xoxb-123456789012-abcdefghijkl", "a Slack bot token"),
        ("xoxp-123456789012-abcdefghijkl", "a Slack user token"),
        ("xoxe.xoxp-1-Mi0yLTEyMzQ1Njc4", "a Slack token"),
        ("xapp-1-A0123-456-abcdef", "a Slack app-level token"),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "a GitHub token"),
        ("github_pat_11ABCDEFG0abcdefghijkl_0123456789", "a GitHub token"),
        ("glpat-abcdefghij0123456789", "a GitLab token"),
        ("sk-proj-abcdefghij0123456789abcdefghij", "an OpenAI key"),
        ("sk-or-v1-0123456789abcdef0123456789abcdef", "an OpenRouter key"),
        ("sk-0123456789abcdef0123456789abcdef", "another provider's API key"),
        ("AKIAIOSFODNN7EXAMPLE", "an AWS access key"),
        ("AIzaSyA-0123456789abcdef0123456789abcde", "a Google key"),
        ("sk_live_51HfooBarBaz0123456789", "a Stripe key"),
        ("hf_abcdefghijklmnopqrstuvwxyz012345", "a Hugging Face token"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "a signed web token (JWT)"),
        ("-----BEGINPRIVATEKEY-----MIIEvQIBADANBg", "a private key"),
        ("https://hooks.slack.com/services/T0/B0/abcdef", "an address"),
        ("sk-ant-oat01-abcdefghij0123456789", "a token of somebody's own Claude account"),
        ("sk-ant-sid01-abcdefghij0123456789", "a session of somebody's own Claude account"),
        ("sk-ant-abcdefghij0123456789", "another kind of Anthropic key"),
    ],
)
def test_a_secret_of_somebody_else_is_named_and_sent_nowhere(office: Office, secret: str, look: str) -> None:
    office.ask(ADMIN, "connect", SPEND)
    said = (enter(office, secret).errors or {})[KEY_BLOCK]
    assert look in said
    assert secret not in said
    assert office.anthropic.asked == []


def test_a_regular_key_is_an_error_at_the_field_and_sent_nowhere(office: Office) -> None:
    office.ask(ADMIN, "connect", SPEND)
    assert enter(office, "sk-ant-api03-0123456789abcdef").errors == {KEY_BLOCK: REGULAR_KEY}
    assert office.anthropic.asked == []


def test_a_bill_in_euros_is_refused_with_a_sentence_and_its_key_not_stored(office: Office) -> None:
    office.anthropic.oddity = Note(EUROS, NOW.date(), is_unreadable=True)
    told = outcome(office, ADMIN_KEY)
    assert "cannot read this organization's bill" in told.words
    assert "StackSpend reads US dollars only" in told.words
    assert office.connection() is None


@ON_SQLITE
@pytest.mark.parametrize(
    "why", ["it is there twice, and differently", "it is left out", "it comes to 1e12 dollars"]
)
def test_a_bill_that_contradicts_itself_says_nothing_about_the_key(office: Office, why: str) -> None:
    office.anthropic.oddity = unreadable("Anthropic's bill", NOW.date(), why)
    assert "Acme is connected" in outcome(office, ADMIN_KEY).words.replace("*", "")
    assert office.connection()


def test_a_good_key_is_proved_stored_and_everything_becomes_due(office: Office) -> None:
    told = outcome(office, ADMIN_KEY)
    assert "Acme is connected" in told.words.replace("*", "")
    connection = office.connection()
    assert connection
    assert (connection.organization_name, connection.connected_by) == ("Acme", ADMIN)
    with session():
        assert connections.key_of(connection.id, office.vault) == ADMIN_KEY
        assert jobs.due(connection.id, NOW, limit=1)
    assert office.woken.wait(5)


def test_blanks_and_quotes_around_a_key_do_not_matter(office: Office) -> None:
    outcome(office, f" “{ADMIN_KEY[:20]}\u200b{ADMIN_KEY[20:]}”\n")
    assert office.anthropic.asked == [ADMIN_KEY]


def test_checking_is_shown_at_once(office: Office) -> None:
    office.ask(ADMIN, "connect", SPEND)
    answer = enter(office, ADMIN_KEY).json
    assert answer["response_action"] == "update"
    assert "Checking with Anthropic" in json.dumps(answer["view"])


def test_a_refused_key_says_what_to_do_and_can_be_tried_again(office: Office) -> None:
    told = outcome(office, "sk-ant-admin01-revoked-0123456789")
    assert "does not accept this key" in told.words
    assert "401" in told.words
    assert office.connection() is None
    index = office.press(ADMIN, told, "Try again")
    assert "Admin API key" in office.after(index, "modal_update").words


@ON_SQLITE
@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("balance", ["wants to be paid", "add credit", "says nothing about the key"]),
        ("hold", ["on hold", "Ask Anthropic's support", "says nothing about the key"]),
        ("permission", ["This key cannot read billing"]),
    ],
)
def test_what_is_no_matter_of_the_key_is_not_blamed_on_it(
    office: Office, why: Refusal, words: list[str]
) -> None:
    office.anthropic.trouble = ProviderRefused("GET /me: 402 Your credit balance is too low.", why=why)
    told = outcome(office, ADMIN_KEY).words
    assert [each for each in words if each not in told] == []
    assert "Your credit balance is too low." in told
    assert "does not accept this key" not in told
    assert office.connection() is None


def test_an_anthropic_that_does_not_answer_is_not_blamed_on_the_key(office: Office) -> None:
    office.anthropic.trouble = ProviderUnavailable("GET /me: 529 overloaded")
    assert "says nothing about the key" in outcome(office, ADMIN_KEY).words
    assert office.connection() is None


def test_another_key_of_the_same_organization_keeps_the_history(office: Office) -> None:
    before = connect(office)
    fill(before)
    assert "history stays" in outcome(office, SECOND_KEY).words
    after = office.connection()
    assert after
    assert (after.id, after.key_hint) == (before.id, "7777")


def test_another_organization_asks_first_and_for_the_key_again(office: Office) -> None:
    connect(office)
    asked = outcome(office, UMBRELLAS_KEY)
    assert "Umbrella" in asked.words
    connection = office.connection()
    assert connection
    assert connection.organization_name == "Acme"
    sent = enter(office, UMBRELLAS_KEY, "admin_key_again")
    office.after(sent.index, "modal_update", contains="Umbrella is connected")
    connection = office.connection()
    assert connection
    assert connection.organization_name == "Umbrella"


def test_the_key_is_in_nothing_that_slack_was_sent_and_in_no_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    listen_to("DEBUG")
    connect(office)
    outcome(office, UMBRELLAS_KEY)
    shown = [entry.subject.content for entry in office.slack.workspace.transcript if entry.subject]
    assert UMBRELLAS_KEY not in json.dumps(shown)
    assert UMBRELLAS_KEY not in caplog.text


def test_who_lost_the_right_meanwhile_stores_nothing(office: Office) -> None:
    office.ask(ADMIN, "connect", SPEND)
    person = office.slack.workspace.people[ADMIN]
    office.slack.workspace.people[ADMIN] = replace(person, is_admin=False)
    office.later()
    sent = enter(office, ADMIN_KEY)
    assert "not available" in office.after(sent.index, "modal_update", contains="not available").words
    assert office.anthropic.asked == []


@pytest.mark.parametrize(("choice", "is_kept"), [("Keep the history", True), ("Delete everything", False)])
def test_disconnecting_asks_what_shall_become_of_the_history(
    office: Office,
    choice: str,
    is_kept: bool,  # noqa: FBT001 - the expected value beside the choice
) -> None:
    fill(connect(office))
    modal = office.ask(ADMIN, "disconnect", SPEND)
    assert "Acme" in modal.words
    sent = office.slack.submit(ADMIN, values={("history", "value"): choice})
    office.after(sent.index, "modal_update", contains="is disconnected")
    with session():
        assert connections.of_team(office.team_id) is None
        assert bool(connections.past_of_team(office.team_id)) is is_kept


def test_disconnecting_twice_says_that_nothing_is_connected(office: Office) -> None:
    connection = connect(office)
    office.ask(ADMIN, "disconnect", SPEND)
    with session():
        connections.disconnect(connection.id, keep_history=False)
    sent = office.slack.submit(ADMIN)
    assert office.after(sent.index, "modal_update", contains="Nothing is connected any more")


def test_there_is_nothing_to_disconnect_before_connecting(office: Office) -> None:
    assert "not connected yet" in office.ask(ADMIN, "disconnect", SPEND).words


def test_members_cannot_open_the_modal(office: Office) -> None:
    assert office.ask(MEMBER, "connect", SPEND).kind == "ephemeral"


# --- what comes back after things have changed


def under_way(office: Office, key: str) -> int:
    """Enter a key that Anthropic is slow to tell about; returns the place in the transcript."""
    office.anthropic.hangs = True
    office.ask(ADMIN, "connect", SPEND)
    index = enter(office, key).index
    office.after(index, "modal_update", contains="Checking")
    wait_until(lambda: bool(office.anthropic.asked))
    return index


def wait_until(is_so: Callable[[], bool]) -> None:
    patience = threading.Event()
    while not is_so():
        patience.wait(0.01)


def test_a_slow_check_does_not_overwrite_the_key_that_another_admin_entered_meanwhile(office: Office) -> None:
    index = under_way(office, ADMIN_KEY)
    with transaction():
        connections.connect(
            office.team_id, ACME.id, "Acme", key=SECOND_KEY, vault=office.vault, by="U2", at=NOW
        )
    office.anthropic.goes_on.set()
    office.after(index, "modal_update", contains="Somebody else changed the connection")
    with session():
        (connection,) = connections.every()
        assert connections.key_of(connection.id, office.vault) == SECOND_KEY


def test_a_slow_check_does_not_connect_what_was_disconnected_meanwhile(office: Office) -> None:
    connection = connect(office)
    index = under_way(office, SECOND_KEY)
    with transaction():
        connections.disconnect(connection.id, keep_history=True)
    office.anthropic.goes_on.set()
    office.after(index, "modal_update", contains="Somebody else changed the connection")
    assert office.connection() is None


def test_a_yes_to_replace_one_organization_replaces_no_other(office: Office) -> None:
    connect(office)
    assert "Replace organization" in outcome(office, UMBRELLAS_KEY).words
    with transaction():  # meanwhile another admin has connected a third
        connections.connect(
            office.team_id, "org-initech", "Initech", key=SECOND_KEY, vault=office.vault, by="U2", at=NOW
        )
    sent = enter(office, UMBRELLAS_KEY, CONFIRM_BLOCK)
    office.after(sent.index, "modal_update", contains="connected to *Initech*")
    found = office.connection()
    assert found
    assert found.organization_name == "Initech"
