"""A clock that was ahead: once it is right again, all comes at its own pace, and nothing comes twice."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.posting.outbox_worker import OutboxWorker
from bot.runtime.clock_jumps import ClockMonitor
from bot.sync.incidents import is_news
from bot.sync.worker import Worker
from demo.slack.people import SPEND
from providers.note import Note
from storage.engine.database import transaction
from storage.engine.tables import Connection as Row
from storage.facts import answer_notes, bills, coverage
from storage.facts.bills import UnsettledBill
from storage.state import (
    audit,
    connections,
    incidents,
    jobs,
    posts,
    report_offers,
    subscriptions,
    uninstalls,
)
from tests.bot.conftest import DAY, HOUR, MINUTE, NOW, ON_SQLITE, AtOnce, Company, OutboxHarness, Postponed

MACHINE = "here"
JUMPS = [HOUR, DAY, 90 * DAY]


@dataclass
class WrongClock:
    """A bot whose clock is `ahead` of the world's."""

    company: Company
    ahead: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return self.company.clock() + self.ahead

    @property
    def keeper(self) -> ClockMonitor:
        return ClockMonitor(MACHINE, self.now)

    def live(self, length: timedelta, *, step: timedelta = 4 * MINUTE) -> None:
        """Let time pass with a worker that ticks."""
        services = replace(self.company.services, now=self.now)
        worker, end = Worker("wrong_clock", services, AtOnce(), AtOnce()), self.company.clock() + length
        while self.company.clock() < end:
            self.company.clock.advance(step)
            self.keeper.tick()
            worker.tick()


@pytest.fixture
def wrong_clock(walked: Company) -> WrongClock:
    return WrongClock(walked)


def freshness(company: Company) -> timedelta:
    until = coverage.until(company.connection.id, "usage")
    assert until
    return company.clock() - until


@pytest.mark.parametrize("ahead", JUMPS)
def test_after_a_clock_was_ahead_usage_is_fresh_again_at_once(
    wrong_clock: WrongClock, ahead: timedelta
) -> None:
    wrong_clock.ahead = ahead
    wrong_clock.live(20 * MINUTE)
    wrong_clock.ahead = timedelta()
    wrong_clock.keeper.on_jump(-ahead.total_seconds())
    wrong_clock.live(4 * MINUTE)
    assert timedelta() <= freshness(wrong_clock.company) <= 10 * MINUTE


@ON_SQLITE
@pytest.mark.parametrize("ahead", JUMPS)
def test_what_was_read_by_a_wrong_clock_ends_as_the_books_have_it(
    wrong_clock: WrongClock, ahead: timedelta
) -> None:
    start = wrong_clock.company.clock().date() - 5 * DAY
    wrong_clock.ahead = ahead
    wrong_clock.live(20 * MINUTE)
    wrong_clock.ahead = timedelta()
    wrong_clock.keeper.on_jump(-ahead.total_seconds())
    wrong_clock.live(16 * HOUR, step=HOUR)
    today = wrong_clock.company.clock().date()
    assert wrong_clock.company.knows("charges", start, today)
    assert wrong_clock.company.remembered(start, today) == wrong_clock.company.billed(start, today)
    assert not incidents.open_ones(wrong_clock.company.connection.id)


@ON_SQLITE
def test_a_clock_that_is_months_behind_does_not_move_the_beginning_of_history(
    wrong_clock: WrongClock,
) -> None:
    first_day = wrong_clock.company.connection.first_day
    wrong_clock.ahead = -90 * DAY
    wrong_clock.keeper.on_jump(wrong_clock.ahead.total_seconds())
    wrong_clock.live(4 * MINUTE)
    wrong_clock.ahead = timedelta()
    wrong_clock.live(4 * MINUTE)
    assert wrong_clock.company.connection.first_day == first_day


@ON_SQLITE
def test_a_clock_that_is_months_behind_has_nothing_deleted_early(wrong_clock: WrongClock) -> None:
    now = wrong_clock.company.clock()
    with transaction():
        uninstalls.uninstall("T0GONE", enterprise_id="", why="", at=now)
    wrong_clock.ahead = -90 * DAY
    wrong_clock.keeper.on_jump(wrong_clock.ahead.total_seconds())
    assert uninstalls.due(now + uninstalls.GRACE - MINUTE) == []


def test_a_clock_that_went_back_while_nothing_ran_is_noticed_at_the_start(wrong_clock: WrongClock) -> None:
    wrong_clock.ahead = 2 * HOUR
    wrong_clock.live(20 * MINUTE)
    wrong_clock.ahead = timedelta()
    wrong_clock.live(4 * MINUTE)  # a keeper of a new process, which no schedule told of a jump
    assert freshness(wrong_clock.company) <= 10 * MINUTE


def test_a_machine_that_keeps_the_time_is_not_disturbed_by_one_that_is_ahead(wrong_clock: WrongClock) -> None:
    own = ClockMonitor("own", wrong_clock.company.clock)
    own.tick()
    ClockMonitor("other", lambda: wrong_clock.company.clock() + HOUR).tick()
    usage = next(
        job for job in jobs.due(wrong_clock.company.connection.id, wrong_clock.now() + HOUR, limit=9)
    )
    with transaction():
        jobs.postpone(usage, until=wrong_clock.now() + 10 * MINUTE, error="busy")
    ClockMonitor("own", wrong_clock.company.clock).tick()
    due = jobs.due(wrong_clock.company.connection.id, wrong_clock.now() + MINUTE, limit=20)
    assert usage.id not in [job.id for job in due]


