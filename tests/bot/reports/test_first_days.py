"""An organization that is a day old: nothing is said of days on which it did not exist."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.reports import cost, engineers
from bot.reports import digest as reports_digest
from demo.slack.people import ADMIN, SPEND
from digests import render
from digests.files.json_form import as_json
from digests.numbers.report import Question
from providers.period import Period
from storage.engine.database import session, transaction
from storage.facts import coverage
from storage.state.connections import Connection
from tests.bot.harness import NOW, Harness, connect, fill, open_harness

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)
MONTH = Period(TODAY.replace(day=1), TODAY + timedelta(days=1))


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    """Ten dollars yesterday, which was the organization's first day; the days before are read and empty."""
    del store
    with open_harness() as opened:
        connection = connect(opened)
        fill(connection, days=2)
        earlier = list(Period.last_days(90, until=YESTERDAY - timedelta(days=1)).days())
        with transaction():
            for report in ("charges", "usage", "claude_code"):
                coverage.mark(connection.id, report, earlier, at=NOW)
        yield opened


def connection_of(harness: Harness) -> Connection:
    connection = harness.connection()
    assert connection
    return connection


def answer_text(harness: Harness, text: str) -> str:
    return harness.ask(ADMIN, text, SPEND).words


def test_an_average_counts_the_days_that_there_were(harness: Harness) -> None:
    answer = harness.ask(ADMIN, "cost month", SPEND)
    words = harness.after(harness.press(ADMIN, answer, "about"), "modal").words
    assert "*Daily average:* $6.2" in words  # ten dollars over one day and fourteen and a half hours


def test_a_period_before_it_says_when_its_history_begins(harness: Harness) -> None:
    words = answer_text(harness, "cost last month")
    assert "*Nothing* in October 2026: Acme's history starts on Nov 21, 2026" in words
    assert "$0.00" not in words
    assert "Billed by Anthropic" not in words


@pytest.mark.parametrize("text", ["cost month", "cost yesterday", "engineers 7d", "cost today"])
def test_nothing_is_compared_with_days_before_it(harness: Harness, text: str) -> None:
    words = answer_text(harness, text)
    assert not set("▲▼=") & set(words)
    assert "new on" not in words


def test_by_day_only_the_days_that_there_were_are_drawn(harness: Harness) -> None:
    answer = harness.ask(ADMIN, "cost month by day", SPEND)
    charts = [block for block in answer.payload["blocks"] if block["type"] == "data_visualization"]
    points = [len(block["chart"]["series"][0]["data"]) for block in charts]
    assert points in ([], [1], [2])
    with session():
        report = cost.cost(connection_of(harness), Question(MONTH, "day"), now=NOW)
    assert [line.id for line in report.lines] == [YESTERDAY.isoformat()]


def test_a_digest_says_nothing_of_days_before_it(harness: Harness) -> None:
    with session():
        digest = reports_digest.gather(connection_of(harness), Period.day(YESTERDAY), zone="UTC", now=NOW)
    assert [day for day, _cost in digest.history] == [YESTERDAY]
    assert digest.models.new == ()
    assert "new" not in str(render.digest(digest).blocks[1])


def test_for_machines_there_is_no_period_before(harness: Harness) -> None:
    with session():
        report = cost.cost(connection_of(harness), Question(MONTH), now=NOW)
        people = engineers.report(connection_of(harness), MONTH, now=NOW)
    assert as_json(report)["previous"] is None
    assert as_json(people)["previous"] is None


@pytest.mark.parametrize("text", ["engineers last month", "me last month"])
def test_whoever_asks_for_people_hears_when_the_history_begins(harness: Harness, text: str) -> None:
    words = answer_text(harness, text)
    assert "*Nothing* in October 2026: Acme's history starts on Nov 21, 2026" in words
    assert "$0.00" not in words
    assert "Billed by Anthropic" not in words


def test_a_digest_of_days_before_it_says_when_its_history_begins(harness: Harness) -> None:
    month = Period.month(YESTERDAY.replace(month=10))
    with session():
        digest = reports_digest.gather(connection_of(harness), month, zone="UTC", now=NOW)
    message = render.digest(digest)
    assert "*Nothing* in October 2026: Acme's history starts on Nov 21, 2026" in str(message.blocks)
    assert "nothing, because its history starts on Nov 21, 2026" in message.text
    assert "No data yet" not in str(message.blocks)


def test_days_before_it_are_not_taken_for_billed_ones(harness: Harness) -> None:
    connection = connection_of(harness)
    with session():
        with transaction():
            coverage.unmark(connection.id, "charges", YESTERDAY)
        report = cost.cost(connection, Question(MONTH), now=NOW)
    assert report.basis == "estimated"
