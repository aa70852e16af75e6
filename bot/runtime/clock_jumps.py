"""Notice a clock that was set back, and repair the times that were written before.

    tick     once a minute, compares now with this machine's last record: set back while no process ran
    on_jump  called by the schedule: set back while this process runs

Repaired are due times, leases, coverage, the times of digests, and messages that are not sent yet.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.posting.calendar import next_slot
from bot.posting.outbox import WAIT_FOR_BILL
from bot.services import LEASE
from bot.sync.jobs import SCHEDULE
from storage.engine.database import session, transaction
from storage.facts import bills
from storage.state import clock_repair, posts, subscriptions
from storage.state.subjects import DigestDays

# Seconds between two checks, each of which records the time. A choice: after a crash, the latest record can
# be this old, so we do not notice a clock that was set back by less while the process was down.
EVERY = 60.0
BACK = timedelta(seconds=30)  # machines that synchronize their clocks differ by less
LATER = timedelta(hours=1)  # no message is put off by more, so a later one was written by a wrong clock
log = logging.getLogger(__name__)


class ClockMonitor:
    """Watches the clock of one machine; `elapsed` is a monotonic clock in seconds."""

    def __init__(
        self,
        machine: str,
        now: Callable[[], datetime],
        *,
        lease: timedelta = LEASE,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._machine, self._now, self._lease, self._elapsed = machine, now, lease, elapsed
        self._look_at = float("-inf")

    def tick(self) -> None:
        """Once a minute, check whether the clock is behind this machine's last record."""
        if self._elapsed() < self._look_at:
            return
        with session():
            now = self._now()
            if clock_repair.behind(self._machine, now) > BACK:
                self._put_right(now)
            with transaction():
                clock_repair.witness(self._machine, now)
        self._look_at = self._elapsed() + EVERY

    def on_jump(self, seconds: float) -> None:
        """Repair after a jump; ahead, only bills that wait for hours to pass have to wait longer."""
        with session():
            if seconds < 0:
                self._put_right(self._now())
                return
            with transaction():
                bills.wait_longer(timedelta(seconds=seconds))

    def _put_right(self, now: datetime) -> None:
        log.warning("the clock was set back: we repair what was written ahead of %s", now)
        with transaction():
            clock_repair.pull_back(
                now, lease=self._lease, every={kind: each.every for kind, each in SCHEDULE.items()}
            )
            _put_digests_right(now)


def _put_digests_right(now: datetime) -> None:
    """Reschedule digests and waiting messages; no digest before its days are over."""
    for subscription in subscriptions.due_after(now):
        slot = next_slot(subscription.plan, after=now)
        if subscription.next_at > slot:
            subscriptions.reschedule(subscription, next_at=slot)
    for post in posts.due_after(now + LATER):
        about = post.subject
        due = max(now, about.period.ends_at) if isinstance(about, DigestDays) else now
        if post.due_at > due:
            posts.reschedule(post, due=due, give_up_waiting=due + WAIT_FOR_BILL)
