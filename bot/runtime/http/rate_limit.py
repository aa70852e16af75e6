"""Who guesses is slowed down: so many misses a minute from one address, and no more."""

import time
from collections.abc import Callable

MOST, WITHIN = 30, 60.0  # seconds
_ADDRESSES = 1000


class FailureLimiter:
    """The misses of the last minute, by address; `clock` tells seconds and is never set."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._noted: dict[str, list[float]] = {}

    def count(self, address: str) -> None:
        """Count one."""
        if len(self._noted) >= _ADDRESSES:
            self._noted.clear()
        self._noted[address] = [*self._recent(address), self._clock()]

    def is_exceeded(self, address: str) -> bool:
        """Whether an address is to wait."""
        return len(self._recent(address)) > MOST

    def _recent(self, address: str) -> list[float]:
        since = self._clock() - WITHIN
        return [moment for moment in self._noted.get(address, ()) if moment > since]
