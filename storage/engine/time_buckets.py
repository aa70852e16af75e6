"""Decompose a long period into a few rollups of days, weeks, months and years: some added, some subtracted.

Blocks are years, months, and the weeks of a month counted from its first day; the last week has the days that
remain. A year consists of its months, a month of its weeks and a week of its days, so blocks never overlap;
all time consists of the years. A slot is the number under which a rollup stores a day or a block: a day's own
number, or the number of a block's first day plus some millions, where no day's number lies.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from storage.engine.fields import from_day, to_day

WEEK, MONTH, YEAR, ALL_TIME = 1_000_000, 2_000_000, 3_000_000, 4_000_000  # day 1,000,000 is in the year 4707
_DAYS, _HOURS, _MONTHS = 7, 24, 12


class Block(NamedTuple):
    """A block's slot, and the slots `[start, end)` of its parts."""

    slot: int
    start: int
    end: int


_ALL_TIME = Block(ALL_TIME, YEAR, ALL_TIME)


class Decomposition(NamedTuple):
    """Slots to add up, and slots to subtract from that sum."""

    added: list[int]
    subtracted: list[int]

    def until(self, newest: int) -> "Decomposition":
        """Return a copy without the slots that begin after the newest day with data."""
        return Decomposition(*([slot for slot in slots if slot % WEEK <= newest] for slots in self))


@lru_cache(maxsize=1024)  # an answer reads the same periods by several dimensions; nobody changes the lists
def decompose(first: int, last: int) -> Decomposition:
    """Return few slots that sum to the days `[first, last)`, each day once."""
    return _decomposition(_days_between(first, last))


@lru_cache(maxsize=1024)
def decompose_hours(first: int, last: int) -> tuple[Decomposition, Decomposition]:
    """Return few slots of days, and few hours, that together sum to the hours `[first, last)`."""
    (first_day, before), (last_day, after) = _nearest_day(first), _nearest_day(last)
    after.subtract(before)
    return decompose(first_day, last_day), _decomposition(after)


def covers_all(first: int, last: int, recorded: tuple[int, int]) -> bool:
    """Whether `[first, last)` includes all days with data, so that the slot ALL_TIME is enough."""
    oldest, newest = recorded
    return first <= oldest and newest < last


def extend_to_block_edges(first: int, last: int, recorded: tuple[int, int]) -> tuple[int, int]:
    """Return a longer period with the same sum and fewer slots: it extends over days without data.

    `recorded` is the oldest and the newest day with data.
    """
    oldest, newest = recorded
    return (
        _blocks_of(first)[-1].slot - YEAR if first <= oldest else first,
        _year_end(last - 1) if newest < last else last,
    )


def _year_end(day: int) -> int:
    return to_day(date(from_day(day).year + 1, 1, 1))


def blocks_containing(days: Iterable[int]) -> list[Block]:
    """Return the blocks that contain some days, in the order in which to rebuild them after a change."""
    blocks = {block for day in days for block in _blocks_of(day)}
    return [*sorted(blocks), _ALL_TIME] if blocks else []


def _blocks_of(day: int) -> Sequence[Block]:
    when = from_day(day)
    year, month = to_day(when.replace(month=1, day=1)), day - when.day + 1
    month_end, week = month + monthrange(when.year, when.month)[1], day - (when.day - 1) % _DAYS
    return (
        Block(WEEK + week, week, min(week + _DAYS, month_end)),
        Block(MONTH + month, WEEK + month, WEEK + month_end),
        Block(YEAR + year, MONTH + year, MONTH + _year_end(day)),
    )


def _days_between(first: int, last: int) -> Counter[int]:
    years = range(from_day(first).year, from_day(last).year)
    slots = Counter(YEAR + to_day(date(year, 1, 1)) for year in years)
    slots.update(_since_new_year(last))
    slots.subtract(_since_new_year(first))
    return Counter(range(first, last)) if last - first <= sum(map(abs, slots.values())) else slots


@lru_cache(maxsize=1024)  # days: the periods that are asked for share their edges; nobody changes the answer
def _since_new_year(day: int) -> Counter[int]:
    """Return how often to count each slot so that they sum to the year's days before this one."""
    (week, *days), (month, *weeks), (year, *_) = _blocks_of(day)
    months = [MONTH + to_day(date(from_day(day).year, number + 1, 1)) for number in range(_MONTHS)]
    slots = _up_to(months.index(month), months, whole=year)
    slots.update(_up_to((week - weeks[0]) // _DAYS, range(weeks[0], weeks[1], _DAYS), whole=month))
    slots.update(_up_to(day - days[0], range(days[0], days[1]), whole=week))
    return slots


def _nearest_day(hour: int) -> tuple[int, Counter[int]]:
    """Return a day near an hour, and how often to count each hour to get from its start to that hour."""
    day, index = divmod(hour, _HOURS)
    hours = _up_to(index, range(day * _HOURS, (day + 1) * _HOURS), whole=_WHOLE_DAY)
    return day + hours.pop(_WHOLE_DAY, 0), hours


_WHOLE_DAY = -1  # no hour's number


def _up_to(index: int, parts: Sequence[int], *, whole: int) -> Counter[int]:
    """Return the first parts of a whole, or the whole minus the other parts, whichever are fewer."""
    if 2 * index <= len(parts):
        return Counter(parts[:index])
    slots = Counter({whole: 1})
    slots.subtract(parts[index:])
    return slots


def _decomposition(slots: Counter[int]) -> Decomposition:
    return Decomposition(
        [slot for slot, n in slots.items() if n > 0], [slot for slot, n in slots.items() if n < 0]
    )
