"""How many calls at once and how many a minute: providers want few."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from providers.provider import ProviderUnavailable

IN_FLIGHT = 3  # report calls at once for one organization; one at a time after a 429
NARROW_SECONDS = 600.0  # seconds without a 429 before several are allowed again
ANALYTICS_PACE, ANALYTICS_BURST = 1.1, 5  # seconds a call, and how many at once: 60 are allowed in any minute


class Gate:
    """Lets few calls through at a time, one by one for a while after a 429."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._narrow_until = 0.0

    @contextmanager
    def open(self, path: str, patience: float) -> Iterator[None]:
        """Wait for a place, so many seconds at most. Raises ProviderUnavailable."""
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
        """Let calls through one by one from now on."""
        with self._changed:
            self._narrow_until = time.monotonic() + NARROW_SECONDS

    def _width(self) -> int:
        return 1 if time.monotonic() < self._narrow_until else IN_FLIGHT


class Pace:
    """Tells how long to wait so that calls are a burst at most and a steady few a minute in the long run."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._next = clock() - ANALYTICS_BURST * ANALYTICS_PACE

    def due(self) -> float:
        """Take the next place; seconds until it comes."""
        with self._guard:
            now = self._clock()
            self._next = max(self._next, now - ANALYTICS_BURST * ANALYTICS_PACE) + ANALYTICS_PACE
            return max(self._next - now, 0.0)
