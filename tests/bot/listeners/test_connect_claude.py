"""Connecting telemetry in Slack: the token is shown once, and the modal waits for the first event."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest

from bot.runtime.logs import listen_to
from demo.slack.people import ADMIN, MEMBER, SPEND
from demo.slack.server import Delivery, Entry
from digests.files.telemetry_settings import Sender, snippets
from digests.forms.connect_claude import ARRIVED, MANAGED, MANAGED_BLOCK, NAME_BLOCK, SENDER, WAITING
from digests.forms.disconnect_claude import MOST
from digests.words import wording
from storage.engine.database import session, transaction
from storage.engine.tables import TABLES
from storage.state import audit
from storage.state.ingest import tokens
from storage.state.ingest.tokens import IngestToken
from tests.bot.harness import NOW, Harness, open_harness


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness(for_browsers=True) as opened:
        yield opened


def enter(harness: Harness, name: str) -> Delivery:
    harness.ask(ADMIN, "connect claude", SPEND)
    return harness.slack.submit(ADMIN, values={(NAME_BLOCK, "value"): name})


def issued(harness: Harness, name: str = "laptops") -> tuple[Entry, str]:
    """Create a token in Slack; return the modal that shows it, and the token."""
    sent = enter(harness, name)
    modal = harness.after(sent.index, "modal_update", contains="can send now")
    return modal, token_in(modal)


def token_in(modal: Entry) -> str:
    assert modal.subject
    (block,) = [each for each in modal.subject.content["blocks"] if each["block_id"] == "ingest_token"]
    return str(block["elements"][0]["elements"][0]["text"])


def good(harness: Harness) -> list[IngestToken]:
    with session():
        return tokens.good_of_team(harness.team_id)


def use(harness: Harness, token: str, *, seconds_ago: int = 0) -> None:
    """Let an event come with a token."""
    with transaction():
        known = tokens.authenticate(token)
        assert known
        tokens.note_use(known, at=harness.moment[0] - timedelta(seconds=seconds_ago))


def issue(harness: Harness, name: str) -> str:
    with transaction():
        return tokens.issue(harness.team_id, name, by=ADMIN, at=NOW)[0]


def choose(harness: Harness, modal: Entry, sender: Sender) -> Entry:
    index = harness.slack.select(ADMIN, modal, SENDER, sender).index
    return harness.after(index, "modal_update", contains=snippets("", "")[sender].place[-20:])


def revoke(harness: Harness, listing: Entry, number: int) -> int:
    """Press the button beside the token of that place in the list."""
    assert listing.subject
    lines = [each for each in listing.subject.content["blocks"] if "accessory" in each]
    return harness.slack.click(ADMIN, listing, "claude:revoke", lines[number]["block_id"]).index


def pasted(harness: Harness, token: str, sender: Sender) -> list[str]:
    address = f"{harness.services.public_url}/otlp"
    return snippets(address, token)[sender].text.splitlines()


# --- a token


def test_the_token_is_shown_with_what_to_paste_and_is_good(harness: Harness) -> None:
    modal, token = issued(harness)
    with session():
        known = tokens.authenticate(token)
    assert known
    assert (known.name, known.issued_by) == ("laptops", ADMIN)
    assert all(line in modal.words for line in pasted(harness, token, "managed"))
    assert WAITING in modal.words


@pytest.mark.parametrize("chosen", [[], [MANAGED]])
def test_an_admin_says_that_only_managed_settings_send_it(harness: Harness, chosen: list[str]) -> None:
    harness.ask(ADMIN, "connect claude", SPEND)
    sent = harness.slack.submit(ADMIN, values={(MANAGED_BLOCK, "value"): chosen})
    harness.after(sent.index, "modal_update", contains="can send now")
    assert [each.is_managed for each in good(harness)] == [bool(chosen)]


def test_a_name_is_offered_that_no_other_token_has(harness: Harness) -> None:
    issue(harness, "Claude Code")
    modal = harness.ask(ADMIN, "connect claude", SPEND)
    assert "Claude Code 2" in json.dumps(modal.subject and modal.subject.content)


def test_a_name_that_is_taken_is_asked_for_again(harness: Harness) -> None:
    issue(harness, "ci")
    sent = enter(harness, "ci")
    assert harness.after(sent.index, "modal_update", contains="A token is named ci already")
    again = harness.slack.submit(ADMIN, values={(NAME_BLOCK, "value"): "ci 2"})
    assert harness.after(again.index, "modal_update", contains="can send now")
    assert [each.name for each in good(harness)] == ["ci", "ci 2"]


def test_a_name_is_needed(harness: Harness) -> None:
    assert NAME_BLOCK in (enter(harness, "").errors or {})
    assert good(harness) == []


@pytest.mark.parametrize("sender", get_args(Sender))
def test_each_sender_has_its_settings_with_the_same_token(harness: Harness, sender: Sender) -> None:
    modal, token = issued(harness)
    shown = choose(harness, modal, sender)
    assert token_in(shown) == token
    assert all(line in shown.words for line in pasted(harness, token, sender))


def test_the_token_stands_in_the_modal_alone(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    listen_to("DEBUG")
    modal, token = issued(harness)
    chosen = choose(harness, modal, "cowork")
    use(harness, token)
    harness.after(chosen.index, "home", contains="last event just now")
    assert modal.subject
    assert token not in modal.subject.content["private_metadata"]
    elsewhere = [entry for entry in harness.slack.workspace.transcript if "modal" not in entry.kind]
    assert not [entry for entry in elsewhere if token in entry.words]
    with session():
        stored = [repr(list(table.select().tuples())) for table in TABLES]
    assert token not in "".join(stored) + caplog.text


def test_without_an_address_it_says_what_to_set(store: str) -> None:
    del store
    with open_harness() as unreachable:
        assert "STACKSPEND_PUBLIC_URL" in unreachable.ask(ADMIN, "connect claude", SPEND).words
        assert good(unreachable) == []


# --- the first event


def test_the_modal_says_by_itself_when_the_first_event_has_come(harness: Harness) -> None:
    modal, token = issued(harness)
    use(harness, token, seconds_ago=12)
    shown = harness.after(modal.index, "modal_update", contains="First event from")
    assert "First event from laptops, 12 s ago" in shown.words.replace("*", "")
    assert token_in(shown) == token


def test_a_test_span_is_shown_as_one_and_is_no_event(harness: Harness) -> None:
    modal, token = issued(harness)
    with transaction():
        known = tokens.authenticate(token)
        assert known
        tokens.note_test(known, at=harness.moment[0] - timedelta(seconds=5))
    shown = harness.after(modal.index, "modal_update", contains="Test span from")
    assert "Test span from laptops, 5 s ago" in shown.words.replace("*", "")
    assert "no event yet" in harness.after(harness.slack.open_home(ADMIN).index, "home").words
    use(harness, token)
    assert harness.after(shown.index, "modal_update", contains="First event from")


def test_the_sender_that_was_chosen_meanwhile_stays(harness: Harness) -> None:
    modal, token = issued(harness)
    chosen = choose(harness, modal, "actions")
    use(harness, token)
    shown = harness.after(chosen.index, "modal_update", contains="First event from")
    assert "Bearer ${{ secrets.STACKSPEND_TOKEN }}" in shown.words


def test_a_modal_that_was_closed_is_left_alone(harness: Harness) -> None:
    modal, token = issued(harness)
    closed = harness.slack.close(ADMIN)
    use(harness, token)
    home = harness.after(closed.index, "home", contains="last event just now")
    kinds = [entry.kind for entry in harness.slack.workspace.transcript if closed.index < entry.index]
    assert home.index > modal.index
    assert "modal_update" not in kinds


def test_a_token_that_sends_already_says_so_at_once(harness: Harness) -> None:
    modal, token = issued(harness)
    use(harness, token)
    arrived = harness.after(modal.index, "modal_update", contains="First event from")
    harness.pass_two_minutes()
    shown = choose(harness, arrived, "console")
    ago = wording.ago(NOW, now=harness.moment[0])
    assert ARRIVED.format(name="laptops", ago=ago).replace("*", "") in shown.words.replace("*", "")


# --- revoking


def test_a_token_is_revoked_where_it_is_listed(harness: Harness) -> None:
    first, second = issue(harness, "ci"), issue(harness, "laptops")
    use(harness, second)
    listing = harness.ask(ADMIN, "disconnect claude", SPEND)
    assert "no event yet" in listing.words
    assert "last event just now" in listing.words
    shown = harness.after(revoke(harness, listing, 0), "modal_update", contains="is revoked")
    assert "no event yet" not in shown.words
    with session():
        assert tokens.authenticate(first) is None
        assert tokens.authenticate(second)


def test_more_tokens_than_a_modal_holds_are_counted(harness: Harness) -> None:
    for number in range(MOST + 3):
        issue(harness, f"{number:03}{'&' * 57}")
    listing = harness.ask(ADMIN, "disconnect claude", SPEND)
    assert listing.words.count("no event yet") == MOST
    assert "3 more aren't listed here" in listing.words


def test_revoking_asks_first(harness: Harness) -> None:
    issue(harness, "ci")
    listing = harness.ask(ADMIN, "disconnect claude", SPEND)
    assert listing.subject
    (line,) = [each for each in listing.subject.content["blocks"] if "accessory" in each]
    assert line["accessory"]["confirm"]["confirm"]["text"] == "Revoke"


def test_what_was_revoked_already_is_just_gone(harness: Harness) -> None:
    issue(harness, "ci")
    listing = harness.ask(ADMIN, "disconnect claude", SPEND)
    with transaction():
        tokens.revoke(harness.team_id, "ci", at=NOW)
    shown = harness.after(revoke(harness, listing, 0), "modal_update")
    assert "There are no active tokens" in shown.words


def test_settings_of_a_revoked_token_are_not_shown_any_more(harness: Harness) -> None:
    modal, _token = issued(harness)
    with transaction():
        tokens.revoke(harness.team_id, "laptops", at=NOW)
    index = harness.slack.select(ADMIN, modal, SENDER, "cowork").index
    assert "This token was revoked" in harness.after(index, "modal_update").words


def test_a_token_of_another_team_cannot_be_revoked(harness: Harness) -> None:
    issue(harness, "ci")
    with transaction():
        others, known = tokens.issue("T0OTHER", "theirs", by="U1", at=NOW)
    listing = harness.ask(ADMIN, "disconnect claude", SPEND)
    assert listing.subject
    content: Any = listing.subject.content
    (line,) = [each for each in content["blocks"] if "accessory" in each]
    line["accessory"]["value"] = str(known.id)
    harness.after(revoke(harness, listing, 0), "modal_update")
    with session():
        assert tokens.authenticate(others)
    assert [each.name for each in good(harness)] == ["ci"]


# --- who


def test_the_log_says_who_issued_and_revoked(harness: Harness) -> None:
    _modal, token = issued(harness, "ci")
    listing = harness.ask(ADMIN, "disconnect claude", SPEND)
    harness.after(revoke(harness, listing, 0), "modal_update", contains="is revoked")
    with session():
        entries = [(each.who, each.what, each.detail) for each in audit.latest(harness.team_id, limit=2)]
    assert entries == [
        (ADMIN, "token revoked", "Claude, ci"),
        (ADMIN, "token issued", f"Claude, ci, …{token[-4:]}"),
    ]


def test_somebody_who_is_no_admin_any_more_gets_no_token(harness: Harness) -> None:
    harness.ask(ADMIN, "connect claude", SPEND)
    person = harness.slack.workspace.people[ADMIN]
    harness.slack.workspace.people[ADMIN] = replace(person, is_admin=False)
    harness.pass_two_minutes()
    sent = harness.slack.submit(ADMIN, values={(NAME_BLOCK, "value"): "mine"})
    assert harness.after(sent.index, "modal_update", contains="Only admins can do this")
    assert good(harness) == []


def test_home_shows_admins_the_tokens_and_leads_to_them(harness: Harness) -> None:
    use(harness, issue(harness, "laptops"))
    issue(harness, "ci")
    home = harness.after(harness.slack.open_home(ADMIN).index, "home")
    assert "laptops  ·  last event just now" in home.words
    assert "ci  ·  no event yet" in home.words
    listing = harness.after(harness.press(ADMIN, home, "Revoke a token"), "modal")
    assert "Revoke" in listing.words
    assert "laptops" not in harness.after(harness.slack.open_home(MEMBER).index, "home").words
