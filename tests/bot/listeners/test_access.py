"""What people are shown where a team decided who may see what, through signed HTTP."""

from collections.abc import Iterator

import pytest

from demo.slack.people import ADMIN, COLLEAGUE, FINANCE, FINOPS, MEMBER, SPEND
from storage.engine.database import session, transaction
from storage.state import access, audit
from storage.state.access import Access, Audience
from tests.bot.office import NOW, Office, connect, fill, open_office

IN_FINANCE = COLLEAGUE
ONLY_FINANCE = Audience(FINOPS, "finance")


@pytest.fixture
def office(store: str) -> Iterator[Office]:
    del store
    with open_office() as opened:
        fill(connect(opened))
        yield opened


def decide(office: Office, settings: Access) -> None:
    with transaction():
        access.decide(office.team_id, settings, by=ADMIN, at=NOW)


def log(office: Office) -> list[tuple[str, str, str]]:
    with session():
        return [(entry.who, entry.what, entry.detail) for entry in audit.every(office.team_id)]


NAMING = ["engineers 7d", "cost last month by engineer", "cost last month by key"]


@pytest.mark.parametrize("text", NAMING)
def test_names_are_withheld_calmly_with_what_can_be_asked_instead(office: Office, text: str) -> None:
    decide(office, Access(names=ONLY_FINANCE))
    said = office.ask(MEMBER, text, SPEND).words
    assert "shown to @finance and admins here" in said
    assert "/stackspend me" in said
    assert "Mina" not in said


@pytest.mark.parametrize("person", [IN_FINANCE, ADMIN])
def test_the_group_and_admins_see_names_and_the_log_says_so(office: Office, person: str) -> None:
    decide(office, Access(names=ONLY_FINANCE))
    assert "Mina Okafor" in office.ask(person, "cost last month by engineer utc", SPEND).words
    assert log(office) == [(person, "engineers viewed", "cost 2026-10-01..2026-10-31 utc by engineer")]


def test_who_may_not_see_names_has_no_buttons_to_them(office: Office) -> None:
    decide(office, Access(names=ONLY_FINANCE))
    shown, all_of_it = (office.ask(person, "cost last month", SPEND).words for person in (MEMBER, ADMIN))
    assert "$310.00" in shown
    assert ("By workspace" in shown, "By engineer" in shown, "By key" in shown) == (True, False, False)
    assert "By engineer" in all_of_it


@pytest.mark.parametrize("text", ["", "cost today", "status", "models", "engineers"])
def test_costs_are_withheld_and_ones_own_are_not(office: Office, text: str) -> None:
    decide(office, Access(cost=Audience("admins")))
    said = office.ask(MEMBER, text, SPEND).words
    assert "What Claude costs is shown to admins here" in said
    assert "$" not in said
    assert "I know of no Claude use by jonas" in office.ask(MEMBER, "me", SPEND).words
    assert "/stackspend cost today" in office.ask(MEMBER, "help", SPEND).words


def test_under_a_shared_message_the_presser_is_looked_at(office: Office) -> None:
    decide(office, Access(names=ONLY_FINANCE))
    button = {"type": "button", "text": {"type": "plain_text", "text": "By engineer"}}
    pressed = {**button, "action_id": "view:engineer", "value": "2026-10-01..2026-10-31 by engineer utc"}
    blocks = [{"type": "actions", "elements": [pressed]}]
    message = office.slack.workspace.post(SPEND, {"text": "A digest.", "blocks": blocks})
    for person, says in ((MEMBER, "shown to @finance"), (IN_FINANCE, "Mina Okafor")):
        index = office.slack.click(person, message, "view:engineer").index
        assert says in office.after(index, "ephemeral").words


@pytest.mark.parametrize("error", ["internal_error", "missing_scope"])
def test_names_are_withheld_while_slack_does_not_say_who_is_in_the_group(office: Office, error: str) -> None:
    decide(office, Access(names=ONLY_FINANCE))
    office.slack.workspace.faults.refuse("usergroups.users.list", error, times=2)
    said = office.ask(IN_FINANCE, "engineers 7d", SPEND).words
    assert ("usergroups:read" in said) is (error == "missing_scope")
    assert "Mina" not in said
    assert "$310.00" in office.ask(IN_FINANCE, "cost last month utc", SPEND).words
    assert "Mina Okafor" in office.ask(IN_FINANCE, "engineers 7d", SPEND).words


def shared(office: Office, text: str, channel: str) -> str:
    """What comes of an admin's sharing an answer."""
    index = office.press(ADMIN, office.ask(ADMIN, text, channel), "share")
    return office.after(index, "message", "ephemeral").words


def test_names_are_shared_only_where_they_may_be(office: Office) -> None:
    decide(office, Access(naming=frozenset({FINANCE})))
    assert "Engineers are not named in this channel" in shared(office, "engineers last month", SPEND)
    assert "Shared by mina" in shared(office, "cost last month", SPEND)
    assert "Shared by mina" in shared(office, "engineers last month", FINANCE)


def test_what_is_shared_is_in_the_log_with_its_channel(office: Office) -> None:
    shared(office, "cost last month utc", SPEND)
    assert log(office) == [(ADMIN, "shared", f"cost 2026-10-01..2026-10-31 utc by model in {SPEND}")]


def test_nothing_is_shared_where_figures_may_not_be_posted(office: Office) -> None:
    decide(office, Access(channels=frozenset({FINANCE})))
    assert "not posted in this channel" in shared(office, "cost last month", SPEND)
    assert office.slack.workspace.messages(SPEND) == []
