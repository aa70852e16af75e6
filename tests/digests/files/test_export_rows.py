"""The rows of an export: names from outside, names withheld, and what nobody knows."""

import csv
import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from digests.files import export_file
from digests.files.export_rows import COLUMNS, Account, Row, of_charge, of_day
from digests.numbers.report import Dimension, Form
from providers.charge import Charge
from providers.directory import Directory, Entry
from providers.period import Period
from providers.spend import Sum
from tests.digests import samples

DAY = date(2026, 10, 31)
THE_DAY = Period.day(DAY)
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1", " =1+1", "\uff1d1+1", '=HYPERLINK("x")']
MINA = Entry("user_1", "user", "Mina Okafor", email="Mina@acme.example")
KEY = Entry("apikey_1", "api_key", "ci", owner_id="user_1")


def account(*entries: Entry, shows_names: bool = True) -> Account:
    return Account("org_1", "Acme", Directory(entries), shows_names)


def spent(caller: str | None, dollars: str = "10", tokens: int = 5, estimated: str = "0") -> Sum:
    return Sum(caller, Decimal(dollars), Decimal(estimated), (0, 0, 0, 0, tokens, 0))


def charge(dollars: str = "1.5", **other: Any) -> Charge:
    plain: dict[str, Any] = {
        "workspace_id": None,
        "cost_type": "tokens",
        "model": "claude-opus-5-5",
        "token_kind": "output",
        "service_tier": "standard",
        "context_window": None,
        "inference_geo": None,
        "description": "Output",
        "currency": "USD",
    }
    return Charge(day=DAY, billed_cost=Decimal(dollars), **{**plain, **other})


def written(rows: list[Row], form: Form = "csv") -> str:
    out = io.StringIO(newline="")
    export_file.write(out, rows, form, report=samples.month(), by=None, shows_names=True)
    return out.getvalue()


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    ("by", "words"),
    [("day", "2 rows by day ("), ("key", "2 rows by key and day ("), (None, "2 invoice lines (")],
)
def test_a_file_says_by_what_its_rows_are_cut(by: Dimension | None, words: str) -> None:
    tally = export_file.Tally(rows=2)
    note = export_file.note(
        tally, report=samples.month(), by=by, form="csv", shows_names=True, now=samples.NOW
    )
    assert words in note.headline


@pytest.mark.parametrize("name", FORMULAS)
def test_no_name_is_a_formula_in_a_spreadsheet(name: str) -> None:
    hostile = account(Entry("wrkspc_1", "workspace", name), Entry("apikey_1", "api_key", name))
    (line,) = read(written([of_charge(charge(workspace_id="wrkspc_1", description=name), hostile)]))
    (key,) = read(written(of_day(THE_DAY, [spent("apikey_1")], "key", hostile, billed=True)))
    cells = [line["SubAccountName"], line["ChargeDescription"], key["ResourceName"], key["ChargeDescription"]]
    assert all(cell.startswith("'") for cell in cells)


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_part_of_a_name_is_a_formula_where_a_semicolon_parts_cells(formula: str) -> None:
    text = written([of_charge(charge(workspace_id="w"), account(Entry("w", "workspace", f"x; {formula};y")))])
    for line in csv.reader(io.StringIO(text), delimiter=";"):
        assert not any(cell.lstrip()[:1] in tuple("=+-@") for cell in line)


def test_json_prints_nothing_that_a_terminal_obeys() -> None:
    name = "a\x9b31mb\x7fc\u202ed\U000e0041\u2028e"
    text = written([of_charge(charge(workspace_id="w"), account(Entry("w", "workspace", name)))], "json")
    assert all(line.isprintable() for line in text.split("\n"))
    assert json.loads(text)["rows"][0]["SubAccountName"] == name


def test_numbers_stay_numbers_exact_and_without_exponents() -> None:
    (credit, tiny) = read(written([of_charge(charge(each), account()) for each in ("-3.1", "1E-9")]))
    assert (credit["BilledCost"], tiny["BilledCost"]) == ("-3.10", "0.000000001")


def test_a_name_with_quotes_commas_and_lines_is_one_cell() -> None:
    name = 'Team "A", B\r\nand C'
    text = written([of_charge(charge(workspace_id="w"), account(Entry("w", "workspace", name)))])
    assert read(text)[0]["SubAccountName"] == 'Team "A", B and C'
    assert text.splitlines()[0] == ",".join(COLUMNS)
    assert text.count("\r\n") == 2


def test_json_keeps_a_name_as_it_is() -> None:
    name = '=1+1 "\u202e\n'
    text = written([of_charge(charge(workspace_id="w"), account(Entry("w", "workspace", name)))], "json")
    assert json.loads(text)["rows"][0]["SubAccountName"] == name


