"""Subscriptions, incidents, accuracy, restatements and names: small tables with one rule each."""

from datetime import timedelta
from decimal import Decimal

import pytest

from providers.directory import Entry
from providers.period import Period
from storage.engine.database import transaction
from storage.facts import accuracy, assignments, directory
from storage.state import incidents, posts, subscriptions
from storage.state.subjects import DigestDays
from storage.state.subscriptions import Plan, Subscription
from tests.storage.samples import DAY, HOUR, NEXT, NOW
from tests.storage.threads import at_once

pytestmark = pytest.mark.usefixtures("store")
ONE = 1
TOMORROW = NOW + timedelta(days=1)


def digest(team: str = "T1", **changes: object) -> Subscription:
    plain = {
        "channel_id": "C1",
        "channel_name": "costs",
        "plan": Plan(zone="Europe/Berlin"),
        "set_up_by": "U1",
        "next_at": NOW,
    }
    return subscriptions.save(team, **{**plain, **changes})  # type: ignore[arg-type] # one dictionary of both


def test_a_digest_is_due_once_however_many_claim_it() -> None:
    mine = digest()
    assert subscriptions.due(NOW - HOUR) == []
    assert subscriptions.due(NOW) == [mine]
    assert sum(at_once(lambda _worker: subscriptions.claim(mine, next_at=TOMORROW))) == 1
    assert subscriptions.due(NOW) == []


def test_a_paused_digest_is_not_due_until_it_is_resumed() -> None:
    mine = digest()
    subscriptions.pause(mine.id, "channel_not_found")
    assert subscriptions.due(NOW) == []
    assert not subscriptions.claim(mine, next_at=TOMORROW)
    subscriptions.resume("T1", mine.id, next_at=NOW)
    assert [each.paused for each in subscriptions.due(NOW)] == [""]


def test_a_changed_digest_stays_itself_and_is_no_longer_paused() -> None:
    mine = digest()
    subscriptions.pause(mine.id, "archived")
    changed = digest(subscription_id=mine.id, plan=Plan(time="10:30"))
    assert (changed.id, changed.time, changed.paused) == (mine.id, "10:30", "")
    assert subscriptions.of_team("T1") == [changed]


def test_of_many_who_set_up_the_same_digest_one_does() -> None:
    def set_up(_worker: str) -> bool:
        try:
            with transaction():
                digest()
        except subscriptions.AlreadySetUp:
            return False
        return True

    assert sum(at_once(set_up)) == 1
    assert len(subscriptions.of_team("T1")) == 1


def test_a_digest_does_not_become_one_that_there_is() -> None:
    mine, other = digest(), digest(channel_id="C2")
    with pytest.raises(subscriptions.AlreadySetUp), transaction():
        digest(channel_id="C2", subscription_id=mine.id)
    assert subscriptions.of_team("T1") == [mine, other]


def test_no_digest_gets_the_number_of_one_that_was_removed() -> None:
    old = digest()
    posts.enter(
        "T1", "digest:1", kind="digest", subject=DigestDays(old.id, Period.day(NEXT)), channel="C1", due=NOW
    )
    subscriptions.remove("T1", old.id)
    assert digest().id > old.id
    assert posts.counts() == {"dropped": 1}


def test_another_team_can_neither_see_nor_change_a_digest() -> None:
    mine = digest("T1")
    digest("T2", subscription_id=mine.id, plan=Plan(time="23:59"))
    subscriptions.remove("T2", mine.id)
    subscriptions.resume("T2", mine.id, next_at=TOMORROW)
    assert subscriptions.find("T2", mine.id) is None
    assert subscriptions.of_team("T1") == [mine]


def test_a_removed_digest_is_gone() -> None:
    mine = digest()
    subscriptions.remove("T1", mine.id)
    assert (subscriptions.of_team("T1"), subscriptions.find("T1", mine.id)) == ([], None)


def test_one_incident_of_a_kind_is_open() -> None:
    first = incidents.open_one(ONE, "key_refused", detail="401", at=NOW)
    assert incidents.open_one(ONE, "key_refused", detail="403", at=TOMORROW) is None
    assert incidents.open_one(ONE, "sync_failing", detail="529", at=NOW) is not None
    assert incidents.open_one(2, "key_refused", detail="401", at=NOW) is not None
    assert incidents.open_ones(ONE)[0] == first


