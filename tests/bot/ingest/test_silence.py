"""Senders that stop reporting while their use goes on are an incident, which ends when they report again."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.ingest.silence import SilenceWatch
from bot.reports.digest import gather
from demo.slack.people import ADMIN, SPEND
from digests.numbers.digest_report import Digest
from providers.activity import CodeActivity
from providers.period import Period
from storage.engine.database import session, transaction
from storage.engine.tables import PostRow
from storage.facts import activity
from storage.state import connections, incidents
from storage.state.ingest import tokens
from tests.bot.harness import NOW, Harness
from tests.bot.telemetry_team import JONAS, MINA, open_team, use

DAY = 24 * 60  # minutes


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    """Mina reports every day; Jonas did until four days ago, and goes on using Claude Code."""
    del store
    with open_team() as opened:
        connection = opened.connection()
        assert connection
        for day in range(1, 8):
            use(opened, f"m{day}", MINA, minutes_ago=day * DAY)
            use(opened, f"n{day}", MINA, minutes_ago=day * DAY)
        use(opened, "j", JONAS, minutes_ago=4 * DAY)
        with transaction():
            for back in range(1, 6):
                date = (NOW - timedelta(days=back)).date()
                rows = [CodeActivity(date, who, None, "api", "", Decimal(2)) for who in (MINA, JONAS)]
                activity.replace(connection.id, date, rows, at=NOW, until=NOW)
        yield opened


def watch(*, hours: int = 0) -> None:
    SilenceWatch(lambda: NOW + timedelta(hours=hours), frozenset({ADMIN})).tick()


def opened(harness: Harness) -> list[str]:
    with session():
        reporting = connections.of_team(harness.team_id, tokens.PROVIDER)
        assert reporting
        return [f"{each.kind}: {each.detail}" for each in incidents.open_ones(reporting.id)]


def test_it_opens_once_and_tells_admins_without_names(harness: Harness) -> None:
    for hours in (0, 1, 2):
        watch(hours=hours)
    assert opened(harness) == ["telemetry_silent: 1 person, ≈ $6.00 not reported since Nov 19, 2026"]
    with session():
        alerts = [post.channel for post in PostRow.select() if post.kind == "alert"]
    assert alerts == [ADMIN]


def test_it_ends_when_everybody_reports_again(harness: Harness) -> None:
    watch()
    for day in range(1, 4):
        use(harness, f"k{day}", JONAS, minutes_ago=day * DAY)
        use(harness, f"l{day}", JONAS, minutes_ago=day * DAY)
    watch(hours=1)
    assert opened(harness) == []


def test_status_says_how_many_do_not_report(harness: Harness) -> None:
    shown = harness.ask(ADMIN, "status", SPEND).words
    assert "people and keys don't report what they use" in shown.replace("*", "")
    assert "no event yet" in shown


def digest(harness: Harness, days: Period) -> Digest:
    connection = harness.connection()
    assert connection
    return gather(connection, days, zone="UTC", now=NOW)


def test_a_digest_has_a_line_of_live_use_and_the_weekly_one_who_does_not_report(harness: Harness) -> None:
    day = digest(harness, Period.day((NOW - timedelta(days=4)).date())).live
    week = digest(harness, Period((NOW - timedelta(days=13)).date(), (NOW - timedelta(days=6)).date())).live
    assert day
    assert week
    assert (day.people, day.sessions, day.blind) == (2, 1, None)
    assert week.blind == 2


def test_before_telemetry_was_connected_a_digest_says_nothing_of_it(harness: Harness) -> None:
    assert digest(harness, Period.day((NOW - timedelta(days=45)).date())).live is None
