"""Reads that a request needs before it is acknowledged, with a time limit.

find: a read of this key under way? wait for it │ else start one in a thread │ TimeoutError after `within`
"""

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
_AT_ONCE = 16  # threads; the web server serves as many requests at once


class Lookup(Generic[Key, Value]):
    """Reads by key; requests for one that is being read share the result."""

    def __init__(self, read: Callable[[Key], Value]) -> None:
        self._read = read
        self._pool = ThreadPoolExecutor(_AT_ONCE, "lookup")
        self._under_way: dict[Key, tuple[float, Future[Value]]] = {}
        self._guard = threading.Lock()

    def find(self, key: Key, *, within: float) -> Value:
        """Return the value, `within` seconds of the start of its read.

        Raises TimeoutError, and the errors of the read.
        """
        with self._guard:
            if key not in self._under_way:
                self._under_way[key] = time.monotonic(), self._pool.submit(self._look, key)
            began, reading = self._under_way[key]
        return reading.result(max(0.0, began + within - time.monotonic()))

    def _look(self, key: Key) -> Value:
        try:
            return self._read(key)
        finally:
            with self._guard:
                del self._under_way[key]
