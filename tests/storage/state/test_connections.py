"""Connections: keys, states, history, and whose turn it is."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from providers.period import Period
from storage.engine.database import transaction
from storage.engine.postgresql import patience
from storage.engine.tables import Connection as Row
from storage.engine.tables import Job
from storage.facts import charges, spend
from storage.state import connections, jobs, posts
from storage.state.connections import Connection, LeaseLost, MessagePlace
from storage.state.subjects import DigestDays
from tests.storage.samples import DAY, HOUR, MINUTE, NOW, VAULT, attribution, charge, connected
from tests.storage.samples import spend as share
from tests.storage.threads import at_once

pytestmark = pytest.mark.usefixtures("store")


def lease(worker: str, *due: int, minutes: int = 0) -> int | None:
    now = NOW + minutes * MINUTE
    taken = connections.lease(
        worker, now=now, length=5 * MINUTE, due=due or [c.id for c in connections.every()]
    )
    return taken.id if taken else None


def refuse(connection: Connection) -> None:
    connections.refuse(connection, since=NOW, until=NOW + HOUR)


def test_a_connection_shows_the_last_four_of_its_key_and_no_more() -> None:
    connection = connected(key="sk-ant-admin01-abcdefgh-4Q7x")
    assert connection == connections.of_team("T1")
    assert (connection.key_hint, connection.state, connection.connected_by) == ("4Q7x", "active", "U1")
    assert "abcdefgh" not in repr(connection)


def test_the_key_is_encrypted_at_rest() -> None:
    connection = connected(key="sk-ant-admin01-secret")
    assert b"secret" not in bytes(Row.get_by_id(connection.id).key_encrypted or b"secret")
    assert connections.key_of(connection.id, VAULT) == "sk-ant-admin01-secret"


def test_the_same_organization_keeps_its_history() -> None:
    first = connected(key="old")
    connections.set_first_day(first.id, DAY)
    refuse(first)
    second = connected(key="new")
    assert (second.id, second.first_day, second.state) == (first.id, DAY, "active")
    assert connections.key_of(second.id, VAULT) == "new"


def test_another_organization_takes_the_place_of_the_first() -> None:
    first, second = connected(organization="org_1"), connected(organization="org_2")
    assert connections.of_team("T1") == second
    assert [past.id for past in connections.past_of_team("T1")] == [first.id]
    with pytest.raises(LeaseLost):
        connections.key_of(first.id, VAULT)


def test_teams_do_not_see_each_other() -> None:
    mine, theirs = connected("T1"), connected("T2")
    assert mine.id != theirs.id
    assert connections.of_team("T3") is None
    assert connections.teams() == ["T1", "T2"]


def filled() -> Connection:
    connection = connected()
    with transaction():
        charges.replace(connection.id, [DAY], [charge("1")], at=NOW)
        spend.replace(connection.id, DAY, attribution(share("1")), estimated=False)
    jobs.schedule(connection.id, "usage", due=NOW, priority=1)
    return connection


def test_disconnecting_forgets_the_key_and_keeps_the_history() -> None:
    connection = filled()
    connections.disconnect(connection.id, keep_history=True)
    assert connections.of_team("T1") is None
    assert Row.get_by_id(connection.id).key_encrypted is None
    assert jobs.due(connection.id, NOW, limit=1) == []
    assert spend.all_time(connection.id) == 1


def test_disconnecting_can_forget_everything() -> None:
    connection, other = filled(), connected("T2")
    with transaction():
        spend.replace(other.id, DAY, attribution(share("2")), estimated=False)
    connections.disconnect(connection.id, keep_history=False)
    assert connections.past_of_team("T1") == []
    assert charges.totals(connection.id, Period.day(DAY)) == {}
    assert spend.all_time(connection.id) == 0
    assert spend.all_time(other.id) == 2


def test_the_outbox_of_the_team_outlives_the_connection() -> None:
    connection = filled()
    posts.enter(
        "T1", "digest:1", kind="digest", subject=DigestDays(1, Period.day(DAY)), channel="C1", due=NOW
    )
    connections.disconnect(connection.id, keep_history=False)
    assert len(posts.by_key_prefix("T1", "digest:")) == 1


def test_a_refused_connection_is_known_and_has_no_turn_before_its_key_is_tried_again() -> None:
    connection = connected()
    refuse(connection)
    assert connections.by_id(connection.id).state == "refused"
    assert lease("a", minutes=59) is None
    assert lease("a", minutes=60) == connection.id


def test_a_disconnected_connection_cannot_be_refused() -> None:
    connection = connected()
    connections.disconnect(connection.id, keep_history=True)
    refuse(connection)
    assert connections.by_id(connection.id).state == "disconnected"


def test_what_comes_back_for_an_old_key_changes_nothing_of_the_new_one() -> None:
    old = connected(key="old")
    new = connected(key="new")  # in the same second
    refuse(old)
    connections.doubt(old, since=NOW, until=NOW + HOUR)
    connections.pause(old, NOW + HOUR)
    assert connections.by_id(new.id) == new
    assert lease("a") == new.id


def test_the_progress_message_is_remembered() -> None:
    connection = connected()
    for place in (connections.PROGRESS_WANTED, MessagePlace("D1", "1700000000.1"), None):
        connections.set_progress_message(connection.id, place)
        assert connections.by_id(connection.id).announced == place


def test_a_turn_is_one_workers_until_it_is_given_back() -> None:
    connection = connected()
    assert lease("a") == connection.id
    assert lease("b") is None
    connections.release(connection.id, "b")
    assert lease("b") is None
    connections.release(connection.id, "a")
    assert lease("b") == connection.id


def test_a_turn_runs_out() -> None:
    connection = connected()
    lease("a")
    assert lease("b", minutes=4) is None
    assert lease("b", minutes=5) == connection.id


GONE: dict[str, Callable[[Connection], object]] = {
    "taken over": lambda connection: lease("b", connection.id, minutes=6),
    "disconnected": lambda connection: connections.disconnect(connection.id, keep_history=True),
    "another key, in the same second": lambda _: connected(key="another"),
}


@pytest.mark.parametrize("gone", GONE.values(), ids=GONE)
def test_whoever_lost_the_turn_is_told(gone: Callable[[Connection], object]) -> None:
    connection = connected()
    lease("a")
    connections.renew_lease(connection, "a", now=NOW, length=5 * MINUTE)
    gone(connection)
    with pytest.raises(LeaseLost):
        connections.renew_lease(connection, "a", now=NOW + 6 * MINUTE, length=5 * MINUTE)


def test_a_renewed_turn_lasts_longer() -> None:
    connection = connected()
    lease("a")
    connections.renew_lease(connection, "a", now=NOW + 4 * MINUTE, length=5 * MINUTE)
    assert lease("b", minutes=6) is None


def test_only_one_of_many_workers_gets_the_turn() -> None:
    connection = connected()
    got = at_once(lambda worker: lease(worker, connection.id))
    assert sorted(got, key=str) == [connection.id, *[None] * 7]


def test_many_workers_share_many_connections() -> None:
    due = [connected(f"T{n}").id for n in range(8)]
    got = at_once(lambda worker: lease(worker, *due))
    assert len(set(got) - {None}) == len([one for one in got if one is not None])


def test_the_longest_waiting_connection_comes_first() -> None:
    first, second = connected("T1"), connected("T2")
    assert lease("a", second.id, first.id) == second.id


def test_a_pause_is_kept_until_somebody_hurries() -> None:
    connection = connected()
    connections.pause(connection, NOW + HOUR)
    assert lease("a") is None
    connections.clear_pause(connection.id)
    assert lease("a") == connection.id


def test_a_pause_ends_by_itself() -> None:
    connection = connected()
    connections.pause(connection, NOW + 2 * MINUTE)
    assert lease("a", minutes=2) == connection.id


def test_what_waits_for_a_working_connection_is_late() -> None:
    working, refused = connected("T1"), connected("T2")
    for connection in (working, refused):
        jobs.schedule(connection.id, "usage", due=NOW - timedelta(hours=2), priority=1)
        jobs.schedule(connection.id, "charges", due=NOW - HOUR, priority=1)
    refuse(refused)
    assert jobs.overdue_since(NOW) == {working.id: NOW - timedelta(hours=2)}
    assert Job.select().count() == 4


def test_the_history_of_years_has_time_to_be_deleted() -> None:
    connection = connected()
    with transaction(), patience(0.000001):
        connections.disconnect(connection.id, keep_history=False)
    assert connections.find(connection.id) is None
