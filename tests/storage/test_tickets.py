"""Tickets: once, soon, and only for whoever holds the token."""

from datetime import timedelta

import pytest

from storage import tickets
from storage.tables import TicketRow
from tests.storage.crowd import at_once
from tests.storage.samples import MINUTE, NOW

pytestmark = pytest.mark.usefixtures("store")


def issue() -> str:
    return tickets.issue("key", now=NOW, team_id="T1", user_id="U1")


def test_a_ticket_says_whose_it_is() -> None:
    found = tickets.find("key", issue())
    assert found
    assert (found.team_id, found.user_id, found.is_spent) == ("T1", "U1", False)
    assert found.expires_at == NOW + timedelta(minutes=10)


def test_the_token_itself_is_not_kept() -> None:
    token = issue()
    assert token not in repr(list(TicketRow.select().tuples()))
    assert len(token) >= 43  # 256 bits


def test_no_two_tokens_are_alike() -> None:
    assert len({issue() for _ in range(100)}) == 100


def test_a_ticket_is_good_for_one_use_whoever_tries() -> None:
    token = issue()
    used = at_once(lambda _: tickets.spend("key", token, now=NOW))
    assert used.count(True) == 1
    assert tickets.find("key", token).is_spent  # type: ignore[union-attr]


def test_it_is_good_for_ten_minutes() -> None:
    assert tickets.spend("key", issue(), now=NOW + 10 * MINUTE - timedelta(seconds=1))
    assert not tickets.spend("key", issue(), now=NOW + 10 * MINUTE)


def test_it_is_good_for_its_own_kind_alone() -> None:
    token = issue()
    assert tickets.find("install", token) is None
    assert not tickets.spend("install", token, now=NOW)


def test_what_came_to_nothing_may_be_tried_again_a_few_times() -> None:
    token = issue()
    for _ in range(tickets.TRIES):
        assert tickets.spend("key", token, now=NOW)
        tickets.give_back("key", token)
    assert not tickets.spend("key", token, now=NOW)


def test_it_remembers_the_modal_it_was_offered_in() -> None:
    token, other = issue(), issue()
    tickets.offered_in("key", token, "V1")
    assert [tickets.find("key", each).view_id for each in (token, other)] == ["V1", ""]  # type: ignore[union-attr]


def test_an_invented_token_is_nobodys() -> None:
    issue()
    assert tickets.find("key", "x" * 43) is None
    assert not tickets.spend("key", "x" * 43, now=NOW)


def test_old_tickets_are_thrown_away_when_another_is_made() -> None:
    token = issue()
    tickets.issue("install", now=NOW + 2 * timedelta(days=1))
    assert tickets.find("key", token) is None
