"""The bill follows the tokens, and sums to itself whatever it holds."""

from collections import defaultdict
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from providers.anthropic.cost.attribution import attribute, spread
from providers.charge import Charge
from providers.money import dollars
from providers.spend import Attribution
from providers.usage import QUANTITIES, TokenUsage, is_tokens
from tests.providers import bills
from tests.providers.bills import DAY, HAIKU, MIDNIGHT, charge, untied, usage

Bill = list[Charge]
Calls = list[TokenUsage]


def by_caller(attribution: Attribution) -> dict[str | None, Decimal]:
    sums: dict[str | None, Decimal] = defaultdict(Decimal)
    for line in attribution.spend:
        sums[line.caller_id] += dollars(line.cost)
    return sums


@given(bills.charges, bills.usages)
def test_shares_sum_to_the_bill_to_the_billionth(bill: Bill, calls: Calls) -> None:
    attribution = attribute(DAY, bill, calls)
    billed = sum(line.billed_cost for line in bill)
    assert dollars(sum(line.cost for line in attribution.spend)) == billed
    assert dollars(sum(kind.cost for kind in attribution.kinds)) == billed


@given(bills.charges, bills.usages)
def test_both_views_agree_hour_by_hour(bill: Bill, calls: Calls) -> None:
    attribution = attribute(DAY, bill, calls)
    for hour in {line.hour for line in attribution.spend} | {kind.hour for kind in attribution.kinds}:
        assert sum(s.cost for s in attribution.spend if s.hour == hour) == sum(
            k.cost for k in attribution.kinds if k.hour == hour
        )


@given(bills.charges, bills.usages)
def test_every_model_and_workspace_has_what_the_bill_says(bill: Bill, calls: Calls) -> None:
    attribution = attribute(DAY, bill, calls).spend
    for name in {(line.workspace_id, _thing(line)) for line in bill}:
        billed = sum(line.billed_cost for line in bill if (line.workspace_id, _thing(line)) == name)
        spent = sum(line.cost for line in attribution if (line.workspace_id, line.model) == name)
        assert dollars(spent) == billed


def _thing(line: Charge) -> str | None:
    kind = line.token_kind or line.cost_type
    return line.model or (None if is_tokens(kind) else kind)


def test_a_day_without_usage_has_its_bill_at_noon() -> None:
    (spent,) = attribute(DAY, [charge("4")], []).spend
    assert (spent.hour.hour, int(dollars(spent.cost)), spent.caller_id) == (12, 4, None)


@given(bills.charges, bills.usages)
def test_every_token_is_kept_in_both_views(bill: Bill, calls: Calls) -> None:
    attribution = attribute(DAY, bill, calls)
    for column, kind in enumerate(QUANTITIES):
        counted = sum(row.quantities[column] for row in calls)
        assert sum(line.quantities[column] for line in attribution.spend) == counted
        assert sum(k.quantity for k in attribution.kinds if k.kind == kind) == counted


@given(bills.charges, bills.usages, st.randoms())
def test_the_order_of_usage_changes_nothing_but_the_order(bill: Bill, calls: Calls, chance: Random) -> None:
    shuffled = chance.sample(calls, len(calls))
    one, other = attribute(DAY, bill, calls), attribute(DAY, bill, shuffled)
    assert sorted(map(repr, one.spend)) == sorted(map(repr, other.spend))
    assert sorted(map(repr, one.kinds)) == sorted(map(repr, other.kinds))


@given(st.integers(-(10**15), 10**15), st.lists(st.integers(0, 10**12), min_size=1).filter(any))
def test_whole_shares_are_never_further_than_one_from_the_exact_ones(amount: int, weights: list[int]) -> None:
    shares = spread(amount, weights)
    assert sum(shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * sum(weights) - amount * weight) < sum(weights)


def test_a_line_is_shared_by_the_tokens_it_was_billed_for() -> None:
    calls = [usage("apikey_1", output=1, uncached_input=1000), usage("apikey_2", output=3)]
    assert by_caller(attribute(DAY, [charge("4")], calls)) == {"apikey_1": 1, "apikey_2": 3}


def test_a_credit_is_shared_as_the_charge_was() -> None:
    calls = [usage("apikey_1", output=1), usage("apikey_2", output=1)]
    attribution = attribute(DAY, [charge("3"), charge("-1")], calls)
    assert by_caller(attribution) == {"apikey_1": 1, "apikey_2": 1}


