"""What was used on a finished day and is not on its bill, as far as both reports can tell.

A refused request leaves tokens and no charge; so does what is free. Where the same price also applied to
paid requests the two cannot be told apart, and nothing is said. Priority Tier is committed capacity: its
tokens are counted, and billed elsewhere.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from operator import add

from providers.anthropic.cost.attribution import NOT_BILLED_BY_TOKEN
from providers.charge import Charge
from providers.spend import Unbilled, UnbilledReason
from providers.usage import TOKEN_KINDS, TokenUsage

_Price = tuple[str | None, str, str | None, str | None, str | None]
_Cell = tuple[str | None, str, str, str | None, str | None, str | None]


def unbilled(charges: Iterable[Charge], usage: Iterable[TokenUsage]) -> list[Unbilled]:
    """The tokens of a finished day that its bill has no charge for, most of them first."""
    used = _used(usage)
    charged = _charged(charges, used.keys())
    sums: Counter[tuple[UnbilledReason, str | None, str]] = Counter()
    for cell, tokens in used.items():
        workspace, model, _, tier, *_ = cell
        if tier in NOT_BILLED_BY_TOKEN:
            sums["priority_tier", workspace, model] += tokens
        elif cell not in charged:
            sums["not_charged", workspace, model] += tokens
    found = [Unbilled(*name, tokens) for name, tokens in sums.items()]
    return sorted(found, key=lambda one: (-one.tokens, one.reason, one.workspace_id or "", one.model))


def committed(usage: Iterable[TokenUsage]) -> list[Unbilled]:
    """The tokens of committed capacity, which are known before there is a bill."""
    return unbilled([], (row for row in usage if row.service_tier in NOT_BILLED_BY_TOKEN))


def _used(usage: Iterable[TokenUsage]) -> Counter[_Cell]:
    priced: dict[_Price, Sequence[int]] = {}
    for row in usage:
        price = (row.workspace_id, row.model, row.service_tier, row.context_window, row.inference_geo)
        before = priced.get(price)
        priced[price] = row.quantities if before is None else list(map(add, before, row.quantities))
    return Counter(
        {
            (workspace, model, kind, tier, window, geo): tokens
            for (workspace, model, tier, window, geo), counts in priced.items()
            for kind, tokens in zip(TOKEN_KINDS, counts, strict=False)
            if tokens
        }
    )


def _charged(charges: Iterable[Charge], used: AbstractSet[_Cell]) -> set[_Cell]:
    """The cells that charges mean: each its own, else, as in attribution, those of its model and kind."""
    found: set[_Cell] = set()
    for charge in charges:
        terms = (charge.service_tier, charge.context_window, charge.inference_geo)
        own = (charge.workspace_id, charge.model or "", charge.token_kind or "", *terms)
        found |= {own} if own in used else {cell for cell in used if _can_match(charge, cell)}
    return found


def _can_match(charge: Charge, cell: _Cell) -> bool:
    workspace, model, kind, *_ = cell
    return (workspace, kind) == (charge.workspace_id, charge.token_kind) and charge.model in (model, None)
