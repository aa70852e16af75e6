"""A process ends as it should: nothing more is taken, what was taken is answered, the rest is given back."""

import logging
import threading
import time
from functools import partial
from typing import Any

import pytest

from bot.pools.in_flight import Underway
from bot.runtime.shutdown import BROKEN, DONE, Ending, Part


def waiting_for(event: threading.Event) -> None:
    assert event.wait(10)


def test_parts_are_stopped_waited_for_and_then_give_back() -> None:
    ending, done, goes_on = Ending(), [], threading.Event()

    def stop() -> None:
        done.append("stop")
        threading.Timer(0.1, goes_on.set).start()

    ending.add(Part(stop, goes_on.is_set, give_back=lambda: done.append(f"give back, {goes_on.is_set()}")))
    ending.finish()
    assert done == ["stop", "give back, True"]


def test_nothing_under_way_is_not_waited_for() -> None:
    ending = Ending(patience=60)
    ending.add(Part())
    began = time.monotonic()
    ending.finish()
    assert time.monotonic() - began < 5


def test_what_hangs_is_given_up_when_patience_is_over() -> None:
    ending, given_back = Ending(patience=0.05), threading.Event()
    ending.add(Part(is_idle=lambda: False, give_back=given_back.set))
    ending.finish()
    assert given_back.is_set()


def test_what_waits_for_others_is_hurried_before_patience_is_over() -> None:
    ending, hurried = Ending(patience=0.2), threading.Event()
    ending.add(Part(is_idle=hurried.is_set, hurry=hurried.set))
    began = time.monotonic()
    ending.finish()
    assert hurried.is_set()
    assert time.monotonic() - began >= 0.15


def test_a_part_that_cannot_be_stopped_keeps_no_other(caplog: pytest.LogCaptureFixture) -> None:
    ending, stopped = Ending(), threading.Event()

    def broken() -> None:
        raise OSError("no")

    ending.add(Part(stop=broken, give_back=broken))
    ending.add(Part(stop=stopped.set))
    ending.finish()
    assert stopped.is_set()
    assert "did not end as it should" in caplog.text


@pytest.mark.parametrize("fails", [True, False])
def test_what_the_process_is_nothing_without_ends_it_and_says_so(
    fails: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def work() -> None:
        if fails:
            raise ConnectionError("the socket is gone")

    ending = Ending()
    ending.run("the web server", work)
    assert ending.wait(10)
    assert ending.status == BROKEN
    assert "the web server has ended, and this process with it" in caplog.messages


def test_what_ends_because_it_was_stopped_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    ending, stopping = Ending(), threading.Event()
    thread = ending.run("the web server", partial(waiting_for, stopping))
    ending.break_off("to begin with")
    ending.status = DONE
    stopping.set()
    thread.join(10)
    assert (ending.status, caplog.messages) == (DONE, ["to begin with"])


def test_who_waits_still_is_told_and_who_was_answered_is_not() -> None:
    underway, told = Underway(), []
    done = underway.begin(lambda: told.append("answered"))
    underway.begin(lambda: told.append("waits"))
    with underway.noted(lambda: told.append("noted")):
        assert not underway.is_idle()
    done()
    underway.give_up()
    assert told == ["waits"]
    assert underway.is_idle()


def test_telling_them_takes_no_longer_than_it_may() -> None:
    underway, goes_on = Underway(), threading.Event()
    for _ in range(20):
        underway.begin(partial(waiting_for, goes_on))
    began = time.monotonic()
    underway.give_up(within=0.1)
    assert time.monotonic() - began < 5
    goes_on.set()
