"""The menus under an answer: they carry its calendar, period and dimension, and answer on choice."""

from collections.abc import Iterator

import pytest

from demo.slack.people import ADMIN, GUEST, MEMBER, SPEND
from demo.slack.transcript import Entry
from storage.engine.database import transaction
from storage.state import access
from storage.state.access import Access, Audience
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import NOW, Harness, connect, open_harness
from tests.surface.test_everything_pressed import fill

pytestmark = ON_SQLITE


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        fill(connect(opened), 40)
        yield opened


def chosen(harness: Harness, entry: Entry, label: str, *, user: str = MEMBER) -> Entry:
    return harness.after(harness.press(user, entry, label), "edit", "ephemeral", "modal", "dm")


def test_a_choice_keeps_what_was_not_chosen(harness: Harness) -> None:
    answer = harness.ask(MEMBER, "cost last month by workspace europe/berlin", SPEND)
    month = chosen(harness, answer, "This month")
    assert "in November so far" in month.words
    assert "days in Berlin time" in month.words
    assert "Default workspace" in month.words
    by_key = chosen(harness, month, "By API key")
    assert "in November so far" in by_key.words
    assert "days in Berlin time" in by_key.words
    assert "API key" in by_key.words


def test_a_choice_under_a_shared_answer_is_answered_to_whoever_chose(harness: Harness) -> None:
    share = harness.press(ADMIN, harness.ask(ADMIN, "cost last month utc", SPEND), "share")
    posted = harness.after(share, "message")
    answer = chosen(harness, posted, "By workspace")
    assert (answer.kind, answer.user) == ("ephemeral", MEMBER)
    assert "$" not in chosen(harness, posted, "Yesterday", user=GUEST).words


@pytest.mark.parametrize("text", ["cost last month by key utc", "engineers last month"])
def test_about_these_figures_says_what_the_small_print_has_no_room_for(harness: Harness, text: str) -> None:
    about = chosen(harness, harness.ask(ADMIN, text, SPEND), "About these figures", user=ADMIN)
    assert about.kind == "modal"
    assert "*Basis:* Billed by Anthropic." in about.words
    assert "*Days:* UTC days, by which Anthropic bills." in about.words
    assert "October 2026" in about.words


def test_what_one_may_not_see_has_no_choice_and_no_figures_behind_it(harness: Harness) -> None:
    named = harness.ask(MEMBER, "cost last month by key utc", SPEND)
    with transaction():
        admins = Access(names=Audience("admins"))
        access.decide(harness.team_id, admins, by=ADMIN, at=NOW)
    harness.pass_two_minutes()
    assert "$" not in chosen(harness, named, "About these figures").words
    without = harness.ask(MEMBER, "cost last month utc", SPEND)
    with pytest.raises(LookupError):
        harness.press(MEMBER, without, "By API key")
    with pytest.raises(LookupError):
        harness.press(MEMBER, without, "By engineer")
    assert "Default workspace" in chosen(harness, without, "By workspace").words


def test_a_file_is_made_from_the_menu(harness: Harness) -> None:
    answer = harness.ask(MEMBER, "cost last month by model utc", SPEND)
    assert (
        "Sent to your messages" in harness.after(harness.press(MEMBER, answer, "export"), "ephemeral").words
    )


OLD = {
    "view:workspace": ("2026-10-01..2026-10-31 by workspace utc", "in October 2026"),
    "previous": ("2026-09-01..2026-09-30 by model utc", "in September 2026"),
    "next": ("engineers 2026-11-01..2026-11-22 utc", "in November so far"),
    "more": ("2026-10-01..2026-10-31 by key utc +15", "15 above"),
    "back": ("2026-10-01..2026-10-31 by key utc", "in October 2026"),
}


@pytest.mark.parametrize("action", OLD)
def test_the_buttons_of_messages_from_before_go_on_working(harness: Harness, action: str) -> None:
    value, words = OLD[action]
    button = {"type": "button", "text": {"type": "plain_text", "text": "Old"}, "action_id": action}
    block = {"type": "actions", "elements": [{**button, "value": value}]}
    message = harness.slack.workspace.post(SPEND, {"text": "Old.", "blocks": [block]})
    index = harness.slack.click(MEMBER, message, action).index
    assert words in harness.after(index, "ephemeral").words


@pytest.mark.parametrize(
    ("text", "often", "scope"),
    [
        ("cost yesterday utc", "Weekdays", ""),
        ("cost last week opus by key utc", "Every Monday", "opus"),
        ("cost last month by day utc", "First of the month", ""),
    ],
)
def test_an_admin_gets_an_answer_as_a_digest(harness: Harness, text: str, often: str, scope: str) -> None:
    answer = harness.ask(ADMIN, text, SPEND)
    form = chosen(harness, answer, "Get this as a digest…", user=ADMIN)
    assert form.kind == "modal"
    assert "New digest" in form.words
    values = initial_values(form)
    assert (often in values) is (not scope)  # with a scope all options are open, and say it shorter
    assert not scope or {"Every week", scope} <= set(values)


def initial_values(form: Entry) -> list[str]:
    elements = [block.get("element", {}) for block in form.payload["blocks"]]
    return [each["initial_option"]["text"]["text"] for each in elements if "initial_option" in each]


def test_a_digest_is_offered_to_admins_alone_and_only_of_what_it_can_be_about(harness: Harness) -> None:
    assert "Get this as a digest…" not in str(harness.ask(MEMBER, "cost yesterday utc", SPEND).payload)
    of_a_key = harness.ask(ADMIN, "cost yesterday ci-nightly utc", SPEND)
    assert "Get this as a digest…" not in str(of_a_key.payload)
