"""Behind the scenes: the clock that can be moved, and the faults that can be switched."""

import time
from datetime import date, datetime, timedelta
from typing import Final

from demo.admin_api.faults import ADMIN_KEY
from demo.browser.switches import Switch, troubles
from demo.slack.people import TEAM
from demo.stage import Stage
from providers.period import DAY, Period
from storage.engine.database import open_database, session
from storage.facts import coverage
from storage.state import connections, subscriptions

PATIENCE: Final = 10.0  # seconds for the bot to read a bill
_EVE: Final = timedelta(minutes=2)
_STEPS: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


class Controls:
    """Everything that the page can change while the demo runs; `changes` counts the changes."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.changes = stage, 0
        self._keys = set(stage.anthropic.faults.keys)
        self._troubles = {trouble.name: trouble for trouble in troubles(stage)}
        open_database(stage.database_url)

    # --- time

    @property
    def next_digest(self) -> datetime | None:
        """When the next digest is due, None without one."""
        with session():
            waiting = [each.next_at for each in subscriptions.of_team(TEAM) if not each.paused]
        return min(waiting, default=None)

    def move(self, step: str) -> None:
        """Move the clock to the next digest, or by an hour or a day."""
        due = self.next_digest
        until = due if step == "digest" else self.stage.clock.now() + _STEPS.get(step, timedelta())
        if until is None:
            return
        if due and due <= until:
            self._move_to(due - _EVE)
            self._let_the_bill_come(due.date() - DAY)
        self._move_to(until)

    def _move_to(self, moment: datetime) -> None:
        self.stage.clock.move(moment - self.stage.clock.now())
        self.changes += 1

    def _let_the_bill_come(self, day: date) -> None:
        """Give the bot time to read the bill, as it would have during the night."""
        deadline = time.monotonic() + PATIENCE
        is_cut = day.isoformat() in self.stage.anthropic.faults.cut_bills
        while self._works and not is_cut and not _is_billed(day) and time.monotonic() < deadline:
            time.sleep(0.1)

    # --- faults

    @property
    def _works(self) -> bool:
        """Whether the bot can read anything."""
        return all(self._troubles[name].switch().is_fine for name in ("key", "anthropic"))

    @property
    def admin_key(self) -> str:
        """A key that Anthropic accepts, or did until it was revoked."""
        return min(self.stage.anthropic.faults.keys or self._keys, default=ADMIN_KEY)

    def switches(self) -> list[Switch]:
        """Return the state of every switch."""
        return [trouble.switch() for trouble in self._troubles.values()]

    def turn(self, name: str) -> None:
        """Break what works, mend what does not."""
        if name in self._troubles:
            self._troubles[name].turn()
            self.changes += 1


def _is_billed(day: date) -> bool:
    """Whether the bot has the bill of a day; there is nothing to wait for where nothing is connected."""
    with session():
        connection = connections.of_team(TEAM)
        return connection is None or bool(coverage.days(connection.id, "charges", Period.day(day)))
