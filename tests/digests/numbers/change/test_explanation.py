from collections.abc import Mapping
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.numbers.change.explanation import KINDS, Cells, Effects, total
from providers.spend import Amounts
from tests.digests.explained import PEOPLE, WEIGHTS, cell, cells, used, why

OPUS, SONNET = cell(), cell(model="claude-sonnet-5-5")
HAND_WORKED: Mapping[str, tuple[Cells, Cells, Effects]] = {
    "twice the tokens at one price": (
        {OPUS: used(1000, uncached=100, output=20)},
        {OPUS: used(2000, uncached=200, output=40)},
        Effects(volume=1000),
    ),
    "the same tokens at half the price": (
        {OPUS: used(1000, uncached=100, output=20)},
        {OPUS: used(500, uncached=100, output=20)},
        Effects(price=-500),
    ),
    # 100 → 300: the tokens double and the price is 1.5 times as high: 1 × (1 + 1.5) / 2, 0.5 × (1 + 2) / 2
    "more tokens at a higher price": (
        {OPUS: used(100, uncached=100)},
        {OPUS: used(300, uncached=200)},
        Effects(volume=125, price=75),
    ),
    "a move to a model that costs less": (
        {OPUS: used(1000, uncached=100)},
        {SONNET: used(400, uncached=100)},
        Effects(mix=-600),
    ),
    # Half of 100 tokens at 10 each move to a model at 4 each.
    "half a move": (
        {OPUS: used(1000, uncached=100)},
        {OPUS: used(500, uncached=50), SONNET: used(200, uncached=50)},
        Effects(mix=-300),
    ),
    # A token costs 7 on average after the move, 10 before: 100 more of them 100 × 8.5, the move 150 × -3.
    "half a move and twice the tokens": (
        {OPUS: used(1000, uncached=100)},
        {OPUS: used(1000, uncached=100), SONNET: used(400, uncached=100)},
        Effects(volume=850, mix=-450),
    ),
    "half of the input from the cache": (
        {OPUS: used(1000, uncached=1000)},
        {OPUS: used(550, uncached=500, read=500)},
        Effects(cache=-450),
    ),
    # 1,000 more tokens at (1 + 0.55) / 2, and 0.45 less for each of (1,000 + 2,000) / 2.
    "half of twice the input from the cache": (
        {OPUS: used(1000, uncached=1000)},
        {OPUS: used(1100, uncached=1000, read=1000)},
        Effects(volume=775, cache=-675),
    ),
    "a key that is new": ({}, {OPUS: used(700, uncached=10, read=5)}, Effects(volume=700)),
    "one who came and one who left": (
        {cell("apikey_mina"): used(300, uncached=10)},
        {cell("apikey_tom"): used(500, uncached=10)},
        Effects(people=200),
    ),
    "one who uses a second model": (
        {cell("apikey_mina"): used(300, uncached=100)},
        {
            cell("apikey_mina"): used(300, uncached=100),
            cell("apikey_mina", "claude-haiku"): used(100, uncached=100),
        },
        # 100 more tokens at (3 + 2) / 2, and half of (100 + 200) / 2 tokens at 2 less
        Effects(volume=250, mix=-150),
    ),
    "web searches and a correction of the bill": (
        {cell(model="web_search"): used(40)},
        {cell(model="web_search"): used(90), cell("=difference", None): used(-7)},
        Effects(price=-7, tools=50),
    ),
    # 20 more tokens of output at 5 each; those of input stay.
    "longer answers": (
        {OPUS: used(200, uncached=100, output=20)},
        {OPUS: used(300, uncached=100, output=40)},
        Effects(volume=100),
    ),
}


@pytest.mark.parametrize("case", HAND_WORKED)
def test_cases_worked_by_hand(case: str) -> None:
    before, after, effects = HAND_WORKED[case]
    assert total(why(before, after).values()) == effects


@given(cells, cells)
def test_effects_sum_to_the_change(before: Cells, after: Cells) -> None:
    change = sum(each.cost for each in after.values()) - sum(each.cost for each in before.values())
    assert total(why(before, after).values()).total == change