def test_an_export_of_nothing_has_its_columns() -> None:
    assert read(written([])) == []
    data = json.loads(written([], "json"))
    assert (data["rows"], data["total"]) == ([], "0.00")


def test_an_engineers_callers_are_one_row_and_what_differs_is_left_out() -> None:
    sums = [spent("apikey_1"), spent("user_1 claude_code", "2"), spent(None, "1")]
    nobody, mina = of_day(THE_DAY, sums, "engineer", account(MINA, KEY), billed=True)
    assert (mina["x_Engineer"], mina["EffectiveCost"]) == ("mina@acme.example", Decimal(12))
    assert (mina["ResourceId"], mina["x_Product"], mina["ConsumedQuantity"]) == (None, None, 10)
    assert (nobody["x_Engineer"], nobody["ChargeDescription"]) == (None, "Not attributed")


def test_a_key_tells_whose_it_is_and_how_that_is_known() -> None:
    (key,) = of_day(THE_DAY, [spent("apikey_1 claude_code")], "key", account(MINA, KEY), billed=True)
    tags = {"engineer": "mina@acme.example", "engineer_known_by": "creator", "product": "claude_code"}
    assert json.loads(str(key["Tags"])) == tags
    assert (key["ResourceId"], key["ResourceName"], key["x_Product"]) == ("apikey_1", "ci", "claude_code")


def test_two_people_behind_one_key_are_not_made_one() -> None:
    sums = [spent("apikey_1 user_1"), spent("apikey_1 user_2")]
    (key,) = of_day(THE_DAY, sums, "key", account(MINA, KEY), billed=True)
    assert (key["x_Engineer"], key["Tags"]) == (None, None)


def test_names_withheld_put_nobody_apart() -> None:
    sums = [spent("apikey_1"), spent("user_2", "3"), spent("=code_execution", "1")]
    people, code = of_day(THE_DAY, sums, "key", account(MINA, KEY, shows_names=False), billed=True)
    assert (people["EffectiveCost"], people["ChargeDescription"]) == (Decimal(13), None)
    assert code["ChargeDescription"] == "Code execution"


def test_what_no_price_is_known_for_is_empty_and_not_zero() -> None:
    (row,) = of_day(THE_DAY, [spent("claude-new-9", "0")], "model", account(), billed=False)
    assert (row["EffectiveCost"], row["BilledCost"], row["ConsumedQuantity"]) == (None, None, 5)


@pytest.mark.parametrize(
    ("dimension", "member", "column", "value"),
    [
        ("model", "claude-opus-5-5", "x_Model", "claude-opus-5-5"),
        ("model", "web_search", "x_Model", None),
        ("model", "web_search", "SkuId", "web_search"),
        ("token type", "cache_read", "x_TokenKind", "cache_read"),
        ("product", "claude_code", "x_Product", "claude_code"),
        ("workspace", None, "SubAccountName", "Default workspace"),
        ("workspace", "wrkspc_1", "SubAccountId", "wrkspc_1"),
        ("day", None, "x_Model", None),
    ],
)
def test_a_member_stands_in_the_columns_of_its_dimension(
    dimension: Dimension, member: str | None, column: str, value: str | None
) -> None:
    (row,) = of_day(THE_DAY, [spent(member)], dimension, account(), billed=True)
    assert row[column] == value
    assert set(row) == set(COLUMNS)


def test_a_day_has_its_list_cost_where_it_was_reported() -> None:
    (row,) = of_day(THE_DAY, [spent(None)], "day", account(), billed=True, list_cost=Decimal(12))
    assert row["ListCost"] == Decimal(12)


def test_what_is_credited_is_a_credit_and_all_else_is_usage() -> None:
    lines = [of_charge(charge(dollars), account()) for dollars in ("-2500.005", "0", "3")]
    assert [line["ChargeCategory"] for line in lines] == ["Credit", "Usage", "Usage"]
    days = of_day(
        Period.day(DAY), [spent("apikey_1", "-3"), spent("apikey_2", "2")], "key", account(), billed=True
    )
    assert [day["ChargeCategory"] for day in days] == ["Credit", "Usage"]


def test_a_currency_is_never_called_by_another_name() -> None:
    rows = [
        of_charge(charge(currency="EUR"), account()),
        *of_day(THE_DAY, [spent(None)], "day", account(), billed=True, currency="EUR"),
        *of_day(THE_DAY, [spent(None)], "day", account(), billed=True, currency=None),
    ]
    assert [row["BillingCurrency"] for row in rows] == ["EUR", "EUR", None]
