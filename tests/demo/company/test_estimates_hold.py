"""Sixty days of an organization, each estimated as we would have at its end, beside the bill that came."""

from collections import Counter
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from statistics import median

import pytest

from demo.company.ledger import Discount
from demo.company.organization import Organization
from demo.company.workload import Habits
from digests.numbers.accuracy import Band, band
from providers.anthropic.cost.estimate import LEARN_FROM, BilledDay, estimated_total, learn
from providers.anthropic.reports.names import token_kind, undated
from providers.charge import Charge
from providers.period import DAY, Period
from providers.usage import TokenUsage

JUDGED = Period(date(2026, 9, 24), date(2026, 11, 23))  # a price cut, two new models, a runaway loop
DISCOUNT = Discount(Fraction(8, 100), since=date(2026, 10, 20))
REMEMBERED = 30  # days of errors behind a band
BEFORE = LEARN_FROM + REMEMBERED

Estimates = dict[date, tuple[Decimal, Band | None]]
"""The error of each day's estimate, and the band that was printed with it."""


def billed_day(organization: Organization, day: date) -> BilledDay:
    """A day as the two reports would have it, added up as storage adds it up to judge bills by."""
    counts: dict[tuple[str | None, str, str, str, str], Counter[int]] = {}
    for row in organization.usage(day):
        terms = row.terms
        cell = (terms.model, terms.service_tier, terms.context_window, terms.inference_geo)
        counts.setdefault((row.workspace_id, *cell), Counter()).update(
            dict(enumerate((*row.tokens, row.web_searches)))
        )
    charges = [
        Charge(
            day=day,
            workspace_id=line.workspace_id,
            cost_type=line.cost_type,
            model=undated(line.model),
            token_kind=token_kind(line.token_type),
            service_tier=line.service_tier,
            context_window=line.context_window,
            inference_geo=line.inference_geo,
            description=line.description,
            billed_cost=dollars,
            currency="USD",
        )
        for line, dollars in organization.books.lines(day).items()
    ]
    return BilledDay(day, charges, [_usage(day, *cell, count) for cell, count in counts.items()])


def _usage(
    day: date, workspace: str | None, model: str, tier: str, window: str, geo: str, count: Counter[int]
) -> TokenUsage:
    return TokenUsage(
        hour=datetime.combine(day, time(), UTC),
        workspace_id=workspace,
        caller_id=None,
        model=undated(model) or "",
        service_tier=tier,
        context_window=window,
        inference_geo=geo,
        quantities=(count[0], count[1], count[2], count[3], count[4], count[5]),
    )


def walk(organization: Organization) -> Estimates:
    start = JUDGED.start - BEFORE * DAY
    days = [billed_day(organization, day) for day in Period(start, JUDGED.end).days()]
    estimates: Estimates = {}
    for number in range(LEARN_FROM, len(days)):
        today, earlier = days[number], days[number - LEARN_FROM : number]
        estimated = estimated_total(today.day, today.usage, learn(earlier[::-1]))
        billed = sum((charge.billed_cost for charge in today.charges), Decimal(0))
        recorded = [error for error, _ in list(estimates.values())[-REMEMBERED:]]
        estimates[today.day] = estimated / billed - 1, band(recorded)
    return {day: each for day, each in estimates.items() if day in JUDGED}


def holds(error: Decimal, printed: Band | None) -> bool:
    return printed is not None and abs(error) <= printed.half_width


@pytest.mark.parametrize("seed", range(21, 29))
def test_estimates_are_close_and_their_band_holds_and_says_something(seed: int) -> None:
    estimates = walk(Organization(seed, discount=DISCOUNT, habits=Habits(refused_share=0.02)))
    assert len(estimates) == 60
    assert median(abs(error) for error, _ in estimates.values()) <= Decimal("0.01")
    assert sum(holds(*each) for each in estimates.values()) >= 0.95 * len(estimates)
    assert median(printed.half_width for _, printed in estimates.values() if printed) <= Decimal("0.03")


def test_only_the_first_day_of_a_discount_surprises() -> None:
    estimates = walk(Organization(7, discount=DISCOUNT))
    first = DISCOUNT.since
    assert estimates[first][0] > Decimal("0.07")
    assert not holds(*estimates[first])
    assert all(holds(*estimates[first + after * DAY]) for after in range(1, 8))
    printed = estimates[first + DAY][1]
    assert printed
    assert printed.half_width < Decimal("0.03")
