"""What holds of every bill over every usage, however odd."""

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.anthropic.cost.attribution import attribute, spread
from providers.charge import Charge
from providers.money import dollars
from providers.spend import Attribution, Spend
from providers.usage import QUANTITIES, TokenUsage, is_tokens
from tests.providers import bills
from tests.providers.bills import DAY

Bill = list[Charge]
Calls = list[TokenUsage]
Sums = dict[str | None, Decimal]

NOTHING, BILLIONTH = Decimal(0), Decimal("1e-9")
calls_twice = st.lists(bills.usages, max_size=3).map(lambda days: [row for day in days for row in day])
"""Usage in which a call may be reported more than once."""
debits = bills.charges.map(lambda bill: [with_cost(line, abs(line.billed_cost)) for line in bill])
credits_only = bills.charges.map(lambda bill: [with_cost(line, -abs(line.billed_cost)) for line in bill])


def with_cost(line: Charge, cost: Decimal) -> Charge:
    return msgspec.structs.replace(line, billed_cost=cost)


def billed_by(bill: Bill, name: Callable[[Charge], str | None]) -> Sums:
    sums: Sums = defaultdict(Decimal)
    for line in bill:
        sums[name(line)] += line.billed_cost
    return {name: cost for name, cost in sums.items() if cost}


def spent_by(attribution: Attribution, name: Callable[[Spend], str | None]) -> Sums:
    sums: Sums = defaultdict(Decimal)
    for line in attribution.spend:
        sums[name(line)] += dollars(line.cost)
    return {name: cost for name, cost in sums.items() if cost}


@given(bills.charges, calls_twice)
def test_the_day_sums_to_the_bill(bill: Bill, calls: Calls) -> None:
    assert spent_by(attribute(DAY, bill, calls), lambda _: "day") == billed_by(bill, lambda _: "day")


@given(bills.charges, calls_twice)
def test_every_workspace_pays_its_own_lines(bill: Bill, calls: Calls) -> None:
    spent = spent_by(attribute(DAY, bill, calls), lambda line: line.workspace_id)
    assert spent == billed_by(bill, lambda line: line.workspace_id)


@given(bills.charges, calls_twice)
def test_every_model_and_what_is_none_pays_its_own_lines(bill: Bill, calls: Calls) -> None:
    def thing(line: Charge) -> str | None:
        kind = line.token_kind or line.cost_type
        return line.model or (None if is_tokens(kind) else kind)

    spent = spent_by(attribute(DAY, bill, calls), lambda line: line.model)
    assert spent == billed_by(bill, thing)


@given(bills.charges, calls_twice)
def test_every_kind_costs_what_its_lines_say(bill: Bill, calls: Calls) -> None:
    sums: Sums = defaultdict(Decimal)
    for kind in attribute(DAY, bill, calls).kinds:
        sums[kind.kind] += dollars(kind.cost)
    spent = {kind: cost for kind, cost in sums.items() if cost}
    assert spent == billed_by(bill, lambda line: line.token_kind or line.cost_type)


@given(bills.charges, calls_twice, st.randoms())
def test_neither_the_order_of_the_bill_nor_that_of_usage_matters(
    bill: Bill, calls: Calls, chance: Random
) -> None:
    one = attribute(DAY, bill, calls)
    other = attribute(DAY, chance.sample(bill, len(bill)), chance.sample(calls, len(calls)))
    assert sorted(map(repr, one.spend)) == sorted(map(repr, other.spend))
    assert sorted(map(repr, one.kinds)) == sorted(map(repr, other.kinds))


@given(debits, calls_twice)
def test_charges_make_no_share_negative(bill: Bill, calls: Calls) -> None:
    attribution = attribute(DAY, bill, calls)
    assert all(line.cost >= 0 for line in attribution.spend)
    assert all(kind.cost >= 0 for kind in attribution.kinds)


@given(credits_only, calls_twice)
def test_credits_make_no_share_positive(bill: Bill, calls: Calls) -> None:
    attribution = attribute(DAY, bill, calls)
    assert all(line.cost <= 0 for line in attribution.spend)
    assert all(kind.cost <= 0 for kind in attribution.kinds)


@given(bills.charges, bills.usages)
def test_equal_calls_have_equal_shares_of_each_line_to_a_billionth(bill: Bill, calls: Calls) -> None:
    twins = [
        msgspec.structs.replace(row, caller_id=name) for row in calls for name in ("apikey_1", "apikey_2")
    ]
    spent = spent_by(attribute(DAY, bill, twins), lambda line: line.caller_id)
    assert abs(spent.get("apikey_1", NOTHING) - spent.get("apikey_2", NOTHING)) <= BILLIONTH * len(
        bill
    ) * len(calls)


@given(bills.charges, calls_twice)
def test_refused_tokens_have_no_dollars_of_another_model(bill: Bill, calls: Calls) -> None:
    refused = [msgspec.structs.replace(row, model="claude-refused-1") for row in calls]
    attribution = attribute(DAY, bill, [*calls, *refused]).spend
    assert not any(line.cost for line in attribution if line.model == "claude-refused-1")


@pytest.mark.parametrize("tier", ["priority", "priority_on_demand"])
@given(bill=bills.charges, calls=bills.usages)
def test_committed_capacity_has_no_dollars(tier: str, bill: Bill, calls: Calls) -> None:
    committed = [msgspec.structs.replace(row, service_tier=tier) for row in calls]
    attribution = attribute(DAY, bill, committed)
    assert not any(line.cost for line in attribution.spend if any(line.quantities) and line.caller_id)
    for column, kind in enumerate(QUANTITIES):
        counted = sum(one.quantity for one in attribution.kinds if one.kind == kind)
        assert counted == sum(row.quantities[column] for row in committed)


amounts = st.integers(-(10**15), 10**15)
weighed = st.lists(st.integers(0, 10**12), min_size=1, max_size=40).filter(any)


@given(amounts, weighed)
def test_whole_shares_sum_and_lie_within_one_of_the_exact_ones(amount: int, weights: list[int]) -> None:
    shares, whole = spread(amount, weights), sum(weights)
    assert sum(shares) == amount
    assert all(
        abs(share * whole - amount * weight) < whole for share, weight in zip(shares, weights, strict=True)
    )


@given(amounts, weighed, st.randoms())
def test_who_comes_first_changes_only_who_has_which_equal_remainder(
    amount: int, weights: list[int], chance: Random
) -> None:
    shuffled = chance.sample(weights, len(weights))
    assert sorted(spread(amount, weights)) == sorted(spread(amount, shuffled))


@given(amounts, weighed)
def test_no_weight_is_no_share(amount: int, weights: list[int]) -> None:
    shares = spread(amount, [*weights, 0])
    assert shares[-1] == 0


@given(st.integers(0, 10**15), weighed)
def test_more_weight_is_never_a_smaller_share(amount: int, weights: list[int]) -> None:
    shares = [share for _, share in sorted(zip(weights, spread(amount, weights), strict=True))]
    assert shares == sorted(shares)
