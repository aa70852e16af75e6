"""One calendar a team: whoever asks, wherever, gets the same days and the same total."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from demo.slack.people import ADMIN, MEMBER, SPEND
from storage.engine.database import session, transaction
from storage.state import access, audit
from storage.state.access import Access
from tests.bot.harness import NOW, Harness, connect, fill, open_harness

BERLIN = "Europe/Berlin"


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        fill(connect(opened))
        yield opened


def decide(harness: Harness, calendar: str) -> None:
    with transaction():
        access.decide(harness.team_id, Access(calendar=calendar), by=ADMIN, at=NOW)


def headline(harness: Harness, person: str, text: str) -> str:
    return harness.ask(person, text, SPEND).words.splitlines()[0]


@pytest.mark.parametrize(
    "text", ["cost today", "cost yesterday", "cost 7d by day", "engineers", "cost month by engineer"]
)
@pytest.mark.parametrize("calendar", ["UTC", "America/Los_Angeles"])
def test_people_of_different_zones_get_the_same_total(harness: Harness, text: str, calendar: str) -> None:
    decide(harness, calendar)
    assert harness.slack.workspace.people[ADMIN].timezone != harness.slack.workspace.people[MEMBER].timezone
    assert headline(harness, ADMIN, text) == headline(harness, MEMBER, text)


def test_a_zone_in_the_text_is_answered_by_and_named(harness: Harness) -> None:
    assert "UTC days" in harness.ask(ADMIN, "cost 7d", SPEND).words
    assert "days in Auckland time" in harness.ask(ADMIN, "cost 7d pacific/auckland", SPEND).words
    decide(harness, "Pacific/Auckland")
    assert "days in Auckland time" in harness.ask(ADMIN, "cost 7d", SPEND).words
    assert "UTC days" in harness.ask(ADMIN, "cost 7d utc", SPEND).words


def test_buttons_keep_the_calendar_of_their_answer(harness: Harness) -> None:
    answer = harness.ask(ADMIN, "cost 2026-11-20", SPEND)
    decide(harness, "Pacific/Auckland")
    index = harness.press(ADMIN, answer, "By workspace")
    assert "UTC days" in harness.after(index, "edit").words


def test_an_admin_chooses_the_calendar_after_what_it_means_is_said(harness: Harness) -> None:
    answer = harness.ask(ADMIN, "settings", SPEND)
    form = harness.after(answer.index, "modal_update")
    assert "totals match the invoice" in form.words
    index = harness.slack.select(ADMIN, form, "access", BERLIN, "access_calendar").index
    changed = harness.after(index, "modal_update")
    assert "differ from the invoice by the hours at the edges" in changed.words
    sent = harness.slack.submit(ADMIN)
    harness.after(sent.index, "modal_update", contains="Saved")
    with session():
        assert access.of_team(harness.team_id).calendar == BERLIN
    assert "days in Berlin time" in harness.ask(MEMBER, "cost 7d", SPEND).words


def test_an_admin_sets_the_fiscal_year(harness: Harness) -> None:
    assert "No fiscal year is set" in harness.ask(MEMBER, "cost fy27", SPEND).words
    form = harness.after(harness.ask(ADMIN, "settings", SPEND).index, "modal_update")
    index = harness.slack.select(ADMIN, form, "access", "4", "access_fiscal").index
    assert "start in April" in harness.after(index, "modal_update").words
    sent = harness.slack.submit(ADMIN)
    harness.after(sent.index, "modal_update", contains="Saved")
    with session():
        assert access.of_team(harness.team_id).fiscal_month == 4
    words = harness.ask(MEMBER, "cost fiscal q2", SPEND).words
    assert "Jul 1" in words
    assert "Sep 30" in words
    with session():
        (entry,) = [
            each for each in audit.latest(harness.team_id, limit=9) if each.what == "settings changed"
        ]
    assert "fiscal year: none → April" in entry.detail


def test_in_the_first_hours_today_says_when_it_began(harness: Harness) -> None:
    harness.moment[0] = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    assert "UTC day, since 7:00 PM your time" in harness.ask(MEMBER, "cost today", SPEND).words
    harness.moment[0] = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
    assert "since 7:00 PM" not in harness.ask(MEMBER, "cost today", SPEND).words


def test_names_are_for_admins_until_an_admin_opens_them(store: str) -> None:
    assert store
    with open_harness(are_names_open=False) as opened:
        fill(connect(opened))
        assert "$" in opened.ask(MEMBER, "cost month", SPEND).words
        assert "Only admins can see" in opened.ask(MEMBER, "cost month by engineer", SPEND).words
        assert "Only admins can see" in opened.ask(MEMBER, "cost month by key", SPEND).words
        assert "Only admins can see" not in opened.ask(ADMIN, "cost month by engineer", SPEND).words


def test_today_is_the_calendars(harness: Harness) -> None:
    decide(harness, "Pacific/Auckland")
    harness.moment[0] = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)  # in Auckland it is Nov 23 already
    assert "today so far" in harness.ask(ADMIN, "cost 2026-11-23", SPEND).words
