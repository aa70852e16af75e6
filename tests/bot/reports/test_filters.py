"""A part of the costs, and lines by two dimensions: the same totals, and what is not known."""

import io
import json
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from random import Random

import pytest

from bot.reports import cost as reports_cost
from bot.reports.export import ExportRequest, write
from bot.reports.split.amounts import needs_cells
from digests.files.json_form import as_json
from digests.numbers.report import (
    ME,
    TIMES,
    AsFile,
    Dimension,
    Filter,
    FilterDimension,
    Gap,
    Question,
    Report,
)
from digests.numbers.split import pairs
from digests.words import completeness, phrases, wording
from providers.period import DAY, Period
from storage.engine.database import transaction
from storage.engine.fields import to_day
from storage.engine.tables import CellDay, DayCell
from storage.facts import spend
from tests.bot.conftest import FIRST, NOW, ON_SQLITE, TODAY, Company

OCTOBER = Period(FIRST, date(2026, 11, 1))
THIS_WEEK = Period(date(2026, 11, 16), TODAY + DAY)
FILTERED: tuple[FilterDimension, ...] = ("model", "engineer", "workspace", "key", "product")
SPLIT: tuple[Dimension, ...] = ("model", "engineer", "workspace", "key", "product", "day", "week", "month")


def cost(company: Company, question: Question, *, own: str = "") -> Report:
    return reports_cost.cost(company.connection, question, now=company.clock(), own=own)


def finished(random: Random) -> Period:
    last = TODAY - random.randint(2, 9) * DAY
    length = random.choice((1, 2, 7, 12, 20))
    return Period(max(last - (length - 1) * DAY, FIRST), last + DAY)


@pytest.mark.parametrize("by", SPLIT)
@pytest.mark.parametrize("dimension", FILTERED)
def test_the_members_of_a_dimension_one_by_one_add_up_to_the_whole(
    walked: Company, dimension: FilterDimension, by: Dimension
) -> None:
    period = finished(Random(f"{dimension} {by}"))
    whole = {line.id: line.cost for line in cost(walked, Question(period, dimension)).lines}
    summed: defaultdict[str | None, Decimal] = defaultdict(Decimal)
    for member, of_member in whole.items():
        if member is None and dimension != "workspace":
            continue  # nobody's: no name asks for it
        part = cost(walked, Question(period, by, filters=(Filter(dimension, (member or "",)),)))
        assert part.total.cost == of_member == sum(line.cost for line in part.lines)
        for line in part.lines:
            summed[line.id] += line.cost
    if None not in whole or dimension == "workspace":
        by_line = {line.id: line.cost for line in cost(walked, Question(period, by)).lines}
        assert {id_: each for id_, each in summed.items() if each} == {
            id_: each for id_, each in by_line.items() if each
        }


@pytest.mark.parametrize(("first", "second"), list(permutations(SPLIT, 2)))
def test_pairs_have_the_totals_of_either_dimension(
    walked: Company, first: Dimension, second: Dimension
) -> None:
    period = finished(Random(f"{first} {second}"))
    question = Question(period, first, second)
    if not question.is_answerable:
        assert TIMES.issuperset({first, second})
        return
    report = cost(walked, question)
    assert report.total.cost == cost(walked, Question(period)).total.cost
    for at, dimension in enumerate((first, second)):
        summed: defaultdict[str | None, Decimal] = defaultdict(Decimal)
        for line in report.lines:
            summed[pairs.split(line.id or "")[at]] += line.cost
        alone = {line.id: line.cost for line in cost(walked, Question(period, dimension)).lines}
        assert {id_: each for id_, each in summed.items() if each} == {
            id_: each for id_, each in alone.items() if each
        }
    assert all(" × " in line.name for line in report.lines)


def test_filters_narrow_each_other_and_several_members_are_added_up(walked: Company) -> None:
    pair = cost(walked, Question(OCTOBER, "workspace", "model"))
    dearest = pair.lines[0]
    workspace, model = pairs.split(dearest.id or "")
    both = (Filter("workspace", (workspace or "",)), Filter("model", (model or "",)))
    assert cost(walked, Question(OCTOBER, filters=both)).total.cost == dearest.cost
    by_model = cost(walked, Question(OCTOBER)).lines
    families = Filter("model", ("opus", "haiku"))
    wanted = [line.cost for line in by_model if wording.family(line.id or "") in families.members]
    assert len(wanted) > 1
    assert cost(walked, Question(OCTOBER, "engineer", filters=(families,))).total.cost == sum(wanted)


