"""The switches of the page, one for each thing that it can break and mend."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from demo.clock import Clock
from demo.stage import Stage
from providers.period import DAY
from storage.engine.database import sqlite_path

AHEAD: Final = timedelta(hours=1)
SLOW: Final = 4.0  # seconds for each call; people notice, and nothing gives up yet
REPORT: Final = "claude_code"
_BILLS: Final[Mapping[str | None, tuple[str, str]]] = {
    None: ("comes whole when the day is over", "Let it come empty"),
    "empty": ("comes empty", "Let half of it come"),
    "amounts": ("comes by half", "Let it come whole"),
}


@dataclass(frozen=True, kw_only=True)
class Switch:
    """Something that works or does not; the words say which, and what to do about it."""

    name: str
    title: str
    is_fine: bool
    state: str
    turn: str


class Trouble(Protocol):
    """Something that can be broken, and mended unless it is over by itself."""

    @property
    def name(self) -> str:
        """Its name in the forms of the page."""

    def switch(self) -> Switch:
        """Return its switch, in the present state."""

    def turn(self) -> None:
        """Break what works, mend what does not."""


@dataclass
class Toggle:
    """A trouble of two states; where it `is_fault` is false, the other state is no worse."""

    name: str
    title: str
    fine: str
    broken: str
    begin: str
    end: str
    on: Callable[[], None]
    off: Callable[[], None]
    is_broken: bool = False
    is_fault: bool = True

    def switch(self) -> Switch:
        """Return its switch, in the present state."""
        return Switch(
            name=self.name,
            title=self.title,
            is_fine=not (self.is_broken and self.is_fault),
            state=self.broken if self.is_broken else self.fine,
            turn=self.end if self.is_broken else self.begin,
        )

    def turn(self) -> None:
        """Break what works, mend what does not."""
        (self.off if self.is_broken else self.on)()
        self.is_broken = not self.is_broken


@dataclass(frozen=True)
class Once:
    """A trouble that is over as soon as it happened."""

    name: str
    title: str
    state: str
    begin: str
    happen: Callable[[], None]

    def switch(self) -> Switch:
        """Return its switch, in the present state."""
        return Switch(name=self.name, title=self.title, is_fine=True, state=self.state, turn=self.begin)

    def turn(self) -> None:
        """Make it happen once."""
        self.happen()


class TodaysBill:
    """The state of the next bill, that of the running day."""

    name = "bill"

    def __init__(self, stage: Stage) -> None:
        self._faults, self._clock = stage.anthropic.faults, stage.clock

    def switch(self) -> Switch:
        """Return its switch, in the present state."""
        how = self._faults.cut_bills.get(self._day)
        state, turn = _BILLS[how]
        return Switch(name=self.name, title="Today's bill", is_fine=how is None, state=state, turn=turn)

    def turn(self) -> None:
        """Go on: whole, empty, by half, and whole again."""
        how = self._faults.cut_bills.get(self._day)
        if how is None:
            self._faults.empty_bill(self._day)
        elif how == "empty":
            self._faults.half_bill(self._day)
        else:
            self._faults.whole_bill(self._day)

    @property
    def _day(self) -> str:
        return self._clock.now().date().isoformat()


class YesterdaysBill:
    """A bill that is known, and falls to nothing."""

    def __init__(self, stage: Stage) -> None:
        self._faults, self._clock = stage.anthropic.faults, stage.clock
        self._day = ""

    def empty(self) -> None:
        """Empty it."""
        self._day = (self._clock.now().date() - DAY).isoformat()
        self._faults.empty_bill(self._day)

    def come_back(self) -> None:
        """Restore it."""
        self._faults.whole_bill(self._day)


class Hold:
    """Another program that keeps the SQLite file for itself, so that nobody can write."""

    def __init__(self, url: str) -> None:
        self._path = sqlite_path(url)
        self._held: sqlite3.Connection | None = None

    @property
    def is_possible(self) -> bool:
        """Whether the database is a file."""
        return self._path is not None

    def take(self) -> None:
        """Take the writer's turn and keep it."""
        if self._path:
            self._held = sqlite3.connect(
                self._path, timeout=20, isolation_level=None, check_same_thread=False
            )
            self._held.execute("BEGIN IMMEDIATE")

    def release(self) -> None:
        """End the writer's turn."""
        if self._held:
            self._held.close()
            self._held = None


