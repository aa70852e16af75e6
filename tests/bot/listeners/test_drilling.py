"""The buttons of an answer: they edit in place; under what is shared they answer whoever pressed, alone."""

from collections.abc import Iterator

import pytest

from demo.slack.people import ADMIN, GUEST, MEMBER, SPEND
from demo.slack.transcript import Entry
from storage.engine.database import transaction
from storage.state import access
from storage.state.access import Access
from tests.bot.conftest import ON_SQLITE
from tests.bot.office import NOW, Office, connect, open_office
from tests.surface.test_everything_pressed import fill

pytestmark = ON_SQLITE


@pytest.fixture
def office(store: str) -> Iterator[Office]:
    del store
    with open_office() as opened:
        fill(connect(opened), 40)
        with transaction():  # a guest is in the channel
            access.decide(opened.team_id, Access(naming=frozenset({SPEND})), by=ADMIN, at=NOW)
        yield opened


def pressed(office: Office, entry: Entry, label: str, *, user: str = MEMBER) -> Entry:
    return office.after(office.press(user, entry, label), "edit", "ephemeral")


def test_the_next_lines_come_in_the_place_of_the_first(office: Office) -> None:
    first = office.ask(MEMBER, "cost last month by key utc", SPEND)
    assert "Lines 1–15 of 40" in first.words
    second = pressed(office, first, "More")
    assert second.kind == "edit"
    assert "Lines 16–30 of 40" in second.words
    assert "15 above" in second.words
    assert "Lines 1–15 of 40" in pressed(office, second, "Back").words


def test_the_engineers_of_a_week_have_their_next_lines_too(office: Office) -> None:
    first = office.ask(MEMBER, "engineers 7d", SPEND)
    assert "Lines 26–40 of 40" in pressed(office, first, "More").words


def test_the_next_period_is_what_the_previous_one_came_from(office: Office) -> None:
    asked = office.ask(MEMBER, "cost 2026-11-20 utc", SPEND)
    before = pressed(office, asked, "previous")
    assert "on Thu, Nov 19" in before.words
    assert "on Fri, Nov 20" in pressed(office, before, "next").words


def test_a_shared_message_is_drilled_by_others_for_themselves(office: Office) -> None:
    share = office.press(ADMIN, office.ask(ADMIN, "cost last month by key utc", SPEND), "share")
    posted = office.after(share, "message")
    drilled = pressed(office, posted, "More")
    assert (drilled.kind, drilled.user) == ("ephemeral", MEMBER)
    assert "Lines 16–30 of 40" in drilled.words
    assert "Lines 1–15 of 40" in office.after(share, "message").words


def test_a_guest_learns_nothing_from_a_shared_message(office: Office) -> None:
    share = office.press(ADMIN, office.ask(ADMIN, "cost last month by key utc", SPEND), "share")
    posted = office.after(share, "message")
    assert "$" not in pressed(office, posted, "By model", user=GUEST).words


def test_how_things_stand_can_be_shared(office: Office) -> None:
    share = office.press(MEMBER, office.ask(MEMBER, "", SPEND), "share")
    assert "Acme · Claude spend" in office.after(share, "message").words


def test_the_page_that_one_sees_is_the_one_that_is_shared(office: Office) -> None:
    second = pressed(office, office.ask(MEMBER, "cost last month by key utc", SPEND), "More")
    share = office.press(MEMBER, second, "share")
    assert "Lines 16–30 of 40" in office.after(share, "message").words
