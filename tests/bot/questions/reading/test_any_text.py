"""What holds of every text: it has a result, after bounded work, and no word of it is ignored."""

import random
import string
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.questions.reading.canonical import text
from bot.questions.reading.corrections import near_words
from bot.questions.reading.dates import TeamCalendar, dated
from bot.questions.reading.lexicon import LEXICON
from bot.questions.reading.parse import read
from bot.questions.reading.parts import By, Compare, File, Filler, Own, Part, Top, Verb, Words
from bot.questions.reading.types import Reading, Result
from tests.bot.questions.reading.company import AWKWARD_COMPANY, COMPANY
from tests.steps import steps

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
MOST_STEPS = 60_000  # a usual question takes 1,500; a search without bound takes millions
PIECES = (
    "cost", "by", "vs", "top", "last", "week", "2026-10", "2026-99", "..", "9" * 9 + "d", "me", "utc", "--",
    "api", "<@U", "٣d", "sk", "'", '"', "“", "since", "between", "and", "to", "-", "$5", "oct", "3", "31",
    "fy26", "q9", "jonas", "<@U0JONAS>", "Production", "opus", "key", "workspace", "of", "0", "h1", "weekend",
    "ago", "<!here>", "export", "why", "not", "compare", "Europe/Berlin", "time", "Berlin", "\u202e", "\x00",
    "🔥", ":fire:", "&lt;",
)  # fmt: skip


def result_of(typed: str) -> Result:
    return dated(read(typed, COMPANY, "U0STACKBOT"), TeamCalendar(NOW))


def texts() -> Iterator[str]:
    """Ten thousand texts: of any characters, of pieces of the grammar, and of both."""
    chance = random.Random(15)
    characters = string.printable + "äßŁ研究عمرé🔥“”\u2018\u2019–—…\u00a0\u200b\u202e٣"
    for _ in range(3_000):
        yield "".join(chance.choices(characters, k=chance.randrange(80)))
    for _ in range(6_000):
        yield " ".join(chance.choices(PIECES, k=chance.randrange(1, 14)))
    for _ in range(1_000):
        yield "".join(chance.choices([*PIECES, " ", "\n", *characters], k=chance.randrange(60)))


def test_ten_thousand_texts_each_have_a_result_that_ends_somewhere() -> None:
    for typed in texts():
        result = result_of(typed)
        assert result.reading or result.unused or result.sentence or result.suggestions
        for reading in (result.reading, *result.suggestions):
            assert reading is None or read(text(reading, COMPANY), COMPANY).reading == reading, typed


@given(st.text(max_size=400))
def test_any_text_has_a_result(typed: str) -> None:
    result = result_of(typed)
    assert result.reading or result.unused or result.sentence or result.suggestions


@pytest.mark.parametrize(
    "typed",
    [
        "cost " * 60,
        "x " * 40,
        "since " * 40,
        "oct 3 to " * 12,
        "between oct and " * 10,
        "last 3 " * 20,
        "jonas vs " * 20,
        "by model and " * 13,
        "a" * 300,
        "-".join("ab" * 75),
        '"' * 300,
        "<" * 300,
        "kost modell egnineers exprot forcast " * 8,
        "week of " * 20,
        "monday tuesday wednesday jonas mina opus sonnet " * 6,
    ],
    ids=lambda typed: typed[:12],
)
def test_the_work_is_bounded_however_a_text_is_made(typed: str) -> None:
    result_of("cost")  # what is made once
    assert steps(lambda: result_of(typed[:300])) < MOST_STEPS


NONSENSE = st.from_regex(r"[bcdfghjklmnpqrstvwxz]{6,9}", fullmatch=True)
QUESTIONS = st.sampled_from(
    [
        "cost last week", "cost last month by engineer", "opus vs sonnet", "who spent the most yesterday",
        "status", "export october csv", "forecast", "budget 5000", "me last week", "why did it go up",
        "engineers", "today", "pause digest", "top 5 engineers", "alerts", "cost since oct 15 for jonas",
        "claude by skill", "sync",
    ]
)  # fmt: skip


@given(QUESTIONS, NONSENSE, st.randoms(use_true_random=False))
def test_a_word_that_means_nothing_is_never_ignored(question: str, word: str, chance: random.Random) -> None:
    words = question.split()
    words.insert(chance.randrange(len(words) + 1), word)
    result = result_of(" ".join(words))
    assert result.reading is None
    assert word in " ".join(result.unused).split() or near_words(word) or result.sentence


MEANINGFUL = sorted(phrase for phrase, lexeme in LEXICON.items() if not isinstance(lexeme.part, Filler))


def is_in(part: Part, reading: Reading) -> bool:
    """Whether a part repeats what a reading says already, or is a word that any question takes."""
    is_mentioned: bool
    match part:
        case Verb(command):
            is_mentioned = command in ("cost", "summary", reading.command)
        case By(dimension):
            is_mentioned = dimension in (*reading.dimensions, *[name.dimension for name in reading.filters])
        case Top(None):
            is_mentioned = bool(reading.dimensions)
        case File(form):
            is_mentioned = form == reading.form
        case Words(words):
            is_mentioned = {*words} <= {*reading.words, "add" if reading.amount else ""}
        case Compare():
            is_mentioned = reading.compare is not None or bool(reading.dimensions)  # `compare models`
        case _:
            is_mentioned = isinstance(part, Own) and reading.command == "me"
    return is_mentioned


@given(QUESTIONS, st.sampled_from(MEANINGFUL))
def test_a_phrase_of_the_grammar_changes_the_reading_stops_it_or_repeats_it(
    question: str, phrase: str
) -> None:
    alone, both = result_of(question).reading, result_of(f"{question} {phrase}").reading
    assert alone
    assert both != alone or is_in(LEXICON[phrase].part, alone)


def test_a_name_that_is_a_word_of_the_grammar_is_offered_beside_its_literal_reading() -> None:
    result = read("cost today", AWKWARD_COMPANY)
    assert result.reading
    assert text(result.reading, AWKWARD_COMPANY) == "cost today"
    assert [text(each, AWKWARD_COMPANY) for each in result.suggestions] == ['cost "Today"']
