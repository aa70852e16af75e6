"""Limits of the number of concurrent calls and of calls a minute."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from providers.provider import ProviderUnavailable

IN_FLIGHT = 3  # concurrent calls for one organization; one at a time after a 429
NARROW_SECONDS = 600.0  # seconds without a 429 before several are allowed again
ANALYTICS_PACE = 1.1  # seconds a call: with the burst, at most 54 + 5 of the 60 allowed in any minute
ANALYTICS_BURST = 5  # calls at once


class Gate:
    """A limit of concurrent calls: IN_FLIGHT, or one for NARROW_SECONDS after a 429."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._narrow_until = 0.0

    @contextmanager
    def open(self, path: str, patience: float) -> Iterator[None]:
        """Wait up to `patience` seconds for a place. Raises ProviderUnavailable."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._inside < self._width(), timeout=patience):
                raise ProviderUnavailable(f"{path}: other calls are still being answered")
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def narrow(self) -> None:
        """Allow one call at a time from now on."""
        with self._changed:
            self._narrow_until = time.monotonic() + NARROW_SECONDS

    def _width(self) -> int:
        return 1 if time.monotonic() < self._narrow_until else IN_FLIGHT


class Pace:
    """A rate limit: a steady pace, after a burst at most."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._next = clock() - ANALYTICS_BURST * ANALYTICS_PACE

    def due(self) -> float:
        """Take the next place; return the seconds until it."""
        with self._guard:
            now = self._clock()
            self._next = max(self._next, now - ANALYTICS_BURST * ANALYTICS_PACE) + ANALYTICS_PACE
            return max(self._next - now, 0.0)
