"""The direct message: a private place for the same questions, and Slack's agent messaging over it."""

import pytest

from demo.slack.people import ADMIN, GUEST, MEMBER, dm_id
from storage.engine.database import transaction
from storage.state import access
from storage.state.access import Access, Audience
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import NOW, Harness
from tests.bot.listeners.talk.conftest import Conversation, message_in

pytestmark = [
    ON_SQLITE,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),  # the socket's end
]


def without_agent(harness: Harness) -> None:
    harness.slack.workspace.scopes.discard("assistant:write")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("cost last month utc", "$310.00"),
        ("How much did we spend last month?", "$310.00"),
        ("engineers", "Mina Okafor"),
        ("", "Claude spend of Acme"),
        ("status", "Acme is connected"),
        ("help", "/stackspend"),
        ("cost xyzzy last week", "I didn't get “xyzzy”"),
        ("<@U0STACKBOT> cost last month utc", "$310.00"),
    ],
)
def test_a_message_is_answered(direct: Conversation, text: str, says: str) -> None:
    assert says in direct.answers(direct.write(MEMBER, text), "dm").words


def test_an_agents_answer_is_in_the_thread_of_the_question(direct: Conversation) -> None:
    asked = direct.write(MEMBER, "cost last month utc")
    assert message_in(direct.answers(asked, "dm")).thread_ts == asked.ts


def test_without_agent_messaging_an_answer_is_beside_the_question(
    direct: Conversation, harness: Harness
) -> None:
    without_agent(harness)
    asked = direct.write(MEMBER, "cost last month utc")
    assert message_in(direct.answers(asked, "dm")).thread_ts is None
    assert harness.slack.workspace.statuses == []


def test_a_status_is_shown_until_the_answer_comes(direct: Conversation, harness: Harness) -> None:
    asked = direct.write(MEMBER, "cost last month utc")
    direct.answers(asked, "dm")
    (status,) = harness.slack.workspace.statuses
    assert (status.channel, status.thread_ts, status.text) == (
        dm_id(MEMBER),
        asked.ts,
        "is looking that up…",
    )


def test_a_refused_status_costs_no_answer(direct: Conversation, harness: Harness) -> None:
    harness.slack.workspace.faults.refuse("assistant.threads.setStatus", "access_denied")
    assert "$310.00" in direct.answers(direct.write(MEMBER, "cost last month utc"), "dm").words


def test_a_view_is_answered_under_the_answer_and_stays(direct: Conversation, harness: Harness) -> None:
    asked = direct.write(MEMBER, "cost last month utc")
    first = direct.answers(asked, "dm")
    second = harness.after(harness.press(MEMBER, first, "By engineer"), "dm", contains="Mina Okafor")
    assert message_in(second).thread_ts == asked.ts
    assert message_in(second).seen_by is None


def test_guests_are_refused(direct: Conversation) -> None:
    assert "isn't available to you here" in direct.answers(direct.write(GUEST, "cost today"), "dm").words


def test_names_are_for_those_who_can_see_them(direct: Conversation, harness: Harness) -> None:
    with transaction():
        access.decide(harness.team_id, Access(names=Audience("admins")), by=ADMIN, at=NOW)
    words = direct.answers(direct.write(MEMBER, "engineers"), "dm").words
    assert "Only admins can see engineer and key names here." in words


def test_an_export_is_sent_and_said_to_be(direct: Conversation, harness: Harness) -> None:
    asked = direct.write(MEMBER, "export last month by model")
    assert direct.answers(asked, "dm", contains="Sent to your messages with StackSpend")
    assert len(harness.slack.workspace.files) == 1


# --- prompts


def prompts(harness: Harness, user: str) -> list[str]:
    harness.slack.open_home(user, tab="messages")
    harness.services.lanes.is_idle(within=10)
    return [each["message"] for each in harness.slack.workspace.prompts.get(dm_id(user), [])]


def test_who_opens_the_direct_message_is_offered_questions(harness: Harness) -> None:
    offered = prompts(harness, MEMBER)
    assert offered[:2] == ["What did we spend yesterday?", "Who spent the most last week?"]
    assert len(offered) == 4
    assert harness.slack.workspace.homes == {}


def test_every_question_offered_has_an_answer(harness: Harness, direct: Conversation) -> None:
    for offered in prompts(harness, ADMIN):
        words = direct.answers(direct.write(ADMIN, offered), "dm").words
        assert "I didn't get" not in words
        assert "Did you mean" not in words


def test_nobody_is_offered_what_they_cannot_see(harness: Harness) -> None:
    with transaction():
        access.decide(harness.team_id, Access(names=Audience("admins")), by=ADMIN, at=NOW)
    assert "Who spent the most last week?" not in prompts(harness, MEMBER)
    with transaction():
        access.decide(harness.team_id, Access(cost=Audience("admins")), by=ADMIN, at=NOW)
    assert prompts(harness, MEMBER) == ["What did I spend this month?", "Help"]


def test_guests_are_offered_nothing(harness: Harness) -> None:
    assert prompts(harness, GUEST) == []


def test_without_the_permission_nothing_is_offered(harness: Harness) -> None:
    without_agent(harness)
    assert prompts(harness, MEMBER) == []
    assert harness.after(harness.slack.open_home(MEMBER).index, "home")
