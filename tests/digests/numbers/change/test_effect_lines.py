from hypothesis import given

from digests.numbers.change.effect_lines import MOST, EffectLine, EffectLines, Subject, effect_lines
from digests.numbers.change.explanation import Cell, Cells, total
from providers.spend import Id
from tests.digests.explained import PEOPLE, cell, cells, used, why

OPUS, FABLE = "claude-opus-5-5", "claude-fable-5-2"
CLAUDE_CODE, DEFAULT = Subject("product", "claude_code"), Subject("workspace", None)


def member(caller: Id) -> Subject:
    who = PEOPLE.get(caller or "")
    return Subject("engineer", who) if who else Subject("key", caller)


def lines(before: Cells, after: Cells) -> EffectLines:
    return effect_lines(why(before, after), before, after, member)


def coded(caller: str, model: str = OPUS) -> Cell:
    return Cell(caller, "wrkspc_code", model, "claude_code")


@given(cells, cells)
def test_lines_and_the_rest_sum_to_the_change(before: Cells, after: Cells) -> None:
    shown = lines(before, after)
    assert shown.total == total(why(before, after).values()).total
    assert len(shown.lines) <= MOST


@given(cells, cells)
def test_the_largest_effect_comes_first(before: Cells, after: Cells) -> None:
    sizes = [abs(line.effect) for line in lines(before, after).lines]
    assert sizes == sorted(sizes, reverse=True)


def test_a_key_behind_most_of_its_workspaces_change_has_its_own_line() -> None:
    keys = {cell(f"apikey_{n}"): used(100, uncached=10) for n in range(5)}
    more = {each: used(110, uncached=11) for each in keys}
    loud = cell("apikey_nightly")
    shown = lines({**keys, loud: used(4, uncached=1)}, {**more, loud: used(4000, uncached=1000)})
    assert shown == EffectLines(
        (
            EffectLine(Subject("key", "apikey_nightly"), "volume", 3996),
            EffectLine(DEFAULT, "volume", 50),
        ),
        other=0,
    )


def test_many_keys_that_share_a_change_are_their_workspace() -> None:
    keys = {cell(f"apikey_{n}"): used(100, uncached=10) for n in range(5)}
    more = {each: used(200, uncached=20) for each in keys}
    assert lines(keys, more).lines == (EffectLine(DEFAULT, "volume", 500),)


def test_engineers_who_came_and_left_are_counted() -> None:
    callers = [f"apikey_{name}" for name in ("mina", "tom")]
    before = {coded("apikey_service"): used(50, uncached=5)}
    after = {**before, **{coded(each): used(200, uncached=20) for each in callers}}
    (line,) = lines(before, after).lines
    assert (line.subject, line.kind, line.effect, line.people) == (CLAUDE_CODE, "people", 400, 2)
    (line,) = lines(after, before).lines
    assert (line.effect, line.people) == (-400, -2)
    (line,) = lines(
        {coded(callers[0]): used(50, uncached=5)}, {coded(callers[1]): used(90, uncached=5)}
    ).lines
    assert (line.effect, line.people) == (40, 0)


def test_a_move_to_another_model_names_it() -> None:
    before = {coded("apikey_mina"): used(1000, uncached=100)}
    after = {coded("apikey_mina", FABLE): used(2000, uncached=100)}
    (line,) = lines(before, after).lines
    assert (line.kind, line.effect, line.model) == ("mix", 1000, FABLE)


def test_what_began_and_what_ended_says_so() -> None:
    one, other = {cell("apikey_old"): used(900, uncached=9)}, {cell("apikey_new"): used(500, uncached=5)}
    ended, began = lines(one, other).lines
    assert (ended.subject, ended.ended, ended.began) == (Subject("key", "apikey_old"), True, False)
    assert (began.subject, began.ended, began.began) == (DEFAULT, False, True)


def test_many_small_effects_are_the_rest() -> None:
    before = {
        Cell("apikey_1", f"wrkspc_{n}", OPUS, "messages_api"): used(100, uncached=10) for n in range(20)
    }
    after = {each: used(110 + n, uncached=11) for n, each in enumerate(before)}
    shown = lines(before, after)
    assert len(shown.lines) == MOST
    assert shown.other == sum(10 + n for n in range(20)) - sum(line.effect for line in shown.lines)
