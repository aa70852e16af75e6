"""What is looked at every few seconds until it has happened, in one thread of this process."""

import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

PACE = 2.0  # seconds between looks: a person who watches a modal takes that for at once
LAST_LOOK = 1.0  # seconds for a look that has begun: the database may be closed after it
MOST = 200  # things at a time: a choice; each look is one small query
log = logging.getLogger(__name__)


class Watch(NamedTuple):
    """A function that returns whether it is over, and until when (monotonic seconds) it is called."""

    look: Callable[[], bool]
    until: float


class Watches:
    """Things that are looked at until they are over; the thread runs only while there are any."""

    def __init__(self, pace: float = PACE) -> None:
        self._pace, self._guard, self._stopping = pace, threading.Lock(), threading.Event()
        self._watches: dict[str, Watch] = {}
        self._thread: threading.Thread | None = None

    def add(self, key: str, look: Callable[[], bool], *, seconds: float) -> None:
        """Look at something for some time, in the place of what has the same key; beyond MOST not at all."""
        with self._guard:
            if self._stopping.is_set() or (key not in self._watches and len(self._watches) >= MOST):
                return
            self._watches[key] = Watch(look, time.monotonic() + seconds)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watches", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Look at nothing any more, once the look that has begun is over."""
        self._stopping.set()
        with self._guard:
            looking = self._thread
        if looking:
            looking.join(LAST_LOOK)

    def look(self) -> None:
        """Look at everything once, and forget what is over."""
        with self._guard:
            present = dict(self._watches)
        over = [key for key, watch in present.items() if _is_over(watch)]
        with self._guard:
            for key in over:
                if self._watches.get(key) is present[key]:
                    del self._watches[key]

    def _run(self) -> None:
        while not self._stopping.wait(self._pace):
            self.look()
            with self._guard:
                if not self._watches:
                    self._thread = None
                    return


def _is_over(watch: Watch) -> bool:
    if time.monotonic() >= watch.until:
        return True
    try:
        return watch.look()
    except Exception:
        log.exception("a look failed; the next one comes in seconds")
        return False