def test_of_many_processes_one_opens_and_one_closes_it() -> None:
    opened = at_once(lambda _worker: incidents.open_one(ONE, "key_refused", detail="401", at=NOW))
    closed = at_once(lambda _worker: incidents.close(ONE, "key_refused", at=TOMORROW))
    assert [len([done for done in many if done]) for many in (opened, closed)] == [1, 1]


def test_an_incident_ends_and_may_begin_anew() -> None:
    for _ in range(3):
        opened = incidents.open_one(ONE, "key_refused", detail="401", at=NOW)
        closed = incidents.close(ONE, "key_refused", at=TOMORROW)
        assert opened is not None
        assert closed is not None
        assert (closed.id, closed.opened_at, closed.closed_at) == (opened.id, NOW, TOMORROW)
    assert incidents.close(ONE, "key_refused", at=TOMORROW) is None
    assert incidents.open_ones(ONE) == []
    assert incidents.find(99) is None


def test_the_first_bill_is_what_an_estimate_is_measured_by() -> None:
    accuracy.record(ONE, DAY, estimated=Decimal(102), billed=Decimal(100))
    accuracy.record(ONE, DAY, estimated=Decimal(500), billed=Decimal(100))
    accuracy.record(ONE, NEXT, estimated=Decimal(1), billed=Decimal(0))
    assert accuracy.errors(ONE, since=DAY) == [Decimal("0.02")]
    assert accuracy.recorded_days(ONE, since=DAY) == {DAY, NEXT}
    assert accuracy.recorded_days(ONE, since=NEXT) == {NEXT}


def test_a_restatement_is_kept_with_both_figures() -> None:
    accuracy.restate(ONE, DAY, before=Decimal(1), after=Decimal("1.5"), at=NOW)
    assert accuracy.restatements(ONE, since=NOW) == [(DAY, Decimal(1), Decimal("1.5"))]
    assert accuracy.restatements(ONE, since=TOMORROW) == []


def test_names_are_kept_after_what_they_name_is_gone() -> None:
    with transaction():
        directory.remember(
            ONE, [Entry("apikey_1", "api_key", "ci"), Entry("user_1", "user", "Ada", email="A@x")]
        )
        directory.remember(ONE, [Entry("apikey_1", "api_key", "ci, renamed", owner_id="user_1")])
    names = directory.read(ONE)
    assert (names.name("apikey_1"), names.name("user_1")) == ("ci, renamed", "Ada")
    assert names.engineer_of("apikey_1") == "a@x"
    assert directory.read(2).name("apikey_1") == "apikey_1"


def test_a_large_directory_is_remembered_whole() -> None:
    with transaction():
        directory.remember(
            ONE, [Entry(f"apikey_{n}", "api_key", f"key {n}", created_at=NOW) for n in range(250)]
        )
    names = directory.read(ONE)
    assert len(names.workspaces_of_keys()) == 250
    assert names.earliest() == NOW


def test_a_list_that_says_nothing_new_is_not_written(caplog: pytest.LogCaptureFixture) -> None:
    listed = [
        Entry("apikey_1", "api_key", "ci", created_at=NOW + timedelta(milliseconds=7)),
        Entry("user_1", "user", "Ada", email="a@x"),
    ]
    with transaction():
        directory.remember(ONE, listed)
        with caplog.at_level("DEBUG", "peewee"):
            directory.remember(ONE, listed[1:])
            directory.remember(ONE, listed)
    assert not [record for record in caplog.records if "SELECT" not in str(record.msg)]


def test_a_key_is_whose_an_admin_said_last() -> None:
    with transaction():
        assignments.assign(ONE, "apikey_1", "user_1", by="U1", at=NOW)
        assignments.assign(ONE, "apikey_1", "user_2", by="U2", at=NOW)
        assignments.assign(ONE, "apikey_2", "user_1", by="U1", at=NOW)
        assignments.unassign(ONE, "apikey_2")
    assert assignments.of(ONE) == {"apikey_1": "user_2"}
    assert assignments.of(ONE + 1) == {}
    assert directory.read(ONE).engineer_of("apikey_1") == "user_2"
