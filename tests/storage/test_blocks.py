"""Periods in blocks: every day once, in few slots."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.blocks import MONTH, WEEK, cover, holding
from storage.fields import from_day, to_day

days = st.dates(date(2023, 1, 1), date(2032, 12, 31)).map(to_day)
lengths = st.integers(0, 800)


def month_of(day: int) -> range:
    first = from_day(day).replace(day=1)
    return range(to_day(first), to_day((first + timedelta(days=31)).replace(day=1)))


def days_of(slot: int) -> range:
    """What a slot's number says, worked out another way than by the module."""
    if slot >= MONTH:
        return month_of(slot - MONTH)
    if slot >= WEEK:
        first = slot - WEEK
        return range(first, min(first + 7, month_of(first).stop))
    return range(slot, slot + 1)


@given(days, lengths)
def test_a_cover_holds_every_day_of_the_period_once_and_no_other(first: int, length: int) -> None:
    held = [day for slot in cover(first, first + length) for day in days_of(slot)]
    assert held == list(range(first, first + length))


@given(days, lengths)
def test_a_cover_is_of_few_slots(first: int, length: int) -> None:
    assert len(cover(first, first + length)) <= 22 + length // 28


@given(days)
def test_what_a_block_is_made_of_are_exactly_its_days(day: int) -> None:
    week, month = holding(day)
    assert day in days_of(week.slot)
    assert list(range(week.start, week.end)) == list(days_of(week.slot))
    weeks = sorted({holding(each)[0].slot for each in days_of(month.slot)})
    assert day in days_of(month.slot)
    assert set(weeks) <= set(range(month.start, month.end))
    assert [each for slot in weeks for each in days_of(slot)] == list(days_of(month.slot))


@pytest.mark.parametrize(
    ("first", "end", "slots"),
    [
        (date(2026, 10, 1), date(2026, 11, 1), [(MONTH, 1)]),
        (date(2026, 11, 1), date(2026, 11, 23), [(WEEK, 1), (WEEK, 8), (WEEK, 15), (0, 22)]),
        (date(2026, 11, 20), date(2026, 12, 1), [(0, 20), (0, 21), (WEEK, 22), (WEEK, 29)]),
        (date(2026, 11, 8), date(2026, 11, 8), []),
    ],
)
def test_months_and_their_first_days_take_few_slots(
    first: date, end: date, slots: list[tuple[int, int]]
) -> None:
    expected = [grain + to_day(first.replace(day=day)) for grain, day in slots]
    assert cover(to_day(first), to_day(end)) == expected
