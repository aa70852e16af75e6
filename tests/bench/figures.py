"""What a benchmark says: one figure, what it is compared with, what it aims at; and how it is measured.

The machine is noisy, so what is compared runs in turns, and the figure is the median.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

HEAD = ("benchmark", "ours", "compared with", "ratio", "aim", "")


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is done. `patience` bounds, in seconds, how long anything is repeated."""

    days: int
    engineers: int
    staff: int  # engineers of the year that answers are about
    rows: int
    facts: Sequence[int]
    repeats: int  # of each question
    at_once: int  # commands in one moment
    rounds: int  # such moments
    starts: int
    turns: int
    patience: float
    tenants: int  # connections of one worker
    at_first: int  # simulated minutes until all of them are at rest
    at_rest: int  # simulated minutes that are measured


FULL = Size(
    days=365,
    engineers=60,
    staff=3_000,
    rows=200_000,
    facts=(1_000_000, 10_000_000),
    repeats=300,
    at_once=64,
    rounds=10,
    starts=7,
    turns=3,
    patience=30,
    tenants=1000,
    at_first=10,
    at_rest=60,
)
SMALL = Size(
    days=60,
    engineers=20,
    staff=200,
    rows=50_000,
    facts=(100_000, 1_000_000),
    repeats=100,
    at_once=64,
    rounds=4,
    starts=3,
    turns=2,
    patience=10,
    tenants=100,
    at_first=5,
    at_rest=20,
)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the table. `holds` is None for what is only told."""

    name: str
    ours: str
    beside: str = ""
    ratio: float | None = None
    aim: str = ""
    holds: bool | None = None

    def cells(self) -> tuple[str, ...]:
        """The words of its line."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        verdict = {True: "met", False: "missed", None: ""}[self.holds]
        return (self.name, self.ours, self.beside, ratio, self.aim, verdict)


def line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """One line of the table."""
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def widths(lines: Sequence[Sequence[str]]) -> list[int]:
    """How wide every column must be."""
    return [max(map(len, column)) for column in zip(*lines, strict=True)]


def at_most(name: str, seconds: float, limit: float, *, beside: str = "") -> Figure:
    """A time that should not be longer than a limit."""
    aim = f"≤ {words(limit)}"
    return Figure(name=name, ours=words(seconds), beside=beside, aim=aim, holds=seconds <= limit)


def words(seconds: float) -> str:
    """A time as people say it."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1000:.1f} ms" if seconds >= 0.01 else f"{seconds * 1000:.2f} ms"


def seconds_of(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_turns(works: Sequence[Callable[[], float]], *, turns: int, patience: float) -> list[float]:
    """The median of every measured work, done in turns: at least once, no more when patience is over."""
    began, threads = time.perf_counter(), [[work()] for work in works]
    for _turn in range(1, turns):
        if time.perf_counter() - began > patience:
            break
        for work, times in zip(works, threads, strict=True):
            times.append(work())
    return [median(times) for times in threads]


def at(times: Sequence[float], percent: int) -> float:
    """The time that so many percent do not exceed."""
    ranked = sorted(times)
    return ranked[min(len(ranked) * percent // 100, len(ranked) - 1)]
