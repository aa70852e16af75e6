"""What is typed and pressed, through signed HTTP, and what people then see."""

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.listeners.reply import Reply
from bot.slack.delivery import Delivery
from bot.slack.web_client import client_of
from bot.sync import jobs
from demo.slack.people import ADMIN, COLLEAGUE, GENERAL, GUEST, MEMBER, SHARED, SPEND, STRANGER
from digests.layout.message import text_message
from digests.numbers.report import Restatement, SyncResult
from storage.engine import database
from storage.engine.database import session, transaction
from storage.facts import accuracy
from storage.state import access, connections
from storage.state.access import Access, Audience
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import NOW, POOL_THREADS, Harness, connect, fill, open_harness, pressable

DISCONNECT = {"text": {"type": "plain_text", "text": "Disconnect…"}, "value": "disconnect"}


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        yield opened


@pytest.fixture
def filled(harness: Harness) -> Harness:
    fill(connect(harness))
    return harness


def test_a_cost_is_reported_to_the_asker_alone(filled: Harness) -> None:
    answer = filled.ask(MEMBER, "cost last month utc", SPEND)
    assert (answer.kind, answer.user) == ("ephemeral", MEMBER)
    assert "$310.00" in answer.words
    assert "Opus 5.5" in answer.words


def test_an_answer_comes_where_the_bot_is_no_member(filled: Harness) -> None:
    assert "$10.00" in filled.ask(MEMBER, "cost 2026-11-20 utc", GENERAL).words


def test_the_bare_command_tells_how_things_stand(filled: Harness) -> None:
    answer = filled.ask(MEMBER, "", SPEND)
    assert answer.words.startswith("Claude spend of Acme. November so far: ")
    told = ("in November so far", "Forecast for November", "Yesterday", "Last 14 days")
    assert [each for each in told if each not in answer.words] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("models", "Opus 5.5"),
        ("engineers", "Mina Okafor"),
        ("status", "Acme is connected and up to date"),
        ("help", "/stackspend cost today"),
        ("cost by engineer", "Mina Okafor"),
        ("csot today", "Read as cost today"),
        ("how much did we spend last month?", "$310.00"),
        ("budget", "I have no budgets yet."),
        ("cost xyzzy last week", "I didn't get “xyzzy”, so I haven't answered."),
        ("credits left", "Anthropic doesn't publish remaining credit"),
        ("<@U0STACKBOT> cost last month utc", "$310.00"),
        ("cost 2026-13", "2026-13 isn't a valid date."),
        ("<!channel>", "“@channel”"),
    ],
)
def test_every_text_is_answered(filled: Harness, text: str, says: str) -> None:
    assert says in filled.ask(MEMBER, text, SPEND).words.replace("`", "")


def test_a_reading_that_is_offered_is_answered_in_its_place(filled: Harness) -> None:
    answer = filled.ask(MEMBER, "cost <#C0SPEND001> by engineer 2026-11-20 utc", SPEND)
    answered = filled.after(filled.press(MEMBER, answer, "ask:1"), "ephemeral", "edit")
    assert "Mina Okafor" in answered.words


def test_somebody_who_is_mentioned_is_named_and_never_everybody(filled: Harness) -> None:
    words = filled.ask(MEMBER, "cost <@U0MEMBER02> last week", SPEND).words
    assert "ines@acme.example" in words.splitlines()[0]
    assert "$0.00" in words
    assert "$70.00" in filled.ask(MEMBER, "cost <@U0ADMIN001> last week", SPEND).words


def test_names_are_known_only_to_those_who_can_see_them(filled: Harness) -> None:
    assert "Mina Okafor" in filled.ask(MEMBER, "cost mina last week", SPEND).words
    with transaction():
        access.decide(filled.team_id, Access(names=Audience("admins")), by=ADMIN, at=NOW)
    hidden = filled.ask(MEMBER, "cost mina last week", SPEND).words
    assert "I didn't get “mina”" in hidden
    assert "Okafor" not in hidden


def test_me_tells_the_askers_own_keys_and_claude_code(filled: Harness) -> None:
    answer = filled.ask(ADMIN, "me", SPEND)
    assert "$60.00" in answer.words  # six days with a bill; the seventh is today
    assert "18 commits (≈ $0.67 each)" in answer.words


