"""A cache of Slack's answers, timed by the monotonic clock, so that no clock change prolongs them."""

import time
from collections.abc import Callable, Hashable
from datetime import timedelta
from threading import Condition
from typing import Generic, TypeVar

from cachetools import TTLCache, cached

MAX_ENTRIES = 1000  # people or channels that a large team's members ask about within minutes
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class CachedLookup(Generic[Key, Value]):
    """A function whose results are kept for `length`; errors are not kept.

    Threads that look up the same key at once share one call. `clock` returns seconds.
    """

    def __init__(
        self,
        ask: Callable[[Key], Value],
        length: timedelta,
        *,
        clock: Callable[[], float] = time.monotonic,
        size: int = MAX_ENTRIES,
    ) -> None:
        self._results: TTLCache[Key, Value] = TTLCache(size, length.total_seconds(), timer=clock)
        self._ask, self._guard = ask, Condition()
        self._cached = cached(self._results, key=lambda key: key, condition=self._guard)(ask)

    def __call__(self, key: Key) -> Value:
        """Return the result for a key."""
        return self._cached(key)

    def anew(self, key: Key) -> Value:
        """Return the result of a call that begins now, and keep it."""
        result = self._ask(key)
        with self._guard:
            self._results[key] = result
        return result
