"""When digests come, and which UTC days each is about."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.posting.calendar import covered, last_covered, next_slot
from providers.period import DAY, Period
from storage.state.subscriptions import Plan

BERLIN, AUCKLAND = "Europe/Berlin", "Pacific/Auckland"
WORKING = Plan("daily", "09:00", BERLIN, working_days_only=True)
MONDAYS = Plan("weekly", "09:00", BERLIN)
FIRSTS = Plan("monthly", "09:00", BERLIN)

plans = st.builds(
    Plan,
    st.sampled_from(["daily", "weekly", "monthly"]),
    st.times().map(lambda at: f"{at:%H:%M}"),
    st.sampled_from(sorted(available_timezones())),
    st.integers(0, 6),
    st.integers(1, 31),
    st.booleans(),
)
moments = st.datetimes(datetime(2022, 3, 1), datetime(2037, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("plan", "after", "expected"),
    [
        (WORKING, "2026-11-20T12:00", "2026-11-23T08:00"),  # Friday noon: Monday
        (WORKING, "2026-11-23T12:00", "2026-11-24T08:00"),
        (MONDAYS, "2026-11-22T12:00", "2026-11-23T08:00"),
        (MONDAYS, "2026-11-23T08:00", "2026-11-30T08:00"),
        (Plan("weekly", "09:00", BERLIN, weekday=4), "2026-11-23T08:00", "2026-11-27T08:00"),
        (MONDAYS, "2026-03-23T08:00", "2026-03-30T07:00"),  # summer time began
        (FIRSTS, "2026-11-22T12:00", "2026-12-01T08:00"),
        (Plan("monthly", "09:00", BERLIN, month_day=28), "2026-11-22T12:00", "2026-11-28T08:00"),
        (Plan("monthly", "09:00", BERLIN, month_day=29), "2027-02-10T12:00", "2027-02-28T08:00"),
        (Plan("monthly", "09:00", BERLIN, month_day=31), "2026-11-22T12:00", "2026-11-30T08:00"),
        # the first of August 2026 is a Saturday, the last of October too
        (
            Plan("monthly", "09:00", BERLIN, working_days_only=True),
            "2026-07-20T12:00",
            "2026-08-03T07:00",
        ),
        (
            Plan("monthly", "09:00", BERLIN, month_day=31, working_days_only=True),
            "2026-10-20T12:00",
            "2026-10-30T08:00",
        ),
    ],
)
def test_a_digest_comes_when_its_plan_says(plan: Plan, after: str, expected: str) -> None:
    assert next_slot(plan, after=utc(after)) == utc(expected)


@pytest.mark.parametrize(
    ("plan", "slot", "first", "last"),
    [
        (Plan("daily", "09:00", BERLIN), "2026-11-23T08:00", "2026-11-22", "2026-11-22"),
        (Plan("daily", "09:00", AUCKLAND), "2026-11-22T20:00", "2026-11-21", "2026-11-21"),
        (WORKING, "2026-11-23T08:00", "2026-11-20", "2026-11-22"),  # Monday's: since Friday
        (WORKING, "2026-11-24T08:00", "2026-11-23", "2026-11-23"),
        (MONDAYS, "2026-11-23T08:00", "2026-11-16", "2026-11-22"),
        (Plan("weekly", "09:00", BERLIN, weekday=4), "2026-11-27T08:00", "2026-11-16", "2026-11-22"),
        # Monday morning in Auckland is Sunday's evening in UTC: its digest waits for the end of that day
        (Plan("weekly", "09:00", AUCKLAND), "2026-11-22T20:00", "2026-11-16", "2026-11-22"),
        (FIRSTS, "2026-12-01T08:00", "2026-11-01", "2026-11-30"),
        (Plan("monthly", "09:00", BERLIN, month_day=31), "2026-11-30T08:00", "2026-10-01", "2026-10-31"),
        (Plan("monthly", "09:00", AUCKLAND), "2026-11-30T20:00", "2026-11-01", "2026-11-30"),
    ],
)
def test_a_digest_is_about_the_days_that_are_over(plan: Plan, slot: str, first: str, last: str) -> None:
    assert covered(plan, utc(slot), "UTC") == Period(
        date.fromisoformat(first), date.fromisoformat(last) + DAY
    )


@pytest.mark.parametrize(
    ("plan", "first", "last"),
    [
        (Plan("daily", "23:00", AUCKLAND), "2026-11-21", "2026-11-21"),
        (WORKING, "2026-11-19", "2026-11-19"),  # on Sunday: what was said on Friday
        (MONDAYS, "2026-11-09", "2026-11-15"),
        (FIRSTS, "2026-10-01", "2026-10-31"),
    ],
)
def test_a_digest_that_is_asked_for_now_is_about_what_is_over(plan: Plan, first: str, last: str) -> None:
    report_shown = last_covered(plan, now=utc("2026-11-22T10:30"), calendar="UTC")
    assert report_shown == Period(date.fromisoformat(first), date.fromisoformat(last) + DAY)


@given(plans, moments)
def test_a_digest_comes_after_now_on_a_day_of_its_plan_and_soon(plan: Plan, now: datetime) -> None:
    slot = next_slot(plan, after=now)
    longest = {"daily": 4, "weekly": 9, "monthly": 35}[plan.kind]
    assert now < slot <= now + longest * DAY
    # what a clock change leaves out comes up to a day later (Apia, Kwajalein left whole days out)
    shown = slot.astimezone(ZoneInfo(plan.zone)).date()
    if plan.kind == "weekly":
        assert (shown.weekday() - plan.weekday) % 7 in (0, 1)


@given(plans, moments)
def test_what_is_reported_follows_what_was_reported_before(plan: Plan, now: datetime) -> None:
    one = next_slot(plan, after=now)
    other = next_slot(plan, after=one)
    before, after = (covered(plan, each, "UTC") for each in (one, other))
    assert after.start >= before.start
    assert after.end >= before.end
    if plan.kind != "daily" or plan.working_days_only:
        assert after.start <= before.end  # no day between them is left out


@given(plans, moments)
def test_days_are_over_a_day_after_their_digest_at_the_latest(plan: Plan, now: datetime) -> None:
    slot = next_slot(plan, after=now)
    assert covered(plan, slot, "UTC").ends_at <= slot + timedelta(days=1)
