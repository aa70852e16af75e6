"""Whether this process can do its work: asked by machines that tell strangers, so the reasons go to the log.

each check │ the first that complains │ into the log, once │ yes or no
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from storage.engine.database import StorageUnavailable, pending

PATIENCE = 2.0  # seconds for a database to answer; who asks waits some seconds and asks again
Check = Callable[[], str]  # what is wrong, "" where nothing is
log = logging.getLogger("stackspend")


class Readiness:
    """Asks every check in turn."""

    def __init__(self, checks: Iterable[Check]) -> None:
        self._checks = tuple(checks)
        self._known = ""
        self._guard = threading.Lock()

    def __call__(self) -> bool:
        """Tell whether nothing is wrong; what is goes to the log, when it changes."""
        wrong = next((said for check in self._checks if (said := check())), "")
        with self._guard:
            if wrong != self._known:
                self._tell(wrong)
            self._known = wrong
        return not wrong

    def _tell(self, wrong: str) -> None:
        if wrong:
            log.warning("not ready: %s", wrong)
        else:
            log.info("ready again")


class DatabaseCheck:
    """Looks whether the database answers and is migrated, and waits no longer than `patience` for it.

    While one look hangs no other is begun, and nobody waits for it again.
    """

    def __init__(self, *, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._pool = ThreadPoolExecutor(1, "ready")
        self._look: Future[str] | None = None
        self._began = 0.0
        self._guard = threading.Lock()

    def __call__(self) -> str:
        """Say what is wrong."""
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
