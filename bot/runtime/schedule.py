"""Call each tick function once a second, each in its own thread, whatever happens to the wall clock.

What is due stands in the database, where all processes see it, so the scheduler only ticks.
APScheduler counts by the wall clock. After a jump ahead a tick comes once, not once for each skipped second.
A jump back is noticed within a second by the monotonic clock: `on_jump` is called, and all ticks run again.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from bot import clock
from storage.engine.database import StorageUnavailable

PACE = 1.0  # seconds between ticks: people who type `sync` wait for one
STALLED = 60.0  # seconds without the end of a tick before the process counts as not ready; a tick takes few
JUMP = 2.0  # seconds that the wall clock is off within a tick to count as a jump; time services adjust slower
LOG_AGAIN = 60.0  # seconds between two log lines about the same problem
log = logging.getLogger(__name__)


class _Steadily(BaseTrigger):  # type: ignore[misc] # apscheduler has no types
    """Fires at once, then PACE seconds after the last time; missed times are not made up for."""

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        return max(previous, now) + timedelta(seconds=PACE) if previous else now


class Schedule:
    """Calls every tick once a second, each in its own thread, never twice at a time.

    `on_jump` is called with the seconds by which the wall clock was set ahead (or back, negative).
    """

    def __init__(
        self,
        ticks: Mapping[str, Callable[[], None]],
        *,
        on_jump: Callable[[float], None] = lambda _seconds: None,
        wall: Callable[[], datetime] = clock.now,
    ) -> None:
        self._jumped, self._wall = on_jump, wall
        self._ended = dict.fromkeys(ticks, time.monotonic())
        self._logged_at: dict[str, float] = {}
        self._stopping = threading.Event()
        # run late ticks (the default drops those a second late), run missed ones once, one at a time
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults=defaults, executors={"default": ThreadPoolExecutor(len(ticks))}
        )
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # else each tick over a second is a warning
        for name, tick in ticks.items():
            self._scheduler.add_job(self._safely, _Steadily(), (name, tick), id=name)
        self._watch = threading.Thread(target=self._watch_the_clock, name="clock", daemon=True)

    def start(self) -> None:
        """Start ticking."""
        self._scheduler.start()
        self._watch.start()

    def stop(self) -> None:
        """Stop ticking, and wait for the running ticks."""
        self._stopping.set()
        self._scheduler.shutdown(wait=True)

    def wake(self) -> None:
        """Tick now, because somebody is waiting."""
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=clock.now())

    def ticks(self) -> bool:
        """Say whether every tick function ended lately."""
        return not self.stalled()

    def stalled(self) -> list[str]:
        """Return the names of the ticks that hang or do not run."""
        now = time.monotonic()
        return [name for name, ended in self._ended.items() if now - ended >= STALLED]

    def _watch_the_clock(self) -> None:
        wall, steady = self._wall(), time.monotonic()
        while not self._stopping.wait(PACE):
            wall_now, steady_now = self._wall(), time.monotonic()
            off = (wall_now - wall).total_seconds() - (steady_now - steady)
            wall, steady = wall_now, steady_now
            if abs(off) >= JUMP:
                self._say_jump(off)

    def _say_jump(self, seconds: float) -> None:
        log.warning("the clock was set %s by %.0f s", "ahead" if seconds > 0 else "back", abs(seconds))
        try:
            self._jumped(seconds)
        except Exception:
            log.exception("the repair after the clock's jump failed; we try again within a minute")
        self.wake()

    def _safely(self, name: str, tick: Callable[[], None]) -> None:
        try:
            tick()
        except StorageUnavailable as error:
            if self._is_news(str(error)):
                log.exception("%s; trying again every second", error)  # noqa: TRY401 - the sentence first
        except Exception:
            log.exception("the %s tick failed; the next one comes in a second", name)
        finally:
            self._ended[name] = time.monotonic()

    def _is_news(self, trouble: str) -> bool:
        """Say whether a problem was not logged lately: an outage fails every tick every second."""
        now = time.monotonic()
        if now - self._logged_at.get(trouble, float("-inf")) < LOG_AGAIN:
            return False
        lately = {problem: at for problem, at in self._logged_at.items() if now - at < LOG_AGAIN}
        self._logged_at = {**lately, trouble: now}
        return True
