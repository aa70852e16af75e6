"""What people are shown where a team decided who may see what, through signed HTTP."""

from collections.abc import Iterator

import pytest

from demo.slack.people import ADMIN, COLLEAGUE, FINANCE, FINOPS, MEMBER, SPEND
from storage.engine.database import session, transaction
from storage.state import access, audit
from storage.state.access import Access, Audience
from tests.bot.harness import NOW, Harness, connect, fill, open_harness

IN_FINANCE = COLLEAGUE
ONLY_FINANCE = Audience(FINOPS, "finance")


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        fill(connect(opened))
        yield opened


def decide(harness: Harness, settings: Access) -> None:
    with transaction():
        access.decide(harness.team_id, settings, by=ADMIN, at=NOW)


def log(harness: Harness) -> list[tuple[str, str, str]]:
    with session():
        return [(entry.who, entry.what, entry.detail) for entry in audit.every(harness.team_id)]


NAMING = ["engineers 7d", "cost last month by engineer", "cost last month by key"]


@pytest.mark.parametrize("text", NAMING)
def test_names_are_withheld_calmly_with_what_can_be_asked_instead(harness: Harness, text: str) -> None:
    decide(harness, Access(names=ONLY_FINANCE))
    shown = harness.ask(MEMBER, text, SPEND).words
    assert "Only @finance and admins can see" in shown
    assert "/stackspend me" in shown
    assert "Mina" not in shown


@pytest.mark.parametrize("person", [IN_FINANCE, ADMIN])
def test_the_group_and_admins_see_names_and_the_log_says_so(harness: Harness, person: str) -> None:
    decide(harness, Access(names=ONLY_FINANCE))
    assert "Mina Okafor" in harness.ask(person, "cost last month by engineer utc", SPEND).words
    assert log(harness) == [(person, "engineers viewed", "cost 2026-10-01..2026-10-31 utc by engineer")]


def test_who_may_not_see_names_has_no_buttons_to_them(harness: Harness) -> None:
    decide(harness, Access(names=ONLY_FINANCE))
    shown, all_of_it = (harness.ask(person, "cost last month", SPEND).words for person in (MEMBER, ADMIN))
    assert "$310.00" in shown
    assert ("By workspace" in shown, "By engineer" in shown, "By API key" in shown) == (True, False, False)
    assert "By engineer" in all_of_it


@pytest.mark.parametrize("text", ["", "cost today", "status", "models", "engineers"])
def test_costs_are_withheld_and_ones_own_are_not(harness: Harness, text: str) -> None:
    decide(harness, Access(cost=Audience("admins")))
    shown = harness.ask(MEMBER, text, SPEND).words
    assert "Only admins can see spend here" in shown
    assert "$" not in shown
    assert "No Claude usage found for jonas" in harness.ask(MEMBER, "me", SPEND).words
    assert "/stackspend cost today" in harness.ask(MEMBER, "help", SPEND).words


def test_under_a_shared_message_the_presser_is_looked_at(harness: Harness) -> None:
    decide(harness, Access(names=ONLY_FINANCE))
    button = {"type": "button", "text": {"type": "plain_text", "text": "By engineer"}}
    pressed = {**button, "action_id": "view:engineer", "value": "2026-10-01..2026-10-31 by engineer utc"}
    blocks = [{"type": "actions", "elements": [pressed]}]
    message = harness.slack.workspace.post(SPEND, {"text": "A digest.", "blocks": blocks})
    for person, says in ((MEMBER, "Only @finance and admins can see"), (IN_FINANCE, "Mina Okafor")):
        index = harness.slack.click(person, message, "view:engineer").index
        assert says in harness.after(index, "ephemeral").words


@pytest.mark.parametrize("error", ["internal_error", "missing_scope"])
def test_names_are_withheld_while_slack_does_not_say_who_is_in_the_group(
    harness: Harness, error: str
) -> None:
    decide(harness, Access(names=ONLY_FINANCE))
    harness.slack.workspace.faults.refuse("usergroups.users.list", error, times=2)
    text = harness.ask(IN_FINANCE, "engineers 7d", SPEND).words
    assert ("usergroups:read" in text) is (error == "missing_scope")
    assert "Mina" not in text
    assert "$310.00" in harness.ask(IN_FINANCE, "cost last month utc", SPEND).words
    assert "Mina Okafor" in harness.ask(IN_FINANCE, "engineers 7d", SPEND).words


def shared(harness: Harness, text: str, channel: str) -> str:
    """What comes of an admin's sharing an answer."""
    index = harness.press(ADMIN, harness.ask(ADMIN, text, channel), "share")
    return harness.after(index, "message", "ephemeral").words


def test_names_are_shared_only_where_they_may_be(harness: Harness) -> None:
    decide(harness, Access(naming=frozenset({FINANCE})))
    assert "An admin has turned off engineer names in this channel" in shared(
        harness, "engineers last month", SPEND
    )
    assert "Shared by Mina Okafor" in shared(harness, "cost last month", SPEND)
    assert "Shared by Mina Okafor" in shared(harness, "engineers last month", FINANCE)


def test_what_is_shared_is_in_the_log_with_its_channel(harness: Harness) -> None:
    shared(harness, "cost last month utc", SPEND)
    assert log(harness) == [(ADMIN, "shared", f"cost 2026-10-01..2026-10-31 utc by model in {SPEND}")]


def test_nothing_is_shared_where_figures_may_not_be_posted(harness: Harness) -> None:
    decide(harness, Access(channels=frozenset({FINANCE})))
    assert "turned off sharing in this channel" in shared(harness, "cost last month", SPEND)
    assert harness.slack.workspace.messages(SPEND) == []
