"""Why a cost changed: the difference between two periods as effects that add up to it, to the billionth.

cells of both periods ─┬─ an engineer of one period only ─→ people
                       ├─ no model ───────────────────────→ tools
                       ├─ dollars without tokens ─────────→ price
                       └─ by caller × workspace × product ─→ volume, mix of models, cache share, price

In such a group a model's cost is  input × its share × price of that blend of cached and uncached input
                                 + output × its share × price of output,  and all of it × a level of prices.
An effect is a Shapley value: what the change of one factor adds, averaged over every order in which the four
can change. So no order is preferred, swapping the periods turns every sign, and effects add up as costs do.

Price is what tokens do not explain: list prices, discounts, tiers, regions and fast mode, which no report
tells apart by caller, and corrections of the bill.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import fsum
from typing import Literal, NamedTuple, get_args

from digests.numbers.lines import column_sums
from providers.spend import Amounts, Id

Kind = Literal["volume", "mix", "cache", "price", "people", "tools"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Weights = tuple[float, float, float, float, float]
"""What a model's tokens cost relative to each other, by `usage.TOKEN_KINDS`; none is zero."""


class Cell(NamedTuple):
    """Where dollars of a day belong; None where the provider names none."""

    caller: Id
    workspace: Id
    model: Id
    product: Id


class Group(NamedTuple):
    """The cells that differ by nothing but their model."""

    caller: Id
    workspace: Id
    product: Id


class Effects(NamedTuple):
    """A change in billionths of a dollar, by what caused it; in the order of KINDS."""

    volume: int = 0
    mix: int = 0
    cache: int = 0
    price: int = 0
    people: int = 0
    tools: int = 0

    @property
    def total(self) -> int:
        """The whole change."""
        return sum(self)


Cells = Mapping[Cell, Amounts]
Explanation = Mapping[Group, Effects]


def explain(
    before: Cells,
    after: Cells,
    *,
    weights: Callable[[str], Weights | None],
    person: Callable[[Id], Id],
) -> Explanation:
    """Return the effects of every group whose cost changed.

    `weights` returns None for what is no model; `person` the engineer behind a caller, None without one.
    """
    passing = _passing(before, after, person)
    parts: dict[Group, list[Effects]] = defaultdict(list)
    tokens: dict[Group, list[_Pair]] = defaultdict(list)
    for cell in before.keys() | after.keys():
        caller, workspace, model, product = cell
        group, old, new = Group(caller, workspace, product), before.get(cell), after.get(cell)
        change = (new.cost if new else 0) - (old.cost if old else 0)
        weighed = weights(model) if model else None
        if caller in passing:
            parts[group].append(Effects(people=change))
        elif weighed is None:
            parts[group].append(Effects(tools=change) if model else Effects(price=change))
        else:
            one, other = old and _factors(old, weighed), new and _factors(new, weighed)
            if loose := change - (other.cost if other else 0) + (one.cost if one else 0):
                parts[group].append(Effects(price=loose))
            if one or other:
                tokens[group].append(_Pair(one, other))
    for group, pairs in tokens.items():
        parts[group].append(_of_tokens(pairs))
    summed = {group: each[0] if len(each) == 1 else total(each) for group, each in parts.items()}
    return {group: effects for group, effects in summed.items() if any(effects)}


def total(effects: Iterable[Effects]) -> Effects:
    """Return the sum of some effects."""
    return column_sums(list(effects)) or Effects()


def _passing(before: Cells, after: Cells, person: Callable[[Id], Id]) -> frozenset[Id]:
    """Return the callers of the people who are in one period only."""
    of = {cell.caller: person(cell.caller) for cells in (before, after) for cell in cells}
    earlier, later = ({of[cell.caller] for cell in cells} for cells in (before, after))
    return frozenset(caller for caller, who in of.items() if who and (who in earlier) != (who in later))


class _Factors(NamedTuple):
    """A model's tokens in one period: `blend` is the relative price of a token of input, `level` × that."""

    input: int
    output: int
    blend: float
    output_weight: float
    level: float
    cost: int


class _Pair(NamedTuple):
    before: _Factors | None  # None: the model was not used
    after: _Factors | None


