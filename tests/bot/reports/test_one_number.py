"""One number: the same question has one total, to the billionth, wherever it is asked."""

import io
import json
from decimal import Decimal
from random import Random
from typing import get_args

import pytest

from bot.reports import cost, digest, engineers
from bot.reports.export import ExportRequest, write
from digests.numbers.engineer_lines import EngineerLine, is_person
from digests.numbers.lines import Line
from digests.numbers.report import AsFile, Dimension, Question
from digests.words import wording
from providers.period import DAY, Period
from tests.bot.conftest import FIRST, NOW, Company

ZONES = ("UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland")
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)


def finished(random: Random, zone: str) -> Period:
    """Return days at random that are over and whole in every zone."""
    length = random.choice((1, 2, 7, 12, 20))
    last = NOW.date() - random.randint(3, 9) * DAY
    return Period(max(last - (length - 1) * DAY, FIRST + DAY), last + DAY, zone)


def exported(company: Company, period: Period, by: Dimension | None) -> Decimal:
    """Return the sum that an export says, which its own test holds against its rows."""
    out = io.StringIO()
    request = ExportRequest(company.connection, period, AsFile(by, "json"), shows_names=True, now=NOW)
    write(request, out)
    return Decimal(json.loads(out.getvalue())["total"])


@pytest.mark.parametrize("seed", range(8))
def test_answers_exports_engineers_and_digests_agree(walked: Company, seed: int) -> None:
    random, connection = Random(seed), walked.connection
    for _ in range(6):
        period = finished(random, random.choice(ZONES))
        total = cost.cost(connection, Question(period), now=NOW).total.cost
        assert total > 0
        for dimension in DIMENSIONS:
            answer = cost.cost(connection, Question(period, dimension), now=NOW)
            assert answer.total.cost == total
            assert sum(line.cost for line in answer.lines) == total
            assert exported(walked, period, dimension) == total
        assert engineers.report(connection, period, now=NOW).total.cost == total
        assert digest.gather(connection, period, zone="UTC", now=NOW).report.total.cost == total


@pytest.mark.parametrize("seed", range(4))
def test_a_persons_figure_is_one_figure(walked: Company, seed: int) -> None:
    random, connection = Random(seed), walked.connection
    period = finished(random, random.choice(ZONES))
    by_engineer = cost.cost(connection, Question(period, "engineer"), now=NOW)
    people = {line.id: words(line) for line in by_engineer.lines if is_person(line.id)}
    assert people
    listed = engineers.report(connection, period, now=NOW).lines
    told = digest.gather(connection, period, zone="UTC", now=NOW).engineers
    assert told
    for lines in (listed, told.lines):
        assert {line.id: words(line) for line in lines if line.is_person and line.cost} == people
    for email, spent in people.items():
        own = engineers.own(connection, period, email or "", now=NOW)
        assert [words(line) for line in own.lines] == [spent]


def words(line: Line | EngineerLine) -> tuple[Decimal, str]:
    """A figure, and how it is written."""
    return line.cost, wording.spend(line.cost, line.estimated)


def test_a_persons_figure_of_today_is_written_alike_too(walked: Company) -> None:
    connection, period = walked.connection, Period(NOW.date() - DAY, NOW.date() + DAY)
    by_engineer = cost.cost(connection, Question(period, "engineer"), now=NOW)
    people = {line.id: words(line) for line in by_engineer.lines if is_person(line.id)}
    assert any(spent.startswith("≈") for _, spent in people.values())
    listed = engineers.report(connection, period, now=NOW).lines
    assert {line.id: words(line) for line in listed if line.is_person and line.cost} == people


def test_the_lines_of_the_bill_are_by_utc_days_whatever_the_calendar(walked: Company) -> None:
    period = finished(Random(1), "Pacific/Auckland")
    in_utc = Period(period.start, period.end)
    billed = cost.cost(walked.connection, Question(in_utc), now=NOW).total.cost
    assert exported(walked, period, None) == exported(walked, in_utc, None) == billed
