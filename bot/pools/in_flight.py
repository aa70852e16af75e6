"""What was acknowledged and is not answered yet, so that nobody is left waiting when the process ends."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

GIVING_UP = 1.5  # seconds for all who are told at the end; Docker gives ten in all


class InFlight:
    """Tasks that somebody waits for, and what is to be done about each if its time is up."""

    def __init__(self) -> None:
        self._open: dict[int, Callable[[], None]] = {}
        self._number = 0
        self._guard = threading.Lock()

    def begin(self, give_up: Callable[[], None]) -> Callable[[], None]:
        """Note a task; returns what is to be called when it is done."""
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
        """Note what the block does."""
        done = self.begin(give_up)
        try:
            yield
        finally:
            done()

    def is_idle(self) -> bool:
        """Whether nobody waits."""
        with self._guard:
            return not self._open

    def give_up(self, *, within: float = GIVING_UP) -> None:
        """Do for every task that is open what is to be done about it, all at once."""
        with self._guard:
            left, self._open = list(self._open.values()), {}
        threads = [threading.Thread(target=each, name="give-up", daemon=True) for each in left]
        end = time.monotonic() + within
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