def test_workspaces_models_and_tiers_pay_their_own_lines() -> None:
    calls = [
        usage("a", output=1),
        usage("b", output=1, workspace_id="wrkspc_1"),
        usage("c", output=1, model=HAIKU),
        usage("d", output=1, service_tier="batch"),
    ]
    bill = [
        charge("1"),
        charge("2", workspace_id="wrkspc_1"),
        charge("3", model=HAIKU),
        charge("4", service_tier="batch"),
    ]
    assert by_caller(attribute(DAY, bill, calls)) == {"a": 1, "b": 2, "c": 3, "d": 4}


def test_a_line_that_names_no_tier_follows_workspace_and_model() -> None:
    calls = [usage("a", output=1), usage("b", output=1, model=HAIKU)]
    assert by_caller(attribute(DAY, [charge("1", service_tier=None)], calls)) == {"a": 1, "b": 0}


def test_refused_and_priority_calls_keep_their_tokens_and_cost_nothing() -> None:
    calls = [usage("refused", output=9, model=HAIKU), usage("committed", output=9, service_tier="priority")]
    attribution = attribute(DAY, [charge("1")], [*calls, usage("paid", output=1)])
    assert by_caller(attribution) == {"refused": 0, "committed": 0, "paid": 1}
    assert {line.quantities[4] for line in attribution.spend} == {9, 1}


def test_a_bill_without_usage_stays_without_a_caller() -> None:
    assert by_caller(attribute(DAY, [charge("1")], [])) == {None: 1}


def test_code_execution_stands_at_noon_under_its_own_name() -> None:
    attribution = attribute(DAY, [untied("24", "code_execution")], [usage(output=1)])
    (spent,) = [line for line in attribution.spend if line.product == "code_execution"]
    assert (spent.hour.hour, dollars(spent.cost)) == (12, Decimal(24))
    assert (spent.caller_id, spent.model) == ("=code_execution", "code_execution")


def test_session_runtime_is_a_product_of_its_own() -> None:
    (line,) = attribute(DAY, [untied("1", "session_usage")], []).spend
    assert (line.caller_id, line.product) == ("=session_usage", "managed_agents_api")


def test_web_searches_follow_who_searched_whatever_the_model() -> None:
    calls = [usage("a", web_search=1), usage("b", web_search=3, model=HAIKU), usage("c", output=5)]
    attribution = attribute(DAY, [untied("0.04", "web_search")], calls)
    assert by_caller(attribution) == {"a": Decimal("0.01"), "b": Decimal("0.03"), "c": 0}


def test_searches_billed_to_a_workspace_where_nobody_searched_stay_without_a_caller() -> None:
    calls = [usage("a", web_search=1, workspace_id="wrkspc_1")]
    attribution = attribute(DAY, [untied("0.01", "web_search")], calls)
    assert by_caller(attribution) == {"a": 0, None: Decimal("0.01")}


def test_costs_lie_in_the_hours_of_their_tokens() -> None:
    attribution = attribute(DAY, [charge("4")], [usage(output=1, hour=0), usage(output=3, hour=23)])
    assert {line.hour.hour: dollars(line.cost) for line in attribution.spend} == {
        0: Decimal(1),
        23: Decimal(3),
    }


def test_products_are_told_by_workspace_tier_and_caller() -> None:
    calls = [
        usage("apikey_1", output=1, workspace_id="wrkspc_code"),
        usage("user_1", output=1),
        usage("apikey_2", output=1, service_tier="batch"),
        usage(None, output=1),
        usage("apikey_3", output=1),
    ]
    attribution = attribute(DAY, [], calls, claude_code={"wrkspc_code"})
    assert {line.caller_id: line.product for line in attribution.spend} == {
        "apikey_1 claude_code": "claude_code",
        "user_1 claude_code": "claude_code",
        "apikey_2": "message_batches_api",
        None: "claude_console",
        "apikey_3": "messages_api",
    }


def test_a_kind_of_tomorrow_is_a_kind_of_its_own() -> None:
    attribution = attribute(DAY, [charge("24", token_kind="tokens_of_tomorrow")], [usage(output=1)])
    assert {kind.kind for kind in attribution.kinds if kind.cost} == {"tokens_of_tomorrow"}
    assert attribution.kinds[0].hour >= MIDNIGHT
