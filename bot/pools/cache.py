"""A cache with a time to live, measured by the monotonic clock, so that no clock change prolongs it."""

import threading
import time
from collections.abc import Callable, Hashable
from datetime import timedelta
from typing import Generic, TypeVar

MAX_ENTRIES = 1000  # then the cache is cleared: asking again costs less than tracking what was used last
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class TtlCache(Generic[Key, Value]):
    """A thread-safe cache. `length` is the time to live; `clock` returns seconds."""

    def __init__(self, length: timedelta, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._length, self._clock = length.total_seconds(), clock
        self._answers: dict[Key, tuple[float, Value]] = {}
        self._guard = threading.Lock()

    def get(self, key: Key, ask: Callable[[], Value]) -> Value:
        """Return the cached value of a key, else the result of `ask`; errors are not cached."""
        now = self._clock()
        with self._guard:
            cached = self._answers.get(key)
        if cached and 0 <= now - cached[0] < self._length:
            return cached[1]
        fresh = ask()
        with self._guard:
            if len(self._answers) >= MAX_ENTRIES:
                self._answers.clear()
            self._answers[key] = (now, fresh)
        return fresh

    def forget(self, key: Key) -> None:
        """Drop the cached value of a key."""
        with self._guard:
            self._answers.pop(key, None)