def test_what_is_behind_ones_own_figures_is_ones_own(filled: Harness) -> None:
    index = filled.press(ADMIN, filled.ask(ADMIN, "me last month", SPEND), "about")
    assert "*$310.00*, October 2026" in filled.after(index, "modal").words


def test_me_says_so_where_there_is_nothing(filled: Harness) -> None:
    assert "No Claude usage found for jonas" in filled.ask(MEMBER, "me", SPEND).words


def test_me_says_what_it_takes_where_slack_hides_the_address(filled: Harness) -> None:
    filled.slack.workspace.scopes.remove("users:read.email")
    assert "users:read.email" in filled.ask(MEMBER, "me", SPEND).words


def test_nothing_connected_is_said_and_admins_get_a_button(harness: Harness) -> None:
    assert "isn't connected to Anthropic yet" in harness.ask(MEMBER, "cost", SPEND).words
    answer = harness.ask(ADMIN, "", SPEND)
    index = harness.press(ADMIN, answer, "connect")
    assert "Admin API key" in harness.after(index, "modal").words


def test_kept_history_can_be_asked_for_after_disconnecting(filled: Harness) -> None:
    connection = filled.connection()
    assert connection
    with transaction():
        connections.disconnect(connection.id, keep_history=True)
    assert "$310.00" in filled.ask(MEMBER, "cost last month utc", SPEND).words
    assert "isn't connected" in filled.ask(MEMBER, "status", SPEND).words


def test_a_period_that_is_not_read_yet_says_that_history_is_being_read(harness: Harness) -> None:
    connect(harness)
    assert "importing your billing history" in harness.ask(MEMBER, "cost last month", SPEND).words


def test_a_view_takes_the_place_of_the_answer_it_stood_under(filled: Harness) -> None:
    answer = filled.ask(MEMBER, "cost last month utc", SPEND)
    index = filled.press(MEMBER, answer, "By engineer")
    edited = filled.after(index, "edit")
    assert (edited.user, edited.subject.ts) == (MEMBER, answer.subject.ts)  # type: ignore[union-attr]  # messages
    assert "Mina Okafor" in edited.words


@pytest.mark.parametrize("text", ["cost last month utc", "engineers last month"])
def test_one_step_back_in_time_is_a_choice(filled: Harness, text: str) -> None:
    index = filled.press(MEMBER, filled.ask(MEMBER, text, SPEND), "Earlier: September 2026")
    assert "September" in filled.after(index, "edit").words


@pytest.mark.parametrize("text", ["cost last month utc", "engineers last month"])
def test_sharing_tells_the_channel_and_takes_the_private_answer_back(filled: Harness, text: str) -> None:
    index = filled.press(MEMBER, filled.ask(MEMBER, text, SPEND), "share")
    posted = filled.after(index, "message")
    assert "Shared by Jonas Weber" in posted.words
    assert "Share…" not in posted.words
    filled.after(index, "delete")


def test_ones_own_is_shared_with_ones_name_and_nobody_elses(filled: Harness) -> None:
    index = filled.press(ADMIN, filled.ask(ADMIN, "me last month", SPEND), "share")
    posted = filled.after(index, "message").words
    assert "Mina Okafor spent *$310.00*" in posted
    assert "Shared by Mina Okafor" in posted
    assert "Share…" not in posted
    assert "yours" not in posted


def test_what_somebody_shared_of_their_own_leads_others_to_theirs(filled: Harness) -> None:
    index = filled.press(ADMIN, filled.ask(ADMIN, "me last month", SPEND), "share")
    posted = filled.after(index, "message")
    answer = filled.after(filled.press(MEMBER, posted, "Yesterday"), "ephemeral")
    assert answer.user == MEMBER
    assert "No Claude usage found for jonas" in answer.words


def test_nothing_of_ones_own_is_not_shared(filled: Harness) -> None:
    answer = filled.ask(MEMBER, "me last month", SPEND)
    button = {"type": "button", "text": {"type": "plain_text", "text": "Share"}, "action_id": "share"}
    block = {"type": "actions", "elements": [{**button, "value": "me last month"}]}
    message = filled.slack.workspace.post(SPEND, {"text": "Old.", "blocks": [block]}, seen_by=MEMBER)
    index = filled.slack.click(MEMBER, message, "share").index
    assert "no usage to share" in filled.after(index, "ephemeral").words
    assert answer


