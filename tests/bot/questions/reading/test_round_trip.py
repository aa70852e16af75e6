"""Every reading can be written down, and what is written is read as the same again."""

from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.questions.reading.canonical import text
from bot.questions.reading.names import Name
from bot.questions.reading.parse import read
from bot.questions.reading.spans import (
    AllTime,
    Current,
    Day,
    Month,
    OfYear,
    Part,
    Range,
    Rolling,
    Since,
    Span,
    Unit,
    Until,
    Weekday,
    Weekend,
    WeekOf,
    Year,
)
from bot.questions.reading.types import OWN, Command, Dimension, Form, Reading
from tests.bot.questions.reading.company import AWKWARD, AWKWARD_COMPANY, PLAIN

years = st.none() | st.integers(2021, 2030)
months = st.integers(1, 12)
undated: st.SearchStrategy[Day | Month | Part] = st.one_of(
    st.builds(Day, months, st.integers(1, 31)),
    st.builds(Month, months),
    st.builds(Part, st.just("quarter"), st.integers(1, 4)),
    st.builds(Part, st.just("half"), st.integers(1, 2)),
)
points: st.SearchStrategy[Span] = st.one_of(
    st.builds(OfYear, undated, st.sampled_from([0, 1])),
    st.builds(Current, st.sampled_from(get_args(Unit)), st.integers(-1, 9)),
    st.builds(Rolling, st.integers(0, 999), st.sampled_from(["day", "week", "month", "quarter", "year"])),
    st.builds(Weekday, st.integers(0, 6), st.booleans()),
    st.builds(Weekend, st.sampled_from(["latest", "this", "last"])),
    st.builds(Month, months, years),
    st.builds(lambda month: Month(month, is_last=True), months),
    st.builds(Day, months, st.integers(1, 31), years),
    st.builds(Part, st.just("quarter"), st.integers(1, 4), years, st.booleans()),
    st.builds(Part, st.just("half"), st.integers(1, 2), years, st.booleans()),
    st.builds(Year, st.integers(2021, 2030), st.booleans()),
    st.builds(lambda back: Year(0, is_fiscal=True, back=back), st.integers(0, 1)),
    st.just(AllTime()),
)
spans: st.SearchStrategy[Span] = st.one_of(
    points,
    st.builds(Since, points),
    st.builds(Until, points),
    st.builds(Range, points, points),
    st.builds(WeekOf, st.builds(Day, months, st.integers(1, 31), years)),
)
names = st.sampled_from([*PLAIN, *AWKWARD])
zones = st.sampled_from(["", "UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
GROUPS: tuple[Dimension, ...] = (
    "model", "engineer", "workspace", "key", "token type", "product", "day", "week", "month", "team",
)  # fmt: skip
dimensions = st.lists(st.sampled_from(GROUPS), unique=True, max_size=2)


def one_of_each(chosen: list[Name]) -> tuple[Name, ...]:
    """The first name of each dimension, in order."""
    return tuple(sorted({name.dimension: name for name in chosen}.values()))


@st.composite
def questions(draw: st.DrawFn) -> Reading:
    """Any reading of a command with a period."""
    command: Command = draw(st.sampled_from(["cost", "why", "forecast", "export", "claude", "me"]))
    filters = one_of_each(draw(st.lists(names, max_size=3)))
    if command == "me":
        filters = tuple(name for name in filters if name.dimension != "engineer")
    elif (
        not any(name.dimension == "engineer" for name in filters)
        and draw(st.booleans())
        and command != "cost"
    ):
        filters = tuple(sorted((*filters, OWN)))
    groups: list[Dimension] = draw(dimensions) if command != "forecast" else []
    compare: Span | Name | None = None
    period = draw(st.none() | spans)
    if command in ("cost", "why", "claude") and draw(st.booleans()):
        other = draw(names)
        if period and draw(st.booleans()):
            compare = draw(spans.filter(lambda span: span != period))
        elif other not in filters and other.dimension in {name.dimension for name in filters}:
            compare = other
    lists = command in ("cost", "why", "claude", "me")
    form: Form | None = draw(st.sampled_from([None, "csv", "json"])) if command == "export" else None
    limit = draw(st.none() | st.integers(1, 100)) if lists else None
    return Reading(command, period, tuple(groups), filters, compare, limit, form, draw(zones))


@given(questions())
def test_a_reading_that_is_written_down_is_read_as_the_same(reading: Reading) -> None:
    written = text(reading, AWKWARD_COMPANY)
    assume(len(written) <= 300)
    again = read(written, AWKWARD_COMPANY)
    assert again.reading == reading, written


@given(questions())
def test_what_is_written_down_is_written_the_same_again(reading: Reading) -> None:
    written = text(reading, AWKWARD_COMPANY)
    again = read(written, AWKWARD_COMPANY).reading
    assert again is not None
    assert text(again, AWKWARD_COMPANY) == written


@pytest.mark.parametrize("name", [*PLAIN, *AWKWARD], ids=lambda name: name.id)
def test_every_name_can_be_written_so_that_it_is_the_only_one(name: Name) -> None:
    reading = Reading("cost", filters=(name,))
    result = read(text(reading, AWKWARD_COMPANY), AWKWARD_COMPANY)
    assert result.reading == reading
    assert result.is_literal


ARGUMENTS: tuple[Reading, ...] = (
    *[Reading(command) for command in get_args(Command)],
    Reading("budget", amount=Decimal(5000)),
    Reading("budget", Current("quarter"), amount=Decimal("1234.50")),
    Reading("budget", words=("left",)),
    Reading("alerts", words=("over",), amount=Decimal(500)),
    Reading("alerts", words=("mute", "24h")),
    Reading("digest", words=("add", "daily")),
    Reading("digest", words=("pause",)),
    Reading("help", words=("digest",)),
    Reading("connect", words=("claude",)),
    Reading("audit", form="csv"),
    Reading("status", words=("verbose",)),
)


@pytest.mark.parametrize("reading", ARGUMENTS, ids=str)
def test_a_command_with_its_arguments_is_read_as_it_is_written(reading: Reading) -> None:
    assert read(text(reading, AWKWARD_COMPANY), AWKWARD_COMPANY).reading == reading
