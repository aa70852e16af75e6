"""Periods as people write them, and their days on a Monday."""

from contextlib import suppress
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.questions.reading.canonical import text
from bot.questions.reading.dates import TeamCalendar, dated, dates_of
from bot.questions.reading.names import Names
from bot.questions.reading.parse import read
from bot.questions.reading.spans import FIRST_DAY, Calendar, Impossible, Span, resolve
from bot.questions.reading.types import Result
from providers.period import DAY, Period
from tests.bot.questions.reading.test_round_trip import spans

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)  # a Monday
NOBODY = Names()


def days(typed: str, *, now: datetime = NOW, zone: str = "UTC", fiscal_month: int = 0) -> str:
    """The first and last day of a text."""
    result = read(typed, NOBODY)
    assert result.reading, result
    period = dates_of(result.reading, TeamCalendar(now, zone, fiscal_month)).period
    assert period
    return f"{period.start}..{period.end - DAY}"


def wrong(typed: str, *, fiscal_month: int = 0) -> Result:
    result = dated(read(typed, NOBODY), TeamCalendar(NOW, fiscal_month=fiscal_month))
    assert result.reading is None
    return result


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("today", "2026-11-30..2026-11-30"),
        ("yesterday", "2026-11-29..2026-11-29"),
        ("day before yesterday", "2026-11-28..2026-11-28"),
        ("3 days ago", "2026-11-27..2026-11-27"),
        ("week", "2026-11-30..2026-11-30"),
        ("last week", "2026-11-23..2026-11-29"),
        ("week before last", "2026-11-16..2026-11-22"),
        ("2 weeks ago", "2026-11-16..2026-11-22"),
        ("month", "2026-11-01..2026-11-30"),
        ("mtd", "2026-11-01..2026-11-30"),
        ("last month", "2026-10-01..2026-10-31"),
        ("previous month", "2026-10-01..2026-10-31"),
        ("prior month", "2026-10-01..2026-10-31"),
        ("this quarter", "2026-10-01..2026-11-30"),
        ("last quarter", "2026-07-01..2026-09-30"),
        ("this half", "2026-07-01..2026-11-30"),
        ("last half", "2026-01-01..2026-06-30"),
        ("ytd", "2026-01-01..2026-11-30"),
        ("last year", "2025-01-01..2025-12-31"),
        ("q1 last year", "2025-01-01..2025-03-31"),
        ("q4 of last year", "2025-10-01..2025-12-31"),
        ("h2 last year", "2025-07-01..2025-12-31"),
        ("first half of last year", "2025-01-01..2025-06-30"),
        ("october last year", "2025-10-01..2025-10-31"),
        ("december of last year", "2025-12-01..2025-12-31"),
        ("q4 this year", "2026-10-01..2026-11-30"),
        ("oct 3 last year", "2025-10-03..2025-10-03"),
        ("oct 1-15 last year", "2025-10-01..2025-10-15"),
        ("nov 1 to nov 5 last year", "2025-11-01..2025-11-05"),
        ("since october last year", "2025-10-01..2026-11-30"),
        ("7d", "2026-11-24..2026-11-30"),
        ("last 7", "2026-11-24..2026-11-30"),
        ("past 30 days", "2026-11-01..2026-11-30"),
        ("past week", "2026-11-24..2026-11-30"),
        ("2w", "2026-11-17..2026-11-30"),
        ("last three months", "2026-08-31..2026-11-30"),
        ("6m", "2026-05-31..2026-11-30"),
        ("1y", "2025-12-01..2026-11-30"),
        ("12 months", "2025-12-01..2026-11-30"),
        ("500d", "2025-07-19..2026-11-30"),
        ("monday", "2026-11-30..2026-11-30"),
        ("last monday", "2026-11-23..2026-11-23"),
        ("friday", "2026-11-27..2026-11-27"),
        ("on fri", "2026-11-27..2026-11-27"),
        ("weekend", "2026-11-28..2026-11-29"),
        ("last weekend", "2026-11-28..2026-11-29"),
        ("november", "2026-11-01..2026-11-30"),
        ("december", "2025-12-01..2025-12-31"),
        ("last november", "2025-11-01..2025-11-30"),
        ("oct 2025", "2025-10-01..2025-10-31"),
        ("2026-10", "2026-10-01..2026-10-31"),
        ("oct 3", "2026-10-03..2026-10-03"),
        ("3rd of october", "2026-10-03..2026-10-03"),
        ("october 3rd, 2025", "2025-10-03..2025-10-03"),
        ("dec 24", "2025-12-24..2025-12-24"),
        ("10/3", "2026-10-03..2026-10-03"),
        ("10/3/26", "2026-10-03..2026-10-03"),
        ("13/10/2026", "2026-10-13..2026-10-13"),
        ("3.10.2026", "2026-10-03..2026-10-03"),
        ("2026/10/03", "2026-10-03..2026-10-03"),
        ("q3", "2026-07-01..2026-09-30"),
        ("q4", "2026-10-01..2026-11-30"),
        ("q1 2025", "2025-01-01..2025-03-31"),
        ("2025-q1", "2025-01-01..2025-03-31"),
        ("first quarter of 2025", "2025-01-01..2025-03-31"),
        ("h1", "2026-01-01..2026-06-30"),
        ("2025", "2025-01-01..2025-12-31"),
        ("since monday", "2026-11-30..2026-11-30"),
        ("since oct 15", "2026-10-15..2026-11-30"),
        ("since october", "2026-10-01..2026-11-30"),
        ("from oct 15 on", "2026-10-15..2026-11-30"),
        ("2026-10-15..", "2026-10-15..2026-11-30"),
        ("until oct 15", "2021-01-01..2026-10-15"),
        ("oct 1-15", "2026-10-01..2026-10-15"),
        ("1-15 oct", "2026-10-01..2026-10-15"),
        ("oct 1 to 15", "2026-10-01..2026-10-15"),
        ("from oct 1 to nov 15", "2026-10-01..2026-11-15"),
        ("between oct 1 and oct 15", "2026-10-01..2026-10-15"),
        ("dec 20 to jan 5", "2025-12-20..2026-01-05"),
        ("october to november", "2026-10-01..2026-11-30"),
        ("q2 to q3", "2026-04-01..2026-09-30"),
        ("2026-10-01–2026-10-15", "2026-10-01..2026-10-15"),
        ("week of oct 7", "2026-10-05..2026-10-11"),
        ("all time", "2021-01-01..2026-11-30"),
        ("feb 29", "2024-02-29..2024-02-29"),
    ],
)
def test_the_days_of_a_period(typed: str, expected: str) -> None:
    assert days(f"cost {typed}") == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("fy26", "2025-07-01..2026-06-30"),
        ("fy2027", "2026-07-01..2026-11-30"),
        ("fiscal year", "2026-07-01..2026-11-30"),
        ("last fiscal year", "2025-07-01..2026-06-30"),
        ("fiscal q1", "2026-07-01..2026-09-30"),
        ("fy27 q2", "2026-10-01..2026-11-30"),
        ("q2 fy27", "2026-10-01..2026-11-30"),
        ("q2", "2026-04-01..2026-06-30"),
    ],
)
def test_a_fiscal_year_begins_where_an_admin_says(typed: str, expected: str) -> None:
    assert days(f"cost {typed}", fiscal_month=7) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("forecast", "2026-11-01..2026-11-30"),
        ("forecast q4", "2026-10-01..2026-12-31"),
        ("what will december cost", "2026-12-01..2026-12-31"),
        ("forecast this year", "2026-01-01..2026-12-31"),
        ("cost", "2026-11-01..2026-11-30"),
        ("engineers", "2026-11-24..2026-11-30"),
        ("me", "2026-11-24..2026-11-30"),
    ],
)
def test_a_forecast_is_of_whole_periods_and_a_command_has_its_usual_one(typed: str, expected: str) -> None:
    assert days(typed) == expected


