"""Names in a text: by part, quoted, in any script, alike, mistyped, and as words of the grammar."""

import pytest

from bot.questions.reading.canonical import text
from bot.questions.reading.names import Name, Names
from bot.questions.reading.parse import read
from bot.questions.reading.types import Result
from tests.bot.questions.reading.company import AWKWARD_COMPANY, COMPANY, MINA, MINA_STONE


def result_of(typed: str, names: Names = AWKWARD_COMPANY) -> Result:
    return read(typed, names)


def written(result: Result, names: Names = AWKWARD_COMPANY) -> str:
    assert result.reading
    return text(result.reading, names)


@pytest.mark.parametrize(
    ("typed", "reading"),
    [
        ("cost today", "cost today"),
        ("cost model", "cost by model"),
        ("cost total", "cost"),
        ("cost last week", "cost last week"),
        ('cost "today"', 'cost "Today"'),
        ("cost workspace today", 'cost "Today"'),
        ("cost today workspace", 'cost "Today"'),
        ("cost key model last week", 'cost last week "model"'),
        ('cost "last week" yesterday', 'cost yesterday "Last week"'),
        ("cost today workspace:Today", 'cost today "Today"'),
        ("cost workspace=Production", 'cost workspace "Production"'),
        ("cost 研究 開発 last week", 'cost last week "研究 開発"'),
        ("cost محمد علي last week", 'cost last week "محمد علي"'),
        ("cost 🔥 today", "cost today 🔥"),
        ("cost ZOE O\u2019BRIEN today", 'cost today "Zoë O\'Brien"'),
        ("zoe's cost", 'cost "Zoë O\'Brien"'),
    ],
)
def test_the_grammar_comes_first_and_a_name_where_it_is_called_one(typed: str, reading: str) -> None:
    assert written(result_of(typed)) == reading


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("cost today", ['cost "Today"']),
        ("cost model", ['cost "model"']),
        ("cost total", ['cost "Total"']),
        ("cost last week", ['cost "Last week"']),
        ('cost "today"', []),
        ("cost yesterday", []),
    ],
)
def test_what_is_also_a_name_is_offered_as_one(typed: str, offered: list[str]) -> None:
    assert [text(each, AWKWARD_COMPANY) for each in result_of(typed).suggestions] == offered


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("mina last week", ['cost last week "Mina Okafor"', 'cost last week "Mina Stone"']),
        ("production", ['cost workspace "Production"', 'cost key "Production"']),
        ("shared", ["cost apikey_6", "cost apikey_7"]),
        ("ci key last month", ["cost last month ci-nightly", "cost last month ci-eval"]),
    ],
)
def test_names_that_cannot_be_told_apart_are_all_offered(typed: str, offered: list[str]) -> None:
    result = result_of(typed)
    assert result.reading is None
    assert [text(each, AWKWARD_COMPANY) for each in result.suggestions] == offered


def test_a_whole_name_is_literal_and_a_part_of_one_is_not() -> None:
    assert result_of("jonas weber last week").is_literal
    assert not result_of("jonas last week").is_literal


@pytest.mark.parametrize(
    "typed", ["jonsa last week", "weberr last week", "producton last week", "prod last week"]
)
def test_a_name_that_is_mistyped_is_offered_and_not_answered(typed: str) -> None:
    result = result_of(typed, COMPANY)
    assert result.reading is None
    name = '"Jonas Weber"' if typed[0] in "jw" else "Production"
    assert text(result.suggestions[0], COMPANY) == f"cost last week {name}"


@pytest.mark.parametrize(
    "typed",
    ["cost augusta", "cost haiko", "cost marc", "cost wedneday", "cost ocotber"],
)
def test_a_word_that_may_be_a_name_is_not_taken_for_a_typo(typed: str) -> None:
    assert result_of(typed, COMPANY).reading is None


@pytest.mark.parametrize(
    ("typed", "reading"),
    [
        ("cst today", "cost today"),
        ("cost yestreday", "cost yesterday"),
        ("cots lst wek", "cost last week"),
        ("cost by modle", "cost by model"),
        ("engneers last mnth", "engineers last month"),
        ("exprot last month", "export last month"),
        ("froecast", "forecast"),
        ("cost lastweek", "cost last week"),
        ("cost thismonth by engineeer", "cost month by engineer"),
        ("setings", "settings"),
        ("subscirbe", "digest add"),
    ],
)
def test_a_typo_in_the_grammar_is_corrected_and_said(typed: str, reading: str) -> None:
    result = result_of(typed, COMPANY)
    assert written(result, COMPANY) == reading
    assert not result.is_literal


def test_thousands_of_one_name_are_a_few_to_choose_from() -> None:
    names = Names(
        Name("engineer", f"jonas{number}@acme.example", f"Jonas {number}") for number in range(3_000)
    )
    assert len(read("jonas last week", names).suggestions) == 4


def test_names_that_share_a_word_are_told_apart_by_the_others() -> None:
    for name in (MINA, MINA_STONE):
        reading = result_of(f"cost {name.text.casefold()} last week").reading
        assert reading
        assert reading.filters == (name,)
