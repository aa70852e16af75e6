"""A process ends as it should: nothing more is taken, what was taken is answered, the rest is given back."""

import logging
import threading
from functools import partial
from typing import Any

import pytest

from bot.pools.in_flight import InFlight
from bot.runtime.shutdown import BROKEN, DONE, Part, Shutdown


def waiting_for(event: threading.Event) -> None:
    assert event.wait(10)


class SleepingClock:
    """A clock that moves only while somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def test_parts_are_stopped_waited_for_and_then_give_back() -> None:
    shutdown, done, goes_on = Shutdown(), [], threading.Event()

    def stop() -> None:
        done.append("stop")
        threading.Timer(0.1, goes_on.set).start()

    shutdown.add(Part(stop, goes_on.is_set, give_back=lambda: done.append(f"give back, {goes_on.is_set()}")))
    shutdown.finish()
    assert done == ["stop", "give back, True"]


def test_nothing_under_way_is_not_waited_for() -> None:
    clock = SleepingClock()
    shutdown = Shutdown(patience=60, clock=clock, sleep=clock.sleep)
    shutdown.add(Part())
    shutdown.finish()
    assert clock() == 0


def test_what_hangs_is_given_up_when_patience_is_over() -> None:
    clock, given_back = SleepingClock(), threading.Event()
    shutdown = Shutdown(patience=8, clock=clock, sleep=clock.sleep)
    shutdown.add(Part(is_idle=lambda: False, give_back=given_back.set))
    shutdown.finish()
    assert given_back.is_set()
    assert 8 <= clock() < 8.1


def test_what_waits_for_others_is_hurried_before_patience_is_over() -> None:
    clock, hurried = SleepingClock(), threading.Event()
    shutdown = Shutdown(patience=8, clock=clock, sleep=clock.sleep)
    shutdown.add(Part(is_idle=hurried.is_set, cut_short=hurried.set))
    shutdown.finish()
    assert hurried.is_set()
    assert 6 <= clock() < 6.1


def test_a_part_that_cannot_be_stopped_keeps_no_other(caplog: pytest.LogCaptureFixture) -> None:
    shutdown, stopped = Shutdown(), threading.Event()

    def broken() -> None:
        raise OSError("no")

    shutdown.add(Part(stop=broken, give_back=broken))
    shutdown.add(Part(stop=stopped.set))
    shutdown.finish()
    assert stopped.is_set()
    assert "failed to shut down" in caplog.text


@pytest.mark.parametrize("fails", [True, False])
def test_what_the_process_is_nothing_without_ends_it_and_says_so(
    fails: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def work() -> None:
        if fails:
            raise ConnectionError("the socket is gone")

    shutdown = Shutdown()
    shutdown.run("the web server", work)
    assert shutdown.wait(10)
    assert shutdown.status == BROKEN
    assert "the web server has ended, and this process with it" in caplog.messages


def test_what_ends_because_it_was_stopped_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    shutdown, stopping = Shutdown(), threading.Event()
    thread = shutdown.run("the web server", partial(waiting_for, stopping))
    shutdown.fail("to begin with")
    shutdown.status = DONE
    stopping.set()
    thread.join(10)
    assert (shutdown.status, caplog.messages) == (DONE, ["to begin with"])


def test_who_waits_still_is_told_and_who_was_answered_is_not() -> None:
    in_flight, notified = InFlight(), []
    done = in_flight.begin(lambda: notified.append("answered"))
    in_flight.begin(lambda: notified.append("waits"))
    with in_flight.tracked(lambda: notified.append("noted")):
        assert not in_flight.is_idle()
    done()
    in_flight.give_up()
    assert notified == ["waits"]
    assert in_flight.is_idle()


def test_telling_them_takes_no_longer_than_it_may() -> None:
    in_flight, goes_on, notified = InFlight(), threading.Event(), []

    def tell() -> None:
        waiting_for(goes_on)
        notified.append("gave up")

    for _ in range(20):
        in_flight.begin(tell)
    in_flight.give_up(within=0.1)
    assert notified == []
    goes_on.set()
