"""Estimate: what usage will cost, by the rates of the latest bills.

    billed days | effective rate of every cell, as a factor on its list price | × today's tokens

The factor holds what no price list knows: negotiated discounts, refused requests, long prompts. Because
it multiplies the list price of the day, a dated price change is met on its first day. A cell never billed
takes the organization's factor; a model without list price, its own dollars a token; a model with neither
is named as unpriced rather than counted as free.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal

import msgspec

from providers.anthropic.attribution import NOT_BILLED_BY_TOKEN, Ledger
from providers.anthropic.prices import list_price
from providers.charge import Charge
from providers.money import billionths
from providers.spend import Attribution
from providers.usage import QUANTITIES, WEB_SEARCH, TokenUsage

LEARN_FROM = 7  # billed days; each older one weighs half
_COLUMN = {kind: column for column, kind in enumerate(QUANTITIES)}

Cell = tuple[str, str, str | None, str | None, str | None]


class BilledDay(msgspec.Struct, frozen=True):
    """A finished day to learn from: its charges, and its usage added up by cell."""

    day: date
    charges: Sequence[Charge]
    usage: Sequence[TokenUsage]


class Rate(msgspec.Struct, frozen=True):
    """What a cell really costs: a factor on its list price, or dollars a token where it has none."""

    factor: Decimal | None
    per_token: Decimal | None


class Rates(msgspec.Struct, frozen=True):
    """Rates by cell (model, kind, tier, context window, geo), by model and kind, and of them all."""

    cells: Mapping[Cell, Rate]
    kinds: Mapping[tuple[str, str], Rate]
    overall: Decimal

    def price(self, row: TokenUsage, kind: str, day: date) -> Decimal | None:
        """Dollars for one token of a usage row; None where nothing is known."""
        cell = (row.model, kind, row.service_tier, row.context_window, row.inference_geo)
        listed = list_price(
            row.model, kind, day, service_tier=row.service_tier, inference_geo=row.inference_geo
        )
        rate = self.cells.get(cell) or self.kinds.get((row.model, kind)) or self.kinds.get(("", kind))
        if listed is None:
            return rate.per_token if rate else None
        return listed * (rate.factor if rate and rate.factor is not None else self.overall)


class Estimate(msgspec.Struct, frozen=True):
    """A day's usage, priced. `unpriced` names the models that nothing is known about."""

    attribution: Attribution
    unpriced: frozenset[str]


def learn(days: Sequence[BilledDay]) -> Rates:
    """Effective rates from billed days, newest first."""
    cells: dict[Cell, _Evidence] = defaultdict(_Evidence)
    kinds: dict[tuple[str, str], _Evidence] = defaultdict(_Evidence)
    overall = _Evidence()
    for age, billed in enumerate(days[:LEARN_FROM]):
        weight = Decimal(1) / 2**age
        for cell, (cost, tokens) in _matched(billed).items():
            listed = list_price(cell[0], cell[1], billed.day, service_tier=cell[2], inference_geo=cell[4])
            for evidence in (cells[cell], kinds[cell[:2]], overall):
                evidence.add(
                    cost * weight, tokens * weight, None if listed is None else listed * tokens * weight
                )
    return Rates(
        cells={cell: evidence.rate() for cell, evidence in cells.items()},
        kinds={kind: evidence.rate() for kind, evidence in kinds.items()},
        overall=overall.rate().factor or Decimal(1),
    )


class _Evidence:
    """Weighted sums of what was billed, counted and listed for one cell."""

    def __init__(self) -> None:
        self.cost = self.tokens = self.listed = self.listed_cost = Decimal(0)

    def add(self, cost: Decimal, tokens: Decimal, listed: Decimal | None) -> None:
        self.cost += cost
        self.tokens += tokens
        if listed:
            self.listed += listed
            self.listed_cost += cost

    def rate(self) -> Rate:
        return Rate(
            factor=self.listed_cost / self.listed if self.listed else None,
            per_token=self.cost / self.tokens if self.tokens else None,
        )


def _matched(billed: BilledDay) -> dict[Cell, tuple[Decimal, int]]:
    """Cost and tokens of every cell that has both."""
    tokens: dict[Cell, int] = defaultdict(int)
    for row in billed.usage:
        if row.service_tier not in NOT_BILLED_BY_TOKEN:
            for kind, count in zip(QUANTITIES, row.quantities, strict=True):
                tokens[row.model, kind, row.service_tier, row.context_window, row.inference_geo] += count
            tokens["", WEB_SEARCH, None, None, None] += row.quantities[_COLUMN[WEB_SEARCH]]  # billed so
    costs: dict[Cell, Decimal] = defaultdict(Decimal)
    for charge in billed.charges:
        kind = charge.token_kind or charge.cost_type
        cell = (charge.model or "", kind, charge.service_tier, charge.context_window, charge.inference_geo)
        costs[cell] += charge.billed_cost
    return {cell: (cost, tokens[cell]) for cell, cost in costs.items() if tokens.get(cell)}


def estimate(
    day: date, usage: Sequence[TokenUsage], rates: Rates, *, claude_code: AbstractSet[str] = frozenset()
) -> Estimate:
    """Price a day's usage row by row, in the same two views as a bill's attribution."""
    ledger, unpriced = Ledger(day, usage, claude_code), set()
    prices = _Prices(rates, day)
    for index, row in enumerate(usage):
        for kind, count in _countable(row):
            price = prices.of(row, kind)
            if price is None:
                unpriced.add(row.model)
            else:
                ledger.book(kind, [(index, billionths(price * count))], named=kind != WEB_SEARCH)
    return Estimate(attribution=ledger.close(), unpriced=frozenset(unpriced))


def estimated_total(day: date, usage: Iterable[TokenUsage], rates: Rates) -> Decimal:
    """What a day's usage would be estimated to cost, unpriced models left out."""
    prices = _Prices(rates, day)
    known = ((prices.of(row, kind), count) for row in usage for kind, count in _countable(row))
    return sum((price * count for price, count in known if price is not None), Decimal(0))


def _countable(row: TokenUsage) -> Iterable[tuple[str, int]]:
    if row.service_tier in NOT_BILLED_BY_TOKEN:
        return ()
    return ((kind, count) for kind, count in zip(QUANTITIES, row.quantities, strict=True) if count)


class _Prices:
    """The prices of one day, each looked up once."""

    def __init__(self, rates: Rates, day: date) -> None:
        self._rates, self._day = rates, day
        self._known: dict[Cell, Decimal | None] = {}

    def of(self, row: TokenUsage, kind: str) -> Decimal | None:
        cell = (row.model, kind, row.service_tier, row.context_window, row.inference_geo)
        if cell not in self._known:
            self._known[cell] = self._rates.price(row, kind, self._day)
        return self._known[cell]
