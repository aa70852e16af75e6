"""The Admin API key's way in, and out."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bot.runtime.logs import listen_to
from bot.sync.keys.admin_key import what_is_wrong
from demo.slack.people import ADMIN, MEMBER, SPEND
from demo.slack.server import Delivery, Entry
from digests.forms.connect import CONFIRM_BLOCK, KEY_BLOCK, NAMES
from digests.words.admin_key import NO_KEY, REGULAR_KEY, TWO_KEYS
from providers.anthropic.http.reading import unreadable_note
from providers.note import Note
from providers.provider import ProviderRefused, ProviderUnavailable, Refusal
from storage.engine.database import session, transaction
from storage.state import access, audit, connections, jobs
from storage.state.access import Access
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import ACME, ADMIN_KEY, EUROS, NOW, UMBRELLA, Harness, connect, fill, open_harness

UMBRELLAS_KEY = "sk-ant-admin01-umbrella-0123456789"
SECOND_KEY = "sk-ant-admin01-second-key-of-acme-7777"


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        opened.anthropic.organizations[UMBRELLAS_KEY] = UMBRELLA
        opened.anthropic.organizations[SECOND_KEY] = opened.anthropic.organizations[ADMIN_KEY]
        yield opened


def enter(harness: Harness, key: str, block: str = KEY_BLOCK) -> Delivery:
    return harness.slack.submit(ADMIN, values={(block, "value"): key})


def outcome(harness: Harness, key: str) -> Entry:
    """Open the modal, enter the key, wait for what comes after the check."""
    harness.ask(ADMIN, "connect", SPEND)
    sent = enter(harness, key)
    return harness.slack.wait(
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
def test_what_cannot_be_the_key_is_reported_without_asking_anybody(key: str, wrong: str) -> None:
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
def test_a_secret_of_somebody_else_is_named_and_sent_nowhere(
    harness: Harness, secret: str, look: str
) -> None:
    harness.ask(ADMIN, "connect", SPEND)
    complaint = (enter(harness, secret).errors or {})[KEY_BLOCK]
    assert look in complaint
    assert secret not in complaint
    assert harness.anthropic.keys == []


def test_a_regular_key_is_an_error_at_the_field_and_sent_nowhere(harness: Harness) -> None:
    harness.ask(ADMIN, "connect", SPEND)
    assert enter(harness, "sk-ant-api03-0123456789abcdef").errors == {KEY_BLOCK: REGULAR_KEY}
    assert harness.anthropic.keys == []


def test_a_bill_in_euros_is_refused_with_a_sentence_and_its_key_not_stored(harness: Harness) -> None:
    harness.anthropic.oddity = Note(EUROS, NOW.date(), is_unreadable=True)
    reply = outcome(harness, ADMIN_KEY)
    assert "can't read this organization's bill" in reply.words
    assert "StackSpend reads US dollars only" in reply.words
    assert harness.connection() is None


@ON_SQLITE
@pytest.mark.parametrize(
    "why", ["it is there twice, and differently", "it is left out", "it comes to 1e12 dollars"]
)
def test_a_bill_that_contradicts_itself_says_nothing_about_the_key(harness: Harness, why: str) -> None:
    harness.anthropic.oddity = unreadable_note("Anthropic's bill", NOW.date(), why)
    assert "Connected to Acme" in outcome(harness, ADMIN_KEY).words.replace("*", "")
    assert harness.connection()


def test_a_good_key_is_proved_stored_and_everything_becomes_due(harness: Harness) -> None:
    reply = outcome(harness, ADMIN_KEY)
    assert "Connected to Acme" in reply.words.replace("*", "")
    connection = harness.connection()
    assert connection
    assert (connection.organization_name, connection.connected_by) == ("Acme", ADMIN)
    with session():
        assert connections.key_of(connection.id, harness.vault) == ADMIN_KEY
        assert jobs.due(connection.id, NOW, limit=1)
    assert harness.woken.wait(5)


def test_blanks_and_quotes_around_a_key_do_not_matter(harness: Harness) -> None:
    outcome(harness, f" “{ADMIN_KEY[:20]}\u200b{ADMIN_KEY[20:]}”\n")
    assert harness.anthropic.keys == [ADMIN_KEY]


def test_checking_is_shown_at_once(harness: Harness) -> None:
    harness.ask(ADMIN, "connect", SPEND)
    answer = enter(harness, ADMIN_KEY).json
    assert answer["response_action"] == "update"
    assert "Checking with Anthropic" in json.dumps(answer["view"])


def test_a_refused_key_says_what_to_do_and_can_be_tried_again(harness: Harness) -> None:
    reply = outcome(harness, "sk-ant-admin01-revoked-0123456789")
    assert "doesn't accept this key" in reply.words
    assert "401" in reply.words
    assert harness.connection() is None
    index = harness.press(ADMIN, reply, "Try again")
    assert "Admin API key" in harness.after(index, "modal_update").words


@ON_SQLITE
@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("balance", ["credit is too low", "add credit", "couldn't check the key"]),
        ("hold", ["on hold", "Ask Anthropic support", "couldn't check the key"]),
        ("permission", ["This key can't read billing"]),
    ],
)
def test_what_is_no_matter_of_the_key_is_not_blamed_on_it(
    harness: Harness, why: Refusal, words: list[str]
) -> None:
    harness.anthropic.trouble = ProviderRefused("GET /me: 402 Your credit balance is too low.", why=why)
    text = outcome(harness, ADMIN_KEY).words
    assert [each for each in words if each not in text] == []
    assert "Your credit balance is too low." in text
    assert "doesn't accept this key" not in text
    assert harness.connection() is None


def test_an_anthropic_that_does_not_answer_is_not_blamed_on_the_key(harness: Harness) -> None:
    harness.anthropic.trouble = ProviderUnavailable("GET /me: 529 overloaded")
    assert "couldn't check the key" in outcome(harness, ADMIN_KEY).words
    assert harness.connection() is None


def test_another_key_of_the_same_organization_keeps_the_history(harness: Harness) -> None:
    before = connect(harness)
    fill(before)
    assert "history is kept" in outcome(harness, SECOND_KEY).words
    after = harness.connection()
    assert after
    assert (after.id, after.key_hint) == (before.id, "7777")


def test_another_organization_asks_first_and_for_the_key_again(harness: Harness) -> None:
    connect(harness)
    reply = outcome(harness, UMBRELLAS_KEY)
    assert "Umbrella" in reply.words
    connection = harness.connection()
    assert connection
    assert connection.organization_name == "Acme"
    sent = enter(harness, UMBRELLAS_KEY, "admin_key_again")
    harness.after(sent.index, "modal_update", contains="Connected to Umbrella")
    connection = harness.connection()
    assert connection
    assert connection.organization_name == "Umbrella"


def test_the_key_is_in_nothing_that_slack_was_sent_and_in_no_log(
    harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    listen_to("DEBUG")
    connect(harness)
    outcome(harness, UMBRELLAS_KEY)
    shown = [entry.subject.content for entry in harness.slack.workspace.transcript if entry.subject]
    assert UMBRELLAS_KEY not in json.dumps(shown)
    assert UMBRELLAS_KEY not in caplog.text


def test_who_lost_the_right_meanwhile_stores_nothing(harness: Harness) -> None:
    harness.ask(ADMIN, "connect", SPEND)
    person = harness.slack.workspace.people[ADMIN]
    harness.slack.workspace.people[ADMIN] = replace(person, is_admin=False)
    harness.pass_two_minutes()
    sent = enter(harness, ADMIN_KEY)
    assert harness.after(sent.index, "modal_update", contains="Only admins can do this")
    assert harness.anthropic.keys == []


@pytest.mark.parametrize(("choice", "is_kept"), [("Keep it", True), ("Delete everything", False)])
def test_disconnecting_asks_what_shall_become_of_the_history(
    harness: Harness,
    choice: str,
    is_kept: bool,  # noqa: FBT001 - the expected value beside the choice
) -> None:
    fill(connect(harness))
    modal = harness.ask(ADMIN, "disconnect", SPEND)
    assert "Acme" in modal.words
    sent = harness.slack.submit(ADMIN, values={("history", "value"): choice})
    harness.after(sent.index, "modal_update", contains="is disconnected")
    with session():
        assert connections.of_team(harness.team_id) is None
        assert bool(connections.past_of_team(harness.team_id)) is is_kept


def test_disconnecting_twice_says_that_nothing_is_connected(harness: Harness) -> None:
    connection = connect(harness)
    harness.ask(ADMIN, "disconnect", SPEND)
    with session():
        connections.disconnect(connection.id, keep_history=False)
    sent = harness.slack.submit(ADMIN)
    assert harness.after(sent.index, "modal_update", contains="Nothing is connected anymore")


def test_there_is_nothing_to_disconnect_before_connecting(harness: Harness) -> None:
    assert "isn't connected to Anthropic yet" in harness.ask(ADMIN, "disconnect", SPEND).words


def test_members_cannot_open_the_modal(harness: Harness) -> None:
    assert harness.ask(MEMBER, "connect", SPEND).kind == "ephemeral"


# --- what comes back after things have changed


def under_way(harness: Harness, key: str) -> int:
    """Enter a key that Anthropic is slow to tell about; returns the place in the transcript."""
    harness.anthropic.hangs = True
    harness.ask(ADMIN, "connect", SPEND)
    index = enter(harness, key).index
    harness.after(index, "modal_update", contains="Checking")
    wait_until(lambda: bool(harness.anthropic.keys))
    return index


def wait_until(is_so: Callable[[], bool]) -> None:
    patience = threading.Event()
    while not is_so():
        patience.wait(0.01)


def test_a_slow_check_does_not_overwrite_the_key_that_another_admin_entered_meanwhile(
    harness: Harness,
) -> None:
    index = under_way(harness, ADMIN_KEY)
    with transaction():
        connections.connect(
            harness.team_id, ACME.id, "Acme", key=SECOND_KEY, vault=harness.vault, by="U2", at=NOW
        )
    harness.anthropic.goes_on.set()
    harness.after(index, "modal_update", contains="Someone else changed the connection")
    with session():
        (connection,) = connections.every()
        assert connections.key_of(connection.id, harness.vault) == SECOND_KEY


def test_a_slow_check_does_not_connect_what_was_disconnected_meanwhile(harness: Harness) -> None:
    connection = connect(harness)
    index = under_way(harness, SECOND_KEY)
    with transaction():
        connections.disconnect(connection.id, keep_history=True)
    harness.anthropic.goes_on.set()
    harness.after(index, "modal_update", contains="Someone else changed the connection")
    assert harness.connection() is None


def test_a_yes_to_replace_one_organization_replaces_no_other(harness: Harness) -> None:
    connect(harness)
    assert "Replace organization" in outcome(harness, UMBRELLAS_KEY).words
    with transaction():  # meanwhile another admin has connected a third
        connections.connect(
            harness.team_id, "org-initech", "Initech", key=SECOND_KEY, vault=harness.vault, by="U2", at=NOW
        )
    sent = enter(harness, UMBRELLAS_KEY, CONFIRM_BLOCK)
    harness.after(sent.index, "modal_update", contains="connected to *Initech*")
    connection = harness.connection()
    assert connection
    assert connection.organization_name == "Initech"


@pytest.fixture
def fresh(store: str) -> Iterator[Harness]:
    """A workspace in which nobody has decided who sees names."""
    assert store
    with open_harness(are_names_open=False) as opened:
        yield opened


def connected(harness: Harness) -> Entry:
    asked = harness.ask(ADMIN, "connect", SPEND)
    enter(harness, ADMIN_KEY)
    return harness.after(asked.index, "modal_update", contains="Connected to Acme")


def seen_names(harness: Harness) -> tuple[str, bool]:
    with session():
        decided = access.of_team(harness.team_id)
    return decided.names.who, decided.naming is None


@pytest.mark.parametrize(("who", "seen"), [("everybody", ("everybody", True)), ("admins", ("admins", False))])
def test_who_sees_names_is_asked_once_right_after_connecting(
    fresh: Harness, who: str, seen: tuple[str, bool]
) -> None:
    shown = connected(fresh)
    assert "Who can see engineer and API key names?" in shown.words
    assert seen_names(fresh) == ("admins", False)
    index = fresh.slack.select(ADMIN, shown, NAMES, who).index
    assert "Saved" in fresh.after(index, "modal_update").words
    assert seen_names(fresh) == seen
    with session():
        assert audit.every(fresh.team_id)[0].what == "settings changed"


def test_who_sees_names_is_not_asked_where_it_is_decided(fresh: Harness) -> None:
    with transaction():
        access.decide(fresh.team_id, Access(), by=ADMIN, at=NOW)
    assert "Who can see engineers" not in connected(fresh).words


def test_the_next_steps_are_offered_where_connecting_ends(fresh: Harness) -> None:
    shown = connected(fresh)
    index = fresh.press(ADMIN, shown, "Ask about today")
    assert fresh.after(index, "dm", "ephemeral")
    index = fresh.press(ADMIN, shown, "Add a daily digest")
    assert "digest" in fresh.after(index, "modal").words.casefold()
