"""Shut a process down: accept no more work, finish what was accepted, release the rest.

    a signal, a dead thread → finish: Part.stop → wait until all are idle, at most 8 s → Part.give_back

A second signal ends it at once, and what hangs is ended after LIMIT. Every step of a sync is one transaction;
an interrupted one is repeated.
"""

import faulthandler
import logging
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

PATIENCE = 8.0  # seconds to finish work; Docker kills after 10, Heroku and Kubernetes after 30
STOPPING = 1.0  # seconds of these for parts to stop, which takes no time unless one hangs
GIVING_BACK = 1.8  # seconds, the rest of Docker's ten; leases that cannot be released expire by themselves
LIMIT = 10.0  # seconds in all
MARGIN = 0.5  # seconds more to log where the threads hang
PACE = 0.02  # seconds between two checks: a shutdown takes no longer than it must
DONE, BROKEN = 0, 1  # exit statuses
SIGNALS = (signal.SIGTERM, signal.SIGINT)
STDERR = 2  # the file descriptor
log = logging.getLogger("stackspend")


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Part:
    """A component of this process that has to be stopped.

    `stop` makes it accept no more work and returns at once; `is_idle` says whether all its work is finished;
    `cut_short` ends waits on other systems when time is nearly up; `give_back` releases leases at the end.
    """

    stop: Callable[[], None] = _nothing
    is_idle: Callable[[], bool] = lambda: True
    cut_short: Callable[[], None] = _nothing
    give_back: Callable[[], None] = _nothing


class Shutdown:
    """The shutdown of this process and of its parts."""

    def __init__(
        self,
        *,
        patience: float = PATIENCE,
        limit: float = LIMIT,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._patience, self._limit, self._clock, self._sleep = patience, limit, clock, sleep
        self._has_come = threading.Event()
        self._parts: list[Part] = []
        self.status = DONE

    def on_signals(self) -> None:
        """Begin the shutdown at SIGTERM or SIGINT, whatever our parent did with them.

        Python runs handlers in the main thread, and a signal wakes that only if it is delivered there. The
        kernel gives it to any thread that asks first, such as one that is just starting; then the main thread
        sleeps on. So a thread reads from the descriptor to which Python writes wherever a signal arrives.
        """
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, _leave_it_to_the_thread)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)  # a mask is inherited, as what is ignored is
        threading.Thread(target=self._await_signals, args=(reading,), name="signals", daemon=True).start()

    def _await_signals(self, signals: int) -> None:
        """Begin the shutdown at the first signal; exit at the second, or when time is up."""
        os.read(signals, 1)
        if not self._has_come.is_set():
            self.end_in_time()
            self._has_come.set()
            select.select([signals], [], [], self._limit + MARGIN)
        os._exit(BROKEN)

    def end_in_time(self) -> None:
        """End this process after LIMIT, whatever hangs by then, and log where; it takes no part of Python."""
        faulthandler.dump_traceback_later(self._limit, exit=True, file=STDERR)

    def add(self, part: Part) -> None:
        """Register a part."""
        self._parts.append(part)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the shutdown to begin; return True once it has."""
        return self._has_come.wait(seconds)

    def run(self, name: str, work: Callable[[], None]) -> threading.Thread:
        """Run a vital function in a thread; if it ends by itself, shut the process down."""
        thread = threading.Thread(target=self._run, args=(name, work), name=name, daemon=True)
        thread.start()
        return thread

    def _run(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            log.exception("%s failed", name)
        if not self._has_come.is_set():
            self.fail(f"{name} has ended, and this process with it")

    def fail(self, why: str) -> None:
        """Begin the shutdown because of a failure."""
        log.critical("%s", why)
        self.status = BROKEN
        self._has_come.set()

    def finish(self) -> None:
        """Stop every part, wait until all are idle or time is up, and release what is held."""
        end = self._clock() + self._patience
        _in_parallel([part.stop for part in self._parts], seconds=STOPPING)
        if not self._is_idle(until=end - self._patience / 4):
            log.info("stopping: work is unfinished, and is cut short")
            _in_parallel([part.cut_short for part in self._parts], seconds=STOPPING)
            self._is_idle(until=end)
        _in_parallel([part.give_back for part in self._parts], seconds=GIVING_BACK)

    def _is_idle(self, *, until: float) -> bool:
        """Wait until every part is idle; return False if that takes until `until`."""
        while not all(part.is_idle() for part in self._parts):
            if self._clock() >= until:
                return False
            self._sleep(PACE)
        return True


def _leave_it_to_the_thread(*_arguments: object) -> None:
    """Handle a signal: the wakeup descriptor needs a handler beside it."""


def _in_parallel(steps: Sequence[Callable[[], None]], *, seconds: float) -> None:
    """Take steps at the same time, so that one that hangs keeps no other; wait for all, but no longer."""
    end = time.monotonic() + seconds
    threads = [threading.Thread(target=_carefully, args=(step,), daemon=True) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))


def _carefully(step: Callable[[], None]) -> None:
    try:
        step()
    except Exception:
        log.exception("a part failed to shut down; the others continue")
