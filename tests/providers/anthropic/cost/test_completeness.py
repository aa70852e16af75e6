"""Whether a bill is whole, beside the usage of its day."""

from decimal import Decimal

import pytest

from providers.anthropic.cost.completeness import Expectation, expect, gross, is_whole
from providers.anthropic.cost.estimate import BilledDay
from providers.charge import Charge
from providers.period import DAY as ONE_DAY
from providers.usage import TokenUsage
from tests.providers.bills import DAY, HAIKU, charge, untied, usage

MILLION = 1_000_000  # output tokens of Opus: $20 by list


def expected(*rows: TokenUsage, earlier: list[BilledDay] | None = None) -> Expectation:
    return expect(DAY, rows, earlier or [])


def before(lines: list[Charge], rows: list[TokenUsage]) -> list[BilledDay]:
    """Three days alike."""
    return [BilledDay(DAY - age * ONE_DAY, lines, rows) for age in (1, 2, 3)]


def test_an_empty_bill_is_whole_only_where_nothing_was_used() -> None:
    assert is_whole([], expected())
    assert not is_whole([], expected(usage(output=MILLION)))


def test_less_than_a_cent_is_nothing_either_way() -> None:
    assert is_whole([], expected(usage(output=400)))
    assert not is_whole([], expected(usage(output=600)))


def test_what_one_pays_is_learned_from_earlier_bills() -> None:
    half_price = before([charge("10")], [usage(output=MILLION)])
    assert is_whole([charge("10")], expected(usage(output=MILLION), earlier=half_price))
    assert not is_whole([charge("5")], expected(usage(output=MILLION), earlier=half_price))


def test_before_any_bill_a_large_discount_is_possible_and_a_half_bill_is_not_whole() -> None:
    assert is_whole([charge("13")], expected(usage(output=MILLION)))
    assert not is_whole([charge("10")], expected(usage(output=MILLION)))


SMALL = {
    "workspace": (usage(workspace_id="wrkspc_1", output=MILLION // 4), charge("5", workspace_id="wrkspc_1")),
    "model": (usage(model=HAIKU, output=MILLION), charge("5", model=HAIKU)),
    "kind": (usage(uncached_input=MILLION * 5 // 4), charge("5", token_kind="uncached_input")),
}


@pytest.mark.parametrize("which", SMALL)
def test_a_missing_part_is_noticed_though_the_day_is_hardly_short(which: str) -> None:
    row, line = SMALL[which]
    rows = [usage(output=4 * MILLION), row]
    usual = before([charge("80"), line], rows)
    assert is_whole([charge("79"), line], expected(*rows, earlier=usual))
    assert not is_whole([charge("80")], expected(*rows, earlier=usual))


def test_a_part_of_less_than_a_fiftieth_is_within_the_estimates_error() -> None:
    rows = [usage(output=4 * MILLION), usage(model=HAIKU, output=MILLION)]
    usual = before([charge("80"), charge("1", model=HAIKU)], rows)
    assert is_whole([charge("80")], expected(*rows, earlier=usual))


def test_what_stands_elsewhere_is_not_missing() -> None:
    rows = [usage(output=MILLION), usage(workspace_id="wrkspc_1", output=MILLION)]
    assert is_whole([charge("40")], expected(*rows))


def test_charges_that_name_no_model_mean_them_all() -> None:
    rows = [usage(output=MILLION), usage(model=HAIKU, output=MILLION)]
    assert is_whole([charge("25", model=None)], expected(*rows))
    assert not is_whole([charge("5", model=None)], expected(*rows))


def test_priority_tier_is_billed_elsewhere() -> None:
    assert is_whole([], expected(usage(output=MILLION, service_tier="priority")))


def test_what_is_never_charged_is_not_expected() -> None:
    rows = [usage(output=MILLION), usage(model=HAIKU, output=9 * MILLION)]
    free = before([charge("20")], rows)
    assert is_whole([charge("20")], expected(*rows, earlier=free))
    assert not is_whole([charge("20")], expected(*rows))


def test_what_is_often_refused_is_expected_as_often_as_it_is_charged() -> None:
    refused = usage(workspace_id="wrkspc_1", output=MILLION)
    rows = [usage(output=MILLION), refused]
    mostly = before([charge("20"), charge("2", workspace_id="wrkspc_1")], rows)
    bill = [charge("20"), charge("2.10", workspace_id="wrkspc_1")]
    assert is_whole(bill, expected(*rows, earlier=mostly))


def test_code_execution_and_credits_explain_nothing() -> None:
    other = [untied("500", "code_execution"), untied("500", "session_usage")]
    assert not is_whole(other, expected(usage(output=MILLION)))
    assert is_whole([charge("20"), charge("-2500.005")], expected(usage(output=MILLION)))


def test_searches_are_expected_where_tokens_are() -> None:
    row = usage(web_search=1000)
    assert not is_whole([], expected(row))
    assert is_whole([untied("10", "web_search")], expected(row))


def test_usage_without_a_price_needs_some_charge_until_it_is_known_to_be_free() -> None:
    row = usage(model="claude-next-9", output=MILLION)
    assert not is_whole([], expected(row))
    assert is_whole([charge("3", model="claude-next-9")], expected(row))
    assert is_whole([], expected(row, earlier=before([], [row])))


def test_gross_leaves_credits_out() -> None:
    assert gross([charge("20"), charge("-5"), charge("0")]) == Decimal(20)
