"""The requests to a simulated server, for assertions such as calls by endpoint or most calls at once."""

from __future__ import annotations

from collections import Counter, deque
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime


@dataclass
class Request:
    """One request; status 0 while it is being answered."""

    method: str
    path: str
    query: str
    at: datetime
    status: int = 0
    seconds: float = 0.0

    @property
    def endpoint(self) -> str:
        """The last word of the path."""
        return self.path.rstrip("/").rpartition("/")[2]


class RequestLog:
    """The latest requests, oldest first, and the most that were in flight at once."""

    def __init__(self, now: Callable[[], datetime], *, size: int = 100_000) -> None:
        self._now = now
        self._requests: deque[Request] = deque(maxlen=size)
        self._in_flight, self._lock = 0, Lock()
        self.max_in_flight = 0

    def __iter__(self) -> Iterator[Request]:
        with self._lock:
            return iter(list(self._requests))

    def __len__(self) -> int:
        return len(self._requests)

    def calls(self) -> Counter[str]:
        """Count the requests of each endpoint."""
        return Counter(request.endpoint for request in self)

    def clear(self) -> None:
        """Begin again."""
        with self._lock:
            self._requests.clear()
            self.max_in_flight = self._in_flight

    @contextmanager
    def record(self, method: str, path: str, query: str) -> Iterator[Request]:
        """Keep a request from its arrival to its answer."""
        request, began = Request(method, path, query, self._now()), perf_counter()
        with self._lock:
            self._requests.append(request)
            self._in_flight += 1
            self.max_in_flight = max(self.max_in_flight, self._in_flight)
        try:
            yield request
        finally:
            request.seconds = perf_counter() - began
            with self._lock:
                self._in_flight -= 1
