"""What was used and is not on the bill."""

from hypothesis import given

from providers.anthropic.cost.unbilled import unbilled
from providers.charge import Charge
from providers.spend import Unbilled
from providers.usage import TokenUsage
from tests.providers import bills
from tests.providers.bills import HAIKU, OPUS, charge, untied, usage


def test_what_is_billed_is_not_named() -> None:
    assert unbilled([charge("1")], [usage(output=5)]) == []


def test_without_a_charge_for_its_price_usage_was_refused_or_free() -> None:
    refused = [usage(output=5, model=HAIKU), usage("apikey_2", output=2, model=HAIKU, hour=3)]
    assert unbilled([charge("1")], [usage(output=9), *refused]) == [Unbilled("not_charged", None, HAIKU, 7)]


def test_every_dimension_of_a_price_counts() -> None:
    calls = [
        usage(output=1, workspace_id="wrkspc_1"),
        usage(output=1, uncached_input=1),
        usage(output=1, service_tier="batch"),
        usage(output=1, context_window="200k-1M"),
        usage(output=1, inference_geo="us"),
    ]
    assert unbilled([charge("1")], calls) == [
        Unbilled("not_charged", None, OPUS, 4),
        Unbilled("not_charged", "wrkspc_1", OPUS, 1),
    ]


def test_refused_requests_beside_paid_ones_of_the_same_price_cannot_be_told() -> None:
    assert unbilled([charge("1")], [usage(output=5), usage("refused", output=5)]) == []


def test_priority_tier_has_a_name_of_its_own() -> None:
    calls = [usage(output=5, service_tier="priority"), usage(output=1, service_tier="priority_on_demand")]
    assert unbilled([charge("1")], calls) == [Unbilled("priority_tier", None, OPUS, 6)]


def test_a_charge_without_tier_stands_for_every_tier() -> None:
    calls = [usage(output=5), usage(output=5, service_tier="batch"), usage(output=5, model=HAIKU)]
    result = unbilled([charge("1", service_tier=None)], calls)
    assert result == [Unbilled("not_charged", None, HAIKU, 5)]


def test_a_charge_for_no_model_stands_for_them_all() -> None:
    assert unbilled([charge("1", model=None)], [usage(output=5), usage(output=5, model=HAIKU)]) == []


def test_web_searches_are_no_tokens() -> None:
    assert unbilled([untied("1", "code_execution")], [usage(web_search=3)]) == []


def test_a_day_with_nothing_on_the_bill_names_everything() -> None:
    assert unbilled([], [usage(output=5), usage(uncached_input=6)]) == [
        Unbilled("not_charged", None, OPUS, 11)
    ]


def tokens(lines: list[Unbilled]) -> int:
    return sum(one.tokens for one in lines)


@given(bills.charges, bills.usages)
def test_whatever_is_billed_only_takes_away_from_what_is_named(
    bill: list[Charge], calls: list[TokenUsage]
) -> None:
    everything = sum(sum(row.quantities[:5]) for row in calls)
    priority = [row for row in calls if row.service_tier == "priority"]
    assert tokens(unbilled([], calls)) == everything
    assert tokens(unbilled([], priority)) <= tokens(unbilled(bill, calls)) <= everything
