"""Attribution: spread a day's billed lines over its tokens, by caller and hour; shares sum to the bill.

    attribute -> _cells -> _weights -> spread -> Ledger.book, or Ledger.book_at_noon -> Ledger.close

A cell is everything that has one price: workspace, model, kind, tier, context window, geo. Shares are whole
billionths of a dollar by largest remainder, so they sum exactly; the calls' names order equal remainders, so
that the order of the reports does not matter. Charges without usage (code execution, session runtime) get a
reason instead of a caller; tokens without a charge (refused requests, Priority Tier) keep their count at no
cost.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from operator import add

from providers.caller import CLAUDE_CODE, REASONS, Caller, through_claude_code
from providers.charge import Charge
from providers.money import billionths
from providers.period import midnight
from providers.spend import Attribution, KindSpend, Spend
from providers.usage import QUANTITIES, TokenUsage, is_tokens

NOT_BILLED_BY_TOKEN = frozenset({"priority", "priority_on_demand"})
HOURS, NOON = 24, 12
_COLUMN = {kind: column for column, kind in enumerate(QUANTITIES)}
_PRODUCTS = {"code_execution": "code_execution", "session_usage": "managed_agents_api"}

Cell = tuple[str | None, ...]


def attribute(
    day: date,
    charges: Iterable[Charge],
    usage: Sequence[TokenUsage],
    *,
    claude_code: AbstractSet[str] = frozenset(),
) -> Attribution:
    """Spread one finished day's charges over its usage; `claude_code` names that product's workspaces."""
    usage = sorted(usage, key=_name)
    ledger = Ledger(day, usage, claude_code)
    cells = _cells(usage)
    for charge in charges:
        amount = billionths(charge.billed_cost)
        kind = charge.token_kind or charge.cost_type
        weights = _weights(charge, kind, cells, usage)
        if not weights:
            ledger.book_at_noon(charge, kind, amount)
            continue
        shares = zip(weights, spread(amount, list(weights.values())), strict=True)
        ledger.book(kind, shares, named=charge.model is not None)
    return ledger.close()


def _name(row: TokenUsage) -> tuple[datetime | str, ...]:
    return (
        row.hour,
        row.caller_id or "",
        row.workspace_id or "",
        row.model,
        row.service_tier or "",
        row.context_window or "",
        row.inference_geo or "",
    )


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Return whole shares proportional to `weights` that sum to `amount`, by largest remainder."""
    whole = sum(weights)
    shares = [amount * weight // whole for weight in weights]
    left = amount - sum(shares)
    if left:
        remainders = [amount * weight % whole for weight in weights]
        for index in sorted(range(len(shares)), key=remainders.__getitem__, reverse=True)[:left]:
            shares[index] += 1
    return shares


def _cells(usage: Sequence[TokenUsage]) -> dict[Cell, list[int]]:
    """Return the rows' indexes by cell, under its full name and under its shorter ones."""
    cells: dict[Cell, list[int]] = defaultdict(list)
    for index, row in enumerate(usage):
        if row.service_tier not in NOT_BILLED_BY_TOKEN:
            cells[
                row.workspace_id, row.model, row.service_tier, row.context_window, row.inference_geo
            ].append(index)
    for name in list(cells):
        cells[name[:2]] += cells[name]
        cells[name[:1]] += cells[name]
    return cells


def _weights(
    charge: Charge, kind: str, cells: dict[Cell, list[int]], usage: Sequence[TokenUsage]
) -> dict[int, int]:
    """Return the rows with tokens that a charge can apply to, and how many.

    They are those of its full cell, else of its workspace and model, else of its workspace.
    """
    column = _COLUMN.get(kind)
    if column is None:
        return {}
    full = (
        charge.workspace_id,
        charge.model,
        charge.service_tier,
        charge.context_window,
        charge.inference_geo,
    )
    for name in (full, full[:2], full[:1] if charge.model is None else full):
        weights = {row: count for row in cells.get(name, ()) if (count := usage[row].quantities[column])}
        if weights:
            return weights
    return {}


class Ledger:
    """Sum the amounts booked on each usage row; `close` returns the two views of a day."""

    def __init__(self, day: date, usage: Sequence[TokenUsage], claude_code: AbstractSet[str]) -> None:
        self._midnight = midnight(day)
        self._usage = usage
        self._claude_code = claude_code
        self._cost = [0] * len(usage)
        self._unnamed: dict[tuple[int, str], int] = defaultdict(int)
        self._hours = [row.hour.hour for row in usage]
        self._places = list(_places(usage, claude_code))
        self._kinds: dict[str, list[int]] = defaultdict(lambda: [0] * HOURS)
        self._callerless: dict[tuple[str | None, str | None, str | None, str], int] = defaultdict(int)

    def book(self, kind: str, shares: Iterable[tuple[int, int]], *, named: bool = True) -> None:
        """Book (usage row, billionths) for a kind; not `named`: the bill names no model for it."""
        hours, of_kind = self._hours, self._kinds[kind]
        for row, amount in shares:
            if named:
                self._cost[row] += amount
            else:
                self._unnamed[row, kind] += amount
            of_kind[hours[row]] += amount

    def book_at_noon(self, charge: Charge, kind: str, amount: int) -> None:
        """Book a charge that no usage explains, with the reason instead of a caller if there is one.

        Its hour is unknown. Noon UTC is part of the billed day in nearly every zone.
        """
        product = _PRODUCTS.get(charge.cost_type) or product_of(
            charge.workspace_id, charge.service_tier, claude_code=self._claude_code
        )
        self._kinds[kind][NOON] += amount
        caller = Caller(reason=REASONS.get(charge.cost_type)).id
        thing = charge.model or _thing(kind)
        self._callerless[charge.workspace_id, caller, thing, product] += amount

    def close(self) -> Attribution:
        """Return the day by caller and by kind."""
        return Attribution(spend=list(self._spend()), kinds=self._kind_spend())

    def _spend(self) -> Iterator[Spend]:
        rows: dict[_Place, list[int]] = {}
        for row, cost, place in zip(self._usage, self._cost, self._places, strict=True):
            if place in rows:
                rows[place][:] = map(add, rows[place], (cost, *row.quantities))
            else:
                rows[place] = [cost, *row.quantities]
        for (index, kind), cost in self._unnamed.items():
            if not cost:
                continue
            hour, workspace, caller, _model, product = self._places[index]
            rows.setdefault((hour, workspace, caller, _thing(kind), product), [0] * 7)[0] += cost
        for (workspace, caller, model, product), cost in self._callerless.items():
            rows.setdefault((self._moment(NOON), workspace, caller, model, product), [0] * 7)[0] += cost
        for place, (cost, *counts) in rows.items():
            first, second, third, fourth, fifth, sixth = counts
            yield Spend(*place, cost, (first, second, third, fourth, fifth, sixth))

    def _kind_spend(self) -> list[KindSpend]:
        used: dict[int, list[tuple[int, ...]]] = defaultdict(list)
        for hour, row in zip(self._hours, self._usage, strict=True):
            used[hour].append(row.quantities)
        quantities = {
            (hour, kind): sum(counts)
            for hour, rows in used.items()
            for kind, counts in zip(QUANTITIES, zip(*rows, strict=True), strict=True)
        }
        costs = {(hour, kind): cost for kind, day in self._kinds.items() for hour, cost in enumerate(day)}
        return [
            KindSpend(self._moment(hour), kind, costs.get((hour, kind), 0), count)
            for hour, kind in {**costs, **quantities}
            if (count := quantities.get((hour, kind), 0)) or costs.get((hour, kind))
        ]

    def _moment(self, hour: int) -> datetime:
        return self._midnight + timedelta(hours=hour)


_Place = tuple[datetime, str | None, str | None, str | None, str]


def _places(usage: Iterable[TokenUsage], claude_code: AbstractSet[str]) -> Iterator[_Place]:
    """Yield the spend line of each usage row: hour, workspace, caller, model, product."""
    callers: dict[tuple[str | None, str | None, str | None], tuple[str | None, str]] = {}
    for row in usage:
        name = (row.workspace_id, row.service_tier, row.caller_id)
        if name not in callers:
            product = product_of(*name[:2], caller=row.caller_id, claude_code=claude_code)
            through = through_claude_code(row.caller_id) if product == CLAUDE_CODE else row.caller_id
            callers[name] = through, product
        caller, product = callers[name]
        yield row.hour, row.workspace_id, caller, row.model, product


def _thing(kind: str) -> str | None:
    """Return what replaces the model if the bill names none: the kind, unless it is tokens."""
    return None if is_tokens(kind) else kind


def product_of(
    workspace: str | None,
    service_tier: str | None,
    *,
    caller: str | None = "",
    claude_code: AbstractSet[str],
) -> str:
    """Return the product, as far as the reports show it, by its name in Anthropic's analytics."""
    if workspace in claude_code or (caller or "").startswith("user_"):
        return CLAUDE_CODE
    if service_tier == "batch":
        return "message_batches_api"
    return "claude_console" if caller is None else "messages_api"
