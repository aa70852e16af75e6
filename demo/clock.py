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
    """Tells the time of the world, which never goes back; the bot's own may be set `off` from it."""

    def __init__(self, file: Path, off: Path | None = None) -> None:
        self.file, self._off = file, off

    @classmethod
    def of_the_bot(cls, world: "Clock") -> "Clock":
        """The clock that the bot reads, beside the world's."""
        return cls(world.file, world.file.with_suffix(".off"))

    @property
    def moved(self) -> timedelta:
        """The time by which it is ahead of the real clock."""
        return _seconds_in(self.file)

    def now(self) -> datetime:
        """The present moment of the world."""
        off = _seconds_in(self._off) if self._off else timedelta()
        return datetime.now(UTC) + self.moved + off

    def timestamp(self) -> float:
        """The present time as Slack counts it, in seconds."""
        return self.now().timestamp()

    def move(self, by: timedelta) -> None:
        """Move the time of everybody forward at once."""
        _write(self.file, self.moved + max(by, timedelta()))

    def set_off(self, by: timedelta) -> None:
        """Set the bot's own clock so far ahead of the world's, or right again."""
        if self._off:
            _write(self._off, by)


def _seconds_in(file: Path) -> timedelta:
    try:
        return timedelta(seconds=float(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return timedelta()


def _write(file: Path, length: timedelta) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_text(str(length.total_seconds()), encoding="utf-8")
    os.replace(fresh, file)  # noqa: PTH105 - a reader sees the old time or the new one
