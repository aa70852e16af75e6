"""Turns and incidents: many workers do everything once; what fails is told once, and that it is over once."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.services import Services
from bot.sync import backfill, jobs, reports, turn
from bot.sync.worker import Worker
from demo.admin_api.faults import ADMIN_KEY
from demo.slack.people import ADMIN, TEAM
from digests.numbers.report import Restatement
from providers.period import Period
from providers.provider import ProviderUnavailable
from storage.engine.database import session, transaction
from storage.engine.secrets import Vault, new_key
from storage.facts import coverage, spend
from storage.state import connections, incidents, posts
from storage.state import jobs as kept
from storage.state.connections import LeaseLost
from storage.state.jobs import failing
from storage.state.subjects import IncidentChange
from tests.bot.conftest import (
    DAY,
    FIRST,
    HOUR,
    MINUTE,
    NOW,
    ON_SQLITE,
    TODAY,
    YESTERDAY,
    AtOnce,
    Company,
    Postponed,
)

RECENT = TODAY - 4 * DAY
OWNER = "U0OWNER001"
OTHER_KEY = "sk-ant-admin01-acme-another-9Zk2"


def alerts(prefix: str = "incident:") -> list[tuple[str, str]]:
    """Whom the outbox tells what."""
    return [
        (post.channel, post.subject.change)
        for post in posts.by_key_prefix(TEAM, prefix)
        if isinstance(post.subject, IncidentChange)
    ]


# --- turns


def test_many_workers_on_one_database_ask_for_everything_once(company: Company) -> None:
    company.connect(first_day=RECENT)
    with ThreadPoolExecutor(4) as serving, ThreadPoolExecutor(4) as fetching:
        workers = [Worker(f"w{n}", company.services, serving, fetching) for n in range(4)]
        threads = [threading.Thread(target=_tick_often, args=(worker,)) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert company.api.requests.calls()["claude_code"] == 3 + 4
    assert company.api.requests.calls()["cost_report"] == 2
    assert company.remembered(RECENT) == company.billed(RECENT)


def _tick_often(worker: Worker) -> None:
    patience = threading.Event()
    for _ in range(200):
        worker.tick()
        patience.wait(0.02)
        with session():
            connection = connections.every()[0]
            if not worker.is_busy and not jobs.is_due(connection, NOW):
                return


def test_a_turn_that_is_held_is_nobody_elses(walked: Company) -> None:
    walked.clock.advance(HOUR)
    holder = Worker("holder", walked.services, Postponed(), AtOnce())
    holder.tick()
    walked.worker("other").tick()
    assert holder.is_busy
    assert len(walked.api.requests) == 0


def test_a_turn_is_kept_by_ticking(walked: Company) -> None:
    walked.clock.advance(HOUR)
    holder = Worker("holder", walked.services, Postponed(), AtOnce())
    for _ in range(4):
        holder.tick()
        walked.clock.advance(timedelta(seconds=45))
    walked.worker("other").tick()
    assert len(walked.api.requests) == 0


def test_a_turn_that_ran_out_is_taken_over_and_what_the_old_holder_brings_is_refused(walked: Company) -> None:
    walked.clock.advance(HOUR)
    later = Postponed()
    Worker("stalled", walked.services, later, AtOnce()).tick()
    walked.clock.advance(2 * MINUTE)
    walked.worker("other").tick()
    before, requests_before = spend.all_time(walked.connection.id), len(walked.api.requests)
    walked.clock.advance(HOUR)
    connections.lease("third", now=walked.clock(), length=HOUR, due=[walked.connection.id])
    later.waiting[0]()
    assert spend.all_time(walked.connection.id) == before
    assert len(walked.api.requests) == requests_before


def test_an_answer_that_comes_after_the_turn_was_lost_is_not_written(walked: Company) -> None:
    walked.clock.advance(10 * MINUTE)
    stalled = walked.worker("stalled")
    taken = connections.lease("stalled", now=NOW, length=MINUTE, due=[walked.connection.id])
    assert taken
    walked.before_each_call = lambda: _take_over(walked)
    before = spend.all_time(taken.id)
    with pytest.raises(LeaseLost):
        stalled.serve(taken)
    assert spend.all_time(taken.id) == before


def _take_over(company: Company) -> None:
    """Let the turn run out while Anthropic takes its time, and another begin."""
    company.clock.advance(2 * MINUTE)
    connections.lease("other", now=company.clock(), length=HOUR, due=[company.connection.id])


def test_what_is_disconnected_during_a_turn_is_not_written_any_more(walked: Company) -> None:
    walked.clock.advance(10 * MINUTE)
    connection = walked.connection
    walked.before_each_call = lambda: connections.disconnect(connection.id, keep_history=False)
    walked.sync()
    assert spend.all_time(connection.id) == 0
    assert connections.of_team(TEAM) is None


def test_a_fault_of_ours_in_one_report_stops_no_other(
    walked: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a mistake")

    usage = jobs.REPORTS["usage"]
    faulty = jobs.Report(usage.every, usage.priority, usage.span, usage.fetch, broken)
    monkeypatch.setattr(turn, "REPORTS", {**jobs.REPORTS, "usage": faulty})
    walked.sync_at(NOW + HOUR)
    assert [(kind, error) for kind, error, _ in failing(walked.connection.id)] == [
        ("usage", "A StackSpend error in syncing usage; details are in the log.")
    ]
    assert walked.calls("cost_report")


def test_another_connection_goes_on_while_one_is_refused(walked: Company) -> None:
    connections.connect(
        "T2", "org_2", "Umbrella", key="sk-ant-admin01-wrong", vault=walked.vault, by="U2", at=NOW
    )
    jobs.begin(connections.of_team("T2") or walked.connection, now=NOW)
    walked.sync_at(NOW + HOUR)
    walked.sync_at(NOW + HOUR + MINUTE)
    assert [connection.state for connection in connections.every()] == ["active", "refused"]
    assert walked.knows("usage", FIRST, TODAY + DAY)


def test_after_a_new_key_is_stored_it_is_the_one_that_is_used(walked: Company) -> None:
    worker = walked.worker()
    walked.clock.advance(HOUR)
    worker.tick()
    walked.api.faults.accept(OTHER_KEY)
    walked.api.faults.revoke(ADMIN_KEY)
    walked.clock.advance(MINUTE)
    walked.connect(key=OTHER_KEY)
    worker.tick()
    assert walked.connection.state == "active"


class HangsFor(AtOnce):
    """Does what it is given at once, but for one report."""

    def __init__(self, fetch: Callable[..., Any], given_up: Callable[[], None]) -> None:
        self._fetch, self._given_up = fetch, given_up

    def submit(self, task: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        return Hanging(self._given_up) if task is self._fetch else super().submit(task, *arguments, **named)


class Hanging(Future[Any]):
    """An answer that has not come however often one looks, until it is given up."""

    def __init__(self, given_up: Callable[[], None]) -> None:
        super().__init__()
        self._left, self._given_up = 100, given_up

    def done(self) -> bool:
        self._left -= 1
        if self._left == 0:
            self._given_up()
            self.set_exception(ProviderUnavailable("no answer in time"))
        return super().done()


@ON_SQLITE
def test_a_report_that_hangs_keeps_none_of_its_own_connection_waiting(walked: Company) -> None:
    walked.clock.advance(5 * HOUR)
    number, meanwhile = walked.connection.id, list[str]()

    def given_up() -> None:
        meanwhile.extend(job.kind for job in kept.due(number, walked.clock(), limit=100))

    fetching = HangsFor(reports.fetch_usage, given_up)
    Worker("worker", walked.services, AtOnce(), fetching, patience=0).tick()
    assert meanwhile == ["usage"]  # alone was left to be done by then
    assert failing(number) == [("usage", "no answer in time", 1)]
    assert (coverage.until(number, "claude_code") or NOW) > NOW


# --- incidents


def refused(company: Company, at: datetime) -> None:
    """Let Anthropic refuse the key, and again a minute later."""
    company.api.faults.revoke()
    company.sync_at(at)
    company.sync_at(at + MINUTE)


def test_a_refused_key_is_told_once_to_each_recipient_and_only_the_key_is_asked_about(
    walked: Company,
) -> None:
    walked.admins = frozenset({OWNER, ADMIN})
    walked.api.faults.revoke()
    walked.live(NOW + 6 * HOUR, step=30 * MINUTE)
    assert sorted(alerts()) == [(ADMIN, "opened"), (OWNER, "opened")]
    assert walked.api.requests.calls() == {"messages": 1, "me": 7}
    assert walked.connection.state == "refused"


def test_an_alert_says_what_anthropic_said_and_never_the_key(walked: Company) -> None:
    refused(walked, NOW + HOUR)
    (incident,) = incidents.open_ones(walked.connection.id)
    assert "invalid x-api-key" in incident.detail
    assert ADMIN_KEY not in incident.detail


def test_reconnecting_ends_the_incident_and_says_so_once(walked: Company) -> None:
    refused(walked, NOW + HOUR)
    walked.api.faults.accept(OTHER_KEY)
    walked.clock.advance(HOUR)
    walked.connect(key=OTHER_KEY)
    walked.live(walked.clock() + 2 * HOUR, step=HOUR)
    assert alerts() == [(ADMIN, "opened"), (ADMIN, "closed")]
    assert incidents.open_ones(walked.connection.id) == []
    assert walked.knows("usage", FIRST, TODAY + DAY)


def test_three_failures_in_a_row_are_no_incident(walked: Company) -> None:
    walked.api.faults.down("messages")
    walked.live(NOW + 5 * MINUTE, step=timedelta(seconds=5))
    assert [attempts for _, _, attempts in failing(walked.connection.id)] == [3]
    assert alerts() == []


def test_the_fourth_failure_in_a_row_is_one_incident_however_long_it_lasts(walked: Company) -> None:
    walked.api.faults.down("messages")
    walked.live(NOW + 4 * HOUR, step=5 * MINUTE)
    assert alerts() == [(ADMIN, "opened")]
    assert [incident.kind for incident in incidents.open_ones(walked.connection.id)] == ["sync_failing"]


def test_recovery_ends_the_incident_and_fills_the_gap(walked: Company) -> None:
    walked.api.faults.down()
    walked.live(NOW + HOUR, step=5 * MINUTE)
    walked.api.faults.clear()
    walked.live(walked.clock() + HOUR, step=5 * MINUTE)
    assert alerts() == [(ADMIN, "opened"), (ADMIN, "closed")]
    assert failing(walked.connection.id) == []
    output_tokens = sum(
        s.quantities[4] for s in spend.totals_by(walked.connection.id, "kind", Period.day(TODAY))
    )
    until = walked.clock() - 5 * MINUTE
    rows = walked.organization.usage(TODAY, until=until)
    assert abs(output_tokens / sum(row.tokens[4] for row in rows) - 1) < 0.02


def test_a_second_time_is_a_second_incident(walked: Company) -> None:
    for _ in range(2):
        walked.api.faults.down("messages")
        walked.live(walked.clock() + 30 * MINUTE, step=MINUTE)
        walked.api.faults.clear()
        walked.live(walked.clock() + 30 * MINUTE, step=10 * MINUTE)
    assert [event for _, event in alerts()] == ["opened", "closed", "opened", "closed"]


def test_nobody_is_told_twice_when_the_one_who_connected_is_an_admin_too(walked: Company) -> None:
    walked.admins = frozenset({ADMIN})
    refused(walked, NOW + HOUR)
    assert alerts() == [(ADMIN, "opened")]


# --- now


def test_syncing_now_asks_everything_again_and_returns_what_was_restated(walked: Company) -> None:
    before = walked.billed(YESTERDAY)
    walked.organization.restate(YESTERDAY, "2")
    walked.clock.advance(20 * MINUTE)
    services = Services(**{**vars(walked.services), "wake": walked.sync})
    synced = jobs.sync_now(walked.connection, services)
    assert synced.changes == (Restatement(YESTERDAY, before, walked.billed(YESTERDAY)),)
    assert walked.calls("claude_code")
    assert walked.calls("users") == []  # asked twenty minutes ago, where it is asked every four hours


@ON_SQLITE
def test_whoever_presses_all_the_time_gets_what_is_new_and_no_more(walked: Company) -> None:
    services = Services(**{**vars(walked.services), "wake": walked.sync})
    while walked.clock() < NOW + HOUR / 6:
        walked.clock.advance(timedelta(seconds=20))
        jobs.sync_now(walked.connection, services)
    most = {
        "messages": 10,
        "claude_code": 3 * 2,
        "cost_report": 2 * 3 * 10 + 4,
        "cost": 2,
    }  # of the bills two a press
    calls = walked.api.requests.calls()
    assert {report: count for report, count in calls.items() if count > most.get(report, 3)} == {}


@ON_SQLITE
def test_what_failed_is_tried_again_whenever_somebody_presses(walked: Company) -> None:
    services = Services(**{**vars(walked.services), "wake": walked.sync})
    walked.api.faults.down("cost_report", times=3)  # as often as one call tries
    walked.sync_at(NOW + HOUR)
    walked.api.requests.clear()
    jobs.sync_now(walked.connection, services)
    assert walked.calls("cost_report")


@ON_SQLITE
def test_nobody_hurries_while_anthropic_wants_to_be_left_alone(walked: Company) -> None:
    services = Services(**{**vars(walked.services), "wake": walked.sync})
    walked.api.faults.rate_limit(1, retry_after=600)
    walked.sync_at(NOW + HOUR)
    walked.api.requests.clear()
    for _ in range(3):
        assert jobs.sync_now(walked.connection, services).reports == ()
    assert len(walked.api.requests) == 0


def test_syncing_now_ends_at_once_where_the_key_is_refused(walked: Company) -> None:
    walked.api.faults.revoke()
    walked.clock.advance(20 * MINUTE)
    services = Services(**{**vars(walked.services), "wake": walked.sync})
    first = jobs.sync_now(walked.connection, services)
    walked.clock.advance(MINUTE)
    second = jobs.sync_now(walked.connection, services)
    assert (first.is_doubted, first.refused, first.reports) == (True, "", ())
    assert (second.is_doubted, "invalid x-api-key" in second.refused) == (False, True)
    assert walked.connection.state == "refused"


@ON_SQLITE
def test_what_a_sync_read_is_what_ended_well_and_what_was_added_meanwhile_counts(walked: Company) -> None:
    number, since = walked.connection.id, walked.clock()
    wanted = [job for job in kept.states(number) if job.kind in ("usage", "charges", "directory")]
    for job in kept.due(number, NOW + 30 * DAY, limit=100):
        if job.kind == "charges":
            kept.postpone(job, until=since + MINUTE, error="529 overloaded")
        elif job.kind == "directory":
            kept.make_report_due(number, job.kind, since - MINUTE)
    kept.add_window(number, "claude_code", Period.day(FIRST), due=since, priority=50)
    (window,) = [job for job in kept.due(number, since, limit=100) if job.window]
    kept.postpone(window, until=since + HOUR, error="500 overloaded")
    synced = jobs.sync_result(walked.connection, wanted, since=since)
    assert set(synced.reports) == {"usage", "charges", "claude_code"}
    assert synced.failed == {"charges": "529 overloaded", "claude_code": "500 overloaded"}
    assert not synced.is_over


@ON_SQLITE
def test_spend_by_the_hour_alone_is_waited_for_by_nobody(walked: Company) -> None:
    number = walked.connection.id
    kept.add_window(number, "spend", Period.day(FIRST), due=NOW, priority=backfill.SPEND_PRIORITY)
    kept.make_report_due(number, "spend", NOW)
    wanted = kept.states(number, due_by=NOW, below=backfill.SPEND_PRIORITY)
    synced = jobs.sync_result(walked.connection, wanted, since=NOW)
    assert (synced.is_over, synced.reports) == (True, ())


@ON_SQLITE
def test_what_was_disconnected_meanwhile_is_not_said_to_be_read(walked: Company) -> None:
    number = walked.connection.id
    wanted = kept.states(number)
    with transaction():
        connections.disconnect(number, keep_history=True)
    gone = connections.by_id(number)
    assert jobs.sync_result(gone, wanted, since=NOW).reports == ()


@ON_SQLITE
@pytest.mark.parametrize("keep_history", [True, False])
def test_whoever_waits_for_what_is_disconnected_meanwhile_waits_no_longer(
    walked: Company, *, keep_history: bool
) -> None:
    connection = walked.connection

    def leave() -> None:
        with transaction():
            connections.disconnect(connection.id, keep_history=keep_history)

    walked.clock.advance(HOUR)
    services = Services(**{**vars(walked.services), "wake": leave})
    assert jobs.sync_now(connection, services).reports == ()


@ON_SQLITE
def test_what_is_deleted_during_a_turn_is_no_fault_of_ours(walked: Company) -> None:
    number = walked.connection.id
    with transaction():
        connections.disconnect(number, keep_history=False)
    with pytest.raises(LeaseLost):
        connections.by_id(number)


def test_a_wrong_secret_key_ends_a_turn_and_loses_nothing(walked: Company) -> None:
    before = spend.all_time(walked.connection.id)
    walked.vault = Vault([new_key()])
    walked.sync_at(NOW + HOUR)
    assert spend.all_time(walked.connection.id) == before
    assert [each.kind for each in incidents.open_ones(walked.connection.id)] == ["key_lost"]


def test_a_lost_key_is_asked_for_once_and_entering_it_again_ends_it(walked: Company) -> None:
    vault, walked.vault = walked.vault, Vault([new_key()])
    walked.live(NOW + HOUR)
    assert len(alerts()) == 1
    walked.connect()
    walked.live(NOW + 2 * HOUR)
    assert (walked.connection.state, incidents.open_ones(walked.connection.id)) == ("active", [])
    assert walked.vault != vault


def test_a_lost_key_costs_no_other_team_anything(walked: Company) -> None:
    with transaction():
        lost = connections.connect(
            "T2", "org-2", "Umbrella", key=ADMIN_KEY, vault=Vault([new_key()]), by=ADMIN, at=NOW
        )
        jobs.begin(lost, now=NOW)
    walked.sync_at(NOW + HOUR)
    assert connections.by_id(lost.id).state == "refused"
    assert (coverage.until(walked.connection.id, "usage") or NOW) > NOW


def test_a_key_that_was_taken_away_is_held_no_longer_than_a_minute(walked: Company) -> None:
    worker = walked.worker()
    walked.clock.advance(HOUR)
    worker.tick()
    assert walked.providers_held() == 1
    connections.disconnect(walked.connection.id, keep_history=True)
    walked.clock.advance(MINUTE)
    worker.tick()
    assert walked.providers_held() == 0
