"""Hours of spend are dropped when they are old, come back for another calendar, and no total moves."""

from typing import Any

import pytest

from bot.reports import cost as reports_cost
from bot.reports import engineers
from bot.sync import old_hours
from digests.files.json_form import as_json
from digests.numbers.report import Dimension, Question, Report
from digests.words import phrases
from providers.period import DAY, Period
from storage.engine.database import transaction
from storage.engine.fields import to_day
from storage.engine.tables import HourRollup
from storage.facts import rollups, spend
from storage.state import access, jobs
from storage.state.access import Access
from tests.bot.conftest import FIRST, NOW, TODAY, Company

WHOLE = Period(FIRST, TODAY)
SEAM = TODAY - 20 * DAY
LATER = SEAM + old_hours.KEPT  # the day on which the hours before SEAM are too old
BERLIN = "Europe/Berlin"


def hour_rows(company: Company) -> set[tuple[Any, ...]]:
    rows: Any = HourRollup.select().where(HourRollup.connection_id == company.connection.id).tuples()
    return set(rows)


def age(company: Company) -> None:
    """Drop the hours before SEAM, as the daily job does when they are old."""
    now = NOW + (LATER - TODAY)
    is_left = True
    while is_left:
        with transaction():
            is_left = old_hours.keep_recent_hours(company.connection.id, now)


def choose(company: Company, calendar: str) -> None:
    with transaction():
        access.decide(company.connection.team_id, Access(calendar=calendar), by="U1", at=NOW)


def cost(company: Company, period: Period, by: Dimension = "model") -> Report:
    return reports_cost.cost(company.connection, Question(period, by), now=company.clock())


def test_a_new_organization_keeps_two_months_of_hours_and_every_days_total(walked: Company) -> None:
    number = walked.connection.id
    assert rollups.first_day_with_hours(number) == TODAY - old_hours.KEPT
    assert {job.kind for job in jobs.states(number)} >= {"hours"}


@pytest.mark.parametrize("by", ["model", "workspace", "engineer", "key", "product", "token type", "day"])
def test_dropping_old_hours_moves_no_cent_of_utc_days(walked: Company, by: Dimension) -> None:
    before = {line.id: line.cost for line in cost(walked, WHOLE, by).lines}
    age(walked)
    assert rollups.first_day_with_hours(walked.connection.id) == SEAM
    assert HourRollup.select().where(HourRollup.hour < to_day(SEAM) * 24).count() == 0
    assert {line.id: line.cost for line in cost(walked, WHOLE, by).lines} == before


def test_another_calendar_has_utc_days_where_no_hours_are_kept_and_says_so(walked: Company) -> None:
    old, recent = (
        Period(FIRST + DAY, FIRST + 4 * DAY, BERLIN),
        Period(TODAY - 5 * DAY, TODAY - 2 * DAY, BERLIN),
    )
    exact = cost(walked, recent).total.cost
    age(walked)
    report = cost(walked, old)
    assert report.total.cost == walked.billed(old.start, old.end)
    assert report.utc_days_before == SEAM
    assert "Days before Mon, Nov 2 are UTC days" in phrases.missing_from(report, now=NOW, zone="UTC")
    assert as_json(report)["utc_days_before"] == "2026-11-02"
    assert (cost(walked, recent).total.cost, cost(walked, recent).utc_days_before) == (exact, None)
    assert cost(walked, Period(old.start, old.end)).utc_days_before is None


def test_a_comparison_ends_at_whole_days_where_no_hours_are_kept(walked: Company) -> None:
    days = Period(TODAY - 15 * DAY, TODAY + DAY)  # compared with sixteen days that begin before SEAM
    before = cost(walked, days)
    assert before.compared is None
    age(walked)
    with transaction():
        rollups.keep_hours_from(walked.connection.id, TODAY - 2 * DAY)
    report = cost(walked, days)
    finished, earlier = Period(days.start, TODAY), Period(days.start - 16 * DAY, TODAY - 16 * DAY)
    assert report.compared == spend.total(walked.connection.id, finished).cost
    assert report.previous.total == spend.total(walked.connection.id, earlier).cost
    assert phrases.like(report, TODAY).endswith(", without today")
    assert engineers.report(walked.connection, days, now=NOW).previous_cost is None


def test_a_team_with_another_calendar_gets_its_hours_back_newest_first(walked: Company) -> None:
    number, before, total = walked.connection.id, hour_rows(walked), walked.billed(FIRST)
    with transaction():
        rollups.keep_hours_from(number, None)
    age(walked)
    assert hour_rows(walked) < before
    choose(walked, BERLIN)
    with transaction():
        assert old_hours.keep_recent_hours(number, NOW)
    assert rollups.first_day_with_hours(number) == SEAM - 7 * DAY
    week = Period(SEAM - 6 * DAY, SEAM, BERLIN)
    assert cost(walked, week).utc_days_before is None
    is_left = True
    while is_left:
        with transaction():
            is_left = old_hours.keep_recent_hours(number, NOW)
    assert rollups.first_day_with_hours(number) is None
    assert hour_rows(walked) == before
    assert spend.total(number, WHOLE).cost == total


def test_hours_that_a_clock_ahead_dropped_come_back(walked: Company) -> None:
    number, before = walked.connection.id, hour_rows(walked)
    age(walked)
    is_left = True
    while is_left:
        with transaction():
            is_left = old_hours.keep_recent_hours(number, NOW)
    assert rollups.first_day_with_hours(number) == TODAY - old_hours.KEPT
    assert hour_rows(walked) == before


def test_the_job_follows_the_days(walked: Company) -> None:
    number = walked.connection.id
    walked.sync_at(NOW + 2 * DAY)
    assert rollups.first_day_with_hours(number) == TODAY + 2 * DAY - old_hours.KEPT
    assert spend.total(number, WHOLE).cost == walked.billed(FIRST)