def test_ones_own_is_not_shared_where_nobody_may_be_named(filled: Harness) -> None:
    answer = filled.ask(ADMIN, "me last month", SPEND)
    with transaction():
        access.decide(filled.team_id, Access(naming=frozenset()), by=ADMIN, at=NOW)
    reply = filled.after(filled.press(ADMIN, answer, "share"), "ephemeral")
    assert "turned off engineer names" in reply.words
    assert not [each for each in filled.slack.workspace.messages(SPEND) if "mina's" in each.text]


def test_the_month_of_the_bare_command_is_had_as_a_file(filled: Harness) -> None:
    index = filled.press(MEMBER, filled.ask(MEMBER, "", SPEND), "Export CSV")
    assert "Sent to your messages with StackSpend" in filled.after(index, "ephemeral").words
    (file,) = filled.slack.workspace.files.values()
    assert b"claude-opus-5-5" in file.data


def test_a_button_under_a_message_for_all_answers_the_presser_alone(filled: Harness) -> None:
    value = "2026-10-01..2026-10-31 by model utc"
    button = {"type": "button", "text": {"type": "plain_text", "text": "By model"}, "action_id": "view:model"}
    block = {"type": "actions", "elements": [{**button, "value": value}]}
    workspace = filled.slack.workspace
    message = workspace.post(SPEND, {"text": "A digest.", "blocks": [block]})
    index = filled.slack.click(COLLEAGUE, message, "view:model").index
    answer = filled.after(index, "ephemeral", "edit")
    assert (answer.kind, answer.user) == ("ephemeral", COLLEAGUE)


@pytest.mark.parametrize(("person", "place"), [(GUEST, SPEND), (STRANGER, SHARED)])
@pytest.mark.parametrize("text", ["cost", "help", "", "connect", "xyzzy"])
def test_outsiders_learn_nothing(filled: Harness, person: str, place: str, text: str) -> None:
    assert "isn't available to you here" in filled.ask(person, text, place).words


@pytest.mark.parametrize("text", ["connect", "disconnect", "digest"])
def test_members_may_not_manage(filled: Harness, text: str) -> None:
    assert f"Only admins can do this. Admins: <@{ADMIN}>." in filled.ask(MEMBER, text, SPEND).words


def test_another_slack_workspace_learns_nothing(filled: Harness) -> None:
    filled.slack.workspace.team_id = "T0ELSEWHERE"
    assert "isn't available to you here" in filled.ask(ADMIN, "cost", SPEND).words
    filled.slack.workspace.team_id = "T0ACME0001"


def test_a_person_slack_does_not_know_now_is_asked_to_try_again(filled: Harness) -> None:
    filled.slack.workspace.faults.refuse("users.info", "internal_error")
    assert "Try again" in filled.ask(MEMBER, "cost", SPEND).words


