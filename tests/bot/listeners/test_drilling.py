"""The buttons of an answer: they edit in place; under what is shared they answer whoever pressed, alone."""

from collections.abc import Iterator

import pytest

from demo.slack.people import ADMIN, GUEST, MEMBER, SPEND
from demo.slack.transcript import Entry
from storage.engine.database import transaction
from storage.state import access
from storage.state.access import Access
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import NOW, Harness, connect, open_harness
from tests.surface.test_everything_pressed import fill

pytestmark = ON_SQLITE


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        fill(connect(opened), 40)
        with transaction():  # a guest is in the channel
            access.decide(opened.team_id, Access(naming=frozenset({SPEND})), by=ADMIN, at=NOW)
        yield opened


def pressed(harness: Harness, entry: Entry, label: str, *, user: str = MEMBER) -> Entry:
    return harness.after(harness.press(user, entry, label), "edit", "ephemeral")


def test_the_next_lines_come_in_the_place_of_the_first(harness: Harness) -> None:
    first = harness.ask(MEMBER, "cost last month by key utc", SPEND)
    assert "Lines 1–15 of 40" in first.words
    second = pressed(harness, first, "More")
    assert second.kind == "edit"
    assert "Lines 16–30 of 40" in second.words
    assert "15 above" in second.words
    assert "Lines 1–15 of 40" in pressed(harness, second, "Back").words


def test_the_engineers_of_a_week_have_their_next_lines_too(harness: Harness) -> None:
    first = harness.ask(MEMBER, "engineers 7d", SPEND)
    assert "30 others" in first.words
    whole = pressed(harness, first, "Show all 40")
    assert "others" not in whole.words
    assert "30 others" in pressed(harness, whole, "Back").words


def test_the_next_period_is_what_the_previous_one_came_from(harness: Harness) -> None:
    answer = harness.ask(MEMBER, "cost 2026-11-20 utc", SPEND)
    before = pressed(harness, answer, "Earlier: Thu, Nov 19")
    assert "on Thu, Nov 19" in before.words
    assert "on Fri, Nov 20" in pressed(harness, before, "Later: Fri, Nov 20").words


def test_a_shared_message_is_drilled_by_others_for_themselves(harness: Harness) -> None:
    share = harness.press(ADMIN, harness.ask(ADMIN, "cost last month by key utc", SPEND), "share")
    posted = harness.after(share, "message")
    drilled = pressed(harness, posted, "More")
    assert (drilled.kind, drilled.user) == ("ephemeral", MEMBER)
    assert "Lines 16–30 of 40" in drilled.words
    assert "Lines 1–15 of 40" in harness.after(share, "message").words


def test_a_guest_learns_nothing_from_a_shared_message(harness: Harness) -> None:
    share = harness.press(ADMIN, harness.ask(ADMIN, "cost last month by key utc", SPEND), "share")
    posted = harness.after(share, "message")
    assert "$" not in pressed(harness, posted, "By model", user=GUEST).words


def test_how_things_stand_can_be_shared(harness: Harness) -> None:
    share = harness.press(MEMBER, harness.ask(MEMBER, "", SPEND), "share")
    assert "Claude spend of Acme" in harness.after(share, "message").words


def test_the_page_that_one_sees_is_the_one_that_is_shared(harness: Harness) -> None:
    second = pressed(harness, harness.ask(MEMBER, "cost last month by key utc", SPEND), "More")
    share = harness.press(MEMBER, second, "share")
    assert "Lines 16–30 of 40" in harness.after(share, "message").words
