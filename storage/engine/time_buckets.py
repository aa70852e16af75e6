"""Days in blocks: a long period is read as a few whole blocks, and of these what is too much taken away.

Blocks are years, months, and the weeks of a month counted from its first day; the last week has what is
left. A year is its months, a month its weeks and a week its days, so blocks never cross; all time is the
years. A slot is the number that a rollup keeps them by: a day's own number, or a block's first day and some
millions, where no day is.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from storage.engine.fields import from_day, to_day

WEEK, MONTH, YEAR, ALL_TIME = 1_000_000, 2_000_000, 3_000_000, 4_000_000
_DAYS, _HOURS, _MONTHS = 7, 24, 12


class Block(NamedTuple):
    """A block's slot, and the slots `[start, end)` of what it is made of."""

    slot: int
    start: int
    end: int


_ALL_TIME = Block(ALL_TIME, YEAR, ALL_TIME)


class Cover(NamedTuple):
    """Slots to add up, and slots to take away from that."""

    added: list[int]
    taken: list[int]

    def until(self, newest: int) -> "Cover":
        """The same without slots that begin after the newest day that anything is known of."""
        return Cover(*([slot for slot in slots if slot % WEEK <= newest] for slots in self))


def cover(first: int, last: int) -> Cover:
    """Few slots that come to the days `[first, last)`, each day once."""
    return _cover(_days_between(first, last))


def cover_hours(first: int, last: int) -> tuple[Cover, Cover]:
    """Few slots of days, and few hours, that come to the hours `[first, last)`."""
    (first_day, before), (last_day, after) = _nearest_day(first), _nearest_day(last)
    after.subtract(before)
    return cover(first_day, last_day), _cover(after)


def holds_all(first: int, last: int, known: tuple[int, int]) -> bool:
    """Whether the days `[first, last)` are all of which anything is known: the one slot ALL_TIME."""
    oldest, newest = known
    return first <= oldest and newest < last


def widened(first: int, last: int, known: tuple[int, int]) -> tuple[int, int]:
    """Days that come to the same in fewer slots, if nothing is known before one day and after another."""
    oldest, newest = known
    return (
        _blocks_of(first)[-1].slot - YEAR if first <= oldest else first,
        _year_end(last - 1) if newest < last else last,
    )


def _year_end(day: int) -> int:
    return to_day(date(from_day(day).year + 1, 1, 1))


def holding(days: Iterable[int]) -> list[Block]:
    """The blocks that days are in: where these changed, each is to be made anew, in this order."""
    held = {block for day in days for block in _blocks_of(day)}
    return [*sorted(held), _ALL_TIME] if held else []


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


def _since_new_year(day: int) -> Counter[int]:
    """How often each slot counts in the days of a day's year before it."""
    (week, *days), (month, *weeks), (year, *_) = _blocks_of(day)
    months = [MONTH + to_day(date(from_day(day).year, number + 1, 1)) for number in range(_MONTHS)]
    slots = _up_to(months.index(month), months, whole=year)
    slots.update(_up_to((week - weeks[0]) // _DAYS, range(weeks[0], weeks[1], _DAYS), whole=month))
    slots.update(_up_to(day - days[0], range(days[0], days[1]), whole=week))
    return slots


def _nearest_day(hour: int) -> tuple[int, Counter[int]]:
    """A day's number, and how often each hour counts so that together they come up to an hour."""
    day, index = divmod(hour, _HOURS)
    hours = _up_to(index, range(day * _HOURS, (day + 1) * _HOURS), whole=_WHOLE_DAY)
    return day + hours.pop(_WHOLE_DAY, 0), hours


_WHOLE_DAY = -1  # no hour's number


def _up_to(index: int, parts: Sequence[int], *, whole: int) -> Counter[int]:
    """The first parts of a whole, or the whole without the others, whichever are fewer."""
    if 2 * index <= len(parts):
        return Counter(parts[:index])
    slots = Counter({whole: 1})
    slots.subtract(parts[index:])
    return slots


def _cover(slots: Counter[int]) -> Cover:
    return Cover([slot for slot, n in slots.items() if n > 0], [slot for slot, n in slots.items() if n < 0])
