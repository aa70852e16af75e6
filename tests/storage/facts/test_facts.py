"""Charges and usage: what is replaced is replaced exactly, and comes back as it went in."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from providers.charge import Charge
from providers.period import Period
from providers.usage import TokenUsage
from storage.engine import bulk_insert
from storage.engine.database import transaction
from storage.engine.fields import from_day, from_hour, to_day, to_hour
from storage.engine.tables import ChargeRow, Label, UsageRow
from storage.facts import charges, coverage, text_ids
from storage.facts import usage as usages
from tests.storage.samples import DAY, HOUR, MIDNIGHT, NEXT, NOW, charge, usage

pytestmark = pytest.mark.usefixtures("store")
DAYS = Period(DAY, NEXT + timedelta(days=1))
ONE = 1


def bill(*lines: Charge, days: tuple[date, ...] = (DAY,), connection: int = ONE) -> None:
    with transaction():
        charges.replace(connection, days, lines, at=NOW)


def used(*rows: object, start: datetime = MIDNIGHT, hours: int = 24) -> None:
    with transaction():
        usages.replace(ONE, start, start + hours * HOUR, rows, at=NOW, until=NOW)  # type: ignore[arg-type] # rows


def test_a_charge_comes_back_as_it_went_in() -> None:
    lines = [charge("1.2378912"), charge("-0.000000001", workspace="wrkspc_1", model=None, token_kind=None)]
    bill(*lines)
    assert charges.by_day(ONE, DAYS) == {DAY: lines}


def test_billing_a_day_twice_is_billing_it_once() -> None:
    for _ in range(2):
        bill(charge("1"), charge("2", workspace=None), charge("2", workspace=None))
    assert charges.totals(ONE, DAYS) == {DAY: 5}
    assert ChargeRow.select().count() == 3


def test_a_restated_line_heals_and_a_vanished_one_goes() -> None:
    bill(charge("1"), charge("2", model="claude-haiku-4-5"))
    bill(charge("1.5"))
    assert charges.by_day(ONE, DAYS) == {DAY: [charge("1.5")]}


def test_only_the_days_named_are_replaced() -> None:
    bill(charge("1"), charge("2", NEXT), days=(DAY, NEXT))
    bill(days=(NEXT,))
    assert charges.totals(ONE, DAYS) == {DAY: 1}


def test_another_connection_is_left_alone() -> None:
    bill(charge("1"))
    bill(charge("5"), connection=2)
    bill(connection=2)
    assert charges.totals(ONE, DAYS) == {DAY: 1}


def test_money_is_exact_over_many_rows() -> None:
    row = (ONE, to_day(DAY), None, "tokens", None, None, None, None, None, "", 1_234_567_891, "USD")
    with transaction():
        bulk_insert.insert(ChargeRow, [row] * 100_000)
    assert charges.totals(ONE, DAYS) == {DAY: Decimal("123456.7891")}


def test_what_is_finer_than_a_billionth_is_rounded_to_even() -> None:
    bill(charge("0.0000000005"), charge("0.0000000015"))
    assert [line.billed_cost for line in charges.by_day(ONE, DAYS)[DAY]] == [0, Decimal("0.000000002")]


def interrupted() -> None:
    with transaction():
        charges.replace(ONE, [DAY], [charge("9")], at=NOW)
        raise RuntimeError


def test_an_interrupted_replacement_changes_nothing() -> None:
    bill(charge("1"))
    with pytest.raises(RuntimeError):
        interrupted()
    assert charges.totals(ONE, DAYS) == {DAY: 1}


def test_usage_comes_back_as_it_went_in() -> None:
    rows = [
        usage(5, caller=None),
        usage(7, MIDNIGHT + HOUR, service_tier=None, inference_geo=None, workspace_id="wrkspc_1"),
    ]
    used(*rows)
    assert usages.on(ONE, DAY) == rows


def test_using_the_same_hours_twice_is_using_them_once() -> None:
    for _ in range(2):
        used(usage(5, caller=None, workspace_id=None), usage(6))
    assert sum(row.quantities[4] for row in usages.on(ONE, DAY)) == 11
    assert UsageRow.select().count() == 2


def test_hours_outside_the_window_stay() -> None:
    used(usage(1), usage(2, MIDNIGHT + 5 * HOUR), usage(3, MIDNIGHT + 6 * HOUR))
    used(usage(9, MIDNIGHT + 5 * HOUR), start=MIDNIGHT + 5 * HOUR, hours=1)
    assert [row.quantities[4] for row in usages.on(ONE, DAY)] == [1, 9, 3]


def without(hour: datetime, *rows: TokenUsage) -> None:
    """Replace a day but for an hour that cannot be read."""
    end = MIDNIGHT + 24 * HOUR
    with transaction():
        usages.replace(ONE, MIDNIGHT, end, rows, at=NOW, until=end, missing={hour})


def test_an_hour_that_is_missing_stays_as_it_was_and_its_day_known() -> None:
    nine = MIDNIGHT + 9 * HOUR
    used(usage(1), usage(2, hour=nine))
    without(nine, usage(3, hour=MIDNIGHT + HOUR))
    assert sorted(row.hour for row in usages.on(ONE, DAY)) == [MIDNIGHT + HOUR, nine]
    assert coverage.whole_days(ONE, "usage", Period.day(DAY)) == {DAY}


def test_a_day_is_known_until_an_hour_that_never_could_be_read() -> None:
    nine = MIDNIGHT + 9 * HOUR
    without(nine, usage(3, hour=nine + HOUR))
    assert [row.hour for row in usages.on(ONE, DAY)] == [nine + HOUR]
    assert coverage.covered_until_by_day(ONE, "usage", Period.day(DAY)) == {DAY: nine}
    used(usage(3, hour=nine))
    assert coverage.whole_days(ONE, "usage", Period.day(DAY)) == {DAY}


def test_rows_of_one_name_become_one() -> None:
    used(usage(1), usage(2))
    assert [row.quantities[4] for row in usages.on(ONE, DAY)] == [3]


def test_a_report_about_no_hours_changes_nothing() -> None:
    used(usage(1))
    used(start=MIDNIGHT, hours=0)
    used(start=MIDNIGHT + 3 * HOUR, hours=0)
    assert len(usages.on(ONE, DAY)) == 1
    assert coverage.days(ONE, "usage", DAYS) == {DAY}


def test_cells_are_usage_without_who_and_when() -> None:
    used(usage(1), usage(2, caller="apikey_2"), usage(4, MIDNIGHT + HOUR), usage(8, service_tier="batch"))
    cells = {row.service_tier: row for row in usages.cells_on(ONE, DAY)}
    assert {tier: row.quantities[4] for tier, row in cells.items()} == {"standard": 7, "batch": 8}
    assert {row.caller_id for row in cells.values()} == {None}


def test_many_tokens_fit() -> None:
    used(usage(10**15))
    assert usages.cells_on(ONE, DAY)[0].quantities[4] == 10**15


def test_a_label_keeps_its_number_and_none_is_zero() -> None:
    with transaction():
        first = text_ids.ids(ONE, ["a", None, "b"])
        second = text_ids.ids(ONE, ["b", "c", "é' \\"])
    assert first[None] == text_ids.NONE
    assert first["b"] == second["b"]
    assert text_ids.texts(ONE)[second["é' \\"]] == "é' \\"
    assert Label.select().count() == 4


def test_labels_belong_to_their_connection() -> None:
    with transaction():
        text_ids.ids(ONE, ["a"])
    assert text_ids.texts(2) == {text_ids.NONE: None}


def test_a_day_is_covered_whole_or_up_to_a_moment() -> None:
    bill(days=(DAY, NEXT))
    used(start=MIDNIGHT + 24 * HOUR, hours=3)
    assert coverage.days(ONE, "charges", DAYS) == {DAY, NEXT}
    assert coverage.until(ONE, "charges") == datetime(2026, 11, 22, tzinfo=UTC)
    assert coverage.days(ONE, "usage", DAYS) == {NEXT}
    assert coverage.until(ONE, "usage") == datetime(2026, 11, 22, tzinfo=UTC)


def test_a_running_day_is_covered_up_to_now() -> None:
    today = datetime(2026, 11, 22, tzinfo=UTC)
    used(start=today, hours=10)
    assert coverage.until(ONE, "usage") == NOW


def test_what_was_never_asked_is_unknown() -> None:
    assert coverage.days(ONE, "claude_code", DAYS) == set()
    assert coverage.until(ONE, "charges") is None
    assert coverage.last_day(ONE, "charges") is None
    assert coverage.fetched_at(ONE) is None


def test_the_latest_days_come_newest_first() -> None:
    days = [DAY - timedelta(days=n) for n in range(5)]
    bill(days=tuple(days))
    assert coverage.latest_days(ONE, "charges", before=DAY, count=2) == days[1:3]
    assert coverage.last_day(ONE, "charges") == DAY
    assert coverage.fetched_at(ONE) == NOW


def test_models_without_a_price_are_named_until_the_day_is_billed() -> None:
    used(usage(1))
    coverage.note_unpriced(ONE, DAY, ["claude-new-1", "claude-new-2"])
    assert coverage.unpriced(ONE, DAYS) == ["claude-new-1", "claude-new-2"]
    bill(charge("1"))
    assert coverage.unpriced(ONE, DAYS) == []


@pytest.mark.parametrize("day", [date(1970, 1, 1), DAY, date(1969, 12, 31), date(2999, 12, 31)])
def test_days_and_hours_are_kept_as_numbers(day: date) -> None:
    assert from_day(to_day(day)) == day
    hour = datetime(day.year, day.month, day.day, 23, tzinfo=UTC)
    assert from_hour(to_hour(hour + timedelta(minutes=59))) == hour
