"""What explains most of a change."""

import random
from decimal import Decimal
from fractions import Fraction

import pytest

from digests.numbers.cause import ASPECTS, Cause, Cell, cause
from providers.money import billionths

OPUS, SONNET = "claude-opus-5-5", "claude-sonnet-5-5"
CI = Cell("apikey_ci", "svac_ci", "messages_api", OPUS, None)
MINA = Cell("apikey_mina", "mina@acme.example", "claude_code", SONNET, "wrkspc_code")
JONAS = Cell("apikey_jonas", "jonas@acme.example", "claude_code", OPUS, "wrkspc_code")


def dollars(**cells: int) -> list[tuple[Cell, int]]:
    named = {"ci": CI, "mina": MINA, "jonas": JONAS}
    return [(named[name], cost * 10**9) for name, cost in cells.items()]


def found(now: list[tuple[Cell, int]], *earlier: list[tuple[Cell, int]]) -> Cause:
    result = cause(now, earlier)
    assert result
    return result


def test_a_runaway_key_is_named_with_its_model_and_workspace() -> None:
    why = found(dollars(ci=9382, mina=800, jonas=588), dollars(ci=4, mina=700, jonas=540))
    assert why.members == {"key": "apikey_ci", "product": "messages_api", "model": OPUS, "workspace": None}
    assert (why.spent, why.usual) == (Decimal(9382), Decimal(4))
    assert (why.rest, why.usual_rest) == (Decimal(1388), Decimal(1240))


def test_a_key_is_named_before_a_model_that_has_a_little_more_of_the_change() -> None:
    why = found(dollars(ci=90, jonas=30), dollars(ci=0, jonas=10, mina=0))
    assert next(iter(why.members)) == "key"
    assert why.members["model"] == OPUS  # +110 of it, the key +90


def test_an_engineer_is_named_whose_keys_share_the_change() -> None:
    keys = [MINA._replace(key=f"apikey_{n}") for n in range(3)]
    why = found([(key, 100) for key in keys], [(JONAS, 1), *((key, 10) for key in keys)])
    assert why.members["engineer"] == "mina@acme.example"
    assert "key" not in why.members


def test_a_model_is_named_that_everybody_uses_more() -> None:
    def everybody(model: str, cost: int) -> list[tuple[Cell, int]]:
        return [(Cell(f"apikey_{n}", f"{n}@acme.example", "api", model, f"w{n % 4}"), cost) for n in range(8)]

    why = found(everybody(OPUS, 100) + everybody(SONNET, 50), everybody(OPUS, 10) + everybody(SONNET, 60))
    assert why.members == {"model": OPUS}
    assert why.cost == 800


def test_a_key_that_rises_on_one_model_and_falls_on_another_is_named_with_the_model() -> None:
    moved = CI._replace(model=SONNET)
    why = found([(CI, 100), (MINA, 5)], [(moved, 60), (MINA, 5)])
    assert (why.members["key"], why.members["model"]) == ("apikey_ci", OPUS)
    assert (why.cost, why.before) == (100, 0)


def test_a_fall_has_a_cause_as_well() -> None:
    why = found(dollars(ci=0, mina=800, jonas=500), dollars(ci=400, mina=790, jonas=500))
    assert why.members["key"] == "apikey_ci"
    assert (why.spent, why.usual) == (Decimal(0), Decimal(400))


def test_no_cause_where_nothing_changed_or_the_change_is_everywhere() -> None:
    assert cause(dollars(ci=4, mina=7), [dollars(ci=4, mina=7)]) is None
    assert cause(dollars(ci=4), []) is None
    spread = [Cell(f"apikey_{n}", f"{n}@acme.example", f"p{n}", f"m{n}", f"w{n}") for n in range(9)]
    assert cause([(each, 10) for each in spread], [[(each, 5) for each in spread]]) is None


def test_what_is_unknown_explains_nothing() -> None:
    nobody = Cell(None, "=code_execution", None, None, "wrkspc_code")
    why = cause([(nobody, 90), (MINA, 10)], [[(nobody, 1), (MINA, 10)]])
    assert why is None or why.members.keys() == {"workspace"}


def test_a_dimension_with_one_member_tells_nothing() -> None:
    elsewhere = [each._replace(workspace=None) for each in (CI, MINA)]
    why = found([(elsewhere[0], 90), (elsewhere[1], 10)], [(elsewhere[0], 1), (elsewhere[1], 10)])
    assert "workspace" not in why.members


def test_the_usual_is_the_average_of_the_earlier_periods_exactly() -> None:
    why = found(dollars(ci=1000), dollars(ci=1, mina=1), dollars(ci=2, mina=1), dollars(ci=2, mina=1))
    assert why.periods == 3
    assert Fraction(why.before, 3) == Fraction(billionths(dollar(5)), 3)


def dollar(amount: int) -> Decimal:
    return Decimal(amount)


@pytest.mark.parametrize("seed", range(30))
def test_a_cause_has_most_of_the_change_and_does_not_depend_on_the_order(seed: int) -> None:
    dice = random.Random(seed)

    def some() -> list[tuple[Cell, int]]:
        cells = [Cell(*(dice.choice([None, *"abc"]) for _ in ASPECTS)) for _ in range(40)]
        return [(cell, dice.randrange(1000) ** dice.choice([1, 2])) for cell in cells]

    now, earlier = some(), [some() for _ in range(dice.choice([1, 3, 4]))]
    why = cause(now, earlier)
    shuffled = cause(dice.sample(now, len(now)), [dice.sample(each, len(each)) for each in earlier])
    assert why == shuffled
    if why:
        whole = why.periods * why.whole - why.whole_before
        part = why.periods * why.cost - why.before
        assert part * whole > 0  # in the same direction
        assert abs(part) * 5 >= abs(whole) * 2  # half of it, of which narrowing keeps four fifths
        assert why.whole == sum(cost for _, cost in now)