@given(cells, cells)
def test_the_other_way_round_every_effect_has_the_other_sign(before: Cells, after: Cells) -> None:
    turned = {group: Effects(*(-each for each in effects)) for group, effects in why(after, before).items()}
    assert why(before, after) == turned


@given(cells)
def test_nothing_changed_has_no_effects(same: Cells) -> None:
    assert why(same, dict(reversed([*same.items()]))) == {}


@given(cells, cells)
def test_the_order_of_the_cells_does_not_matter(before: Cells, after: Cells) -> None:
    assert why(dict(reversed([*before.items()])), dict(reversed([*after.items()]))) == why(before, after)


@given(cells, cells)
def test_an_effect_of_one_group_is_the_same_beside_others(before: Cells, after: Cells) -> None:
    """Groups add up: only people are known by all of their cells."""
    alone = [
        why(
            {c: a for c, a in before.items() if c.workspace == w},
            {c: a for c, a in after.items() if c.workspace == w},
        )
        for w in (None, "wrkspc_1")
    ]
    whole = why(before, after)
    both = {**alone[0], **alone[1]}
    assert {g: e for g, e in whole.items() if g.caller not in PEOPLE} == {
        g: e for g, e in both.items() if g.caller not in PEOPLE
    }


def test_dollars_of_a_month_stay_exact_in_whole_billionths() -> None:
    third = Decimal(10**15) / 3
    before = {OPUS: used(int(third), uncached=10**11, read=7, output=3)}
    after = {OPUS: used(2 * int(third) + 1, uncached=10**11 + 1, read=10**11, output=10**9)}
    effects = total(why(before, after).values())
    assert effects.total == int(third) + 1
    assert len(effects) == len(KINDS)


used_cells = st.builds(
    Amounts,
    st.integers(1, 10**9),
    st.integers(0, 10**9),
    st.just(0),
    st.integers(0, 10**9),
    st.integers(1, 10**9),
    st.just(0),
    st.integers(10**6, 10**13),
    st.just(0),
)


@given(used_cells, used_cells, used_cells, used_cells)
def test_an_effect_is_the_average_over_every_order(a: Amounts, b: Amounts, c: Amounts, d: Amounts) -> None:
    periods = factors(a, b), factors(c, d)
    effects = dict.fromkeys(FACTORS, 0.0)
    orders = list(permutations(FACTORS))
    for order in orders:
        state = dict(periods[0])
        for name in order:
            cost = cost_of(state)
            state[name] = periods[1][name]
            effects[name] += (cost_of(state) - cost) / len(orders)
    ours = total(why({OPUS: a, SONNET: b}, {OPUS: c, SONNET: d}).values())
    size = max(each.cost for each in (a, b, c, d))
    assert ours[:4] == pytest.approx(list(effects.values()), abs=2 + size * 1e-9)


FACTORS = ("volume", "mix", "cache", "price")
Factors = Mapping[str, list[tuple[float, ...]]]


def factors(*models: Amounts) -> Factors:
    """Input and output of each model, their shares, the price of its blend of input, its level of prices."""
    inputs = [sum(each[:4]) for each in models]
    outputs = [each.output for each in models]
    weighed = [sum(n * w for n, w in zip(each, WEIGHTS[:4], strict=False)) for each in models]
    return {
        "volume": [(sum(inputs), sum(outputs))] * len(models),
        "mix": [(i / sum(inputs), o / sum(outputs)) for i, o in zip(inputs, outputs, strict=True)],
        "cache": [(w / i,) for w, i in zip(weighed, inputs, strict=True)],
        "price": [
            (each.cost / (w + each.output * WEIGHTS[4]),) for w, each in zip(weighed, models, strict=True)
        ],
    }


def cost_of(state: Factors) -> float:
    volumes, shares, blends, levels = (state[name] for name in FACTORS)
    return sum(
        level * (inputs * of_input * blend + outputs * of_output * WEIGHTS[4])
        for (inputs, outputs), (of_input, of_output), (blend,), (level,) in zip(
            volumes, shares, blends, levels, strict=True
        )
    )
