"""Departures: nothing runs for a team that left, what it had goes in a while, or at once on request."""

from datetime import timedelta

import pytest

from providers.period import Period
from storage.engine.database import transaction
from storage.engine.tables import TABLES
from storage.facts import spend
from storage.state import (
    connections,
    installations,
    jobs,
    one_time_tokens,
    posts,
    subscriptions,
    uninstalls,
)
from storage.state.connections import LeaseLost
from storage.state.subjects import DigestDays
from storage.state.subscriptions import Plan, Subscription
from tests.storage.samples import DAY, NOW, VAULT, attribution, connected
from tests.storage.samples import spend as share

pytestmark = pytest.mark.usefixtures("store")
WHY = "account_inactive"
OVER = NOW + uninstalls.GRACE


def settled(team: str) -> int:
    """A team with everything: an installation, a key, jobs, figures, a digest, a message, a ticket."""
    connection = connected(team)
    with transaction():
        installations.save(
            team, "", name=team, bot_user_id="UB", token="xoxb-1", vault=VAULT, by="U1", at=NOW
        )
        spend.replace(connection.id, DAY, attribution(share("7")), estimated=False)
        jobs.schedule(connection.id, "usage", due=NOW, priority=1)
        posts.enter(
            team,
            f"digest:{team}",
            kind="digest",
            subject=DigestDays(1, Period.day(DAY)),
            channel="C1",
            due=NOW,
        )
        one_time_tokens.issue("key", now=NOW, team_id=team, user_id="U1")
    digest(team)
    return connection.id


def digest(team: str, channel: str = "C1") -> Subscription:
    return subscriptions.save(
        team,
        channel_id=channel,
        channel_name="spend",
        plan=Plan(),
        set_up_by="U1",
        next_at=NOW,
    )


def leave(team: str, enterprise: str = "") -> None:
    with transaction():
        uninstalls.uninstall(team, enterprise_id=enterprise, why=WHY, at=NOW)


def come_back(team: str, enterprise: str = "") -> None:
    with transaction():
        uninstalls.reinstall(team, enterprise_id=enterprise, reasons=[WHY])


def rows_of(team: str, *connection_ids: int) -> int:
    """How many rows anywhere belong to a team."""
    count = 0
    for table in TABLES:
        columns = table._meta.columns
        if "team_id" in columns:
            count += table.select().where(columns["team_id"] == team).count()
        if "connection_id" in columns:
            count += table.select().where(columns["connection_id"] << list(connection_ids)).count()
    return count


def test_the_key_and_the_jobs_of_who_leaves_are_gone_at_once_and_the_figures_stay() -> None:
    number = settled("T1")
    leave("T1")
    assert connections.of_team("T1") is None
    with pytest.raises(LeaseLost):
        connections.key_of(number, VAULT)
    assert jobs.due(number, NOW, limit=1) == []
    assert subscriptions.due(NOW) == []
    assert spend.all_time(number) == 7


def test_links_for_a_key_of_who_leaves_open_nothing_any_more() -> None:
    settled("T1")
    with transaction():
        token = one_time_tokens.issue("key", now=NOW, team_id="T1", user_id="U1")
    leave("T1")
    assert one_time_tokens.find("key", token) is None


def test_others_stay_as_they_are() -> None:
    settled("T1")
    other = settled("T2")
    leave("T1")
    assert connections.of_team("T2")
    assert jobs.waiting(NOW) == [other]
    assert [each.team_id for each in subscriptions.due(NOW)] == ["T2"]


def test_leaving_twice_deletes_no_sooner_and_no_later() -> None:
    settled("T1")
    leave("T1")
    with transaction():
        uninstalls.uninstall("T1", enterprise_id="", why=WHY, at=NOW + timedelta(days=9))
    assert uninstalls.due(OVER - timedelta(seconds=1)) == []
    assert uninstalls.due(OVER) == ["T1"]


def test_when_the_time_is_over_nothing_of_them_is_left_and_all_of_others() -> None:
    number, other = settled("T1"), settled("T2")
    whole = rows_of("T2", other)
    leave("T1")
    with transaction():
        assert uninstalls.delete("T1", now=OVER)
        assert not uninstalls.delete("T1", now=OVER)
    assert rows_of("T1", number) == 0
    assert rows_of("T2", other) == whole


def test_before_the_time_is_over_nothing_is_deleted() -> None:
    number = settled("T1")
    leave("T1")
    with transaction():
        assert not uninstalls.delete("T1", now=OVER - timedelta(seconds=1))
    assert spend.all_time(number) == 7


def test_who_comes_back_keeps_everything_and_gets_digests_again() -> None:
    number = settled("T1")
    by_hand = digest("T1", "C2")
    subscriptions.pause(by_hand.id, "by hand")
    leave("T1")
    come_back("T1")
    assert uninstalls.due(OVER) == []
    assert spend.all_time(number) == 7
    assert [each.id for each in subscriptions.due(NOW)] == [by_hand.id - 1]


def test_an_enterprise_comes_back_with_all_its_teams() -> None:
    for team, enterprise in (("T1", "E1"), ("T2", "E1"), ("T3", "E2"), ("T4", "")):
        settled(team)
        leave(team, enterprise)
    come_back("", "E1")
    assert uninstalls.due(OVER) == ["T3", "T4"]


def test_on_request_all_is_deleted_at_once() -> None:
    number = settled("T1")
    with transaction():
        uninstalls.forget("T1")
    assert rows_of("T1", number) == 0
