"""Usage of a finished day that is not on its bill, as far as the two reports show it.

A refused or free request has tokens and no charge. If paid requests had the same price, we cannot separate
them, and report nothing. Priority Tier is committed capacity: usage counts its tokens, another bill charges
for them.
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
    """Return the tokens of a finished day without a charge on its bill, largest first."""
    used = _used(usage)
    charged = _charged(charges, used.keys())
    sums: Counter[tuple[UnbilledReason, str | None, str]] = Counter()
    for cell, tokens in used.items():
        workspace, model, _, tier, *_ = cell
        if tier in NOT_BILLED_BY_TOKEN:
            sums["priority_tier", workspace, model] += tokens
        elif cell not in charged:
            sums["not_charged", workspace, model] += tokens
    rows = [Unbilled(*name, tokens) for name, tokens in sums.items()]
    return sorted(rows, key=lambda one: (-one.tokens, one.reason, one.workspace_id or "", one.model))


def committed(usage: Iterable[TokenUsage]) -> list[Unbilled]:
    """Return the tokens of committed capacity, which need no bill to identify."""
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
    """Return the cells with a charge: its own cell, else (as in attribution) those of its model and kind."""
    charged: set[_Cell] = set()
    for charge in charges:
        terms = (charge.service_tier, charge.context_window, charge.inference_geo)
        own = (charge.workspace_id, charge.model or "", charge.token_kind or "", *terms)
        charged |= {own} if own in used else {cell for cell in used if _can_match(charge, cell)}
    return charged


def _can_match(charge: Charge, cell: _Cell) -> bool:
    workspace, model, kind, *_ = cell
    return (workspace, kind) == (charge.workspace_id, charge.token_kind) and charge.model in (model, None)
