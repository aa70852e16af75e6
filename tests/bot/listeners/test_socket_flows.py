"""The chief flows over Socket Mode, as they go over signed HTTP everywhere else."""

from collections.abc import Iterator

import pytest

from demo.slack.people import ADMIN, GUEST, MEMBER, SPEND
from demo.slack.server import Message
from digests.forms.connect import KEY_BLOCK
from storage.engine.database import session
from storage.state import subscriptions
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import ADMIN_KEY, Harness, connect, fill, open_harness

pytestmark = [
    ON_SQLITE,  # the way to the bot is the same for any database
    pytest.mark.filterwarnings(
        "ignore::pytest.PytestUnhandledThreadExceptionWarning"
    ),  # the client's, at its end
]


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    assert store
    with open_harness(over_socket=True) as opened:
        yield opened


@pytest.fixture
def filled(harness: Harness) -> Harness:
    fill(connect(harness))
    return harness


def test_an_organization_is_connected(harness: Harness) -> None:
    harness.ask(ADMIN, "connect", SPEND)
    sent = harness.slack.submit(ADMIN, values={(KEY_BLOCK, "value"): ADMIN_KEY})
    assert sent.json["response_action"] == "update"
    assert harness.after(sent.index, "modal_update", contains="Connected to")
    assert harness.connection()


def test_a_regular_key_is_an_error_at_the_field(harness: Harness) -> None:
    harness.ask(ADMIN, "connect", SPEND)
    sent = harness.slack.submit(ADMIN, values={(KEY_BLOCK, "value"): "sk-ant-api03-0123456789abcdef"})
    assert KEY_BLOCK in sent.errors


@pytest.mark.parametrize(
    ("text", "says"), [("cost last month utc", "$310.00"), ("engineers", "Mina Okafor"), ("", "Acme")]
)
def test_what_is_asked_is_answered(filled: Harness, text: str, says: str) -> None:
    assert says in filled.ask(MEMBER, text, SPEND).words


def test_a_typed_key_is_answered_in_the_acknowledgement(filled: Harness) -> None:
    answer = filled.ask(ADMIN, "connect sk-ant-admin01-0123456789", SPEND)
    assert "We didn't use or store it" in answer.words


def test_a_button_changes_the_answer_in_its_place(filled: Harness) -> None:
    answer = filled.ask(MEMBER, "cost last month utc", SPEND)
    edited = filled.after(filled.press(MEMBER, answer, "By engineer"), "edit")
    assert isinstance(answer.subject, Message)
    assert isinstance(edited.subject, Message)
    assert (edited.user, edited.subject.ts) == (MEMBER, answer.subject.ts)
    assert "Mina Okafor" in edited.words


def test_an_answer_is_shared(filled: Harness) -> None:
    index = filled.press(MEMBER, filled.ask(MEMBER, "cost last month utc", SPEND), "share")
    assert "Shared by Jonas Weber" in filled.after(index, "message").words
    filled.after(index, "delete")


def test_a_digest_is_set_up(filled: Harness) -> None:
    index = filled.press(ADMIN, filled.ask(ADMIN, "digest", SPEND), "Add a digest")
    filled.after(index, "modal")
    sent = filled.slack.submit(ADMIN)
    filled.after(sent.index, "dm", contains="The digest is set up")
    with session():
        (saved,) = subscriptions.of_team(filled.team_id)
    assert saved.channel_id == SPEND


def test_the_home_tab_is_shown(filled: Harness) -> None:
    home = filled.after(filled.slack.open_home(MEMBER).index, "home")
    assert "Claude spend at Acme" in home.words
    again = filled.after(filled.press(MEMBER, home, "By engineer"), "home")
    assert "Mina Okafor" in again.words


def test_guests_learn_nothing(filled: Harness) -> None:
    assert "isn't available to you here" in filled.ask(GUEST, "cost", SPEND).words