def _factors(amounts: Amounts, weights: Weights) -> _Factors | None:
    """Return the factors of a cost, None if it has no tokens."""
    uncached, write_5m, write_1h, read, output, _searches, cost, _estimated = amounts
    count = uncached + write_5m + write_1h + read
    if not (count or output):
        return None
    of_uncached, of_write_5m, of_write_1h, of_read, of_output = weights
    weighed = uncached * of_uncached + write_5m * of_write_5m + write_1h * of_write_1h + read * of_read
    level = cost / (weighed + output * of_output)
    return _Factors(count, output, weighed / count if count else 0.0, of_output, level, cost)


def _of_tokens(pairs: Sequence[_Pair]) -> Effects:
    """Return the effects in one group, in whole billionths that sum to its change.

    What rounding leaves goes to the largest. Both ways and in any order, the same figures come out: the sums
    are exact, and nothing in them depends on which period is the earlier.
    """
    old = sum([pair.before.cost for pair in pairs if pair.before])
    new = sum([pair.after.cost for pair in pairs if pair.after])
    if all(pair.before is None for pair in pairs) or all(pair.after is None for pair in pairs):
        return Effects(volume=new - old)
    exact = [fsum(terms) for terms in zip(*_shapley(pairs), strict=True)]
    whole, sizes = [round(effect) for effect in exact], [abs(effect) for effect in exact]
    whole[sizes.index(max(sizes))] += new - old - sum(whole)
    return Effects(*whole)


def _shapley(pairs: Sequence[_Pair]) -> Iterator[tuple[float, float, float, float]]:
    """Yield terms of the Shapley values of volume, mix of models, cache share and price in one group."""
    input_0 = sum([pair.before.input for pair in pairs if pair.before])
    input_1 = sum([pair.after.input for pair in pairs if pair.after])
    output_0 = sum([pair.before.output for pair in pairs if pair.before])
    output_1 = sum([pair.after.output for pair in pairs if pair.after])
    for before, after in pairs:
        # A factor of a period without tokens has no value: it counts as unchanged.
        old, new = before or after, after or before
        if old is None or new is None:
            continue
        blend_0, blend_1 = old.blend or new.blend, new.blend or old.blend
        share_0, share_1 = _shares(before and before.input, after and after.input, input_0, input_1)
        yield _four(input_0, input_1, share_0, share_1, blend_0, blend_1, old.level, new.level)
        share_0, share_1 = _shares(before and before.output, after and after.output, output_0, output_1)
        level_0, level_1 = old.level * old.output_weight, new.level * new.output_weight
        volume, mix, price = _three(output_0, output_1, share_0, share_1, level_0, level_1)
        yield volume, mix, 0.0, price


def _shares(part_0: int | None, part_1: int | None, whole_0: int, whole_1: int) -> tuple[float, float]:
    """Return a model's share in both periods; where nothing was used, its share is that of the other."""
    share_0 = (part_0 or 0) / whole_0 if whole_0 else None
    share_1 = (part_1 or 0) / whole_1 if whole_1 else share_0 or 0.0
    return share_1 if share_0 is None else share_0, share_1


def _four(
    a0: float, a1: float, b0: float, b1: float, c0: float, c1: float, d0: float, d1: float
) -> tuple[float, float, float, float]:
    """Return the Shapley values of the factors of a × b × c × d, each its change × what it is multiplied by.

    That is averaged over all orders: in a quarter of them no other factor has changed yet, in a quarter all
    have, and each one or two in a twelfth.
    """
    a, b, c, d = a0 + a1, b0 + b1, c0 + c1, d0 + d1
    ab_0, ab_1, cd_0, cd_1 = a0 * b0, a1 * b1, c0 * d0, c1 * d1
    return (
        (a1 - a0) * (b * (c * d) + 2 * (b0 * cd_0 + b1 * cd_1)) / 12,
        (b1 - b0) * (a * (c * d) + 2 * (a0 * cd_0 + a1 * cd_1)) / 12,
        (c1 - c0) * (d * (a * b) + 2 * (d0 * ab_0 + d1 * ab_1)) / 12,
        (d1 - d0) * (c * (a * b) + 2 * (c0 * ab_0 + c1 * ab_1)) / 12,
    )


def _three(a0: float, a1: float, b0: float, b1: float, c0: float, c1: float) -> tuple[float, float, float]:
    """Return the Shapley values of the factors of a × b × c."""
    a, b, c = a0 + a1, b0 + b1, c0 + c1
    return (
        (a1 - a0) * (b * c + b0 * c0 + b1 * c1) / 6,
        (b1 - b0) * (a * c + a0 * c0 + a1 * c1) / 6,
        (c1 - c0) * (a * b + a0 * b0 + a1 * b1) / 6,
    )
