"""The clock of the simulated world: the real one, moved on by as much as somebody wanted.

The bot runs in another process and reads the same file; only signatures, which prove that a request is
fresh, stay with the real clock.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

FILE = "STACKSPEND_DEMO_CLOCK"
"""The environment variable that names the file, for `demo.bot`."""


class Clock:
    """Tells the time of the world. It never goes back."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @property
    def moved(self) -> timedelta:
        """How far it is ahead of the real clock."""
        try:
            return timedelta(seconds=float(self.file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return timedelta()

    def now(self) -> datetime:
        """The present moment of the world."""
        return datetime.now(UTC) + self.moved

    def timestamp(self) -> float:
        """The same as Slack counts it."""
        return self.now().timestamp()

    def move(self, by: timedelta) -> None:
        """Let time pass at once, for everybody."""
        ahead = self.moved + max(by, timedelta())
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(ahead.total_seconds()), encoding="utf-8")
        os.replace(fresh, self.file)  # noqa: PTH105 - a reader sees the old time or the new one
