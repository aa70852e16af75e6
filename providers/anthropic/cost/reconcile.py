"""Reconcile Anthropic's own hourly spend with the bill of the day, which is authoritative.

    reconcile: as_reported (lines) + _differences (bill − reported, by workspace, model, kind), at noon

The hourly report says who, on what and when; the bill says how much. If they differ (a restated bill, a
revised hour, rounding), the difference gets a caller of its own, so that workspaces, models and kinds sum to
the bill exactly and no person is charged for an unknown cause.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from providers.caller import Caller
from providers.charge import Charge
from providers.money import billionths
from providers.period import midnight
from providers.reported import ReportedKind, ReportedSpend
from providers.spend import Attribution, KindSpend, ListedSpend, Spend
from providers.usage import QUANTITIES, is_tokens

NOON = timedelta(hours=12)
DIFFERENCE = Caller(reason="difference")
_NOTHING = (0, 0, 0, 0, 0, 0)

Cell = tuple[str | None, str | None, str]  # workspace, model, kind


def as_reported(lines: Iterable[ReportedSpend], kinds: Iterable[ReportedKind]) -> Attribution:
    """Return the hours as the provider reported them, while there is no bill to compare with."""
    rows = list(lines)
    return Attribution(
        spend=[_spend(row) for row in rows],
        kinds=list(_kinds(rows, kinds)),
        listed=list(_listed(rows)),
    )


def reconcile(
    day: date,
    charges: Iterable[Charge],
    lines: Sequence[ReportedSpend],
    kinds: Sequence[ReportedKind],
) -> Attribution:
    """Return a finished day, reported from its first hour to its last, adjusted to sum to its bill."""
    hourly, noon = as_reported(lines, kinds), midnight(day) + NOON
    left = _differences(charges, kinds)
    by_place: dict[tuple[str | None, str | None], int] = defaultdict(int)
    by_kind: dict[str, int] = defaultdict(int)
    for (workspace, model, kind), amount in left.items():
        by_place[workspace, model or (None if is_tokens(kind) else kind)] += amount
        by_kind[kind] += amount
    spend = [
        Spend(noon, workspace, DIFFERENCE.id, model, "difference", amount, _NOTHING)
        for (workspace, model), amount in by_place.items()
        if amount
    ]
    more = [KindSpend(noon, kind, amount, 0) for kind, amount in by_kind.items() if amount]
    return Attribution(
        spend=[*hourly.spend, *spend],
        kinds=_together([*hourly.kinds, *more]),
        listed=hourly.listed,
    )


def _spend(row: ReportedSpend) -> Spend:
    place = (row.hour, row.workspace_id, row.caller_id, row.model, row.product)
    return Spend(*place, billionths(row.cost), row.quantities)


def _kinds(lines: Iterable[ReportedSpend], kinds: Iterable[ReportedKind]) -> Iterator[KindSpend]:
    """Return hours by kind: dollars from the report by kind, counts from the lines."""
    costs: dict[tuple[datetime, str], int] = defaultdict(int)
    counts: dict[tuple[datetime, str], int] = defaultdict(int)
    for each in kinds:
        costs[each.hour, each.kind] += billionths(each.cost)
    for line in lines:
        for kind, count in zip(QUANTITIES, line.quantities, strict=True):
            counts[line.hour, kind] += count
    for hour, kind in dict.fromkeys((*costs, *counts)):
        cost, count = costs.get((hour, kind), 0), counts.get((hour, kind), 0)
        if cost or count:
            yield KindSpend(hour, kind, cost, count)


def _listed(lines: Iterable[ReportedSpend]) -> Iterator[ListedSpend]:
    sums: dict[datetime, list[int]] = defaultdict(lambda: [0, 0])
    for line in lines:
        both = sums[line.hour]
        both[0] += billionths(line.cost)
        both[1] += billionths(line.list_cost)
    for hour, (cost, listed) in sums.items():
        yield ListedSpend(hour, cost, listed)


def _differences(charges: Iterable[Charge], kinds: Iterable[ReportedKind]) -> dict[Cell, int]:
    left: dict[Cell, int] = defaultdict(int)
    for charge in charges:
        kind = charge.token_kind or charge.cost_type
        left[charge.workspace_id, charge.model, kind] += billionths(charge.billed_cost)
    for each in kinds:
        left[each.workspace_id, each.model, each.kind] -= billionths(each.cost)
    return {cell: amount for cell, amount in left.items() if amount}


def _together(kinds: Iterable[KindSpend]) -> list[KindSpend]:
    """Sum rows to one for each hour and kind."""
    sums: dict[tuple[datetime, str], tuple[int, int]] = {}
    for each in kinds:
        cost, count = sums.get((each.hour, each.kind), (0, 0))
        sums[each.hour, each.kind] = cost + each.cost, count + each.quantity
    return [KindSpend(hour, kind, cost, count) for (hour, kind), (cost, count) in sums.items()]
