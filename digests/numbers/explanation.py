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
from collections.abc import Callable, Iterable, Mapping
from operator import neg
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
    earlier, later = _people(before, person), _people(after, person)
    parts: dict[Group, list[Effects]] = defaultdict(list)
    tokens: dict[Group, list[_Pair]] = defaultdict(list)
    for cell in before.keys() | after.keys():
        group = Group(cell.caller, cell.workspace, cell.product)
        old, new = before.get(cell, _NOTHING), after.get(cell, _NOTHING)
        who = person(cell.caller)
        if who is not None and (who in earlier) != (who in later):
            parts[group].append(Effects(people=new.cost - old.cost))
            continue
        weighed = weights(cell.model) if cell.model else None
        if cell.model and weighed is None:
            parts[group].append(Effects(tools=new.cost - old.cost))
            continue
        one, other = _factors(old, weighed), _factors(new, weighed)
        loose = (0 if other else new.cost) - (0 if one else old.cost)
        if loose:
            parts[group].append(Effects(price=loose))
        if one or other:
            tokens[group].append(_Pair(one, other))
    for group, pairs in tokens.items():
        parts[group].append(_of_tokens(pairs))
    summed = {group: column_sums(each) for group, each in parts.items()}
    return {group: effects for group, effects in summed.items() if effects and any(effects)}


def total(effects: Iterable[Effects]) -> Effects:
    """Return the sum of some effects."""
    return column_sums(list(effects)) or Effects()


_NOTHING = Amounts(0, 0, 0, 0, 0, 0, 0, 0)


def _people(cells: Cells, person: Callable[[Id], Id]) -> frozenset[str]:
    return frozenset(who for who in map(person, {cell.caller for cell in cells}) if who is not None)


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


def _factors(amounts: Amounts, weights: Weights | None) -> _Factors | None:
    """Return the factors of a cost, None if it has no tokens."""
    if weights is None:
        return None
    uncached, write_5m, write_1h, read, output, *_ = amounts
    count = uncached + write_5m + write_1h + read
    if not (count or output):
        return None
    of_uncached, of_write_5m, of_write_1h, of_read, of_output = weights
    weighed = uncached * of_uncached + write_5m * of_write_5m + write_1h * of_write_1h + read * of_read
    level = amounts.cost / (weighed + output * of_output)
    return _Factors(count, output, weighed / count if count else 0.0, of_output, level, amounts.cost)


def _of_tokens(pairs: list[_Pair]) -> Effects:
    """Return the effects in one group. Computed upwards and turned, so that both ways give equal figures."""
    old = sum(pair.before.cost for pair in pairs if pair.before)
    new = sum(pair.after.cost for pair in pairs if pair.after)
    upwards = sorted(pairs, key=_order)
    downwards = sorted((_Pair(after, before) for before, after in pairs), key=_order)
    if (old, [_order(pair) for pair in upwards]) <= (new, [_order(pair) for pair in downwards]):
        return _rounded(_shapley(upwards), new - old)
    return Effects(*map(neg, _rounded(_shapley(downwards), old - new)))


def _order(pair: _Pair) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(pair.before or ()), tuple(pair.after or ())


def _rounded(effects: tuple[float, float, float, float], change: int) -> Effects:
    """Return whole billionths that sum to the change; what rounding leaves goes to the largest."""
    whole = [round(effect) for effect in effects]
    sizes = [abs(effect) for effect in effects]
    whole[sizes.index(max(sizes))] += change - sum(whole)
    return Effects(*whole)


def _shapley(pairs: list[_Pair]) -> tuple[float, float, float, float]:
    """Return the Shapley values of volume, mix of models, cache share and price in one group."""
    input_0 = sum(pair.before.input for pair in pairs if pair.before)
    input_1 = sum(pair.after.input for pair in pairs if pair.after)
    output_0 = sum(pair.before.output for pair in pairs if pair.before)
    output_1 = sum(pair.after.output for pair in pairs if pair.after)
    volume = mix = cache = price = 0.0
    for before, after in pairs:
        # A factor of a period without tokens has no value: it counts as unchanged.
        old, new = before or after, after or before
        if old is None or new is None:
            continue
        blend_0 = old.blend or new.blend
        blend_1 = new.blend or old.blend
        share_0, share_1 = _shares(before and before.input, after and after.input, input_0, input_1)
        of_input = _four(input_0, input_1, share_0, share_1, blend_0, blend_1, old.level, new.level)
        share_0, share_1 = _shares(before and before.output, after and after.output, output_0, output_1)
        level_0, level_1 = old.level * old.output_weight, new.level * new.output_weight
        of_output = _three(output_0, output_1, share_0, share_1, level_0, level_1)
        volume += of_input[0] + of_output[0]
        mix += of_input[1] + of_output[1]
        cache += of_input[2]
        price += of_input[3] + of_output[2]
    return volume, mix, cache, price


def _shares(part_0: int | None, part_1: int | None, whole_0: int, whole_1: int) -> tuple[float, float]:
    """Return a model's share in both periods; where nothing was used, its share is that of the other."""
    share_0 = (part_0 or 0) / whole_0 if whole_0 else None
    share_1 = (part_1 or 0) / whole_1 if whole_1 else None
    either = share_0 if share_1 is None else share_1
    return (
        (either or 0.0) if share_0 is None else share_0,
        (either or 0.0) if share_1 is None else share_1,
    )


def _four(
    a0: float, a1: float, b0: float, b1: float, c0: float, c1: float, d0: float, d1: float
) -> tuple[float, float, float, float]:
    """Return the Shapley values of the factors of a × b × c × d."""
    return (
        (a1 - a0) * _others(b0, b1, c0, c1, d0, d1),
        (b1 - b0) * _others(a0, a1, c0, c1, d0, d1),
        (c1 - c0) * _others(a0, a1, b0, b1, d0, d1),
        (d1 - d0) * _others(a0, a1, b0, b1, c0, c1),
    )


def _others(b0: float, b1: float, c0: float, c1: float, d0: float, d1: float) -> float:
    """Return b × c × d, averaged over the orders in which they change before or after a fourth factor.

    All or none of them have changed in a quarter of the orders each, one or two given ones in a twelfth.
    """
    mixed = b1 * c0 * d0 + b0 * c1 * d0 + b0 * c0 * d1 + b1 * c1 * d0 + b1 * c0 * d1 + b0 * c1 * d1
    return (b0 * c0 * d0 + b1 * c1 * d1) / 4 + mixed / 12


def _three(a0: float, a1: float, b0: float, b1: float, c0: float, c1: float) -> tuple[float, float, float]:
    """Return the Shapley values of the factors of a × b × c."""
    return (
        (a1 - a0) * ((b0 * c0 + b1 * c1) / 3 + (b1 * c0 + b0 * c1) / 6),
        (b1 - b0) * ((a0 * c0 + a1 * c1) / 3 + (a1 * c0 + a0 * c1) / 6),
        (c1 - c0) * ((a0 * b0 + a1 * b1) / 3 + (a1 * b0 + a0 * b1) / 6),
    )
