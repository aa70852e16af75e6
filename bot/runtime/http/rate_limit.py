"""Limit guesses of links: a number of failures a minute from one address."""

import time
from collections.abc import Callable
from itertools import count
from threading import Lock

from cachetools import TTLCache

MOST, WITHIN = 30, 60.0  # failures and seconds: a person mistypes a link a few times, a program guesses
_ADDRESSES = 1000  # whose failures are counted; beyond that the address that failed first is forgotten


class FailureLimiter:
    """The failures by address within a minute from the first; `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._numbers: TTLCache[str, count[int]] = TTLCache(_ADDRESSES, WITHIN, timer=clock)
        self._guard = Lock()

    def is_over(self, address: str) -> bool:
        """Count a failure, and say whether the address has to wait."""
        with self._guard:
            return next(self._numbers.setdefault(address, count(1))) > MOST
