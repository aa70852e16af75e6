"""Comparisons, gaps and owners in words."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from digests.numbers.report import Extent, Gap
from digests.words import completeness, phrases, wording
from providers.period import DAY, Period
from tests.digests import samples
from tests.digests.samples import NOW, RUNNING, TODAY

WHOLE, CUT = Extent(), Extent("cut", NOW)
MONTH, OCTOBER = Period(date(2026, 11, 1), TODAY + DAY), Period.month(date(2026, 10, 1))
WEEK = Period(TODAY - 7 * DAY, TODAY)


@pytest.mark.parametrize(
    ("days", "extent", "until", "words"),
    [
        (Period.day(TODAY), RUNNING, NOW, "vs last Sunday at this time"),
        (Period.day(TODAY - DAY), WHOLE, None, "vs last Saturday"),
        (Period.day(TODAY - 2 * DAY), WHOLE, None, "vs Fri, Nov 13"),
        (Period.day(TODAY - DAY), CUT, NOW, "vs last Saturday up to the same time"),
        (MONTH, RUNNING, NOW, "vs the same days in October"),
        (OCTOBER, WHOLE, None, "vs September"),
        (Period.month(date(2026, 1, 1)), WHOLE, None, "vs December 2025"),
        (WEEK, WHOLE, None, "vs the previous 7 days"),
    ],
)
def test_a_comparison_says_what_it_compares_with(
    days: Period, extent: Extent, until: datetime | None, words: str
) -> None:
    assert phrases.like_of(days, extent, until, today=TODAY) == words


def test_history_on_its_way_is_said_once_for_bill_and_usage() -> None:
    gaps = [Gap("charges", WEEK, "not read yet"), Gap("usage", WEEK, "not read yet")]
    assert completeness.missing(gaps, now=NOW, zone="UTC") == ["Still importing Nov 15–21"]


def test_a_single_day_that_is_late_is_named_by_its_report() -> None:
    gaps = [Gap("charges", Period.day(TODAY - DAY), "not read yet")]
    assert completeness.missing(gaps, now=NOW, zone="UTC") == ["The bill for Sat, Nov 21 isn't in yet"]


def test_the_shares_of_owners_leave_out_nobody() -> None:
    line = structs.replace(
        samples.engineers().total, cost=Decimal(100), links={"actor": Decimal(60), "creator": Decimal(15)}
    )
    words = "named by Anthropic 60%, key creator 15%, not identified 25%"
    assert phrases.whose(line) == words


@pytest.mark.parametrize(
    ("time", "words"),
    [("00:30", "12:30 AM"), ("09:00", "9:00 AM"), ("12:00", "12:00 PM"), ("23:59", "11:59 PM")],
)
def test_the_time_of_a_digest_is_on_the_12_hour_clock(time: str, words: str) -> None:
    assert wording.half_day(time) == words


def test_a_moment_of_another_day_has_its_date_in_the_token() -> None:
    token = wording.moment(NOW - timedelta(days=1), now=NOW, zone="UTC").mrkdwn
    assert "^{date_short_pretty}, {time}|Sat, Nov 21, 1:42 PM>" in token