def test_a_typed_key_is_not_used_and_not_logged(filled: Harness, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    answer = filled.ask(ADMIN, "connect sk-ant-admin01-0123456789", SPEND)
    assert "We didn't use or store it" in answer.words
    assert filled.anthropic.keys == []
    assert "0123456789" not in caplog.text


def test_a_database_that_is_gone_ends_in_one_sentence(
    filled: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_args: Any, **_more: Any) -> Any:
        raise database.StorageUnavailable("the database cannot be used: disk I/O error")

    monkeypatch.setattr(connections, "of_team", unavailable)
    assert "database isn't responding" in filled.ask(MEMBER, "cost", SPEND).words


def test_a_fault_of_ours_ends_in_one_sentence(
    filled: Harness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connections, "of_team", lambda _team: 1 / 0)
    text = filled.ask(MEMBER, "cost", SPEND).words
    assert "Something went wrong" in text
    assert "ZeroDivisionError" in caplog.text
    assert "ZeroDivisionError" not in text


def test_a_form_that_slack_does_not_take_any_more_is_apologized_for(filled: Harness) -> None:
    filled.slack.workspace.faults.refuse("views.open", "expired_trigger_id")
    assert "took too long for Slack" in filled.ask(ADMIN, "connect", SPEND).words


def test_blocks_that_slack_does_not_take_become_words(filled: Harness) -> None:
    filled.slack.workspace.faults.break_down("response_url", status=400)
    answer = filled.ask(MEMBER, "cost last month utc", SPEND)
    assert "$310.00" in answer.words
    assert not answer.subject.blocks  # type: ignore[union-attr]  # a message


def test_a_sync_says_at_once_that_it_asks_and_then_what_changed(
    filled: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def synced(*_args: Any) -> SyncResult:
        return SyncResult((Restatement(NOW.date(), Decimal(1), Decimal(2)),), reports=("charges",))

    monkeypatch.setattr(jobs, "sync_now", synced)
    first = filled.ask(ADMIN, "sync", SPEND)
    assert "Syncing…" in first.words
    second = filled.after(first.index, "ephemeral")
    assert "is now $1.00 higher" in second.words


def test_a_sync_that_failed_is_red_the_first_time(filled: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = SyncResult(
        reports=("charges", "usage"), failed={"charges": "529 overloaded", "usage": "529 overloaded"}
    )
    monkeypatch.setattr(jobs, "sync_now", lambda *_: failed)
    first = filled.ask(MEMBER, "sync", SPEND)
    text = filled.after(first.index, "ephemeral").words
    assert ":red_circle: *The sync failed*" in text
    assert "Reason: Anthropic is overloaded (529)" in text
    assert "No past days changed" not in text


def test_a_refused_key_is_tried_when_somebody_asks_to(
    filled: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "sync_now", lambda *_: SyncResult(refused="401 invalid x-api-key"))
    connection = filled.connection()
    assert connection
    with session():
        connections.refuse(connection, since=NOW, until=NOW + timedelta(hours=1))
    first = filled.ask(MEMBER, "sync", SPEND)
    assert "Syncing…" in first.words
    assert "Anthropic still rejects the Admin key" in filled.after(first.index, "ephemeral").words


@ON_SQLITE
@pytest.mark.parametrize("keep_history", [True, False])
def test_a_sync_of_what_is_disconnected_meanwhile_says_so(
    filled: Harness, monkeypatch: pytest.MonkeyPatch, *, keep_history: bool
) -> None:
    connection = filled.connection()
    assert connection

    def leave(*_args: Any) -> SyncResult:
        with transaction():
            connections.disconnect(connection.id, keep_history=keep_history)
        return SyncResult()

    monkeypatch.setattr(jobs, "sync_now", leave)
    first = filled.ask(ADMIN, "sync", SPEND)
    assert "isn't connected" in filled.after(first.index, "ephemeral").words


def test_who_may_not_see_cost_syncs_nothing(filled: Harness) -> None:
    with transaction():
        access.decide(filled.team_id, Access(cost=Audience("admins")), by=ADMIN, at=NOW)
    assert "Only admins can see spend here" in filled.ask(MEMBER, "sync", SPEND).words


def test_a_button_of_an_older_version_is_answered(filled: Harness) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Old"}, "action_id": "gone"}
    block = {"type": "actions", "elements": [button]}
    message = filled.slack.workspace.post(SPEND, {"text": "Old.", "blocks": [block]})
    index = filled.slack.click(MEMBER, message, "gone").index
    assert "no longer works after an update" in filled.after(index, "ephemeral").words


def test_what_is_not_understood_leads_to_all_examples(filled: Harness) -> None:
    answer = filled.ask(MEMBER, "xyzzy", SPEND)
    shown = filled.after(filled.press(MEMBER, answer, "All examples"), "ephemeral", "edit")
    assert "Ask in your own words" in shown.words
    assert "For admins" not in shown.words


def test_help_has_buttons_to_answers_and_for_admins_to_what_they_manage(filled: Harness) -> None:
    labels = {
        person: [element["text"]["text"] for _, element in pressable(filled.ask(person, "help", SPEND))]
        for person in (MEMBER, ADMIN)
    }
    assert labels[MEMBER] == ["cost month by model", "cost last week by workspace"]
    assert labels[ADMIN] == [*labels[MEMBER], "Digests", "Settings"]


def test_past_estimates_are_shown_beside_the_bills(filled: Harness) -> None:
    connection, day = filled.connection(), NOW.date() - timedelta(days=1)
    assert connection
    with transaction():
        accuracy.record(connection.id, day, estimated=Decimal("9.90"), billed=Decimal(10))
    answer = filled.ask(MEMBER, "status", SPEND)
    shown = filled.after(filled.press(MEMBER, answer, "status:record"), "ephemeral")
    assert "Estimates vs. bills" in shown.words
    assert ("≈ $9.90" in shown.words, "$10.00" in shown.words, "-1.0%" in shown.words) == (True, True, True)


def test_only_admins_see_the_buttons_to_the_key_in_a_status(filled: Harness) -> None:
    assert "Replace key…" in filled.ask(ADMIN, "status", SPEND).words
    assert "Replace key…" not in filled.ask(MEMBER, "status", SPEND).words


def test_a_menu_of_admins_is_refused_to_a_member_who_forges_it(filled: Harness) -> None:
    home = filled.after(filled.slack.open_home(ADMIN).index, "home")
    index = filled.choose(ADMIN, home, "ask:manage", "disconnect")
    assert "Keep it" in filled.after(index, "modal").words
    menu = {"type": "overflow", "action_id": "ask:manage", "options": [DISCONNECT, DISCONNECT]}
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "Old"}, "accessory": menu}
    message = filled.slack.workspace.post(SPEND, {"text": "Old.", "blocks": [block]})
    index = filled.slack.select(MEMBER, message, "ask:manage", "disconnect").index
    assert "Only admins can do this" in filled.after(index, "ephemeral").words


def test_the_home_tab_shows_members_the_figures_and_splits_them_in_place(filled: Harness) -> None:
    index = filled.slack.open_home(MEMBER).index
    home = filled.after(index, "home")
    assert "Claude spend at Acme" in home.words
    assert "Disconnect" not in home.words
    again = filled.after(filled.press(MEMBER, home, "By engineer"), "home")
    assert "Mina Okafor" in again.words


def test_the_home_tab_lets_admins_manage(filled: Harness) -> None:
    home = filled.after(filled.slack.open_home(ADMIN).index, "home")
    index = filled.slack.click(ADMIN, home, "digest:list").index
    assert "No digests yet" in filled.after(index, "dm").words


def test_the_home_tab_tells_guests_only_what_the_bot_does(filled: Harness) -> None:
    home = filled.after(filled.slack.open_home(GUEST).index, "home")
    assert "See what your team spends" in home.words
    assert "$" not in home.words


def test_the_home_tab_offers_admins_to_connect(harness: Harness) -> None:
    home = harness.after(harness.slack.open_home(ADMIN).index, "home")
    assert "Connect Anthropic" in home.words


def test_sixteen_at_once_are_acknowledged_before_any_is_answered(filled: Harness) -> None:
    may_answer = threading.Event()
    for _ in range(POOL_THREADS):
        filled.services.pool.submit(may_answer.wait, 10)
    acknowledged = [filled.slack.command(MEMBER, "cost today", channel=SPEND) for _ in range(16)]
    assert {answer.status for answer in acknowledged} == {200}
    assert not [entry for entry in filled.slack.workspace.transcript if entry.kind == "ephemeral"]
    may_answer.set()
    filled.slack.wait(lambda _entry: answers_in(filled) == 16)
    assert answers_in(filled) == 16


def answers_in(harness: Harness) -> int:
    return sum(entry.kind == "ephemeral" for entry in harness.slack.workspace.transcript)


def test_a_bot_that_is_shutting_down_says_so_in_the_acknowledgement(filled: Harness) -> None:
    filled.services.pool.shutdown()
    assert "Something went wrong" in filled.ask(MEMBER, "cost", SPEND).words


def test_an_answer_that_would_go_elsewhere_goes_into_the_direct_message(
    filled: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(filled.slack.workspace.token, filled.slack.api_url)
    body = {"user_id": COLLEAGUE, "response_url": "http://127.0.0.1:9/elsewhere"}
    Reply.to(Delivery(client), body).say(text_message("Hello"))
    assert "not Slack's" in caplog.text
    assert filled.slack.wait(lambda entry: entry.kind == "dm", contains="Hello")
