"""Typos in words of the grammar: which are corrected, and which are only offered."""

from collections.abc import Sequence
from functools import cache

from bot.questions.reading.lexicon import LEXICON
from bot.questions.reading.parts import Candidate, Refusal, Unknown
from bot.questions.reading.spans import MONTHS, WEEKDAYS
from bot.questions.reading.tokens import Token, is_form
from bot.questions.reading.typos import TypoIndex

_SHORTEST = 5  # letters of a word that is corrected; shorter words are too close to others
_LONG = 7  # letters; two typos are so many that words from here on are only offered
_COMMON = (
    "cost",
    "costs",
    "spend",
    "today",
    "week",
    "weeks",
    "month",
    "last",
    "model",
    "year",
    "this",
    "much",
)
"""Short words that are so common that a typo in them is clear, if the first letter is right."""
_OF_PERIODS = (
    "today", "yesterday", "tomorrow", "weekend", "week", "weeks", "month", "months", "quarter", "quarters",
    "year", "years", "days", "previous", "current", "since", "until", "between", "forever", "lifetime",
    "fiscal",
)  # fmt: skip
_LONG_MONTHS = (
    "january", "february", "march", "april", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_OFFERED = (*WEEKDAYS, *_LONG_MONTHS, "opus", "sonnet", "haiku")
"""Words whose typos are names as well (Augusta, Haiko), so that they are offered, not corrected."""


@cache
def _words_of_grammar() -> frozenset[str]:
    words = {
        word
        for phrase, lexeme in LEXICON.items()
        if not isinstance(lexeme.part, Refusal)
        for word in phrase.split()
        if word.isalpha()
    }
    return frozenset({*words, *_OF_PERIODS})


@cache
def _safe() -> TypoIndex:
    return TypoIndex(_words_of_grammar(), shortest=_SHORTEST)


@cache
def _farther() -> TypoIndex:
    return TypoIndex(_words_of_grammar(), shortest=_SHORTEST, long=_LONG)


@cache
def _short() -> TypoIndex:
    return TypoIndex(_COMMON, shortest=3)


@cache
def _offered() -> TypoIndex:
    return TypoIndex(_OFFERED, shortest=4)


@cache
def _joined() -> "dict[str, tuple[str, str]]":
    befores = ("last", "this", "next", "past", "previous", "prior", "current", "by", "per", "top")
    units = ("day", "week", "month", "quarter", "year", "weekend", "days", "weeks", "months", "years")
    return {
        f"{before}{unit}": (before, unit)
        for before in befores
        for unit in (*units, *WEEKDAYS, *MONTHS, *_LONG_MONTHS)
    } | {
        f"{by}{noun}": (by, noun)
        for by in ("by", "per")
        for noun in ("model", "engineer", "workspace", "key")
    }


def corrected(tokens: Sequence[Token], cover: Sequence[Candidate]) -> list[Token] | None:
    """Return the tokens with typos corrected, where each can only be one word; None if there is none."""
    better = list(tokens)
    for candidate in reversed(cover):
        if isinstance(candidate.part, Unknown):
            at = candidate.end - 1
            better[at : at + 1] = [Token(word, tokens[at].raw) for word in _words(tokens[at])]
    return better if [each.text for each in better] != [each.text for each in tokens] else None


def _words(token: Token) -> Sequence[str]:
    word = token.text
    if token.is_quoted or is_form(word):
        return [word]
    if word in _joined():
        return _joined()[word]
    near = [each for each in _short().nearest(word) if each[0] == word[0] and not _is_longer(each, word)]
    near = near or [each for each in _safe().nearest(word) if not _is_longer(each, word)]
    alike = [each for each in near if len(each) == len(word)]
    return next((each for each in (near, alike) if len(each) == 1), [word])


def _is_longer(one: str, other: str) -> bool:
    """Whether one word begins with the other: a name (`augusta`) rather than a typo."""
    return one.startswith(other) or other.startswith(one)


def near_words(typed: str) -> list[str]:
    """Return the words that are offered for one."""
    if is_form(typed):
        return []
    return [*_offered().nearest(typed), *_farther().nearest(typed)][:2]