def test_a_turn_taken_ahead_by_a_worker_that_is_gone_is_free_within_a_lease(wrong_clock: WrongClock) -> None:
    company, minute = wrong_clock.company, MINUTE
    taken = connections.lease("gone", now=company.clock() + DAY, length=minute, due=[company.connection.id])
    assert taken
    wrong_clock.keeper.on_jump(-DAY.total_seconds())
    later = company.clock() + 2 * minute
    assert connections.lease("next", now=later, length=minute, due=[company.connection.id])


def test_a_turn_is_kept_while_the_clock_is_put_back(wrong_clock: WrongClock) -> None:
    company = wrong_clock.company
    company.clock.advance(HOUR)
    holder = Worker("holder", replace(company.services, now=wrong_clock.now), Postponed(), AtOnce())
    holder.tick()
    wrong_clock.ahead = -HOUR
    for _ in range(2):
        company.clock.advance(timedelta(seconds=45))
        holder.tick()
    (until,) = Row.select(Row.leased_until).where(Row.leased_by == "holder").tuples()[0]
    assert until == wrong_clock.now() + holder.lease


def test_a_key_that_is_taken_away_is_forgotten_while_the_clock_is_put_back(wrong_clock: WrongClock) -> None:
    company = wrong_clock.company
    worker = Worker("w", replace(company.services, now=wrong_clock.now), AtOnce(), AtOnce())
    company.clock.advance(HOUR)
    worker.tick()
    assert company.providers_held() == 1
    connections.disconnect(company.connection.id, keep_history=True)
    company.clock.advance(2 * MINUTE)
    wrong_clock.ahead = -HOUR
    worker.tick()
    assert company.providers_held() == 0


def test_a_new_key_that_is_refused_is_reported_after_it_was_entered_by_a_clock_ahead(
    wrong_clock: WrongClock,
) -> None:
    company, ahead = wrong_clock.company, 90 * DAY
    company.clock.advance(ahead)
    company.connect()
    company.clock.advance(-ahead)
    wrong_clock.keeper.on_jump(-ahead.total_seconds())
    company.api.faults.revoke()
    wrong_clock.live(20 * MINUTE)
    (incident,) = incidents.open_ones(company.connection.id)
    assert is_news(incident, "opened", company.connection)


@pytest.mark.parametrize("ahead", JUMPS)
def test_nobody_reads_of_a_day_to_come_once_the_clock_is_right(
    wrong_clock: WrongClock, ahead: timedelta
) -> None:
    number, now = wrong_clock.company.connection.id, wrong_clock.company.clock()
    later = now + ahead
    with transaction():
        report_offers.withdraw(number, "claude_code", message="no", at=later)
        connections.refuse(wrong_clock.company.connection, since=later, until=later + HOUR)
        answer_notes.replace(
            number, "usage", [Note("odd", later.date(), is_unreadable=True)], window=(now, later)
        )
        bills.save(number, UnsettledBill(later.date() + DAY, "unread", later, later, ()))
    wrong_clock.keeper.on_jump(-ahead.total_seconds())
    assert {each.since for each in report_offers.not_offered(number)} == {now}
    assert wrong_clock.company.connection.refused_at == now
    assert not connections.is_paused(number, now)
    assert answer_notes.of(number) == []
    assert bills.awaited_days(number) == []


def test_who_looked_is_written_down_though_a_clock_ahead_wrote_it_already(store: str) -> None:
    assert store
    with transaction():
        for moment in (NOW + 90 * DAY, NOW, NOW + HOUR):
            audit.record_once("T1", "U1", "engineers viewed", "Acme", moment)
    assert [each.at for each in audit.every("T1")] == [NOW + 90 * DAY, NOW]


NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize("ahead", [HOUR, DAY, 90 * DAY])
def test_a_digest_that_was_moved_on_by_a_wrong_clock_comes_at_its_time(
    outbox: OutboxHarness, ahead: timedelta
) -> None:
    wrong_clock = WrongClock(outbox.company)
    subscription = outbox.subscribe(NINE)
    wrong_clock.ahead = ahead
    OutboxWorker("wrong_clock", outbox.channels.get, wrong_clock.now).tick()
    wrong_clock.ahead = timedelta()
    wrong_clock.keeper.on_jump(-ahead.total_seconds())
    moved = subscriptions.find(subscription.team_id, subscription.id)
    assert moved
    assert moved.next_at == NINE
    outbox.company.sync_at(NINE + 6 * HOUR)
    outbox.tick()
    texts = [message.text for message in outbox.in_channel(SPEND) if "Nov 22" in message.text]
    assert len(texts) == 1


def test_no_digest_comes_before_its_days_are_over(outbox: OutboxHarness) -> None:
    wrong_clock = WrongClock(outbox.company)
    outbox.subscribe(NINE)
    wrong_clock.ahead = 10 * DAY
    outbox_worker = OutboxWorker("wrong_clock", outbox.channels.get, wrong_clock.now)
    with transaction():
        for subscription in subscriptions.due(wrong_clock.now()):
            outbox_worker.enter(subscription)
    (entered,) = posts.by_key_prefix("T0ACME", "digest:") or posts.due_after(outbox.company.clock())
    wrong_clock.ahead = timedelta()
    wrong_clock.keeper.on_jump(-1)
    (waiting,) = posts.due_after(outbox.company.clock())
    assert waiting.id == entered.id
    assert waiting.due_at.date() == NINE.date() + 9 * DAY
    outbox.tick()
    assert outbox.in_channel(SPEND) == []
