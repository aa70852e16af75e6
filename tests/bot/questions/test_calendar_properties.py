"""What holds of the days that people ask for and of the times that they set, in every zone there is."""

from datetime import UTC, date, datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.posting.calendar import next_slot
from bot.questions.command import Command
from bot.questions.reading.dates import TeamCalendar
from bot.questions.reading.spans import FIRST_DAY
from bot.questions.understand import understand
from digests.numbers.report import Dimension, Question
from digests.words.phrases import period_text, question_text
from providers.period import DAY, Period
from storage.state.subscriptions import Plan

HOUR = timedelta(hours=1)
zones = st.sampled_from(["UTC", *sorted(zone for zone in available_timezones() if "/" in zone)])
moments = st.datetimes(datetime(2022, 3, 1), datetime(2037, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
clocks = st.times().map(lambda at: f"{at:%H:%M}")
lengths = st.integers(1, 400)
dimensions = st.sampled_from(get_args(Dimension))


def past(now: datetime, zone: str, ago: int, length: int) -> Period:
    """A period that could be asked for: its last day so many days ago."""
    today = now.astimezone(ZoneInfo(zone)).date()
    start = max(today - (ago + length - 1) * DAY, FIRST_DAY)
    return Period(start, today - ago * DAY + DAY, zone)


@given(moments, zones, st.integers(0, 400), lengths, dimensions)
def test_a_question_reads_as_it_is_written(
    now: datetime, zone: str, ago: int, length: int, dimension: Dimension
) -> None:
    days = past(now, zone, ago, length)
    answer = understand(f"cost {question_text(Question(days, dimension))}", TeamCalendar(now, zone))
    assert answer == Command("cost", days, dimension)


@given(moments, zones, st.integers(1, 400), lengths)
def test_a_period_of_utc_days_reads_as_it_is_written_whoever_reads_it(
    now: datetime, zone: str, ago: int, length: int
) -> None:
    days = past(now, "UTC", ago, length)
    for command in ("cost", "engineers"):
        answer = understand(f"{command} {period_text(days)}", TeamCalendar(now, zone))
        assert isinstance(answer, Command)
        assert answer.period == days


@given(moments, clocks, zones)
@example(datetime(2026, 3, 29, 0, 10, tzinfo=UTC), "02:30", "Europe/Berlin")  # left out
@example(datetime(2026, 10, 25, 0, 45, tzinfo=UTC), "02:30", "Europe/Berlin")  # comes twice
@example(datetime(2026, 3, 29, 1, 10, tzinfo=UTC), "23:30", "America/Nuuk")  # left out at the day's end
def test_the_next_time_is_the_first_that_comes(now: datetime, at: str, zone: str) -> None:
    slot = next_slot(Plan(time=at, zone=zone), after=now)
    today = now.astimezone(ZoneInfo(zone)).date()
    wanted = [_moment(today + n * DAY, at, zone) for n in range(-2, 4)]
    assert slot == min(moment for moment in wanted if moment > now)


def _moment(day: date, at: str, zone: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(at), ZoneInfo(zone)).astimezone(UTC)


@given(moments, clocks, zones)
def test_the_clock_shows_the_next_time_unless_it_was_left_out(now: datetime, at: str, zone: str) -> None:
    shown = next_slot(Plan(time=at, zone=zone), after=now).astimezone(ZoneInfo(zone))
    changed = shown.utcoffset() != (shown - 3 * HOUR).astimezone(UTC).astimezone(ZoneInfo(zone)).utcoffset()
    assume(not changed)
    assert f"{shown:%H:%M}" == at


@given(moments, clocks, zones)
def test_a_time_comes_once_a_day(now: datetime, at: str, zone: str) -> None:
    first = next_slot(Plan(time=at, zone=zone), after=now)
    second = next_slot(Plan(time=at, zone=zone), after=first)
    assert timedelta(hours=20) <= second - first <= timedelta(hours=28)
    assert next_slot(Plan(time=at, zone=zone), after=second - HOUR / 60) == second
