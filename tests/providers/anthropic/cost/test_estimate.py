"""What today will cost, by what the latest days did cost."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from providers.anthropic.cost.attribution import attribute
from providers.anthropic.cost.estimate import BilledDay, Estimate, Rates, estimate, estimated_total, learn
from providers.anthropic.cost.prices import list_price
from providers.charge import Charge
from providers.money import dollars
from providers.usage import TokenUsage
from tests.providers import bills
from tests.providers.bills import DAY, HAIKU, charge, untied, usage

MILLION = 1_000_000
TODAY = DAY + timedelta(days=1)
NEVER_HEARD = "claude-brand-new-1"


def billed(dollars: str, *, day: date = DAY, **tokens: Any) -> BilledDay:
    """A day with one line of Opus output, $20 a million by the list."""
    return BilledDay(day, [charge(dollars, day=day)], [usage(**tokens)])


def total(estimate: Estimate) -> Decimal:
    return dollars(sum(line.cost for line in estimate.attribution.spend))


def cost(rates: Rates, *calls: TokenUsage, day: date = TODAY) -> Decimal:
    amount = total(estimate(day, calls, rates))
    assert abs(amount - estimated_total(day, calls, rates)) < Decimal("1e-6")
    return amount


def test_without_any_bill_list_prices_are_taken() -> None:
    rates = learn([])
    assert cost(rates, usage(output=MILLION)) == 20
    assert cost(rates, usage(uncached_input=MILLION, cache_read=MILLION)) == Decimal("4.2")
    assert cost(rates, usage(output=MILLION, service_tier="batch", inference_geo="us")) == 11
    assert cost(rates, usage(web_search=100)) == 1


def test_a_negotiated_discount_is_learned() -> None:
    assert cost(learn([billed("16", output=MILLION)]), usage(output=2 * MILLION)) == 32


def test_a_cell_never_billed_takes_the_discount_of_the_organization() -> None:
    rates = learn([billed("16", output=MILLION)])
    assert cost(rates, usage(uncached_input=MILLION, model=HAIKU)) == Decimal("0.8")


def test_refused_calls_make_the_rate_smaller() -> None:
    assert cost(learn([billed("10", output=MILLION)]), usage(output=MILLION)) == 10


def test_a_price_change_is_met_on_its_first_day() -> None:
    read: dict[str, Any] = {"model": "claude-sonnet-5-5", "cache_read": 10 * MILLION}
    last_old = date(2026, 10, 6)
    bill = charge("1", day=last_old, model="claude-sonnet-5-5", token_kind="cache_read")  # half of the list
    rates = learn([BilledDay(last_old, [bill], [usage(**read)])])
    assert cost(rates, usage(**read), day=last_old) == 1
    assert cost(rates, usage(**read), day=date(2026, 10, 7)) == Decimal("0.5")


def test_a_discount_is_met_in_full_on_its_second_day() -> None:
    days = [billed("16", output=MILLION), *[billed("20", output=MILLION)] * 6]
    assert cost(learn(days), usage(output=MILLION)) == 16


def test_a_rate_that_scatters_is_averaged_over_all_its_days() -> None:
    days = [billed(dollars, output=MILLION) for dollars in ("30", "20", "40", "20", "30", "20", "50")]
    assert cost(learn(days), usage(output=MILLION)) == 30


def test_one_odd_bill_among_many_is_left_out() -> None:
    days = [billed(dollars, output=MILLION) for dollars in ("20", "33", "20", "20", "20", "20", "20")]
    assert cost(learn(days), usage(output=MILLION)) == 20


def two_models(opus: str, haiku: str) -> BilledDay:
    calls = [usage(output=MILLION), usage(output=MILLION, model=HAIKU)]
    return BilledDay(DAY, [charge(opus), charge(haiku, model=HAIKU)], calls)


def test_a_cell_the_newest_bill_is_without_follows_the_others() -> None:
    rates = learn([billed("16", output=MILLION), two_models("20", "5")])
    assert cost(rates, usage(output=MILLION, model=HAIKU)) == 4


def test_an_odd_cell_does_not_set_the_price_of_a_new_one() -> None:
    rates = learn([two_models("18", "9")])  # some of Haiku's prompts at another price
    assert cost(rates, usage(output=MILLION, model="claude-fable-5-2")) == 36


def test_what_usage_does_not_count_comes_in_its_usual_proportion() -> None:
    day = BilledDay(DAY, [charge("20"), untied("1", "session_usage")], [usage(output=MILLION)])
    result = estimate(TODAY, [usage(output=2 * MILLION)], learn([day] * 3))
    assert {line.product: dollars(line.cost) for line in result.attribution.spend} == {
        "messages_api": 40,
        "managed_agents_api": 2,
    }


def test_what_was_billed_beside_only_once_is_not_expected_again() -> None:
    once = BilledDay(DAY, [charge("20"), untied("-9", "credit")], [usage(output=MILLION)])
    rates = learn([once, billed("20", output=MILLION), billed("20", output=MILLION)])
    assert cost(rates, usage(output=MILLION)) == 20


@pytest.mark.parametrize(
    "credit", [untied("-9", "credit"), charge("-9")], ids=["beside", "on the price of a model"]
)
@pytest.mark.parametrize("plain", [1, 2, 6])
def test_nothing_is_learned_from_a_day_with_a_credit(credit: Charge, plain: int) -> None:
    credited = BilledDay(DAY, [charge("20"), credit], [usage(output=MILLION)])
    rates = learn([credited, credited, *[billed("16", output=MILLION)] * plain])
    assert cost(rates, usage(output=MILLION)) == 16


def test_a_credit_on_every_day_is_a_discount() -> None:
    credited = BilledDay(DAY, [charge("20"), untied("-5", "credit")], [usage(output=MILLION)])
    assert cost(learn([credited] * 3), usage(output=MILLION)) == 15


def test_what_was_billed_more_than_a_week_of_bills_ago_is_forgotten() -> None:
    days = [*[billed("20", output=MILLION)] * 7, billed("1", output=MILLION)]
    assert cost(learn(days), usage(output=MILLION)) == 20


def test_an_unknown_model_is_named_and_not_counted_as_free() -> None:
    result = estimate(TODAY, [usage(output=5, model=NEVER_HEARD), usage(output=MILLION)], learn([]))
    assert result.unpriced == {NEVER_HEARD}
    assert total(result) == 20
    assert sum(line.quantities[4] for line in result.attribution.spend) == MILLION + 5


def test_an_unknown_model_is_priced_by_its_own_bill() -> None:
    bill = BilledDay(DAY, [charge("3", model=NEVER_HEARD)], [usage(output=10, model=NEVER_HEARD)])
    result = estimate(TODAY, [usage(output=20, model=NEVER_HEARD)], learn([bill]))
    assert total(result) == 6
    assert not result.unpriced


def test_web_searches_are_learned_though_they_are_billed_without_a_model() -> None:
    day = BilledDay(DAY, [untied("0.05", "web_search")], [usage(web_search=10)])
    assert cost(learn([day]), usage(web_search=100)) == Decimal("0.5")


def test_priority_tier_is_not_priced_by_token() -> None:
    result = estimate(TODAY, [usage(output=MILLION, service_tier="priority")], learn([]))
    assert total(result) == 0
    assert not result.unpriced


def test_a_bill_without_usage_teaches_nothing() -> None:
    assert cost(learn([BilledDay(DAY, [charge("9")], [])]), usage(output=MILLION)) == 20


@given(bills.charges, bills.usages)
def test_any_bill_can_be_learned_from_and_any_day_estimated(
    bill: list[Charge], calls: list[TokenUsage]
) -> None:
    result = estimate(TODAY, calls, learn([BilledDay(DAY, bill, calls)]))
    assert total(result) == dollars(sum(kind.cost for kind in result.attribution.kinds))
    assert not result.unpriced


def test_an_estimate_by_its_own_bill_is_the_bill() -> None:
    calls = [usage("b", output=300, hour=3), usage("a", output=700), usage("a", uncached_input=50)]
    bill = [charge("0.013"), charge("0.0001", token_kind="uncached_input")]
    estimated = estimate(DAY, calls, learn([BilledDay(DAY, bill, calls)])).attribution
    assert estimated.spend == attribute(DAY, bill, calls).spend


@pytest.mark.parametrize(
    ("model", "kind", "dollars"),
    [
        ("claude-opus-5-5", "cache_read", "0.20"),
        ("claude-fable-5-2", "cache_write_1h", "16"),
        ("claude-haiku-5-5", "uncached_input", "0.10"),
    ],
)
def test_list_prices_are_dollars_a_million(model: str, kind: str, dollars: str) -> None:
    price = list_price(model, kind, DAY)
    assert price is not None
    assert price * MILLION == Decimal(dollars)


def test_a_kind_without_price_has_none() -> None:
    assert list_price("claude-opus-5-5", "tokens_of_tomorrow", DAY) is None
