"""Reconcile: Anthropic's own spend by the hour beside the bill of the day, which has the last word.

    lines as they were told | per workspace, model and kind: bill − told | a line of its own at noon

Told is who, on what and when; billed is how much. Where the two differ (a bill restated, an hour revised
later, a rounding) the difference stands under a caller of its own, so that workspaces, models and kinds are
the bill's to the billionth and nobody is charged for what nobody knows.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from providers.caller import Caller
from providers.charge import Charge
from providers.money import billionths, dollars
from providers.reported import ReportedKind, ReportedSpend
from providers.spend import Attribution, KindSpend, ListedSpend, Spend
from providers.usage import QUANTITIES, is_tokens

NOON = timedelta(hours=12)
DIFFERENCE = Caller(reason="difference")
_NOTHING = (0, 0, 0, 0, 0, 0)

Cell = tuple[str | None, str | None, str]  # workspace, model, kind


def as_reported(lines: Iterable[ReportedSpend], kinds: Iterable[ReportedKind]) -> Attribution:
    """Hours as the provider told them, while there is no bill to set beside them."""
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
    """A finished day that was told from its first hour to its last, made to sum to its bill."""
    as_told, noon = as_reported(lines, kinds), datetime.combine(day, time(), UTC) + NOON
    left = _differences(charges, kinds)
    by_place: dict[tuple[str | None, str | None], int] = defaultdict(int)
    by_kind: dict[str, int] = defaultdict(int)
    for (workspace, model, kind), amount in left.items():
        by_place[workspace, model or (None if is_tokens(kind) else kind)] += amount
        by_kind[kind] += amount
    spend = [
        Spend(noon, workspace, DIFFERENCE.id, model, "difference", dollars(amount), _NOTHING)
        for (workspace, model), amount in by_place.items()
        if amount
    ]
    more = [KindSpend(noon, kind, dollars(amount), 0) for kind, amount in by_kind.items() if amount]
    return Attribution(
        spend=[*as_told.spend, *spend],
        kinds=_together([*as_told.kinds, *more]),
        listed=as_told.listed,
    )


def _spend(row: ReportedSpend) -> Spend:
    return Spend(row.hour, row.workspace_id, row.caller_id, row.model, row.product, row.cost, row.quantities)


def _kinds(lines: Iterable[ReportedSpend], kinds: Iterable[ReportedKind]) -> Iterator[KindSpend]:
    """Dollars by kind from where they are told by kind, counts from the lines."""
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
            yield KindSpend(hour, kind, dollars(cost), count)


def _listed(lines: Iterable[ReportedSpend]) -> Iterator[ListedSpend]:
    sums: dict[datetime, list[int]] = defaultdict(lambda: [0, 0])
    for line in lines:
        both = sums[line.hour]
        both[0] += billionths(line.cost)
        both[1] += billionths(line.list_cost)
    for hour, (cost, listed) in sums.items():
        yield ListedSpend(hour, dollars(cost), dollars(listed))


def _differences(charges: Iterable[Charge], kinds: Iterable[ReportedKind]) -> dict[Cell, int]:
    left: dict[Cell, int] = defaultdict(int)
    for charge in charges:
        kind = charge.token_kind or charge.cost_type
        left[charge.workspace_id, charge.model, kind] += billionths(charge.billed_cost)
    for each in kinds:
        left[each.workspace_id, each.model, each.kind] -= billionths(each.cost)
    return {cell: amount for cell, amount in left.items() if amount}


def _together(kinds: Iterable[KindSpend]) -> list[KindSpend]:
    """Each hour and kind once."""
    sums: dict[tuple[datetime, str], tuple[int, int]] = {}
    for each in kinds:
        cost, count = sums.get((each.hour, each.kind), (0, 0))
        sums[each.hour, each.kind] = cost + billionths(each.cost), count + each.quantity
    return [KindSpend(hour, kind, dollars(cost), count) for (hour, kind), (cost, count) in sums.items()]
