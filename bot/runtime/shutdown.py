"""Shut a process down: accept no more work, finish what was accepted, release the rest.

    a signal, a dead thread → finish: Part.stop → wait until all are idle, at most 8 s → Part.give_back

A second signal ends it at once. Every step of a sync is one transaction; an interrupted one is repeated.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

PATIENCE = 8.0  # seconds to finish work; Docker kills after 10, Heroku and Kubernetes after 30
GIVING_BACK = 1.8  # seconds, the rest of Docker's ten; leases that cannot be released expire by themselves
PACE = 0.02  # seconds between two checks: a shutdown takes no longer than it must
DONE, BROKEN = 0, 1  # exit statuses
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
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._patience, self._clock, self._sleep = patience, clock, sleep
        self._has_come = threading.Event()
        self._parts: list[Part] = []
        self.status = DONE

    def on_signals(self) -> None:
        """Begin the shutdown at SIGTERM or SIGINT, and exit at once at the second."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._signalled)

    def _signalled(self, *_arguments: object) -> None:
        if self._has_come.is_set():
            os._exit(BROKEN)
        self._has_come.set()

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
        for part in self._parts:
            _carefully(part.stop)
        if not self._is_idle(until=end - self._patience / 4):
            log.info("stopping: work is unfinished, and is cut short")
            for part in self._parts:
                _carefully(part.cut_short)
            self._is_idle(until=end)
        self._give_back()

    def _is_idle(self, *, until: float) -> bool:
        """Wait until every part is idle; return False if that takes until `until`."""
        while not all(part.is_idle() for part in self._parts):
            if self._clock() >= until:
                return False
            self._sleep(PACE)
        return True

    def _give_back(self) -> None:
        end = time.monotonic() + GIVING_BACK
        steps = [
            threading.Thread(target=_carefully, args=(each.give_back,), daemon=True) for each in self._parts
        ]
        for step in steps:
            step.start()
        for step in steps:
            step.join(max(0.0, end - time.monotonic()))


def _carefully(step: Callable[[], None]) -> None:
    try:
        step()
    except Exception:
        log.exception("a part failed to shut down; the others continue")
