"""What a request must know before it is acknowledged, found in time or given up.

asked already? │ wait for that answer │ else ask, in a thread of our own │ but no longer than may be waited
"""

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")
_AT_ONCE = 16  # as many as requests are served at once


class Lookup(Generic[Key, Found]):
    """Reads by a key, once for all who ask while it is being read."""

    def __init__(self, read: Callable[[Key], Found]) -> None:
        self._read = read
        self._pool = ThreadPoolExecutor(_AT_ONCE, "lookup")
        self._under_way: dict[Key, tuple[float, Future[Found]]] = {}
        self._guard = threading.Lock()

    def find(self, key: Key, *, within: float) -> Found:
        """Return what is read, `within` seconds of the beginning of the reading. Raises TimeoutError.

        Raises whatever reading raises.
        """
        with self._guard:
            if key not in self._under_way:
                self._under_way[key] = time.monotonic(), self._pool.submit(self._look, key)
            began, reading = self._under_way[key]
        return reading.result(max(0.0, began + within - time.monotonic()))

    def _look(self, key: Key) -> Found:
        try:
            return self._read(key)
        finally:
            with self._guard:
                del self._under_way[key]
