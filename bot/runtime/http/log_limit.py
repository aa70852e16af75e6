"""A line of the log once a minute at most, however often there is reason for it."""

import logging
import threading
from collections.abc import Callable

EVERY = 60.0  # seconds


class ThrottledLog:
    """Warns of one thing: at once, and then in the next minute that brings it again."""

    def __init__(self, log: logging.Logger, elapsed: Callable[[], float]) -> None:
        self._log, self._elapsed = log, elapsed
        self._next, self._untold = float("-inf"), 0
        self._guard = threading.Lock()

    def warning(self, message: str, *arguments: object) -> None:
        """Write it, or count it for the line that comes next."""
        with self._guard:
            self._untold += 1
            if self._elapsed() < self._next:
                return
            count, self._untold, self._next = self._untold, 0, self._elapsed() + EVERY
        more = f" ({count - 1} more like it since the last such line)" if count > 1 else ""
        self._log.warning(message + more, *arguments)
