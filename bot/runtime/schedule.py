"""APScheduler only ticks, and keeps ticking whatever becomes of the clock on the wall.

It counts by that clock. Set ahead, a tick comes once, not once for every second that was skipped; set back,
the jump is noticed within a second by the monotonic clock, told to whoever must know, and all ticks come.
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

PACE = 1.0  # seconds between ticks
STALLED = 60.0  # seconds in which no tick of a kind ended, after which we are no longer ready
JUMP = (
    2.0  # seconds within a tick by which the wall clock is off before we call that a jump; slewing is slower
)
SAID_AGAIN = 60.0  # seconds between two lines about the same trouble
log = logging.getLogger(__name__)


class _Steadily(BaseTrigger):  # type: ignore[misc] # apscheduler has no types
    """Fires at once, then a pace after it last could; what was slept through is not made up for."""

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        return max(previous, now) + timedelta(seconds=PACE) if previous else now


class Schedule:
    """Calls every tick once a second, each in a thread of its own, never twice at once.

    `on_jump` hears by how many seconds the wall clock was set, ahead or (negative) back, before ticks go on.
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
        self._said: dict[str, float] = {}
        self._stopping = threading.Event()
        # late is better than never (the default drops what is a second late), once is enough, one at a time
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults=defaults, executors={"default": ThreadPoolExecutor(len(ticks))}
        )
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that takes longer is no news
        for name, tick in ticks.items():
            self._scheduler.add_job(self._safely, _Steadily(), (name, tick), id=name)
        self._watch = threading.Thread(target=self._watch_the_clock, name="clock", daemon=True)

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()
        self._watch.start()

    def stop(self) -> None:
        """Let the running ticks end."""
        self._stopping.set()
        self._scheduler.shutdown(wait=True)

    def wake(self) -> None:
        """Tick now: somebody is waiting."""
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=clock.now())

    def ticks(self) -> bool:
        """Whether every kind of tick came through lately."""
        return not self.stalled()

    def stalled(self) -> list[str]:
        """The ticks that hang, or do not come."""
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
            log.exception("what the jump of the clock asks for failed; it is tried again within a minute")
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
        """Whether this was not said a moment ago: an outage is many ticks of every kind."""
        now = time.monotonic()
        if now - self._said.get(trouble, float("-inf")) < SAID_AGAIN:
            return False
        lately = {said: at for said, at in self._said.items() if now - at < SAID_AGAIN}
        self._said = {**lately, trouble: now}
        return True
