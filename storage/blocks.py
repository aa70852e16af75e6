"""Days in blocks: a long period is read as a few whole blocks and the days beside them.

Blocks are months, and the weeks of a month counted from its first day; the last week has what is left. A
month is its weeks and a week its days, so blocks never cross. A slot is the number that a rollup keeps
them by: a day's own number, or a block's first day and a million or two, where no day is.
"""

from calendar import monthrange
from collections.abc import Iterator
from typing import NamedTuple

from storage.fields import from_day

WEEK, MONTH = 1_000_000, 2_000_000
_DAYS = 7


class Block(NamedTuple):
    """A block's slot, and the slots `[start, end)` of what it is made of."""

    slot: int
    start: int
    end: int


def cover(first: int, last: int) -> list[int]:
    """The fewest slots that hold the days `[first, last)`, each day once."""
    slots = []
    while first < last:
        slot, first = next(
            (grain + start, end) for grain, start, end in _around(first) if start == first and end <= last
        )
        slots.append(slot)
    return slots


def holding(day: int) -> list[Block]:
    """The blocks that a day is in: where it changed, each is to be made anew, in this order."""
    (_, month, month_end), (_, week, week_end), _ = _around(day)
    return [Block(WEEK + week, week, week_end), Block(MONTH + month, WEEK + month, WEEK + month_end)]


def _around(day: int) -> Iterator[tuple[int, int, int]]:
    """The month, the week and the day that a day is in: what marks its slot, its first day, its end."""
    date = from_day(day)
    month = day - date.day + 1
    month_end = month + monthrange(date.year, date.month)[1]
    week = day - (day - month) % _DAYS
    yield MONTH, month, month_end
    yield WEEK, week, min(week + _DAYS, month_end)
    yield 0, day, day + 1
