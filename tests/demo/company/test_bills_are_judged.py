"""Three weeks of an organization whose bills are whole, and of bills that hold half: none is mistaken."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from msgspec import structs

from demo.company.ledger import Discount
from demo.company.organization import Organization
from demo.company.workload import Habits
from providers.anthropic.cost.completeness import Expectation, expect, is_whole
from providers.anthropic.cost.estimate import LEARN_FROM, BilledDay
from providers.charge import Charge
from providers.period import DAY, Period
from tests.demo.company.test_estimates_hold import DISCOUNT, billed_day

DAYS = Period(date(2026, 10, 16), date(2026, 11, 6))  # with weekends, and a discount that begins


def judged(organization: Organization, period: Period = DAYS) -> Iterator[tuple[BilledDay, Expectation]]:
    walked = Period(period.start - LEARN_FROM * DAY, period.end)
    days = [billed_day(organization, day) for day in walked.days()]
    for number in range(LEARN_FROM, len(days)):
        today, earlier = days[number], days[number - LEARN_FROM : number][::-1]
        yield today, expect(today.day, today.usage, earlier)


@pytest.mark.parametrize(("seed", "engineers", "refused"), [(21, 24, 0.02), (22, 6, 0.05), (23, 1, 0.05)])
def test_no_whole_bill_is_called_short_and_no_half_one_whole(
    seed: int, engineers: int, refused: float
) -> None:
    habits = Habits(refused_share=refused)
    for day, expected in judged(Organization(seed, engineers=engineers, discount=DISCOUNT, habits=habits)):
        assert is_whole(day.charges, expected), day.day
        assert not is_whole([], expected), day.day
        assert not is_whole(sorted(day.charges, key=str)[::2], expected), day.day
        assert not is_whole([by(line, "0.75") for line in day.charges], expected), day.day


def by(line: Charge, part: str) -> Charge:
    return structs.replace(line, billed_cost=line.billed_cost * Decimal(part))


def test_a_workspace_or_a_model_that_costs_a_twentieth_is_missed() -> None:
    checked = 0
    for day, expected in judged(Organization(21, discount=DISCOUNT)):
        whole = sum(line.billed_cost for line in day.charges)
        for name in ("workspace_id", "model"):
            for value in {getattr(line, name) for line in day.charges if line.model}:
                rest = [line for line in day.charges if getattr(line, name) != value]
                if sum(line.billed_cost for line in rest) < whole * Decimal("0.95"):
                    assert not is_whole(rest, expected), (day.day, value)
                    checked += 1
    assert checked > 20


def test_a_large_new_discount_is_not_explained_before_it_was_seen_once() -> None:
    discount = Discount(DISCOUNT.share * 4, since=date(2026, 10, 20))
    short = [
        day.day
        for day, expected in judged(Organization(21, discount=discount))
        if not is_whole(day.charges, expected)
    ]
    assert short == [discount.since]
