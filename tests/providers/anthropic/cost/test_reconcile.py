"""What Anthropic told by the hour, beside the bill that has the last word."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from providers.anthropic.cost.reconcile import as_reported, reconcile
from providers.charge import Charge
from providers.money import dollars
from providers.reported import ReportedKind, ReportedSpend
from providers.spend import Attribution
from providers.usage import is_tokens
from tests.providers import bills
from tests.providers.bills import DAY, HAIKU, MIDNIGHT, OPUS, charge, untied

NINE = MIDNIGHT + timedelta(hours=9)
SIX = (0, 0, 0, 0, 7, 0)


def line(cost: str, caller: str | None = "apikey_1", **other: Any) -> ReportedSpend:
    plain = {"workspace_id": None, "model": OPUS, "product": "messages_api", "list_cost": Decimal(cost)}
    return ReportedSpend(
        hour=NINE, caller_id=caller, cost=Decimal(cost), quantities=SIX, **{**plain, **other}
    )


def kind(cost: str, name: str = "output", model: str | None = OPUS) -> ReportedKind:
    return ReportedKind(NINE, None, model, name, Decimal(cost), Decimal(cost))


def by_caller(attribution: Attribution) -> dict[str | None, Decimal]:
    sums: dict[str | None, Decimal] = defaultdict(Decimal)
    for each in attribution.spend:
        sums[each.caller_id] += dollars(each.cost)
    return sums


def test_a_day_that_was_reported_as_it_is_billed_has_no_difference() -> None:
    attribution = reconcile(DAY, [charge("4")], [line("1"), line("3", "apikey_2 user_2")], [kind("4")])
    assert by_caller(attribution) == {"apikey_1": 1, "apikey_2 user_2": 3}
    assert [(each.kind, dollars(each.cost), each.quantity) for each in attribution.kinds] == [
        ("output", Decimal(4), 14)
    ]


def test_what_the_bill_has_more_is_a_line_of_its_own_at_noon() -> None:
    attribution = reconcile(DAY, [charge("4.5")], [line("4")], [kind("4")])
    assert by_caller(attribution) == {"apikey_1": 4, "=difference": Decimal("0.5")}
    (extra,) = [each for each in attribution.spend if each.caller_id == "=difference"]
    assert (extra.hour.hour, extra.model, extra.product) == (12, OPUS, "difference")


def test_what_the_bill_has_less_is_taken_off_in_that_line_alone() -> None:
    attribution = reconcile(DAY, [charge("3")], [line("4")], [kind("4")])
    assert by_caller(attribution) == {"apikey_1": 4, "=difference": -1}


def test_models_that_differ_against_each_other_both_show() -> None:
    bill = [charge("1"), charge("3", model=HAIKU)]
    attribution = reconcile(DAY, bill, [line("4")], [kind("4")])
    assert sorted((e.model, dollars(e.cost)) for e in attribution.spend if e.caller_id == "=difference") == [
        (HAIKU, Decimal(3)),
        (OPUS, Decimal(-3)),
    ]


def test_code_execution_that_both_know_of_is_reported_once() -> None:
    ours = line("2", "=code_execution", model="code_execution", product="code_execution")
    attribution = reconcile(DAY, [untied("2", "code_execution")], [ours], [kind("2", "code_execution", None)])
    assert by_caller(attribution) == {"=code_execution": 2}


def test_the_list_price_is_kept_by_the_hour() -> None:
    (listed,) = as_reported([line("1", list_cost=Decimal(2)), line("3", list_cost=Decimal(3))], []).listed
    assert (listed.hour, dollars(listed.cost), dollars(listed.list_cost)) == (NINE, Decimal(4), Decimal(5))


_amounts = st.decimals(-100, 100, places=9)
_reported_lines = st.lists(
    st.tuples(_amounts, st.sampled_from([OPUS, HAIKU]), st.sampled_from(["output", "cache_read"])),
    max_size=6,
)


@given(bills.charges, _reported_lines)
def test_whatever_was_reported_the_day_is_the_bills(
    bill: list[Charge], heard: list[tuple[Decimal, str, str]]
) -> None:
    lines = [line(str(amount), model=model) for amount, model, _ in heard]
    attribution = reconcile(
        DAY, bill, lines, [kind(str(amount), name, model) for amount, model, name in heard]
    )
    billed: dict[tuple[str | None, str | None], Decimal] = defaultdict(Decimal)
    for each in bill:
        what = each.token_kind or each.cost_type
        billed[each.workspace_id, each.model or (None if is_tokens(what) else what)] += each.billed_cost
    by_place: dict[tuple[str | None, str | None], Decimal] = defaultdict(Decimal)
    for share in attribution.spend:
        by_place[share.workspace_id, share.model] += dollars(share.cost)
    assert {place: cost for place, cost in by_place.items() if cost} == {
        place: cost for place, cost in billed.items() if cost
    }
    assert dollars(sum(each.cost for each in attribution.kinds)) == sum(each.billed_cost for each in bill)
