"""What words can be at each place (phrases, periods, names, zones, amounts), and the likeliest cover."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from bot.questions.reading.lexicon import BY, LEXICON, LONGEST_PHRASE, NAMED_NOUNS, NOUNS
from bot.questions.reading.names import Match, Names
from bot.questions.reading.parts import (
    Amount,
    By,
    Candidate,
    Named,
    Refusal,
    Time,
    Top,
    Unknown,
    Verb,
    Zone,
)
from bot.questions.reading.span_parser import count_of, spans_at
from bot.questions.reading.tokens import Token, words_of
from bot.questions.reading.types import Dimension
from bot.questions.reading.zones import zone_at

GRAMMAR, GUESS, EXACT_NAME, PART_OF_NAME, UNKNOWN = 1.0, 1.05, 1.1, 1.5, 100.0
"""What a candidate costs. One long phrase is likelier than two short ones, the grammar than a name."""
_AMOUNT = re.compile(r"\$?(\d{1,9}|\d{1,3}(?:,\d{3}){1,3})(\.\d{1,2})?(k|m)?\$?")
_THOUSANDS = {None: 1, "k": 1_000, "m": 1_000_000}
_TOPS = frozenset({"top", "biggest", "largest", "highest"})
_UNITS = frozenset({"day", "days", "week", "weeks", "month", "months", "of", "hours"})
"""What follows `first 10` where that is a period rather than the top of a list."""
_MOST_LINES = 100  # of `top N`


def plain_tokens(tokens: Sequence[Token], names: Names) -> list[Token]:
    """Return the tokens without quotes around anything but a name, and with `last-month` cut in two."""
    plain: list[Token] = []
    for token in tokens:
        if token.is_quoted and not any(names.at([token], 0)):
            plain += [Token(word, word) for word in words_of(token.text)]
        elif not token.is_quoted and (parts := _joined(token, names)):
            plain += [Token(part, token.raw) for part in parts]
        else:
            plain.append(token)
    return plain


def _joined(token: Token, names: Names) -> list[str]:
    """Return the words of one such as `last-month` or `engineer/model`, none if it is not made of ours."""
    parts = re.split(r"[-_/+]", token.text)
    if len(parts) == 1 or not all(parts) or any(any(letter.isdigit() for letter in part) for part in parts):
        return []
    if (
        token.text in LEXICON
        or zone_at([token.text], 0)
        or any(match.is_exact for match in names.at([token], 0))
    ):
        return []
    is_ours = any(reach.end == len(parts) for reach in spans_at(parts, 0)) or all(
        part in LEXICON or part in NOUNS or part in BY for part in parts
    )
    return parts if is_ours else []


def at_each_place(tokens: Sequence[Token], names: Names) -> list[list[Candidate]]:
    """Return, for every token, what can begin there; at least that it is unknown."""
    words = [token.text if not token.is_quoted else " " for token in tokens]
    compares = {"compare", "comparing", "comparison", "difference", "diff"}.isdisjoint(words)
    return [list(_at(tokens, words, at, names, with_to=compares)) for at in range(len(tokens))]


def _at(
    tokens: Sequence[Token], words: Sequence[str], at: int, names: Names, *, with_to: bool
) -> Iterator[Candidate]:
    yield Candidate(at, at + 1, Unknown(), UNKNOWN)
    yield from _phrases(words, at)
    yield from _after_by(tokens, words, at, names)
    if not tokens[at].is_quoted:
        for reach in spans_at(words, at, with_to=with_to):
            yield Candidate(at, reach.end, Time(reach.span), _cost(reach.is_guess), reach.is_guess)
        if zone := zone_at(words, at):
            yield Candidate(at, at + zone.length, Zone(zone.zone), _cost(zone.is_guess), zone.is_guess)
        yield from _numbers(words, at)
    yield from _names(tokens, words, at, names)


def _cost(is_guess: bool) -> float:  # noqa: FBT001 - it is the whole argument
    return GUESS if is_guess else GRAMMAR


def _phrases(words: Sequence[str], at: int) -> Iterator[Candidate]:
    phrase = ""
    for length in range(1, min(LONGEST_PHRASE, len(words) - at) + 1):
        phrase = f"{phrase} {words[at + length - 1]}" if phrase else words[at]
        if lexeme := LEXICON.get(phrase):
            yield Candidate(at, at + length, lexeme.part, _cost(lexeme.is_guess), lexeme.is_guess)
    if words[at] == "claude" and at == 0:
        yield Candidate(at, at + 1, Verb("claude", is_weak=True), GRAMMAR - 0.01)


def _after_by(tokens: Sequence[Token], words: Sequence[str], at: int, names: Names) -> Iterator[Candidate]:
    """Yield `by model`; for a `by` before anything else, the name or why it cannot be used."""
    for by in (1, 2, 3):
        if at + by > len(words) or " ".join(words[at : at + by]) not in BY:
            continue
        start = at + by
        for length in (2, 1):
            noun = " ".join(words[start : start + length])
            if start + length <= len(words) and noun in NOUNS:
                yield Candidate(at, start + length, By(NOUNS[noun]), GRAMMAR)
                yield from _and_by(words, at, start + length, NOUNS[noun])
        if start >= len(words):
            return
        for match in names.at(tokens, start, "engineer"):
            yield Candidate(at, start + match.length, Named(match.names), EXACT_NAME, is_guess=True)
        if words[start] not in LEXICON and words[start] != " " and words[start].isalpha():
            yield Candidate(at, start + 1, Unknown(), UNKNOWN)
        for length in (2, 1):
            lexeme = LEXICON.get(" ".join(words[start : start + length]))
            if lexeme and isinstance(lexeme.part, Refusal) and start + length <= len(words):
                yield Candidate(at, start + length, lexeme.part, GRAMMAR)


def _and_by(words: Sequence[str], at: int, after: int, first: Dimension) -> Iterator[Candidate]:
    """Yield `by model and week`, whose second noun is no period here."""
    if words[after : after + 1] not in (["and"], ["x"]):
        return
    for length in (2, 1):
        end = after + 1 + length
        noun = " ".join(words[after + 1 : end])
        if end <= len(words) and noun in NOUNS:
            yield Candidate(at, end, By(first, also=NOUNS[noun]), GRAMMAR)


def _numbers(words: Sequence[str], at: int) -> Iterator[Candidate]:
    """Yield `top 5`, `$500`, `24h`."""
    word = words[at]
    is_top = word in _TOPS or (word == "first" and not {*words[at + 2 : at + 3]} & _UNITS)
    if is_top and at + 1 < len(words) and 1 <= (count_of(words[at + 1]) or 0) <= _MOST_LINES:
        yield Candidate(at, at + 2, Top(count_of(words[at + 1])), GRAMMAR)
    if (match := _AMOUNT.fullmatch(word)) and word.isascii():
        number = Decimal(match[1].replace(",", "") + (match[2] or "")) * _THOUSANDS[match[3]]
        yield Candidate(at, at + 1, Amount(number), GUESS)


def _names(tokens: Sequence[Token], words: Sequence[str], at: int, names: Names) -> Iterator[Candidate]:
    """Yield names, alone or beside what they are: `Production`, `workspace Production`, `ci key`."""
    for match in names.at(tokens, at):
        yield _named(at, at + match.length, match)
    for length in (2, 1):
        noun = " ".join(words[at : at + length])
        if noun not in NAMED_NOUNS or at + length > len(words):
            continue
        for match in _beside(tokens, at + length, NOUNS[noun], names):
            yield Candidate(
                at, at + length + match.length, Named(match.names), GRAMMAR, is_guess=not match.is_exact
            )
    for match in list(names.at(tokens, at)):
        yield from _before_noun(tokens, words, at, match, names)


def _beside(tokens: Sequence[Token], at: int, dimension: str, names: Names) -> Iterator[Match]:
    if at < len(tokens):
        yield from names.at(tokens, at, dimension)


def _before_noun(
    tokens: Sequence[Token], words: Sequence[str], at: int, match: Match, names: Names
) -> Iterator[Candidate]:
    after = at + match.length
    for length in (2, 1):
        noun = " ".join(words[after : after + length])
        if noun in NAMED_NOUNS and after + length <= len(words):
            for named in names.at(tokens, at, NOUNS[noun]):
                if named.length == match.length:
                    yield Candidate(
                        at, after + length, Named(named.names), EXACT_NAME, is_guess=not named.is_exact
                    )


def _named(start: int, end: int, match: Match) -> Candidate:
    cost = EXACT_NAME if match.is_exact else PART_OF_NAME
    return Candidate(start, end, Named(match.names), cost, is_guess=not match.is_exact)


def cheapest(at_each_place: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    """Return the cheapest cover in the order of the text; of equal ones, the one with earlier candidates."""
    count = len(at_each_place)
    costs = [0.0] + [float("inf")] * count
    reached: list[Candidate | None] = [None] * (count + 1)
    for at, candidates in enumerate(at_each_place):
        for candidate in candidates:
            cost = costs[at] + candidate.cost
            if cost < costs[candidate.end] - 1e-9:  # far below any difference between candidates
                costs[candidate.end], reached[candidate.end] = cost, candidate
    cover: list[Candidate] = []
    at = count
    while last := reached[at]:
        cover.append(last)
        at = last.start
    return cover[::-1]
