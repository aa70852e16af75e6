"""The clock: late ticks come, a failing one stops none after it, and whoever waits is not kept waiting."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from apscheduler.schedulers import base as scheduling

from bot import clock
from bot.runtime import schedule
from bot.runtime.schedule import Schedule
from storage.engine.database import StorageUnavailable

PACE = 0.05


@contextmanager
def running(**ticks: Callable[[], None]) -> Iterator[Schedule]:
    started = Schedule(ticks)
    started.start()
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "PACE", PACE)


class Counting:
    """Counts its calls; a test waits for as many as it needs."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.calls = 0
        self._changed = threading.Condition()

    def __call__(self) -> None:
        with self._changed:
            self.calls += 1
            self._changed.notify_all()
        if self.error:
            raise self.error

    def reached(self, count: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.calls >= count, timeout=5)


def test_every_tick_is_called_again_and_again() -> None:
    work, post = Counting(), Counting()
    with running(work=work, post=post):
        assert work.reached(3)
        assert post.reached(3)


def test_a_tick_that_raises_is_called_again(caplog: pytest.LogCaptureFixture) -> None:
    failing = Counting(ZeroDivisionError())
    with running(failing=failing):
        assert failing.reached(3)
    assert "the failing tick failed" in caplog.text


def test_a_database_that_is_away_is_said_once_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    failing = Counting(StorageUnavailable("the database can't be used: gone"))
    with running(work=failing, post=failing):
        assert failing.reached(6)
    (record,) = caplog.records
    assert record.getMessage() == "the database can't be used: gone; trying again every second"
    assert record.exc_info


def test_troubles_of_a_database_that_take_turns_are_said_once_each(caplog: pytest.LogCaptureFixture) -> None:
    refused, slow = Counting(StorageUnavailable("refused")), Counting(StorageUnavailable("no answer"))
    with running(work=refused, post=slow):
        assert refused.reached(4)
        assert slow.reached(4)
    assert len(caplog.records) == 2


def test_a_tick_that_takes_long_is_not_begun_twice_and_keeps_no_other_back() -> None:
    at_once, most, quick = threading.Lock(), [], Counting()

    def slow() -> None:
        most.append(at_once.acquire(blocking=False))
        time.sleep(6 * PACE)
        at_once.release()

    with running(slow=slow, quick=quick):
        assert quick.reached(12)
    assert all(most)
    assert len(most) >= 2


def test_waking_ticks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "PACE", 3600.0)
    work = Counting()
    with running(work=work) as asleep:
        asleep.wake()
        assert work.reached(1)
        asleep.wake()
        assert work.reached(2)


def test_it_tells_whether_it_still_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    work = Counting()
    with running(work=work) as ticking:
        assert work.reached(2)
        assert ticking.ticks()
    monkeypatch.setattr(schedule, "STALLED", 0.0)
    assert not ticking.ticks()


def test_stopping_waits_for_what_is_under_way() -> None:
    begun, ended = threading.Event(), []

    def slow() -> None:
        begun.set()
        time.sleep(3 * PACE)
        ended.append(True)

    with running(slow=slow):
        assert begun.wait(5)
    assert ended


class Shifted:
    """What apscheduler takes for `datetime`: it asks it for the present moment alone."""

    def __init__(self, wall: "SetClock") -> None:
        self._wall = wall

    def now(self, zone: tzinfo) -> datetime:
        return self._wall().astimezone(zone)


class SetClock:
    """A wall clock that somebody sets."""

    def __init__(self) -> None:
        self.off = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.off


@pytest.mark.parametrize("hours", [-1, -24 * 90, 1, 24 * 90])
def test_a_clock_that_is_set_stops_no_tick_and_is_reported(
    hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall, work, jumps = SetClock(), Counting(), queue.SimpleQueue[float]()
    monkeypatch.setattr(clock, "now", wall)
    monkeypatch.setattr(scheduling, "datetime", Shifted(wall))
    ticking = Schedule({"work": work}, on_jump=jumps.put, wall=wall)
    ticking.start()
    try:
        assert work.reached(2)
        wall.off = timedelta(hours=hours)
        assert jumps.get(timeout=5) == pytest.approx(hours * 3600, abs=2)
        assert work.reached(work.calls + 5)
    finally:
        ticking.stop()
    assert work.calls < 500  # a tick for each second that was skipped would be millions


def test_a_tick_that_hangs_is_seen_though_others_come_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "STALLED", 5 * PACE)
    hang, work = threading.Event(), Counting()
    with running(work=work, post=lambda: wait_for(hang)) as ticking:
        assert work.reached(15)
        assert ticking.stalled() == ["post"]
        assert not ticking.ticks()
        hang.set()
        assert work.reached(work.calls + 3)
        assert ticking.ticks()


def test_what_a_jump_asks_for_may_fail_without_ending_the_watch(caplog: pytest.LogCaptureFixture) -> None:
    wall, jumps = SetClock(), queue.SimpleQueue[float]()

    def failing(seconds: float) -> None:
        jumps.put(seconds)
        raise StorageUnavailable("gone")

    ticking = Schedule({"work": lambda: None}, on_jump=failing, wall=wall)
    ticking.start()
    try:
        for hours in (1, 2):
            wall.off = timedelta(hours=hours)
            jumps.get(timeout=5)
    finally:
        ticking.stop()
    assert "set ahead by 3600 s" in caplog.text


def wait_for(event: threading.Event) -> None:
    event.wait(timeout=10)
