"""What an export holds: every cut sums to the bill, and no cut counts a dollar twice."""

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any, get_args

import pytest

from bot.reports.export import ExportRequest, write
from digests.files.export_file import Tally
from digests.files.export_rows import COLUMNS, ESTIMATED, WITHHELD
from digests.numbers.report import AsFile, Dimension, Form
from providers.period import Period
from providers.spend import Attribution
from storage.engine.database import transaction
from storage.engine.tables import ChargeRow
from storage.facts import charges, spend
from tests.bot.conftest import DAY, NOW, ON_SQLITE, TODAY, Company

CUTS: tuple[Dimension | None, ...] = (None, *get_args(Dimension))
BILLED = Period(TODAY - 20 * DAY, TODAY)
WITH_TODAY = Period(TODAY - 2 * DAY, TODAY + DAY)


def exported(
    company: Company, period: Period, by: Dimension | None, form: Form = "csv", *, shows_names: bool = True
) -> tuple[str, Tally]:
    out = io.StringIO()
    written = write(ExportRequest(company.connection, period, AsFile(by, form), shows_names, NOW), out)
    return out.getvalue(), written.tally


def rows(company: Company, period: Period, by: Dimension | None, **how: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported(company, period, by, **how)[0], newline="")))


def summed(lines: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in lines if row[column]), Decimal(0))


@pytest.mark.parametrize("by", CUTS)
def test_every_cut_sums_to_the_bill_to_the_billionth(walked: Company, by: Dimension | None) -> None:
    lines, tally = rows(walked, BILLED, by), exported(walked, BILLED, by)[1]
    bill = walked.billed(BILLED.start, BILLED.end)
    assert (summed(lines, "BilledCost"), summed(lines, "EffectiveCost")) == (bill, bill)
    assert (tally.cost, tally.billed, tally.rows, tally.estimated) == (bill, bill, len(lines), Decimal(0))


@pytest.mark.parametrize("by", CUTS)
def test_the_running_day_is_estimated_and_never_called_billed(walked: Company, by: Dimension | None) -> None:
    lines = rows(walked, WITH_TODAY, by)
    today = [row for row in lines if row["ChargePeriodStart"] == f"{TODAY}T00:00:00Z"]
    assert today
    assert {(row["x_Basis"], row["BilledCost"], row["x_Note"]) for row in today} == {
        ("estimated", "", ESTIMATED)
    }
    assert summed(lines, "BilledCost") == walked.billed(WITH_TODAY.start, TODAY)
    assert summed(lines, "EffectiveCost") == spend.total(walked.connection.id, WITH_TODAY).cost


class Meddled(io.StringIO):
    """A file; while its first words are written, somebody else's bill comes in, and is nothing."""

    def __init__(self, company: Company) -> None:
        super().__init__()
        self._number, self._is_begun = company.connection.id, False

    def write(self, text: str) -> int:
        if not self._is_begun:
            self._is_begun = True
            with ThreadPoolExecutor(1) as another:
                another.submit(self._meddle).result()
        return super().write(text)

    def _meddle(self) -> None:
        days = list(BILLED.days())
        with transaction():
            charges.replace(self._number, days, [], at=NOW)
            spend.replace_days(self._number, dict.fromkeys(days, (Attribution([], []), False)))


@pytest.mark.parametrize("by", CUTS)
def test_an_export_is_of_one_moment_whatever_comes_in_meanwhile(
    walked: Company, by: Dimension | None
) -> None:
    bill = walked.billed(BILLED.start, BILLED.end)
    out = Meddled(walked)
    tally = write(ExportRequest(walked.connection, BILLED, AsFile(by, "csv"), True, NOW), out).tally
    lines_of_file = list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))
    assert (summed(lines_of_file, "BilledCost"), tally.cost) == (bill, bill)
    assert rows(walked, BILLED, by) == []


@pytest.mark.parametrize("by", ["engineer", "key"])
def test_without_the_right_to_names_there_are_none_and_the_sum_stays(walked: Company, by: Dimension) -> None:
    named, nameless = rows(walked, BILLED, by), rows(walked, BILLED, by, shows_names=False)
    assert any(row["x_Engineer"] and row["ResourceName"] for row in named)
    shown = ("ResourceId", "ResourceName", "x_Engineer", "Tags")
    assert {row[column] for row in nameless for column in shown} == {""}
    assert {row["x_Note"] for row in nameless} == {WITHHELD}
    assert not any(row["x_Engineer"] in json.dumps(nameless) for row in named if row["x_Engineer"])
    assert summed(nameless, "BilledCost") == summed(named, "BilledCost")


def test_the_lines_of_the_bill_tell_what_they_were_priced_by(walked: Company) -> None:
    lines = rows(walked, BILLED, None)
    line = next(row for row in lines if row["x_TokenKind"] == "output")
    assert line["SkuId"] == f"{line['x_Model']}/output"
    assert line["SkuPriceId"].startswith(f"{line['SkuId']}/{line['x_ServiceTier']}")
    assert (line["BillingPeriodStart"], line["ChargeCategory"]) == ("2026-11-01T00:00:00Z", "Usage")
    assert all(row["SubAccountName"] for row in lines)


def test_two_exports_are_the_same_to_the_byte(walked: Company) -> None:
    assert exported(walked, BILLED, "key") == exported(walked, BILLED, "key")


@pytest.mark.parametrize("by", CUTS)
def test_as_json_it_holds_the_same_rows_and_says_what_they_sum_to(
    walked: Company, by: Dimension | None
) -> None:
    data = json.loads(exported(walked, WITH_TODAY, by, "json")[0])
    assert [[row[name] or "" for name in COLUMNS] for row in data["rows"]] == [
        [_typed(name, value) for name, value in row.items()] for row in rows(walked, WITH_TODAY, by)
    ]
    assert Decimal(data["total"]) == sum(Decimal(row["EffectiveCost"] or 0) for row in data["rows"])
    assert data["period"] == {"start": "2026-11-20", "end": "2026-11-23", "timezone": "UTC"}
    assert (data["organization"], data["basis"], data["dimension"]) == ("Acme", "mixed", by)
    assert data["coverage"] == {"complete": True, "missing": []}


@ON_SQLITE
@pytest.mark.parametrize(
    ("changed", "currency"), [(0, "USD"), (20, "EUR"), (1, None)], ids=["none", "all", "some"]
)
def test_a_file_says_in_which_currency_its_bills_are(
    walked: Company, changed: int, currency: str | None
) -> None:
    days = list(BILLED.days())[:changed]
    ChargeRow.update(currency="EUR").where(ChargeRow.day << days).execute()
    assert json.loads(exported(walked, BILLED, "day", "json")[0])["currency"] == currency


def _typed(name: str, value: str) -> str | int:
    return int(value) if name == "ConsumedQuantity" and value else value


@pytest.mark.parametrize("by", CUTS)
def test_how_long_it_will_be_is_known_before(walked: Company, by: Dimension | None) -> None:
    wanted = ExportRequest(walked.connection, BILLED, AsFile(by), shows_names=True, now=NOW)
    assert wanted.length >= len(rows(walked, BILLED, by)) > 0
