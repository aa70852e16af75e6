"""Say whether this process can do its work. The endpoint is public, so the reasons go to the log alone."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from storage.engine.database import StorageUnavailable, pending

PATIENCE = 2.0  # seconds for the database to answer; probes wait a few seconds and ask again
Check = Callable[[], str]  # returns what is wrong, "" if nothing is
log = logging.getLogger("stackspend")


class Readiness:
    """Runs the checks in order, until one fails."""

    def __init__(self, checks: Iterable[Check]) -> None:
        self._checks = tuple(checks)
        self._problem = ""
        self._guard = threading.Lock()

    def __call__(self) -> bool:
        """Return True if every check passes; log the first problem when it changes."""
        problem = next((result for check in self._checks if (result := check())), "")
        with self._guard:
            if problem != self._problem:
                self._log(problem)
            self._problem = problem
        return not problem

    def _log(self, problem: str) -> None:
        if problem:
            log.warning("not ready: %s", problem)
        else:
            log.info("ready again")


class DatabaseCheck:
    """Checks that the database answers within `patience` seconds and is migrated.

    While one query hangs no other is started, and nobody waits for it again.
    """

    def __init__(self, *, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._pool = ThreadPoolExecutor(1, "ready")
        self._look: Future[str] | None = None
        self._began = 0.0
        self._guard = threading.Lock()

    def __call__(self) -> str:
        """Return what is wrong, "" if nothing is."""
        with self._guard:
            if self._look is None or self._look.done():
                self._look, self._began = self._pool.submit(_database), time.monotonic()
            look, left = self._look, self._began + self._patience - time.monotonic()
        try:
            return look.result(max(0.0, left))
        except TimeoutError:
            return "the database does not answer"


def _database() -> str:
    try:
        waiting = pending()
    except StorageUnavailable as error:
        return str(error)
    return f"migrations wait: {', '.join(waiting)}; run `stackspend migrate`" if waiting else ""
