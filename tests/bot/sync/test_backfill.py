"""The walk through history: what is asked in which order, how it resumes, and what is known at its end."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.reports import cost as reports_cost
from bot.reports import status
from bot.sync import backfill
from demo.company.rates import TOKEN_TYPES
from demo.company.workload import Workday
from digests.numbers.report import Question
from providers.money import billionths
from providers.period import Period
from providers.usage import TOKEN_KINDS
from storage.facts import coverage, spend
from storage.facts.coverage import REPORTS
from storage.state import jobs
from tests.bot.conftest import (
    DAY,
    FIRST,
    MINUTE,
    NOW,
    ON_SQLITE,
    TODAY,
    Clock,
    Company,
    connect_and_sync,
    days_of,
    new_company,
    queries,
    stop_after,
    walk_until_stopped,
)

WHOLE = Period(FIRST, TODAY)
RECENT = TODAY - 8 * DAY


def test_the_bill_is_asked_for_newest_first(walked: Company) -> None:
    days = days_of(queries(walked.first_walk, "cost_report"))[1:]  # the first is the hourly one
    assert [window.end for window in days] == [TODAY - n * 31 * DAY for n in range(5)]


def test_two_months_of_the_bill_come_before_any_other_history(walked: Company) -> None:
    requests = [r for r in walked.first_walk if "ending_at" in r.query]
    older = [r.endpoint for r in requests if days_of(queries([r], r.endpoint))[0].start < TODAY - 4 * DAY]
    assert older[:3] == ["cost_report", "cost_report", "messages"]


def test_older_claude_code_waits_for_every_bill_and_its_usage(walked: Company) -> None:
    recent = f"{TODAY - 31 * DAY}"
    older = [
        number
        for number, request in enumerate(walked.first_walk)
        if any(call["starting_at"] < recent for call in queries([request], "claude_code"))
    ]
    assert len(older) == 31
    assert "messages" not in {request.endpoint for request in walked.first_walk[older[0] :]}


def test_every_day_down_to_what_is_listed_is_asked_for_once(walked: Company) -> None:
    code = [call["starting_at"] for call in queries(walked.first_walk, "claude_code")][3:]
    priced = [c for c in queries(walked.first_walk, "messages") if c["group_by[]"] == "inference_geo"][1:]
    usage = [day for window in days_of(priced) for day in window.days()]
    assert sorted(code) == [day.isoformat() for day in sorted(usage)]
    assert len(usage) == len(set(usage)) == 2 * 31


def test_the_walk_ends_after_three_empty_windows_below_what_is_listed(walked: Company) -> None:
    *_, last = days_of(queries(walked.first_walk, "cost_report"))
    assert last.start == TODAY - 5 * 31 * DAY
    assert walked.billed(last.start, last.start + 93 * DAY) == 0


def test_the_walk_costs_the_calls_it_must(walked: Company) -> None:
    calls = Counter(request.endpoint for request in walked.first_walk)
    priced = 1 + 2 * 5  # today, and seven days at a time in the two windows of thirty-one with something
    placed = 7  # again where somebody called without a key that was known: the weeks with usage, and today
    lists = {"users": 1, "workspaces": 1, "api_keys": 1}
    lists["spend_limits"] = 1  # when the organization began, if that may be read
    lists["cost"] = 1  # whether spend by the hour is offered
    assert calls == {**lists, "cost_report": 1 + 5, "messages": priced + placed, "claude_code": 3 + 2 * 31}


@ON_SQLITE
@pytest.mark.parametrize(("is_readable", "first_days_ago"), [(False, 10), (True, 200)])
def test_where_nothing_old_is_listed_the_walk_goes_down_to_the_founding_if_that_is_reported(
    store: str, clock: Clock, *, is_readable: bool, first_days_ago: int
) -> None:
    assert store
    old = new_company(clock, first_day=TODAY - 200 * DAY)
    quiet = Period(TODAY - 198 * DAY, TODAY - 10 * DAY)
    for day in quiet.days():
        old.organization.replace_workday(day, Workday([], [], []))
    roster = old.organization.roster
    for field, endpoint in (("created_at", "workspaces"), ("added_at", "users")):
        old.api.faults.drop_field(field, endpoint)
    keys = [replace(key, listed=False) for key in roster.keys[1:]]
    old.organization.roster = replace(roster, keys=(replace(roster.keys[0], created_at=NOW), *keys))
    if is_readable:
        old.api.faults.reads_spend_limits()
    connect_and_sync(old)
    assert old.connection.first_day == TODAY - first_days_ago * DAY


def test_at_the_end_the_first_day_is_known_and_nothing_of_history_is_due(walked: Company) -> None:
    assert walked.connection.first_day == FIRST
    assert jobs.windows_left(walked.connection.id, coverage.REPORTS) == 0


def test_at_the_end_every_report_covers_every_day(walked: Company) -> None:
    for report in REPORTS:
        assert walked.knows(report, FIRST)
    assert status.status(walked.connection, now=NOW).gaps == ()


def test_totals_equal_the_books_to_the_billionth(walked: Company) -> None:
    assert walked.remembered(FIRST) == walked.billed(FIRST)
    by_day = {
        day.isoformat(): cost.cost for day, cost in spend.totals_by_day(walked.connection.id, WHOLE).items()
    }
    assert by_day == walked.organization.books.by("day", FIRST, TODAY)


def test_workspaces_equal_the_books_to_the_billionth(walked: Company) -> None:
    sums = spend.totals_by(walked.connection.id, "workspace", WHOLE)
    assert {s.id: s.cost for s in sums} == walked.organization.books.by("workspace", FIRST, TODAY)


def test_token_kinds_equal_the_books_to_the_billionth(walked: Company) -> None:
    costs = {s.id: s.cost for s in spend.totals_by(walked.connection.id, "kind", WHOLE)}
    books = walked.organization.books
    tokens, others = books.by("token_type", FIRST, TODAY), books.by("cost_type", FIRST, TODAY)
    expected = {kind: tokens[name] for kind, name in zip(TOKEN_KINDS, TOKEN_TYPES, strict=True)}
    assert costs == expected | {kind: cost for kind, cost in others.items() if kind != "tokens"}


def test_what_is_attributed_to_callers_sums_to_the_bill(walked: Company) -> None:
    sums = spend.totals_by(walked.connection.id, "caller", WHOLE)
    assert sum(billionths(s.cost) for s in sums) == billionths(walked.billed(FIRST))


def test_this_month_and_the_last_can_be_asked_for_while_older_history_is_read(company: Company) -> None:
    company.connect()
    walk_until_stopped(company, 1)
    assert company.connection.first_day is None
    for month in (Period(date(2026, 11, 1), TODAY), Period(date(2026, 10, 1), date(2026, 11, 1))):
        report = reports_cost.cost(company.connection, Question(month), now=NOW)
        assert report.total.cost == company.billed(month.start, month.end)


FINISHED = Period(RECENT, TODAY - 2 * DAY)  # the days after are asked for again and again


def test_a_walk_stopped_after_every_step_asks_for_nothing_that_is_in(company: Company) -> None:
    company.connect(first_day=RECENT)
    for _ in range(60):
        covered = coverage.days(company.connection.id, "claude_code", FINISHED)
        before = len(company.calls("claude_code"))
        walk_until_stopped(company, 0)
        company.clock.advance(MINUTE)  # the turn of the stopped one runs out
        days = {date.fromisoformat(c["starting_at"]) for c in company.calls("claude_code")[before:]}
        assert not days & covered
    assert company.remembered(RECENT) == company.billed(RECENT)
    assert jobs.windows_left(company.connection.id, coverage.REPORTS) == 0


def test_a_walk_ended_in_the_middle_of_any_call_is_taken_up_there(company: Company) -> None:
    company.connect(first_day=RECENT)
    for calls in range(1, 8):
        company.before_each_call = stop_after(calls)
        with suppress(KeyboardInterrupt):
            company.sync()
        company.clock.advance(2 * MINUTE)  # the turn of the ended one runs out
    company.before_each_call = lambda: None
    company.sync()
    assert company.remembered(RECENT) == company.billed(RECENT)
    assert all(company.knows(report, RECENT) for report in REPORTS)


@ON_SQLITE
def test_a_first_walk_that_is_killed_again_and_again_ends_with_right_figures_and_progress(
    company: Company,
) -> None:
    company.connect()
    seen = []
    for steps in (0, 1, 2, 5):
        walk_until_stopped(company, steps)
        progress = backfill.progress(company.connection, now=company.clock())
        assert progress.days_read <= progress.days_total
        assert company.remembered(TODAY - 31 * DAY) == company.billed(TODAY - 31 * DAY)
        seen.append(progress.days_read)
        company.clock.advance(2 * MINUTE)  # the turn of the killed one runs out
    assert seen == sorted(set(seen))
    for calls in (1, 3):
        company.before_each_call = stop_after(calls)
        with suppress(KeyboardInterrupt):
            company.sync()
        company.clock.advance(2 * MINUTE)
    company.before_each_call = lambda: None
    company.sync()
    assert company.connection.first_day == FIRST
    assert company.remembered(FIRST) == company.billed(FIRST)
    assert status.status(company.connection, now=company.clock()).gaps == ()
    progress = backfill.progress(company.connection, now=company.clock())
    assert (progress.days_read, progress.days_total) == (WHOLE.length, WHOLE.length)


def test_a_window_that_fails_stays_due_while_the_others_go_on(company: Company) -> None:
    company.api.faults.down("claude_code")
    company.connect(first_day=RECENT)
    company.sync()
    assert company.remembered(RECENT) == company.billed(RECENT)
    assert not company.knows("claude_code", RECENT)
    company.api.faults.clear()
    company.clock.advance(MINUTE)
    company.sync()
    assert company.knows("claude_code", RECENT)


def test_too_many_requests_without_a_date_pause_the_connection_a_minute(company: Company) -> None:
    company.api.faults.rate_limit(1, "cost_report")
    company.connect(first_day=RECENT)
    company.sync()
    requests = len(company.api.requests)
    company.live(company.clock() + timedelta(seconds=55), step=timedelta(seconds=5))
    assert len(company.api.requests) == requests
    company.clock.advance(timedelta(seconds=25))
    company.sync()
    assert company.remembered(RECENT) == company.billed(RECENT)


def test_another_key_of_the_same_organization_asks_for_no_history_again(walked: Company) -> None:
    walked.connect()
    walked.sync()
    assert [day.start for day in days_of(walked.calls("cost_report"))] == [TODAY - 3 * DAY]
    assert len(walked.calls("claude_code")) == 1
    assert walked.remembered(FIRST) == walked.billed(FIRST)


def test_what_a_long_pause_left_out_is_walked_again(walked: Company) -> None:
    later = NOW + 40 * DAY
    walked.sync_at(later)
    assert all(walked.knows(report, FIRST, later.date()) for report in REPORTS)
    assert walked.remembered(FIRST, later.date()) == walked.billed(FIRST, later.date())


def test_progress_counts_the_days_that_are_in(company: Company) -> None:
    connection = company.connect()
    assert backfill.progress(connection, now=NOW).days_read == 0
    walk_until_stopped(company, 0)
    progress = backfill.progress(company.connection, now=NOW)
    assert 0 < progress.days_read < progress.days_total
    assert progress.first_day == TODAY - 31 * DAY
    assert progress.cost == spend.all_time(connection.id)  # today's estimate is in it


def test_progress_ends_with_every_day(walked: Company) -> None:
    progress = backfill.progress(walked.connection, now=NOW)
    assert (progress.days_read, progress.days_total) == (WHOLE.length, WHOLE.length)