def test_a_filter_nobody_matches_costs_nothing(walked: Company) -> None:
    report = cost(walked, Question(OCTOBER, filters=(Filter("engineer", ("nobody@acme.example",)),)))
    assert report.total.cost == 0
    assert not report.lines
    assert not report.gaps


def test_ones_own_is_the_address_of_the_person_who_asks_and_stays_me_in_the_question(walked: Company) -> None:
    line = next(each for each in cost(walked, Question(OCTOBER, "engineer")).lines if "@" in (each.id or ""))
    own = Question(OCTOBER, "model", filters=(Filter("engineer", (ME,)),))
    report = cost(walked, own, own=line.id or "")
    assert (report.total.cost, report.question, report.filter_names) == (line.cost, own, (line.name,))


# --- calendars, comparisons


def test_what_needs_several_dimensions_is_about_utc_days_and_the_rest_keeps_its_calendar(
    walked: Company,
) -> None:
    berlin = Period(date(2026, 11, 2), date(2026, 11, 9), "Europe/Berlin")
    opus = (Filter("model", ("opus",)),)
    exact = cost(walked, Question(berlin, "model", filters=opus))
    assert exact.question.period == berlin
    lines = cost(walked, Question(berlin)).lines
    assert exact.total.cost == sum(line.cost for line in lines if wording.family(line.id or "") == "opus")
    by_day = cost(walked, Question(berlin, "day", filters=opus))
    assert by_day.question.period == Period(berlin.start, berlin.end)
    assert phrases.zone_of(by_day.question.period) == "UTC days"


def test_a_finished_part_is_compared_with_the_whole_period_before(walked: Company) -> None:
    week = Period(date(2026, 11, 9), date(2026, 11, 16))
    opus = (Filter("model", ("opus",)),)
    report = cost(walked, Question(week, "engineer", filters=opus))
    before = cost(walked, Question(week.before(), "engineer", filters=opus))
    assert (report.previous.total, report.previous.until) == (before.total.cost, None)
    assert {line.id: line.previous for line in report.lines if line.id} == {
        line.id: {each.id: each.cost for each in before.lines}.get(line.id, Decimal(0))
        for line in report.lines
        if line.id
    }


def test_a_running_part_compares_its_finished_days_and_says_so(walked: Company) -> None:
    opus = (Filter("model", ("opus",)),)
    report = cost(walked, Question(THIS_WEEK, "engineer", filters=opus))
    until_yesterday = Period(THIS_WEEK.start, TODAY)
    assert report.compared == cost(walked, Question(until_yesterday, "engineer", filters=opus)).total.cost
    assert report.compared < report.total.cost
    assert report.previous.until is not None
    assert report.previous.until.date() == date(2026, 11, 15)
    assert phrases.like(report, TODAY) == "vs Nov 9–14, without today"
    assert report.lines[0].previous is None


def test_today_alone_is_compared_with_nothing_where_no_hours_are_kept(walked: Company) -> None:
    today = Period.day(TODAY)
    report = cost(walked, Question(today, "engineer", filters=(Filter("model", ("opus",)),)))
    assert report.total.cost > 0
    assert report.basis == "estimated"
    assert report.previous.total is None
    by_the_hour = cost(walked, Question(today, "model", filters=(Filter("model", ("opus",)),)))
    assert by_the_hour.previous.total is not None
    assert by_the_hour.previous.until == NOW - timedelta(days=7, minutes=5)


# --- comparisons that were asked for


def test_two_periods_are_compared_whatever_their_length(walked: Company) -> None:
    week, day = Period(date(2026, 11, 9), date(2026, 11, 16)), Period.day(date(2026, 11, 3))
    for dimension in ("model", "engineer"):
        report = cost(walked, Question(week, dimension, compare=day))
        other = cost(walked, Question(day, dimension))
        assert (report.previous.period, report.previous.total) == (day, other.total.cost)
        assert sum(line.previous or 0 for line in report.lines) == other.total.cost
    assert phrases.like(report, TODAY) == "vs Tue, Nov 3"
    assert as_json(report)["previous"]["start"] == "2026-11-03"


