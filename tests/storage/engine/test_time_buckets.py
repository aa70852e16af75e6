"""Periods in blocks: every day once, every hour once, in few slots."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.engine.fields import from_day, to_day
from storage.engine.time_buckets import (
    ALL_TIME,
    MONTH,
    WEEK,
    YEAR,
    Decomposition,
    blocks_containing,
    covers_all,
    decompose,
    decompose_hours,
    extend_to_block_edges,
)

days = st.dates(date(2023, 1, 1), date(2032, 12, 31)).map(to_day)
lengths = st.integers(0, 800)


def month_of(day: int) -> range:
    first = from_day(day).replace(day=1)
    return range(to_day(first), to_day((first + timedelta(days=31)).replace(day=1)))


def days_of(slot: int) -> range:
    """What a slot's number says, worked out another way than by the module."""
    if slot >= YEAR:
        return range(slot - YEAR, to_day(from_day(slot - YEAR).replace(month=12, day=31)) + 1)
    if slot >= MONTH:
        return month_of(slot - MONTH)
    if slot >= WEEK:
        first = slot - WEEK
        return range(first, min(first + 7, month_of(first).stop))
    return range(slot, slot + 1)


def counted(slots: Decomposition, parts: Callable[[int], range]) -> Counter[int]:
    """How often each part is in what a cover comes to."""
    counts = Counter(part for slot in slots.added for part in parts(slot))
    counts.subtract(part for slot in slots.subtracted for part in parts(slot))
    return counts


def held(counts: Counter[int]) -> dict[int, int]:
    return {part: times for part, times in counts.items() if times}


@given(days, lengths)
def test_a_cover_holds_every_day_of_the_period_once_and_no_other(first: int, length: int) -> None:
    expected = dict.fromkeys(range(first, first + length), 1)
    assert held(counted(decompose(first, first + length), days_of)) == expected


@given(days, lengths)
def test_a_cover_is_of_few_slots(first: int, length: int) -> None:
    slots = decompose(first, first + length)
    assert len({*slots.added, *slots.subtracted}) == len([*slots.added, *slots.subtracted]) <= 24


@given(days, st.integers(0, 23), st.integers(0, 24 * 70))
def test_a_cover_of_hours_holds_every_hour_once_and_no_other(day: int, hour: int, length: int) -> None:
    first = 24 * day + hour
    of_days, of_hours = decompose_hours(first, first + length)
    counts = counted(of_days, lambda slot: range(24 * days_of(slot).start, 24 * days_of(slot).stop))
    counts.update(counted(of_hours, lambda one: range(one, one + 1)))
    assert held(counts) == dict.fromkeys(range(first, first + length), 1)
    assert len([*of_hours.added, *of_hours.subtracted]) <= 24


@given(days)
def test_what_a_block_is_made_of_are_exactly_its_days(day: int) -> None:
    week, month, year, all_time = blocks_containing([day])
    assert list(range(week.start, week.end)) == list(days_of(week.slot))
    for block in (month, year):
        parts = sorted({part.slot for each in days_of(block.slot) for part in blocks_containing([each])})
        inside = [slot for slot in parts if block.start <= slot < block.end]
        assert [each for slot in inside for each in days_of(slot)] == list(days_of(block.slot))
    assert all(day in days_of(block.slot) for block in (week, month, year))
    assert all_time.start <= year.slot < all_time.end <= all_time.slot == ALL_TIME


def test_days_of_one_block_make_it_anew_once() -> None:
    first = to_day(date(2026, 11, 1))
    slots = [block.slot for block in blocks_containing(range(first, first + 8))]
    year = to_day(date(2026, 1, 1))
    assert slots == [WEEK + first, WEEK + first + 7, MONTH + first, YEAR + year, ALL_TIME]
    assert blocks_containing([]) == []


@pytest.mark.parametrize(
    ("first", "end", "added", "taken"),
    [
        (date(2026, 10, 1), date(2026, 11, 1), [(MONTH, 1)], []),
        (date(2026, 11, 1), date(2026, 11, 15), [(WEEK, 1), (WEEK, 8)], []),
        (date(2026, 11, 2), date(2026, 12, 1), [(MONTH, 1)], [(0, 1)]),
        (date(2026, 11, 1), date(2026, 11, 29), [(MONTH, 1)], [(WEEK, 29)]),
        (date(2026, 11, 8), date(2026, 11, 8), [], []),
    ],
)
def test_months_and_what_is_nearly_one_take_few_slots(
    first: date, end: date, added: list[tuple[int, int]], taken: list[tuple[int, int]]
) -> None:
    decomposed = decompose(to_day(first), to_day(end))
    expected = [[grain + to_day(first.replace(day=day)) for grain, day in each] for each in (added, taken)]
    assert [sorted(decomposed.added), sorted(decomposed.subtracted)] == expected


@pytest.mark.parametrize("length", range(1, 5))
def test_a_few_days_are_read_one_by_one(length: int) -> None:
    for first in range(to_day(date(2026, 11, 9)), to_day(date(2026, 11, 16))):
        added, taken = decompose(first, first + length)
        assert len(added) + len(taken) <= length


def test_days_before_or_after_which_nothing_is_known_may_be_whole_years() -> None:
    oldest, newest = to_day(date(2025, 11, 25)), to_day(date(2026, 11, 25))
    this_year, next_year = to_day(date(2025, 1, 1)), to_day(date(2027, 1, 1))
    bounds = (oldest, newest)
    assert (
        extend_to_block_edges(oldest - 9, newest + 1, bounds)
        == extend_to_block_edges(oldest, newest + 9, bounds)
        == (this_year, next_year)
    )
    assert extend_to_block_edges(oldest + 1, newest, bounds) == (oldest + 1, newest)
    assert extend_to_block_edges(this_year, next_year, bounds) == (this_year, next_year)


def test_days_that_hold_all_that_is_known_are_all_time() -> None:
    assert covers_all(3, 8, (3, 7))
    assert covers_all(2, 9, (3, 7))
    assert not covers_all(4, 8, (3, 7))
    assert not covers_all(3, 7, (3, 7))


def test_slots_after_the_newest_day_are_left_out() -> None:
    november, december = (MONTH + to_day(date(2026, month, 1)) for month in (11, 12))
    newest = to_day(date(2026, 11, 25))
    assert Decomposition([november, december], [newest, newest + 1]).until(newest) == Decomposition(
        [november], [newest]
    )
