"""The state of a team's telemetry, for the people who look after it, and its live use for a digest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from storage.facts.telemetry.totals import Line

TOLERANCE = Decimal("0.02")  # between our prices and a client's: rounding, and surcharges that it leaves out
STEADY = Decimal("0.03")  # between models: then it is one multiplier, not a wrong table
NOTABLE = Decimal(1)  # dollars at list prices of a model, below which a ratio says nothing
_WITH_PRICES = frozenset({"claude_code", "cowork"})  # products whose clients tell what each request costs


@dataclass(frozen=True)
class PriceRatio:
    """What clients say that use costs, in list prices; `models` are those that are off alone."""

    ratio: Decimal
    models: Mapping[str, Decimal]


@dataclass(frozen=True)
class TelemetryState:
    """How many tokens are good, when something last came, who does not report, and what was odd of a week.

    `silent_cost` is what those used who do not report. `early` and `late` count records from clocks that
    are ahead, and those that came too late to be counted. `destination` is why Anthropic sends nothing to
    its destination, "" if there is none or it works.
    """

    tokens: int
    last_event: datetime | None
    blind: int
    silent_cost: Decimal
    early: int
    late: int
    prices: PriceRatio | None = None
    destination: str = ""


@dataclass(frozen=True)
class LiveUse:
    """What telemetry says of a digest's days; `blind` is how many do not report, None on other days."""

    cost: Decimal
    plan: Decimal
    sessions: int
    people: int
    blind: int | None = None


def price_ratio(products: Iterable[Line], models: Sequence[Line]) -> PriceRatio | None:
    """Return how far clients' figures are from list prices; None if they agree or nobody tells.

    Models are compared only if every product tells prices: the API's own telemetry has none.
    """
    every = list(products)
    telling = [line for line in every if line.name in _WITH_PRICES]
    whole = _ratio(telling)
    if whole is None:
        return None
    alone = all(line.name in _WITH_PRICES or not any(line.tokens) for line in every)
    ratios = {line.name: ratio for line in models if line.name and (ratio := _ratio([line]))} if alone else {}
    off = {name: ratio for name, ratio in ratios.items() if abs(ratio - 1) > TOLERANCE}
    if ratios and len(off) == len(ratios) and max(off.values()) - min(off.values()) <= STEADY:
        return PriceRatio(whole, {})
    if off:
        return PriceRatio(whole, off)
    return PriceRatio(whole, {}) if abs(whole - 1) > TOLERANCE else None


def _ratio(lines: Sequence[Line]) -> Decimal | None:
    listed = sum((line.by_list for line in lines), Decimal(0))
    said = sum((line.client_cost - line.by_client for line in lines), Decimal(0))
    return said / listed if listed >= NOTABLE and said > 0 else None
