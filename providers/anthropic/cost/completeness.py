"""Tell whether a bill is whole: whether it contains the cost that the day's usage must have had.

    expect: usage × rates of earlier bills (_explained) × the usual share charged (_usual_shares) -> is_whole

A bill can be there and still be empty, lack lines, or contain only the morning. We compare each part
(workspace, model, kind), and the day in total. Charges without usage (code execution, credits) do not count;
nor does usage that is never charged (Priority Tier, free, refused). Usage without a price shows only that a
bill without any charge for tokens cannot be whole.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from providers.anthropic.cost.attribution import NOT_BILLED_BY_TOKEN
from providers.anthropic.cost.estimate import BilledDay, Rates, learn
from providers.charge import Charge
from providers.usage import QUANTITIES, TOKEN_KINDS, WEB_SEARCH, TokenUsage

NEGLIGIBLE = Decimal("0.01")  # dollars: people see no less than a cent
MIN_SHARE = Decimal(
    "0.85"
)  # estimates are off by 3 % on most days; a bill cut at 18:00 UTC has about three quarters
MIN_SHARE_AT_LIST_PRICES = Decimal("0.6")  # before any bill shows a discount; few are larger than 40 %
HALF = Decimal("0.5")  # a part billed below half of its expected cost is missing, not badly estimated
NOTICEABLE = Decimal(
    "0.02"
)  # of the day: missing parts that cost less together are within the estimate's error

Part = tuple[str | None, str | None, str]
"""Workspace, model, and kind of `usage.QUANTITIES`; searches have no model, as on the bill."""
_NOTHING = Decimal(0)


class Expectation(msgspec.Struct, frozen=True):
    """The cost a day's usage must have had, by part; `is_priced`: whether all of its tokens have a price.

    `is_learned`: whether the rates come from earlier bills, not from list prices alone.
    """

    parts: Mapping[Part, Decimal]
    is_priced: bool
    is_learned: bool


def expect(day: date, usage: Iterable[TokenUsage], earlier: Sequence[BilledDay]) -> Expectation:
    """Return what a day's bill must contain, by its usage and by earlier bills, newest first."""
    rates = learn(earlier)
    usual, costs = _usual_shares(earlier, rates), _explained(day, usage, rates)
    free = {(row.model, kind) for billed in earlier for row in billed.usage for kind in _counts(row)}
    return Expectation(
        parts={part: cost * usual.get(part, 1) for part, cost in costs.items() if cost is not None},
        # usage that earlier days had too, and that still has no price, is never charged
        is_priced=all(cost is not None or part[1:] in free for part, cost in costs.items()),
        is_learned=bool(rates.cells),
    )


def is_whole(charges: Iterable[Charge], expected: Expectation) -> bool:
    """Whether a bill contains the expected cost."""
    lines = list(charges)
    if not expected.is_priced and not _billed(lines):
        return False
    pairs = list(_pair_with_bill(lines, expected.parts).values())
    explained = sum((each for each, _billed in pairs), _NOTHING)
    short = explained - sum((billed for _each, billed in pairs), _NOTHING)
    if explained < NEGLIGIBLE:
        return True
    if short > explained * (1 - (MIN_SHARE if expected.is_learned else MIN_SHARE_AT_LIST_PRICES)):
        return False
    missing = sum((each - billed for each, billed in pairs if billed < each * HALF), _NOTHING)
    # a part billed under another workspace or a new name is not missing: the day's total is not short
    return missing < explained * NOTICEABLE or short < missing * HALF


def gross(charges: Iterable[Charge]) -> Decimal:
    """Return a bill's total without credits, which a whole bill can have too."""
    return sum((charge.billed_cost for charge in charges if charge.billed_cost > 0), _NOTHING)


def _usual_shares(earlier: Sequence[BilledDay], rates: Rates) -> dict[Part, Decimal]:
    """Return the share of each part's expected cost that earlier bills charged, 0 for free usage."""
    explained: dict[Part, Decimal] = defaultdict(Decimal)
    charged: dict[Part, Decimal] = defaultdict(Decimal)
    for billed in earlier:
        costs = _explained(billed.day, billed.usage, rates)
        priced = {part: cost for part, cost in costs.items() if cost is not None}
        for part, (cost, amount) in _pair_with_bill(billed.charges, priced).items():
            explained[part] += cost
            charged[part] += amount
    return {part: min(Decimal(1), charged[part] / cost) for part, cost in explained.items() if cost}


def _explained(day: date, usage: Iterable[TokenUsage], rates: Rates) -> dict[Part, Decimal | None]:
    """Return the cost of usage by part; None for a part with tokens without a price."""
    costs: dict[Part, Decimal | None] = defaultdict(Decimal)
    for row in usage:
        if row.service_tier in NOT_BILLED_BY_TOKEN:
            continue
        for kind, count in _counts(row).items():
            part = row.workspace_id, None if kind == WEB_SEARCH else row.model, kind
            price, before = rates.price(row, kind, day), costs[part]
            costs[part] = None if price is None or before is None else before + price * count
    return costs


def _counts(row: TokenUsage) -> dict[str, int]:
    return {kind: count for kind, count in zip(QUANTITIES, row.quantities, strict=True) if count}


def _pair_with_bill(
    charges: Iterable[Charge], parts: Mapping[Part, Decimal]
) -> dict[Part, tuple[Decimal, Decimal]]:
    """Return (expected, billed) by part; a charge without a model applies to all models."""
    billed = _billed(charges)
    nameless = {(workspace, kind) for workspace, model, kind in billed if model is None}
    explained: dict[Part, Decimal] = defaultdict(Decimal)
    for (workspace, model, kind), cost in parts.items():
        explained[workspace, None if (workspace, kind) in nameless else model, kind] += cost
    return {
        part: (explained.get(part, _NOTHING), billed.get(part, _NOTHING)) for part in {**explained, **billed}
    }


def _billed(charges: Iterable[Charge]) -> dict[Part, Decimal]:
    """Return the charges for counted usage by part, without credits."""
    billed: dict[Part, Decimal] = defaultdict(Decimal)
    for workspace, model, kind, cost in _lines(charges):
        billed[workspace, model, kind] += cost
    return billed


def _lines(charges: Iterable[Charge]) -> Iterator[tuple[str | None, str | None, str, Decimal]]:
    for charge in charges:
        kind = charge.token_kind or charge.cost_type
        if charge.billed_cost > 0 and (kind in TOKEN_KINDS or kind == WEB_SEARCH):
            yield charge.workspace_id, charge.model, kind, charge.billed_cost