@pytest.mark.parametrize(
    ("typed", "says", "instead"),
    [
        ("cost 2026-13", "2026-13 isn't a valid date.", "cost month"),
        ("cost 2026-02-30", "2026-02-30 isn't a valid date.", "cost month"),
        ("cost oct 32", "oct 32 isn't a valid date.", "cost month"),
        ("cost q5", "There is no q5.", "cost month"),
        (
            "cost 2026-10-31..2026-10-01",
            "The start date is after the end date.",
            "cost 2026-10-01..2026-10-31",
        ),
        ("cost 2026-12-24", "The latest day is today, Nov 30", "cost month"),
        ("cost 2026-12", "Dec 1 is in the future", "forecast 2026-12"),
        ("cost next month by model", "in the future", "forecast next month"),
        ("cost 2019", "before Anthropic billed anything", "cost month"),
        ("cost 999999999d", "before Anthropic billed anything", "cost month"),
        ("cost 99999 months", "before Anthropic billed anything", "cost month"),
        ("cost 0001-01-01", "before Anthropic billed anything", "cost month"),
        ("cost 9999-12", "in the future", "forecast 9999-12"),
        ("cost 0d", "at least one day", "cost month"),
        ("cost 24h by model", "I count whole days", "cost today by model"),
        ("cost fy26", "No fiscal year is set", "cost 2026"),
    ],
)
def test_what_no_calendar_has_is_said_with_what_comes_close(typed: str, says: str, instead: str) -> None:
    result = wrong(typed)
    assert says in result.sentence
    offered = [text(each, NOBODY) for each in result.suggestions]
    assert instead in offered


@given(spans, st.dates(date(2022, 3, 1), date(2037, 12, 31)), st.integers(0, 12))
def test_every_period_is_up_to_today_or_says_why_not(span: Span, today: date, fiscal_month: int) -> None:
    with suppress(Impossible):
        period = resolve(span, Calendar(today, fiscal_month), "UTC")
        assert FIRST_DAY <= period.start < period.end <= today + DAY


@given(st.dates(date(2022, 3, 1), date(2037, 12, 31)))
def test_units_that_run_follow_those_that_are_over(today: date) -> None:
    now = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    for unit in ("week", "month", "quarter", "half", "year"):
        assert days(f"cost last {unit}", now=now)[12:] == str(
            date.fromisoformat(days(f"cost this {unit}", now=now)[:10]) - DAY
        )


def test_days_are_those_of_the_calendar_unless_the_text_names_another_zone() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # already Monday in Berlin
    assert days("cost today", now=late, zone="Europe/Berlin") == "2026-11-23..2026-11-23"
    assert days("cost today utc", now=late, zone="Europe/Berlin") == "2026-11-22..2026-11-22"
    assert days("cost today in Berlin time", now=late) == "2026-11-23..2026-11-23"


def test_all_time_begins_with_the_history_there_is() -> None:
    calendar = TeamCalendar(NOW, first_day=date(2026, 10, 20))
    for typed in ("cost all time", "cost until yesterday"):
        reading = read(typed, NOBODY).reading
        assert reading
        period = dates_of(reading, calendar).period
        assert period
        assert period.start == date(2026, 10, 20)


def test_a_comparison_has_days_of_its_own() -> None:
    reading = read("cost october vs last week", NOBODY).reading
    assert reading
    dates = dates_of(reading, TeamCalendar(NOW, "Europe/Berlin"))
    assert dates.compare == Period(date(2026, 11, 23), date(2026, 11, 30), ZoneInfo("Europe/Berlin").key)
