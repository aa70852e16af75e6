"""APScheduler only ticks."""

import logging
import time
from collections.abc import Callable
from datetime import UTC

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bot import clock
from storage.database import StorageUnavailable

PACE = 1.0  # seconds between ticks
STALLED = 60.0  # seconds without a tick before we are no longer ready
log = logging.getLogger(__name__)


class Schedule:
    """Calls every tick once a second, each in a thread of its own, never twice at once."""

    def __init__(self, ticks: dict[str, Callable[[], None]]) -> None:
        self._last = time.monotonic()
        # late is better than never (the default drops what is a second late), once is enough, one at a time
        defaults = {"misfire_grace_time": 3600, "coalesce": True, "max_instances": 1}
        self._scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults=defaults, executors={"default": ThreadPoolExecutor(len(ticks))}
        )
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that takes longer is no news
        for name, tick in ticks.items():
            self._scheduler.add_job(self._safely, "interval", (tick,), seconds=PACE, id=name)

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    def stop(self) -> None:
        """Let the running ticks end."""
        self._scheduler.shutdown(wait=True)

    def wake(self) -> None:
        """Tick now: somebody is waiting."""
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=clock.now())

    def ticks(self) -> bool:
        """Whether a tick came through lately."""
        return time.monotonic() - self._last < STALLED

    def _safely(self, tick: Callable[[], None]) -> None:
        self._last = time.monotonic()
        try:
            tick()
        except StorageUnavailable as error:
            log.error("%s; trying again every second", error)  # noqa: TRY400 - one sentence, no traceback
        except Exception:
            log.exception("a tick failed; the next one comes in a second")
