"""Commands that a person may have meant by a text that is none, the likeliest first."""

import difflib
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import get_args

from bot.questions.periods import WORDS, is_period
from bot.questions.typed import is_form
from bot.questions.vocabulary import (
    ASKING,
    BY,
    COMMANDS,
    DIMENSIONS,
    FAMILIES,
    FILLERS,
    FORMS,
    NO_TYPOS,
    OWN,
    SPLITS,
    UNITS,
)
from digests.numbers.report import Dimension

MOST = 3  # suggestions; each is a button
Parses = Callable[[Sequence[str]], bool]
"""Whether words are a command."""
Understood = Callable[[Sequence[str]], Sequence[str]]
"""The words after a command that are understood."""


def nearest(
    words: Sequence[str], unused: Sequence[str], understood: Understood, parses: Parses
) -> tuple[str, ...]:
    """Return commands near `words`; `unused` words can name a line of some answer."""
    command = words[0] if words[0] in COMMANDS else _closest(words[0], list(COMMANDS))
    rest = _corrected(words[1:] if command else words)
    guesses = _guesses(command, rest, _corrected(words), understood(rest))
    candidates = guesses if command else [guess for guess in guesses if guess != ["cost"]]
    likely = next(([guess] for guess in candidates if parses(guess)), [[command]] if command else [])
    if command and COMMANDS[command] in ASKING:
        parts = [word for word in unused if word != words[0]]
        likely += [guess for guess in _beside(understood(rest), parts) if parses(guess)]
    return tuple(dict.fromkeys(map(" ".join, likely)))[:MOST]


def _corrected(words: Sequence[str]) -> list[str]:
    """Return the words with typos corrected, without fillers."""
    vocabulary = _vocabulary()
    return [
        word if is_period(word) else _closest(word, vocabulary) or word
        for word in words
        if word not in FILLERS
    ]


def _guesses(
    command: str | None, rest: Sequence[str], all_of_it: Sequence[str], meant: Sequence[str]
) -> list[list[str]]:
    """Return possible commands: all corrected words, then only those that are understood."""
    words = command or "cost"
    return [
        [words, *rest],
        ["cost", *all_of_it],
        *([["export", *meant]] if {*FORMS} & {*meant} else []),
        [words, *meant],
        [words, *_period(meant)],
    ]


def _period(meant: Sequence[str]) -> list[str]:
    """Return the understood words before a dimension."""
    return [word for word in takewhile(lambda word: word not in BY, meant) if word not in FORMS]


def _beside(meant: Sequence[str], unused: Sequence[str]) -> Iterator[list[str]]:
    """Yield commands whose answer has a line for an unused word."""
    period = _period(meant)
    if OWN & {*unused}:
        yield ["me", *period]
    if FAMILIES & {*unused}:
        yield ["cost", *period, "by", "model"]
    if any(word.rpartition(" ")[2] in SPLITS for word in unused):
        yield ["cost", *period, "by", "day"]
    yield from (["cost", *period, *word.split()] for word in unused if word.startswith("by "))
    if any(map(_may_be_a_person, unused)):
        yield ["cost", *period, "by", "engineer"]
    if any(word.isalpha() for word in unused):
        yield ["cost", *period, "by", "workspace"]


def _may_be_a_person(word: str) -> bool:
    return word.startswith("<@") if is_form(word) else "@" in word or word.isalpha()


def _vocabulary() -> list[str]:
    phrases = (*WORDS, *DIMENSIONS, *BY, *FORMS, *get_args(Dimension), "utc", "last", "this")
    return list(dict.fromkeys(word for phrase in phrases for word in phrase.split()))


def _closest(word: str, vocabulary: Sequence[str]) -> str | None:
    if word in vocabulary:
        return word
    if word in NO_TYPOS | FAMILIES | FILLERS | UNITS or is_form(word):
        return None
    return next(iter(difflib.get_close_matches(word, vocabulary, n=1, cutoff=0.7)), None)
