"""The clock: late ticks come, a failing one stops none after it, and whoever waits is not kept waiting."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from bot import schedule
from bot.schedule import Schedule
from storage.database import StorageUnavailable

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
    with running(work=failing):
        assert failing.reached(3)
    assert "a tick failed" in caplog.text


def test_a_database_that_is_away_is_one_line_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    failing = Counting(StorageUnavailable("the database cannot be used: gone"))
    with running(work=failing):
        assert failing.reached(2)
    assert all(record.exc_info is None for record in caplog.records)
    assert "the database cannot be used: gone; trying again" in caplog.text


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
