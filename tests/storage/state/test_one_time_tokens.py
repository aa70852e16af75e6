"""Tickets: once, soon, and only for whoever holds the token."""

from datetime import datetime, timedelta

import pytest

from storage.engine.tables import OneTimeTokenRow
from storage.state import one_time_tokens
from tests.storage.samples import MINUTE, NOW
from tests.storage.threads import at_once

pytestmark = pytest.mark.usefixtures("store")


def issue() -> str:
    return one_time_tokens.issue("key", now=NOW, team_id="T1", user_id="U1")


def is_used(token: str, now: datetime) -> bool:
    ticket = one_time_tokens.find("key", token)
    assert ticket
    return ticket.is_used(now=now)


def test_a_ticket_says_whose_it_is() -> None:
    ticket = one_time_tokens.find("key", issue())
    assert ticket
    assert (ticket.team_id, ticket.user_id, ticket.is_spent) == ("T1", "U1", False)
    assert ticket.expires_at == NOW + timedelta(minutes=10)


def test_the_token_itself_is_not_kept() -> None:
    token = issue()
    assert token not in repr(list(OneTimeTokenRow.select().tuples()))
    assert len(token) >= 43  # 256 bits


def test_no_two_tokens_are_alike() -> None:
    assert len({issue() for _ in range(100)}) == 100


def test_a_ticket_is_good_for_one_use_whoever_tries() -> None:
    token = issue()
    used = at_once(lambda _: one_time_tokens.claim("key", token, now=NOW))
    assert used.count(True) == 1
    assert is_used(token, NOW)


def test_it_is_good_for_ten_minutes() -> None:
    assert one_time_tokens.claim("key", issue(), now=NOW + 10 * MINUTE - timedelta(seconds=1))
    assert not one_time_tokens.claim("key", issue(), now=NOW + 10 * MINUTE)


def test_it_is_good_for_its_own_kind_alone() -> None:
    token = issue()
    assert one_time_tokens.find("install", token) is None
    assert not one_time_tokens.claim("install", token, now=NOW)


def test_what_came_to_nothing_may_be_tried_again_a_few_times() -> None:
    token = issue()
    for _ in range(one_time_tokens.TRIES):
        assert one_time_tokens.claim("key", token, now=NOW)
        one_time_tokens.give_back("key", token)
    assert not one_time_tokens.claim("key", token, now=NOW)


def test_it_remembers_the_modal_it_was_offered_in() -> None:
    token, other = issue(), issue()
    one_time_tokens.set_view("key", token, "V1")
    assert [one_time_tokens.find("key", each).view_id for each in (token, other)] == ["V1", ""]  # type: ignore[union-attr]


def test_an_invented_token_is_nobodys() -> None:
    issue()
    assert one_time_tokens.find("key", "x" * 43) is None
    assert not one_time_tokens.claim("key", "x" * 43, now=NOW)


def test_old_tickets_are_thrown_away_when_another_is_made() -> None:
    token = issue()
    one_time_tokens.issue("install", now=NOW + 2 * timedelta(days=1))
    assert one_time_tokens.find("key", token) is None


def test_what_it_was_used_for_uses_it_up() -> None:
    token = issue()
    assert one_time_tokens.claim("key", token, now=NOW)
    one_time_tokens.spend("key", token)
    assert is_used(token, NOW + MINUTE)
    assert not one_time_tokens.claim("key", token, now=NOW + MINUTE)


def test_what_a_process_that_ended_was_doing_may_be_done_again() -> None:
    token = issue()
    assert one_time_tokens.claim("key", token, now=NOW)
    assert not one_time_tokens.claim("key", token, now=NOW + one_time_tokens.CLAIM - timedelta(seconds=1))
    assert not is_used(token, NOW + one_time_tokens.CLAIM)
    assert one_time_tokens.claim("key", token, now=NOW + one_time_tokens.CLAIM)


def test_unfinished_uses_are_counted_too() -> None:
    token = issue()
    for n in range(one_time_tokens.TRIES):
        assert one_time_tokens.claim("key", token, now=NOW + n * one_time_tokens.CLAIM)
    later = NOW + one_time_tokens.TRIES * one_time_tokens.CLAIM
    assert not one_time_tokens.claim("key", token, now=later)
    assert is_used(token, later)


def test_what_was_never_stored_is_burned_once_whoever_tries() -> None:
    until = NOW + one_time_tokens.LIFE
    assert at_once(lambda _: one_time_tokens.burn("install", "state", expires_at=until)).count(True) == 1


def test_burned_ones_are_forgotten_when_they_would_be_too_old_anyway() -> None:
    for n in range(5):
        one_time_tokens.burn("install", f"state {n}", expires_at=NOW + n * 10 * MINUTE)
    assert OneTimeTokenRow.select().count() == 2