def test_a_running_period_is_compared_up_to_the_same_moment_of_the_other(walked: Company) -> None:
    today, yesterday = Period.day(TODAY), Period.day(TODAY - DAY)
    report = cost(walked, Question(today, compare=yesterday))
    until = NOW - timedelta(days=1, minutes=5)
    assert report.previous.until == until
    assert phrases.like(report, TODAY) == "vs Sat, Nov 21 up to the same time"
    turned = cost(walked, Question(yesterday, compare=today))
    assert turned.previous.until == NOW - timedelta(minutes=5)
    assert turned.previous.total == report.total.cost
    assert phrases.like(turned, TODAY) == "vs Sun, Nov 22 so far"


def test_a_part_is_compared_with_another_period_by_whole_days(walked: Company) -> None:
    opus = (Filter("model", ("opus",)),)
    other = Period(date(2026, 11, 2), date(2026, 11, 5))
    report = cost(walked, Question(THIS_WEEK, "engineer", filters=opus, compare=other))
    assert report.previous.total == cost(walked, Question(other, "engineer", filters=opus)).total.cost
    assert report.compared is not None
    assert phrases.like(report, TODAY) == "vs Nov 2–4, without today"


def test_two_members_are_compared_in_the_same_days(walked: Company) -> None:
    opus, haiku = Filter("model", ("opus",)), Filter("model", ("haiku",))
    report = cost(walked, Question(OCTOBER, "workspace", filters=(opus,), compare=haiku))
    other = cost(walked, Question(OCTOBER, "workspace", filters=(haiku,)))
    assert (report.previous.period, report.previous.total) == (OCTOBER, other.total.cost)
    previous = {line.id: line.previous for line in report.lines}
    assert previous == {line.id: line.cost for line in other.lines} | {
        id_: Decimal(0) for id_ in previous.keys() - {line.id for line in other.lines}
    }
    assert (report.filter_names, report.versus_name) == (("Opus",), "Haiku")
    assert phrases.like(report, TODAY) == "vs Haiku"
    assert as_json(report)["versus"] == {"dimension": "model", "value": "Haiku"}
    by_day = cost(walked, Question(OCTOBER, "day", filters=(opus,), compare=haiku))
    haiku_by_day = cost(walked, Question(OCTOBER, "day", filters=(haiku,)))
    assert by_day.lines[-1].previous == haiku_by_day.lines[-1].cost


def test_a_period_that_is_not_read_is_compared_with_nothing(walked: Company) -> None:
    before_all = Period(FIRST - 30 * DAY, FIRST - 20 * DAY)
    assert cost(walked, Question(OCTOBER, compare=before_all)).previous.total is None


# --- what is not known


def forget_cells(company: Company, *days: date) -> None:
    with transaction():
        for table in (DayCell, CellDay):
            table.delete().where(table.day << [to_day(day) for day in days]).execute()
    assert company.connection


def test_days_that_are_not_split_yet_are_missing_and_never_zero(walked: Company) -> None:
    week, gone = Period(date(2026, 11, 9), date(2026, 11, 16)), date(2026, 11, 11)
    opus = (Filter("model", ("opus",)),)
    whole = cost(walked, Question(week, "engineer", filters=opus)).total.cost
    on_that_day = cost(walked, Question(Period.day(gone), "engineer", filters=opus)).total.cost
    forget_cells(walked, gone)
    report = cost(walked, Question(week, "engineer", filters=opus))
    assert report.total.cost == whole - on_that_day
    assert report.gaps == (Gap("usage", Period.day(gone), "not split yet"),)
    assert as_json(report)["coverage"]["complete"] is False
    assert completeness.in_part(report) == "6 of 7 days split"
    assert phrases.missing_from(report, now=NOW, zone="UTC") == ["Still splitting Wed, Nov 11"]
    assert not phrases.is_comparable(report)
    to_tuesday = Period(week.end, week.end + 2 * DAY)
    assert cost(walked, Question(to_tuesday, "engineer", filters=opus)).previous.total is not None
    to_wednesday = Period(week.end, week.end + 3 * DAY)
    assert cost(walked, Question(to_wednesday, "engineer", filters=opus)).previous.total is None
    assert cost(walked, Question(week)).gaps == ()


