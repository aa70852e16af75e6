"""How often Anthropic is asked: less than once a minute an organization, and every organization in its turn.

Time is simulated: nobody sleeps, no socket is opened. A thousand connections are `make bench`'s.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.sync import jobs
from tests.bot.conftest import HOUR, MINUTE, NOW, ON_SQLITE, Company, connect_and_sync, walked_once
from tests.bot.many_connections import ManyConnections, most_in_an_hour

A_MINUTE_EACH = 60
AN_HOUR = {  # calls in an hour at rest, by report: of what comes again, and of a bill while it is late
    "messages": 31,
    "claude_code": 6,
    "cost_report": 3,
    "cost": 8,
    "usage": 2,
    "users": 1,
    "workspaces": 1,
    "api_keys": 1,
    "spend_limits": 1,
}
SECOND = timedelta(seconds=1)
SPAN = 6 * HOUR  # with midnight UTC in it, after which most is asked for


def enrolled(company: Company) -> None:
    company.api.faults.enroll()
    walked_once(company, "enrolled", lambda: connect_and_sync(company))


def not_enrolled(company: Company) -> None:
    walked_once(company, "walked", lambda: connect_and_sync(company))


@ON_SQLITE
@pytest.mark.parametrize("generation", [enrolled, not_enrolled], ids=lambda each: each.__name__)
def test_the_hours_around_midnight_have_none_of_more_than_a_call_a_minute(
    company: Company, generation: Callable[[Company], None]
) -> None:
    generation(company)
    company.live(NOW + 10 * HOUR)
    company.api.requests.clear()
    company.live(NOW + 10 * HOUR + SPAN, step=2 * MINUTE)
    assert most_in_an_hour([request.at for request in company.api.requests]) <= A_MINUTE_EACH
    hourly = {report: count / (SPAN / HOUR) for report, count in company.api.requests.calls().items()}
    assert {report: calls for report, calls in hourly.items() if calls > AN_HOUR.get(report, 0)} == {}


@ON_SQLITE
def test_fifty_connections_behind_one_thread_are_each_asked_for_in_time(store: str) -> None:
    assert store
    many = ManyConnections(50, threads=1, latency=SECOND / 2)
    many.connect()
    many.live(7 * MINUTE)
    rested = many.clock()
    many.live(HOUR / 2)
    assert many.busiest_hour() <= A_MINUTE_EACH
    assert many.oldest_usage(rested) <= 3 * MINUTE


@ON_SQLITE
def test_who_walks_through_history_keeps_nobody_waiting(store: str) -> None:
    assert store
    many = ManyConnections(8, threads=1, latency=SECOND)
    walking, resting = list(many.providers)[:3], list(many.providers)[3:]
    many.connect(keys=resting)
    many.live(2 * MINUTE)
    many.connect(history=90, keys=walking)
    began = many.clock()
    many.live(10 * MINUTE)
    assert many.oldest_usage(began, keys=resting) <= 4 * MINUTE
    assert many.oldest_usage(began, keys=walking) <= 4 * MINUTE
    assert many.calls(began)["claude_code"] >= 3 * 90


def test_what_came_together_parts_whatever_the_number() -> None:
    due = dict.fromkeys(range(1, 1001), NOW)
    for _ in range(60):  # rounds of usage: two hours or a little more
        due = {
            each: jobs.spread_due_time(each, at, 2 * MINUTE).replace(microsecond=0)
            for each, at in due.items()
        }
    assert max(Counter(due.values()).values()) <= 1000 / 120  # no more than if all came evenly


@pytest.mark.parametrize("number", [1, 2, 3, 1000])
def test_nobody_comes_sooner_nor_more_than_a_tenth_later(number: int) -> None:
    length = jobs.spread_due_time(number, NOW, HOUR) - NOW
    assert HOUR <= length <= HOUR * 1.1 + SECOND


def test_the_first_connection_comes_to_the_second() -> None:
    assert jobs.spread_due_time(1, NOW, HOUR).replace(microsecond=0) == NOW + HOUR
