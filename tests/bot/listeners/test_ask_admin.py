"""*Ask an admin*: where it stands, whom it reaches, and that nobody can flood admins with it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.listeners.ask_admin import OF_A_TEAM
from demo.slack.people import ADMIN, COLLEAGUE, GUEST, MEMBER, OWNER, SPEND
from demo.slack.server import Entry
from storage.engine.database import session, transaction
from storage.state import access, audit, connections
from storage.state.access import Access, Audience
from tests.bot.harness import NOW, Harness, connect, fill, open_harness

ASK = "Ask an admin"


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        yield opened


def decide(harness: Harness, settings: Access) -> None:
    with transaction():
        access.decide(harness.team_id, settings, by=ADMIN, at=NOW)


def asked(harness: Harness, person: str, shown: Entry) -> Entry:
    """Press the button; return what the person is told."""
    index, direct = harness.press(person, shown, ASK), harness.slack.workspace.direct_channel(person).id
    return harness.slack.wait(
        lambda entry: (
            (entry.user == person and entry.kind in ("ephemeral", "edit"))
            or (entry.kind == "dm" and entry.channel == direct)
        ),
        after=index,
    )


def sent(harness: Harness, admin: str = ADMIN) -> list[Entry]:
    """What an admin got; the other admin got the same."""
    place = harness.slack.workspace.direct_channel(admin).id
    entries = [each for each in harness.slack.workspace.transcript if each.channel == place]
    return [each for each in entries if "asks you to" in each.words]


@pytest.mark.parametrize(
    ("text", "what", "button"),
    [
        ("cost today", "connect StackSpend to Anthropic", "Connect Anthropic"),
        ("connect", "connect StackSpend to Anthropic", "Connect Anthropic"),
        ("digest", "set up or change a digest", "Open digests"),
        ("settings", "change who can see what", "Change access"),
        ("claude", "connect telemetry", "Connect telemetry"),
    ],
)
def test_an_admin_gets_one_message_with_the_button_that_does_it(
    harness: Harness, text: str, what: str, button: str
) -> None:
    told = asked(harness, MEMBER, harness.ask(MEMBER, text, SPEND))
    for admin in (OWNER, ADMIN):
        (message,) = sent(harness, admin)
        assert message.words.startswith(f"<@{MEMBER}> asks you to {what}")
        assert button in message.words
    assert f"We asked <@{OWNER}>, <@{ADMIN}> to {what}" in told.words
    with session():
        entries = [each for each in audit.every(harness.team_id) if each.what == "asked an admin"]
    assert [each.who for each in entries] == [MEMBER]


def test_it_stands_on_the_home_tab_of_members_too(harness: Harness) -> None:
    home = harness.after(harness.slack.open_home(MEMBER).index, "home")
    told = asked(harness, MEMBER, home)
    assert f"We asked <@{OWNER}>, <@{ADMIN}>" in told.words
    assert len(sent(harness)) == 1


def test_who_cannot_see_names_asks_for_them(harness: Harness) -> None:
    fill(connect(harness))
    decide(harness, Access(names=Audience("admins"), naming=frozenset()))
    told = asked(harness, MEMBER, harness.ask(MEMBER, "cost by engineer", SPEND))
    assert "to let you see engineer and API key names" in told.words
    (message,) = sent(harness)
    assert "asks you to let them see engineer and API key names" in message.words
    index = harness.press(ADMIN, message, "Change access")
    assert "Who can see spend" in harness.after(index, "modal_update").words


def test_a_refused_key_is_asked_for_where_figures_are_old(harness: Harness) -> None:
    connection = connect(harness)
    fill(connection)
    with transaction():
        connections.refuse(connection, since=NOW, until=NOW + timedelta(hours=1))
    harness.moment[0] += timedelta(hours=3)
    told = asked(harness, MEMBER, harness.ask(MEMBER, "cost today", SPEND))
    assert "to add a new Admin key" in told.words


def test_who_finds_nothing_of_theirs_asks_for_their_key(harness: Harness) -> None:
    fill(connect(harness))
    told = asked(harness, MEMBER, harness.ask(MEMBER, "me", SPEND))
    assert "to assign your API key to you" in told.words
    assert "Assign a key…" in sent(harness)[0].words


def test_the_same_wish_is_sent_once_a_day(harness: Harness) -> None:
    for _ in range(3):
        told = asked(harness, MEMBER, harness.ask(MEMBER, "connect", SPEND))
    assert "You asked for this today" in told.words
    assert len(sent(harness)) == 1
    asked(harness, MEMBER, harness.ask(MEMBER, "digest", SPEND))
    assert len(sent(harness)) == 2
    harness.moment[0] += timedelta(days=1, minutes=1)
    asked(harness, MEMBER, harness.ask(MEMBER, "connect", SPEND))
    assert len(sent(harness)) == 3


def test_many_people_send_no_more_than_a_few(harness: Harness) -> None:
    people = harness.slack.workspace.people
    crowd = [f"U0CROWD{number:03}" for number in range(OF_A_TEAM + 3)]
    for person in crowd:
        people[person] = replace(people[MEMBER], id=person, name=person.lower())
    told = [asked(harness, person, harness.ask(person, "connect", SPEND)).words for person in crowd]
    assert len(sent(harness)) == OF_A_TEAM
    assert all("Others asked for this today" in each for each in told[OF_A_TEAM:])


def test_where_slack_takes_no_message_the_person_is_told_and_can_try_again(harness: Harness) -> None:
    shown = harness.ask(MEMBER, "connect", SPEND)
    harness.slack.workspace.faults.break_down("chat.postMessage", status=503, times=2)
    told = asked(harness, MEMBER, shown)
    assert (
        f"We couldn't reach an admin in Slack right now. You can ask <@{OWNER}>, <@{ADMIN}> yourself"
        in told.words
    )
    told = asked(harness, MEMBER, harness.ask(MEMBER, "connect", SPEND))
    assert f"We asked <@{OWNER}>, <@{ADMIN}>" in told.words


def test_who_connected_and_left_is_not_asked(harness: Harness) -> None:
    connection = connect(harness)
    fill(connection)
    people = harness.slack.workspace.people
    people[ADMIN] = replace(people[ADMIN], is_admin=False)
    told = asked(harness, MEMBER, harness.ask(MEMBER, "digest", SPEND))
    assert f"We asked <@{OWNER}> to" in told.words
    assert sent(harness) == []


def test_what_is_done_meanwhile_is_asked_for_by_nobody(harness: Harness) -> None:
    shown = harness.ask(MEMBER, "cost today", SPEND)
    fill(connect(harness))
    assert "done already" in asked(harness, MEMBER, shown).words
    assert sent(harness) == []


def test_an_admin_who_presses_it_gets_the_button_itself(harness: Harness) -> None:
    shown = harness.ask(MEMBER, "connect", SPEND)
    people = harness.slack.workspace.people
    people[MEMBER] = replace(people[MEMBER], is_admin=True)
    harness.pass_two_minutes()
    told = asked(harness, MEMBER, shown)
    assert ("do this yourself" in told.words, "Connect Anthropic" in told.words) == (True, True)
    assert sent(harness) == []


def test_a_guest_who_forges_the_button_asks_nobody(harness: Harness) -> None:
    button = {
        "type": "button",
        "text": {"type": "plain_text", "text": ASK},
        "action_id": "admin:ask",
        "value": "connect",
    }
    message = harness.slack.workspace.post(
        SPEND, {"text": "Old.", "blocks": [{"type": "actions", "elements": [button]}]}
    )
    index = harness.slack.click(GUEST, message, "admin:ask").index
    assert "isn't available to you here" in harness.after(index, "ephemeral").words
    assert sent(harness) == []


@pytest.mark.parametrize("command", ["disconnect", "audit", "disconnect claude"])
def test_what_nobody_should_be_talked_into_is_only_refused(harness: Harness, command: str) -> None:
    assert ASK not in harness.ask(COLLEAGUE, command, SPEND).words