def test_a_day_without_any_cells_has_no_total(walked: Company) -> None:
    gone = date(2026, 11, 11)
    forget_cells(walked, gone)
    report = cost(walked, Question(Period.day(gone), "model", "engineer"))
    assert not phrases.has_data(report)
    assert as_json(report)["total"] is None


# --- weeks and months


@pytest.mark.parametrize("by", ["week", "month"])
def test_weeks_and_months_add_up_to_the_period_and_are_compared_with_the_one_before(
    walked: Company, by: Dimension
) -> None:
    period = Period(FIRST, TODAY)
    report = cost(walked, Question(period, by))
    assert sum(line.cost for line in report.lines) == walked.billed(FIRST, TODAY)
    assert [line.id for line in report.lines] == sorted(line.id or "" for line in report.lines)
    first, last = report.lines[0], report.lines[-1]
    assert (first.previous, last.previous) == (None, None)  # neither is whole, or has a whole one before
    if by == "week":
        assert report.lines[2].previous == report.lines[1].cost
        names = phrases.names_of(report, list(report.lines))
        assert (names[0], names[1]) == ("Oct 20–25", "Oct 26 – Nov 1")


# --- lists with a limit, JSON, files


def test_json_has_the_first_lines_and_what_the_others_sum_to(walked: Company) -> None:
    question = Question(OCTOBER, "engineer", "model", filters=(Filter("workspace", ("",)),), limit=2)
    values = as_json(cost(walked, question))
    assert values["dimensions"] == ["engineer", "model"]
    assert values["filters"] == [{"dimension": "workspace", "value": "Default workspace"}]
    *shown, other = values["lines"]
    assert len(shown) == 2
    assert set(shown[0]["ids"]) == {"engineer", "model"}
    assert (other["name"], other["id"]) == ("other", None)
    assert sum(Decimal(line["cost"]) for line in values["lines"]) == Decimal(values["total"])


@ON_SQLITE
@pytest.mark.parametrize("by", ["model", "engineer", "day"])
@pytest.mark.parametrize("dimension", ["model", "engineer", "workspace"])
def test_a_file_of_a_part_sums_to_its_answer(
    walked: Company, dimension: FilterDimension, by: Dimension
) -> None:
    member = next(
        line.id for line in cost(walked, Question(OCTOBER, dimension)).lines if line.id and "=" not in line.id
    )
    filters = (Filter(dimension, (member,)),)
    out = io.StringIO()
    file = AsFile(by, "json")
    request = ExportRequest(walked.connection, OCTOBER, file, shows_names=True, now=NOW, filters=filters)
    write(request, out)
    written, answer = json.loads(out.getvalue()), cost(walked, Question(OCTOBER, by, filters=filters))
    assert Decimal(written["total"]) == answer.total.cost > 0
    assert written["filters"] == as_json(answer)["filters"]
    assert sum(Decimal(row["EffectiveCost"]) for row in written["rows"]) == answer.total.cost


# --- which table


@pytest.mark.parametrize(
    ("question", "from_cells"),
    [
        (Question(OCTOBER, "engineer"), False),
        (Question(OCTOBER, "engineer", "key"), False),
        (Question(OCTOBER, "key", filters=(Filter("engineer", ("a@x",)),)), False),
        (Question(OCTOBER, "model", filters=(Filter("model", ("opus",)),)), False),
        (Question(OCTOBER, "day", filters=(Filter("model", ("opus",)),)), True),
        (Question(OCTOBER, "engineer", "model"), True),
        (Question(OCTOBER, "model", filters=(Filter("key", ("apikey_1",)),)), True),
    ],
)
def test_cells_are_read_only_where_one_dimension_does_not_do(question: Question, *, from_cells: bool) -> None:
    assert needs_cells(question) is from_cells


def test_todays_cells_are_those_of_its_estimate(walked: Company) -> None:
    today = Period.day(TODAY)
    report = cost(walked, Question(today, "model", "workspace"))
    assert report.total.cost == spend.total(walked.connection.id, today).cost > 0
    assert report.total.estimated == report.total.cost
