"""Behind the scenes: the clock that can be moved, and the faults that can be switched."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from demo.faults import ADMIN_KEY
from demo.slack_people import TEAM
from demo.stage import Stage
from providers.period import DAY, Period
from storage import connections, coverage, subscriptions
from storage.database import open_database, session

PATIENCE: Final = 10.0  # seconds for the bot to read a bill
_EVE: Final = timedelta(minutes=2)
_BILLS: Final[Mapping[str | None, tuple[str, str]]] = {
    None: ("comes whole when the day is over", "Let it come empty"),
    "empty": ("comes empty", "Let half of it come"),
    "amounts": ("comes by half", "Let it come whole"),
}
_STEPS: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


@dataclass(frozen=True, kw_only=True)
class Switch:
    """Something that works or does not; the words say which, and what to do about it."""

    name: str
    title: str
    is_fine: bool
    state: str
    turn: str


class Backstage:
    """What can be changed about the world while it plays; `changes` counts how often something was."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.changes = stage, 0
        self._keys = set(stage.anthropic.faults.keys)
        self._is_anthropic_up = True
        open_database(stage.database_url)

    # --- time

    @property
    def next_digest(self) -> datetime | None:
        """When the next digest is due; None where there is none."""
        with session():
            waiting = [each.next_at for each in subscriptions.of_team(TEAM) if not each.paused]
        return min(waiting, default=None)

    def move(self, step: str) -> None:
        """Let time pass until the next digest, or by an hour or a day."""
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
        """Give the bot the moment in which it would have read the bill during the night."""
        deadline = time.monotonic() + PATIENCE
        is_cut = day.isoformat() in self.stage.anthropic.faults.cut_bills
        while self._works and not is_cut and not _is_billed(day) and time.monotonic() < deadline:
            time.sleep(0.1)

    # --- faults

    @property
    def _works(self) -> bool:
        """Whether the bot can read anything."""
        return self._is_anthropic_up and bool(self.stage.anthropic.faults.keys)

    @property
    def admin_key(self) -> str:
        """A key that Anthropic accepts, or did until it was revoked."""
        return min(self.stage.anthropic.faults.keys or self._keys, default=ADMIN_KEY)

    def switches(self) -> list[Switch]:
        """How each of them stands."""
        is_accepted = bool(self.stage.anthropic.faults.keys)
        is_slack_up = not self.stage.slack.workspace.faults.is_down
        up, is_enrolled = self._is_anthropic_up, self.stage.anthropic.faults.refusal is None
        return [
            Switch(
                name="key",
                title="Admin key",
                is_fine=is_accepted,
                state="accepted" if is_accepted else "revoked",
                turn="Revoke it" if is_accepted else "Accept it again",
            ),
            Switch(
                name="anthropic",
                title="Anthropic",
                is_fine=up,
                state="answers" if up else "down, every call fails with 529",
                turn="Take it down" if up else "Bring it back",
            ),
            Switch(
                name="analytics",
                title="Spend by the hour",
                is_fine=True,  # offered or not, nothing is broken
                state="offered" if is_enrolled else "not offered to this organization",
                turn="Withdraw it" if is_enrolled else "Offer it",
            ),
            self._bill_switch(),
            Switch(
                name="slack",
                title="Slack's API",
                is_fine=is_slack_up,
                state="answers" if is_slack_up else "down, every call fails with 503",
                turn="Take it down" if is_slack_up else "Bring it back",
            ),
        ]

    def _bill_switch(self) -> Switch:
        """Tell how the bill of the running day will come: whole, empty, by half, and whole again."""
        how = self.stage.anthropic.faults.cut_bills.get(self._running_day)
        state, turn = _BILLS[how]
        return Switch(name="bill", title="Today's bill", is_fine=how is None, state=state, turn=turn)

    @property
    def _running_day(self) -> str:
        return self.stage.clock.now().date().isoformat()

    def turn(self, name: str) -> None:
        """Break what works, mend what does not."""
        turns: Mapping[str, Callable[[], None]] = {
            "key": self._turn_key,
            "anthropic": self._turn_anthropic,
            "analytics": self._turn_analytics,
            "bill": self._turn_bill,
            "slack": self._turn_slack,
        }
        if name in turns:
            turns[name]()
            self.changes += 1

    def _turn_key(self) -> None:
        faults = self.stage.anthropic.faults
        if faults.keys:
            self._keys = set(faults.keys)
            faults.revoke()
        else:
            for key in self._keys:
                faults.accept(key)

    def _turn_anthropic(self) -> None:
        faults = self.stage.anthropic.faults
        if self._is_anthropic_up:
            faults.down()
        else:
            faults.clear("down")
        self._is_anthropic_up = not self._is_anthropic_up

    def _turn_analytics(self) -> None:
        faults = self.stage.anthropic.faults
        if faults.refusal is None:
            faults.withdraw()
        else:
            faults.enroll()

    def _turn_bill(self) -> None:
        faults, day = self.stage.anthropic.faults, self._running_day
        how = faults.cut_bills.get(day)
        if how is None:
            faults.empty_bill(day)
        elif how == "empty":
            faults.half_bill(day)
        else:
            faults.whole_bill(day)

    def _turn_slack(self) -> None:
        faults = self.stage.slack.workspace.faults
        faults.is_down = not faults.is_down


def _is_billed(day: date) -> bool:
    """Whether the bot has the bill of a day; there is nothing to wait for where nothing is connected."""
    with session():
        connection = connections.of_team(TEAM)
        return connection is None or bool(coverage.days(connection.id, "charges", Period.day(day)))
