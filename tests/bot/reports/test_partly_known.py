"""What is said of days that are in only in part, and of history that is half read."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from bot.reports import cost as reports_cost
from bot.reports import engineers, status
from bot.reports.digest import gather
from bot.reports.export import ExportRequest, write
from bot.reports.scope_people import People
from bot.sync import reports
from bot.sync.bills.rebuild import rebuild
from bot.sync.spans import whole_days
from demo.admin_api.faults import ADMIN_KEY
from digests import render
from digests.files.json_form import as_json
from digests.layout.message import Message
from digests.numbers.digest_report import Movers
from digests.numbers.report import AsFile, Dimension, Question, Report
from digests.words import phrases, wording
from providers.period import Period
from providers.spend import Attribution
from storage.engine.tables import ActivityRollup, ActivityRow, Coverage, UsageRow
from storage.facts import accuracy, coverage, directory, spend
from storage.state import incidents
from storage.state.scopes import Scope
from tests.bot.conftest import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    ON_SQLITE,
    TODAY,
    YESTERDAY,
    Company,
    walk_until_stopped,
)

pytestmark = ON_SQLITE

BERLIN, LUKASZ = "Europe/Berlin", "lukasz.mori@acme.example"
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))


def cost(company: Company, period: Period, dimension: Dimension = "model") -> Report:
    return reports_cost.cost(company.connection, Question(period, dimension), now=company.clock())


def words(message: Message) -> str:
    """Everything that can be read of a message."""
    return f"{message.text}\n{message.blocks}"


def messages_of_today(company: Company) -> list[Message]:
    """All that is said of the last day that was read, a day later."""
    now, number = company.clock(), company.connection
    day, week = Period.day(TODAY), Period(TODAY - 6 * DAY, TODAY + DAY)
    return [
        render.cost(cost(company, day), now=now),
        render.cost(cost(company, week), now=now),
        render.cost(cost(company, week, "day"), now=now),
        render.engineers(engineers.report(number, day, now=now), now=now, zone="UTC"),
        render.digest(gather(number, day, zone="UTC", now=now)),
        render.digest(gather(number, week, zone="UTC", now=now)),
    ]


@pytest.fixture
def silent(walked: Company) -> Company:
    """Nothing was asked for since 10:31, and it is the next day."""
    walked.clock.advance(22 * HOUR)
    return walked


def test_a_day_that_is_known_to_the_morning_says_so_and_is_not_compared(silent: Company) -> None:
    for message in messages_of_today(silent):
        assert "10:26 AM UTC" in message.text
        headline = message.blocks[1]["text"]["text"] if "header" in str(message.blocks[0]) else message.text
        assert not any(sign in headline for sign in ("±", "▲", "▼", "plus or minus", " up ", " down "))


def test_the_clock_of_a_partly_known_day_is_the_readers(silent: Company) -> None:
    digest = render.digest(gather(silent.connection, Period.day(TODAY), zone=BERLIN, now=silent.clock()))
    assert "to 11:26 AM Berlin time" in digest.text
    summary = status.summary(silent.connection, now=silent.clock(), calendar=BERLIN)
    assert "to 11:26 AM Berlin time" in words(render.summary(summary, now=silent.clock(), zone=BERLIN))


def test_what_is_said_for_the_ear_says_it_too(silent: Company) -> None:
    now = silent.clock()
    summary = render.summary(status.summary(silent.connection, now=now, calendar="UTC"), now=now, zone="UTC")
    assert "November so far: about $4,868 to Sun, Nov 22, 10:26 AM UTC." in summary.text
    digest = render.digest(gather(silent.connection, Period.day(TODAY), zone="UTC", now=now))
    assert "November so far about" in digest.text
    assert "to Sun, Nov 22, 10:26 AM UTC." in digest.text


def test_json_names_the_part_that_is_missing(silent: Company) -> None:
    data = as_json(cost(silent, Period.day(TODAY)))
    assert (data["basis"], data["band"], data["previous"]["total"]) == ("estimated", None, None)
    assert data["data_until"] == "2026-11-22T10:26:00Z"
    assert not data["coverage"]["complete"]
    days = {"start": "2026-11-22", "end": "2026-11-23", "why": "not read yet"}
    assert data["coverage"]["missing"] == [
        {"report": "charges", **days},
        {"report": "usage", **days, "from": "2026-11-22T10:26:00Z"},
    ]


def test_a_file_says_up_to_when_a_day_is_in(silent: Company) -> None:
    out = io.StringIO()
    write(
        ExportRequest(
            silent.connection, Period.day(TODAY), AsFile("day"), shows_names=True, now=silent.clock()
        ),
        out,
    )
    (row,) = csv.DictReader(out.getvalue().splitlines())
    assert row["x_Note"] == "Estimated, not billed yet; only to 10:26 UTC"


def test_a_digest_of_a_partly_known_day_has_no_movers_and_no_bar(silent: Company) -> None:
    digest = gather(silent.connection, Period.day(TODAY), zone="UTC", now=silent.clock())
    assert (digest.models, digest.people, digest.keys) == (Movers(), Movers(), Movers())
    assert dict(digest.history)[TODAY] is None


def test_a_forecast_takes_no_half_day_for_a_whole(walked: Company) -> None:
    fresh = status.summary(walked.connection, now=NOW, calendar="UTC").forecast
    later = status.summary(walked.connection, now=NOW + 22 * HOUR, calendar="UTC").forecast
    assert fresh
    assert fresh == later


def test_a_running_period_is_compared_up_to_the_moment_that_is_known(silent: Company) -> None:
    report = cost(silent, Period(date(2026, 11, 17), date(2026, 11, 24)))
    before = Period(date(2026, 11, 10), date(2026, 11, 17))
    assert report.previous.until == datetime(2026, 11, 15, 10, 26, tzinfo=UTC)
    total = spend.total(silent.connection.id, before, until=report.previous.until).cost
    assert abs((report.previous.total or 0) - total) < Decimal("1e-7")  # lines are rounded one by one
    assert "for Nov 17–23, to Sun, Nov 22, 10:26 AM UTC" in render.cost(report, now=silent.clock()).text


def test_a_gap_before_what_is_known_leaves_nothing_to_compare(walked: Company) -> None:
    gap = YESTERDAY - 3 * DAY
    Coverage.delete().where(Coverage.day == gap).execute()
    message = render.cost(cost(walked, Period(gap - DAY, TODAY)), now=NOW)
    assert "(4 of 5 days imported)" in message.text
    assert "*4" not in words(message)
    assert "▲" not in words(message)


# --- the true reason


def test_what_a_refused_key_keeps_out_says_so(walked: Company) -> None:
    walked.api.faults.revoke()
    walked.live(NOW + DAY, step=2 * HOUR)
    (opened,) = incidents.open_ones(walked.connection.id)
    for message in messages_of_today(walked):
        assert "in, because Anthropic has rejected the key since" in words(message)
        assert wording.clock(opened.opened_at, "UTC") in words(message)
        assert "in yet" not in words(message)


def test_what_cannot_be_read_says_since_when_and_why(walked: Company) -> None:
    walked.api.faults.down()
    walked.live(NOW + DAY, step=HOUR)
    text = render.cost(cost(walked, Period.day(TODAY)), now=walked.clock()).text
    assert (
        "The bill for Sun, Nov 22 and usage for Sun, Nov 22 from 10:26 AM aren't in, because syncing" in text
    )
    assert "Anthropic is overloaded (529)" in text


def test_a_bill_that_nobody_asked_for_since_is_not_called_unpublished(silent: Company) -> None:
    text = render.cost(cost(silent, Period.day(TODAY)), now=silent.clock()).text
    assert "The bill for Sun, Nov 22 isn't in yet" in text


# --- a report that lags behind complete bills


@pytest.fixture
def lagging(walked: Company) -> Company:
    """The bills are complete, and the usage of nine days is missing."""
    Coverage.delete().where((Coverage.report == "usage") & (Coverage.day >= TODAY - 8 * DAY)).execute()
    return walked


def test_missing_usage_distorts_no_change_of_complete_bills(lagging: Company) -> None:
    report = cost(lagging, Period(date(2026, 11, 16), TODAY + DAY))
    assert report.data_until == datetime(2026, 11, 22, tzinfo=UTC)
    assert report.previous.until == datetime(2026, 11, 15, tzinfo=UTC)
    assert report.previous.total == lagging.billed(date(2026, 11, 9), date(2026, 11, 15))


def test_nobody_moved_while_it_is_not_known_whose_dollars_are(lagging: Company) -> None:
    now = lagging.clock()
    digest = gather(lagging.connection, Period.day(YESTERDAY), zone="UTC", now=now)
    assert digest.models.up or digest.models.down
    assert not digest.people.up
    assert not digest.people.down
    report = cost(lagging, Period(TODAY - 7 * DAY, TODAY), "engineer")
    assert {line.previous for line in report.lines} == {None}
    assert "7 days not split by engineer yet" in render.cost(report, now=now).text


def test_a_part_by_engineers_says_that_its_dollars_are_not_split_yet(lagging: Company) -> None:
    now = lagging.clock()
    (most,) = [line for line in cost(lagging, Period.day(YESTERDAY), "engineer").lines if line.id == LUKASZ]
    scope, people = Scope("engineers", (LUKASZ,)), People(frozenset({LUKASZ}))
    digest = gather(
        lagging.connection, Period.day(YESTERDAY), zone="UTC", now=now, scope=scope, people=people
    )
    assert digest.report.total.cost == most.cost
    assert digest.report.previous.total is None
    assert digest.forecast is None
    assert "1 day not split by engineer yet" in render.digest(digest).text


def test_a_digest_tells_a_gap_once(lagging: Company) -> None:
    digest = gather(lagging.connection, Period.day(YESTERDAY), zone="UTC", now=lagging.clock())
    assert render.digest(digest).text.count("Still importing Nov 14–21") == 1


def test_days_of_a_zone_wait_for_the_hours_they_are_cut_by(lagging: Company) -> None:
    now = lagging.clock()
    message = render.cost(cost(lagging, Period.day(YESTERDAY, BERLIN)), now=now)
    assert "(some hours aren't in yet)" in message.text
    assert cost(lagging, Period.day(YESTERDAY)).extent.kind == "whole"


# --- nine days without one report, while the other comes in


@pytest.fixture
def unbilled(walked: Company) -> Company:
    """Nine days went by without a bill that could be read; usage came in."""
    walked.api.faults.down("cost_report")
    walked.live(NOW + 9 * DAY, step=6 * HOUR)
    return walked


def test_nine_days_without_a_bill_are_estimated_and_say_why(unbilled: Company) -> None:
    now, since = unbilled.clock(), Period(TODAY, TODAY + 9 * DAY)
    report = cost(unbilled, since)
    assert (report.basis, report.extent.kind) == ("estimated", "whole")
    truth = unbilled.billed(since.start, since.end)
    assert abs(report.total.cost / truth - 1) < Decimal("0.1")
    (gap,) = report.gaps
    assert (gap.report, gap.days, gap.why) == ("charges", since, "reading fails")
    assert accuracy.recorded_days(unbilled.connection.id, since=TODAY) == set()
    digest = gather(unbilled.connection, Period(TODAY - 2 * DAY, TODAY + 5 * DAY), zone="UTC", now=now)
    assert digest.report.basis == "mixed"
    message = words(render.digest(digest))
    assert "Includes $" in message
    assert "Partly estimated: the bill isn't in, because syncing has failed since" in message


def test_bills_that_come_after_nine_days_replace_every_estimate(unbilled: Company) -> None:
    unbilled.api.faults.clear()
    unbilled.live(NOW + 9 * DAY + 2 * HOUR, step=30 * MINUTE)
    report = cost(unbilled, Period(TODAY, TODAY + 9 * DAY))
    assert (report.basis, report.gaps) == ("billed", ())
    assert report.total.cost == unbilled.billed(TODAY, TODAY + 9 * DAY)


def test_nine_days_without_usage_are_billed_whole_and_split_once_usage_comes(walked: Company) -> None:
    walked.api.faults.down("messages")
    walked.live(NOW + 9 * DAY, step=6 * HOUR)
    since = Period(TODAY + DAY, TODAY + 9 * DAY)
    report = cost(walked, since, "engineer")
    assert report.total.cost == walked.billed(since.start, since.end)
    assert report.extent.unsplit_days == since.length
    today = cost(walked, Period.day(since.end))
    assert (today.lines.ids, phrases.total(today)) == ([], "–")
    walked.api.faults.clear()
    walked.live(NOW + 9 * DAY + 2 * HOUR, step=30 * MINUTE)
    report = cost(walked, since, "engineer")
    assert (report.total.cost, report.extent.unsplit_days) == (walked.billed(since.start, since.end), 0)
    assert not [gap for gap in report.gaps if gap.report == "usage"]


# --- history that is half read


def test_a_half_read_month_says_first_how_much_of_it_is_in(company: Company) -> None:
    company.connect()
    walk_until_stopped(company, 1)
    now = company.clock()
    report = cost(company, Period(date(2026, 9, 1), date(2026, 11, 1)))
    assert 0 < report.extent.late_days < report.extent.begun_days == 61
    assert report.basis == "mixed"
    message = render.cost(report, now=now)
    days_in = report.extent.begun_days - report.extent.late_days
    assert f"({days_in} of 61 days imported)" in message.text
    assert f"({days_in} of 61 days imported)" in message.blocks[0]["text"]["text"]
    assert "Billed by Anthropic so far" in words(message)


def test_while_nothing_is_read_no_moment_of_data_is_named(company: Company) -> None:
    company.connect()
    message = render.cost(cost(company, NOVEMBER), now=company.clock())
    assert "*No data in November yet*" in words(message)
    assert "updated" not in words(message)


# --- days without a bill


def test_a_day_on_which_nothing_ran_is_not_called_billed(walked: Company) -> None:
    number = walked.connection.id
    now = datetime(2026, 11, 23, 8, tzinfo=UTC)
    coverage.mark(number, "usage", [TODAY], at=now)
    coverage.mark(number, "usage", [TODAY + DAY], at=now, until=now - 5 * MINUTE)
    walked.clock.to(now)
    report = cost(walked, Period.day(TODAY + DAY))
    message = words(render.cost(report, now=now))
    assert report.basis == "estimated"
    assert "*No usage* today so far" in message
    assert "|7:55 AM>" in message
    assert "Billed by Anthropic" not in message


def test_a_day_with_a_gap_in_its_usage_is_no_measure_of_estimates(silent: Company) -> None:
    """The newest usage says nothing of a day before it."""
    number, now = silent.connection.id, silent.clock()
    coverage.mark(number, "usage", [TODAY + DAY], at=now, until=now - 5 * MINUTE)
    provider, names = silent.open_provider(ADMIN_KEY), directory.read(number)
    reported = reports.fetch_charges(provider, whole_days(Period.day(TODAY), now), names)
    reports.store_charges(number, reported, names, now)
    assert TODAY in coverage.days(number, "charges", Period.day(TODAY))
    assert TODAY not in accuracy.recorded_days(number, since=TODAY)


# --- a report of which nothing is in


def without(company: Company, report: str) -> Company:
    """A company for which nothing of a report was ever read."""
    Coverage.delete().where(Coverage.report == report).execute()
    for table in TABLES_OF[report]:
        table.delete().execute()
    return company


TABLES_OF: dict[str, list[Any]] = {"claude_code": [ActivityRow, ActivityRollup], "usage": [UsageRow]}


def test_what_claude_code_did_is_unknown_and_not_nothing_where_it_was_not_read(walked: Company) -> None:
    week = Period(TODAY - 7 * DAY, TODAY)
    report = engineers.report(without(walked, "claude_code").connection, week, now=NOW)
    message = render.engineers(report, now=NOW, zone="UTC")
    assert "Claude Code activity for Nov 15–21 isn't in yet" in words(message)
    assert "commit" not in f"{words(message)}{message.text}".casefold()
    data = as_json(report)
    assert {data["total"][name] for name in DONE} == {None}
    assert {line[name] for line in data["lines"] for name in DONE} == {None}
    assert data["lines"][0]["cost"] != "0.00"


@pytest.mark.parametrize("days", [1, 7])
def test_a_digest_names_the_same_gap_once(walked: Company, days: int) -> None:
    """The month and the week have the same days missing, and a day of theirs is no gap of its own."""
    missed = Period(TODAY - 9 * DAY, TODAY)
    for day in missed.days():
        coverage.unmark(walked.connection.id, "usage", day)
    digest = gather(walked.connection, Period(TODAY - days * DAY, TODAY), zone="UTC", now=NOW)
    message = render.digest(digest)
    (footnote,) = [each["text"] for each in message.blocks[-1]["elements"]]
    assert footnote.count("isn't in yet") + footnote.count("Still importing") == 1
    assert footnote.count("Nov 13–21") == 1
    assert "Nov 21 " not in footnote


DONE = ("sessions", "commits", "pull_requests", "lines_added", "tokens", "accepted", "estimated_cost")


def test_a_digest_says_no_commits_where_claude_code_was_not_read(walked: Company) -> None:
    digest = gather(without(walked, "claude_code").connection, Period.day(YESTERDAY), zone="UTC", now=NOW)
    details = render.digest_details(digest)
    assert details
    assert "– commits, – PRs" in words(details)
    assert " 0 commits" not in words(details)
    assert "Claude Code activity for Sat, Nov 21 isn't in yet" in words(render.digest(digest))


def test_where_claude_code_is_read_in_part_its_part_is_reported(walked: Company) -> None:
    Coverage.delete().where((Coverage.report == "claude_code") & (Coverage.day >= YESTERDAY)).execute()
    report = engineers.report(walked.connection, Period(TODAY - 7 * DAY, TODAY), now=NOW)
    assert as_json(report)["total"]["sessions"] > 0


def test_tokens_are_unknown_and_not_none_where_usage_was_not_read(walked: Company) -> None:
    week = Question(Period(TODAY - 7 * DAY, TODAY))
    without(walked, "usage")
    rebuild(walked.connection.id, list(week.period.days()), directory.read(walked.connection.id))
    data = as_json(reports_cost.cost(walked.connection, week, now=NOW, tokens=True))
    assert {(line["tokens"], line["web_searches"]) for line in data["lines"]} == {(None, None)}


def test_for_machines_a_period_that_was_not_read_cost_something_unknown(company: Company) -> None:
    company.connect()
    month = Period(date(2026, 10, 1), date(2026, 11, 1))
    data = as_json(cost(company, month))
    assert (data["total"], data["estimated"]) == (None, None)
    people = as_json(engineers.report(company.connection, month, now=NOW))
    assert (people["total"]["cost"], people["total"]["sessions"]) == (None, None)


def test_before_its_history_an_organization_cost_nothing(walked: Company) -> None:
    data = as_json(cost(walked, Period(date(2026, 9, 1), date(2026, 10, 1))))
    assert data["total"] == "0.00"


def test_a_forecast_counts_the_days_on_which_nothing_ran(walked: Company) -> None:
    spend.replace(walked.connection.id, YESTERDAY, Attribution([], []), estimated=False)
    days = dict(status.past_days(walked.connection, Period(date(2026, 11, 1), TODAY), now=NOW))
    assert days[YESTERDAY] == 0
    assert len(days) == YESTERDAY.day