def troubles(stage: Stage) -> list[Trouble]:
    """Every switch of the page, in its order."""
    return [*_keys(stage), *_reports(stage), *_bills(stage), *_slacks(stage), *_ours(stage)]


def _keys(stage: Stage) -> list[Trouble]:
    faults = stage.anthropic.faults
    keys = set(faults.keys)

    def accept_all() -> None:
        for key in keys:
            faults.accept(key)

    return [
        Toggle(
            "key",
            "Admin key",
            "accepted",
            "revoked",
            "Revoke it",
            "Accept it again",
            faults.revoke,
            accept_all,
        ),
        Once(
            "once",
            "A single call",
            "accepted, as the others",
            "Refuse one with 401",
            lambda: faults.refuse("messages", status=401, times=1),
        ),
    ]


def _reports(stage: Stage) -> list[Trouble]:
    faults = stage.anthropic.faults
    return [
        Toggle(
            "anthropic",
            "Anthropic",
            "answers",
            "down, every call fails with 529",
            "Take it down",
            "Bring it back",
            faults.down,
            lambda: faults.clear("down"),
        ),
        Toggle(
            "report",
            "Claude Code's report",
            "offered",
            "not allowed to this key, 403",
            "Forbid it",
            "Allow it again",
            lambda: faults.refuse(REPORT, status=403),
            lambda: faults.clear("refuse"),
        ),
        Toggle(
            "analytics",
            "Hourly cost data",
            "not offered to this organization",
            "offered",
            "Offer it",
            "Withdraw it",
            faults.enroll,
            faults.withdraw,
            is_broken=faults.refusal is None,
            is_fault=False,
        ),
    ]


def _bills(stage: Stage) -> list[Trouble]:
    yesterdays = YesterdaysBill(stage)
    return [
        TodaysBill(stage),
        Toggle(
            "fallen bill",
            "Yesterday's bill",
            "as it was",
            "fallen to nothing",
            "Let it fall",
            "Bring it back",
            yesterdays.empty,
            yesterdays.come_back,
        ),
    ]


def _slacks(stage: Stage) -> list[Trouble]:
    faults = stage.slack.workspace.faults
    return [
        Toggle(
            "slack",
            "Slack's API",
            "answers",
            "down, every call fails with 503",
            "Take it down",
            "Bring it back",
            lambda: setattr(faults, "is_down", True),
            lambda: setattr(faults, "is_down", False),
        ),
        Toggle(
            "slow slack",
            "Its speed",
            "as usual",
            f"{SLOW:.0f} s for every call",
            "Slow it down",
            "Speed it up",
            lambda: setattr(faults, "lag", SLOW),
            lambda: setattr(faults, "lag", 0.0),
        ),
    ]


def _ours(stage: Stage) -> list[Trouble]:
    hold, clock = Hold(stage.database_url), Clock.of_the_bot(stage.clock)
    database = Toggle(
        "database",
        "The bot's database",
        "can be written",
        "hangs: another program keeps it for itself",
        "Let it hang",
        "Let it go",
        hold.take,
        hold.release,
    )
    return [
        *([database] if hold.is_possible else []),
        Toggle(
            "clock",
            "The bot's clock",
            "right",
            "an hour ahead",
            "Set it ahead",
            "Set it back",
            lambda: clock.set_off(AHEAD),
            lambda: clock.set_off(timedelta()),
        ),
    ]
