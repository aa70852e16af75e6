"""The clock of the simulated world."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from demo.clock import Clock

HOUR = timedelta(hours=1)


def test_a_clock_nobody_has_moved_is_the_real_one(tmp_path: Path) -> None:
    assert Clock(tmp_path / "clock").now() - datetime.now(UTC) < timedelta(seconds=5)


def test_whoever_reads_the_same_file_has_the_same_time(tmp_path: Path) -> None:
    mine, theirs = Clock(tmp_path / "clock"), Clock(tmp_path / "clock")
    mine.move(HOUR)
    mine.move(HOUR)
    assert theirs.moved == 2 * HOUR


def test_time_does_not_go_back(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock")
    clock.move(-HOUR)
    assert clock.moved == timedelta()
