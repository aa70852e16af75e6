"""Log a warning at most once a minute, with the number of those left out."""

import logging
import threading
from collections.abc import Callable

EVERY = 60.0  # seconds: strangers can cause these lines, and must not fill the log


class ThrottledLog:
    """Logs one kind of warning: at once, then at most once a minute."""

    def __init__(self, log: logging.Logger, elapsed: Callable[[], float]) -> None:
        self._log, self._elapsed = log, elapsed
        self._next, self._untold = float("-inf"), 0
        self._guard = threading.Lock()

    def warning(self, message: str, *arguments: object) -> None:
        """Log it, or count it for the next line."""
        with self._guard:
            self._untold += 1
            if self._elapsed() < self._next:
                return
            count, self._untold, self._next = self._untold, 0, self._elapsed() + EVERY
        more = f" ({count - 1} more like it since the last such line)" if count > 1 else ""
        self._log.warning(message + more, *arguments)
