"""Requests that were acknowledged but not answered, so that a shutdown leaves nobody waiting."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

GIVING_UP = 1.5  # seconds to notify everybody at shutdown; Docker gives ten in all, shutdown.py takes eight


class InFlight:
    """Tasks that somebody waits for, each with a callback for when it cannot be finished."""

    def __init__(self) -> None:
        self._open: dict[int, Callable[[], None]] = {}
        self._number = 0
        self._guard = threading.Lock()

    def begin(self, give_up: Callable[[], None]) -> Callable[[], None]:
        """Track a task; return the function to call when it is done."""
        with self._guard:
            self._number += 1
            number = self._number
            self._open[number] = give_up

        def done() -> None:
            with self._guard:
                self._open.pop(number, None)

        return done

    @contextmanager
    def tracked(self, give_up: Callable[[], None]) -> Iterator[None]:
        """Track the body of a `with` statement."""
        done = self.begin(give_up)
        try:
            yield
        finally:
            done()

    def is_idle(self) -> bool:
        """Say whether nobody waits."""
        with self._guard:
            return not self._open

    def give_up(self, *, within: float = GIVING_UP) -> None:
        """Call the callbacks of all open tasks, in parallel."""
        with self._guard:
            left, self._open = list(self._open.values()), {}
        threads = [threading.Thread(target=each, name="give-up", daemon=True) for each in left]
        end = time.monotonic() + within
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
