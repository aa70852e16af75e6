"""What others told us, remembered for a while; by a clock that nobody sets, so that no jump makes it last."""

import threading
import time
from collections.abc import Callable, Hashable
from datetime import timedelta
from typing import Generic, TypeVar

MAX_ENTRIES = 1000  # answers; all are forgotten then, because asking again is cheap and counting uses is not
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class TtlCache(Generic[Key, Value]):
    """Answers by what was asked for. Safe between threads; `clock` tells seconds."""

    def __init__(self, length: timedelta, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._length, self._clock = length.total_seconds(), clock
        self._answers: dict[Key, tuple[float, Value]] = {}
        self._guard = threading.Lock()

    def get(self, key: Key, ask: Callable[[], Value]) -> Value:
        """Return what is remembered of a key, else what `ask` answers; a failure is not remembered."""
        now = self._clock()
        with self._guard:
            known = self._answers.get(key)
        if known and 0 <= now - known[0] < self._length:
            return known[1]
        fresh = ask()
        with self._guard:
            if len(self._answers) >= MAX_ENTRIES:
                self._answers.clear()
            self._answers[key] = (now, fresh)
        return fresh

    def forget(self, key: Key) -> None:
        """Ask anew for a key the next time."""
        with self._guard:
            self._answers.pop(key, None)
