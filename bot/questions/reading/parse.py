"""A typed text as a reading, or as the words that are in its way with the readings that come nearest.

read │ tokenize │ _cover: the likeliest meaning of each word, typos corrected │ compose │ suggestions
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.questions.reading.candidates import GUESS, UNKNOWN, at_each_place, cheapest, plain_tokens
from bot.questions.reading.compose import Composed, compose
from bot.questions.reading.corrections import corrected, near_words
from bot.questions.reading.draft import raw
from bot.questions.reading.names import Names
from bot.questions.reading.parts import Candidate, Filler, Named, Own, Refusal, Unknown, Verb
from bot.questions.reading.tokens import Token, TooLong, is_form, tokenize
from bot.questions.reading.types import Reading, Result

TOO_LONG = "That is too long for a question. Ask in a few words."
MOST_SUGGESTIONS = 4  # each is a button, and they share one row on a phone
_KEY = re.compile(r"sk-ant-", re.IGNORECASE)
_SHORTEST_NAME = 4  # letters of a filler that can be meant as a name: no `the`


def has_key(text: str) -> bool:
    """Whether a text contains an Anthropic key, which is neither read nor repeated."""
    return bool(_KEY.search(text))


def read(text: str, names: Names, own_id: str = "") -> Result:
    """Read a text typed to the bot, whose id in Slack is `own_id`. Every text has a result."""
    try:
        typed = tokenize(text, own_id)
    except TooLong:
        return Result((), sentence=TOO_LONG)
    if not typed:
        return Result((), Reading("help" if "?" in text else "summary"))
    words = tuple(token.raw for token in typed)
    tokens = plain_tokens(typed, names)
    cover = cheapest(at_each_place(tokens, names))
    better = corrected(tokens, cover) if any(isinstance(each.part, Unknown) for each in cover) else None
    is_corrected = False
    if better:
        other = cheapest(at_each_place(better, names))
        if _cost(other) < _cost(cover):
            tokens, cover, is_corrected = better, other, True
    return _result(words, tokens, cover, names, is_corrected=is_corrected)


def _cost(cover: Sequence[Candidate]) -> float:
    return sum(candidate.cost for candidate in cover)


def _result(
    typed: tuple[str, ...],
    tokens: Sequence[Token],
    cover: Sequence[Candidate],
    names: Names,
    *,
    is_corrected: bool,
) -> Result:
    composed = compose(cover, tokens)
    readings = composed.readings
    if len(readings) == 1 and not composed.sentence:
        is_literal = not is_corrected and not any(_is_guess(each, readings[0]) for each in cover)
        others = [each for each in _meant_as_names(tokens, cover, names) if each != readings[0]]
        return Result(typed, readings[0], is_literal, suggestions=tuple(others[:MOST_SUGGESTIONS]))
    unused = composed.unused or (() if composed.sentence or readings else typed)
    suggestions = readings or _first(_suggestions(tokens, cover, composed, names))
    return Result(
        typed,
        is_literal=False,
        unused=unused,
        sentence=composed.sentence,
        suggestions=suggestions[:MOST_SUGGESTIONS],
    )


def _first(readings: Iterator[Reading]) -> tuple[Reading, ...]:
    """Return as many readings as are offered, each once; the others are not looked for."""
    first: dict[Reading, None] = {}
    for reading in readings:
        first[reading] = None
        if len(first) == MOST_SUGGESTIONS:
            break
    return tuple(first)


def _is_guess(candidate: Candidate, reading: Reading) -> bool:
    """Whether a part of a reading is a guess; a greeting that another command overrides is no part of it."""
    part = candidate.part
    is_overridden = isinstance(part, Verb) and part.is_weak and part.command != reading.command
    return candidate.is_guess and not is_overridden


def _meant_as_names(tokens: Sequence[Token], cover: Sequence[Candidate], names: Names) -> Iterator[Reading]:
    """Yield the readings in which a word of the grammar is the name that it is, too: a workspace `Today`."""
    for at, candidate in enumerate(cover):
        words = " ".join(token.text for token in tokens[candidate.start : candidate.end])
        is_small = isinstance(candidate.part, Filler) and len(words) < _SHORTEST_NAME
        if isinstance(candidate.part, Named) or is_small:
            continue
        if exact := names.exactly(words):
            named = Candidate(candidate.start, candidate.end, Named(exact), UNKNOWN)
            yield from compose([*cover[:at], named, *cover[at + 1 :]], tokens).readings


def _suggestions(
    tokens: Sequence[Token], cover: Sequence[Candidate], composed: Composed, names: Names
) -> Iterator[Reading]:
    """Yield what may have been meant: a near name or word, the answer without the word, what holds it."""
    for at, candidate in enumerate(cover):
        if isinstance(candidate.part, Unknown):
            for name in names.near(tokens[candidate.end - 1].text):
                named = Candidate(candidate.start, candidate.end, Named((name,)), GUESS)
                yield from _composed_without_unknown([*cover[:at], named, *cover[at + 1 :]], tokens)
            yield from _with_near_word(tokens, candidate, names)
    without = list(_understood(tokens, cover, composed))
    yield from without
    if composed.unused:
        yield from compose(_without_own(cover), tokens).readings
    for instead in composed.instead:
        if reading := read(instead, names).reading:
            yield reading
    for reading in without[:1]:
        yield from _beside(reading, tokens, cover)


def _with_near_word(tokens: Sequence[Token], unknown: Candidate, names: Names) -> Iterator[Reading]:
    """Yield the readings with a word that an unknown one may be a typo of."""
    for word in near_words(tokens[unknown.end - 1].text):
        changed = [*tokens[: unknown.end - 1], Token(word, word), *tokens[unknown.end :]]
        yield from _composed_without_unknown(cheapest(at_each_place(changed, names)), changed)


def _composed_without_unknown(cover: Sequence[Candidate], tokens: Sequence[Token]) -> Sequence[Reading]:
    return compose([each for each in cover if not isinstance(each.part, Unknown)], tokens).readings


def _without_own(cover: Sequence[Candidate]) -> Sequence[Candidate]:
    """Return a cover without `me`, in case another person is meant."""
    return [candidate for candidate in cover if not isinstance(candidate.part, Own | Unknown | Refusal)]


def _understood(tokens: Sequence[Token], cover: Sequence[Candidate], composed: Composed) -> Iterator[Reading]:
    """Yield the readings without the words that are not used."""
    drops_names = any(isinstance(each.part, Refusal) and each.part.drops_names for each in cover)
    rest = [
        candidate
        for candidate in cover
        if _is_used(candidate, tokens, composed) and not (drops_names and isinstance(candidate.part, Named))
    ]
    if any(not isinstance(candidate.part, Filler) for candidate in rest):
        yield from compose(rest, tokens).readings


def _is_used(candidate: Candidate, tokens: Sequence[Token], composed: Composed) -> bool:
    if isinstance(candidate.part, Unknown | Refusal):
        return False
    return raw(tokens, candidate) not in composed.unused


def _beside(reading: Reading, tokens: Sequence[Token], cover: Sequence[Candidate]) -> Iterator[Reading]:
    """Yield the answers that have a line for an unknown word, which may be a person or a workspace."""
    unknown = [tokens[each.end - 1].text for each in cover if isinstance(each.part, Unknown)]
    if reading.command not in ("cost", "summary") or reading.dimensions:
        return
    base = replace(reading, command="cost")
    if any("@" in word or (word.isalpha() and not is_form(word)) for word in unknown):
        yield replace(base, dimensions=("engineer",))
    if any(word.isalpha() for word in unknown):
        yield replace(base, dimensions=("workspace",))
