"""A reading as the shortest text that is read as the same again."""

from collections.abc import Iterator

from bot.questions.reading.lexicon import LEXICON, NOUNS
from bot.questions.reading.names import Name, Names
from bot.questions.reading.span_parser import spans_at
from bot.questions.reading.tokens import fold, words_of
from bot.questions.reading.types import OWN, Reading
from bot.questions.reading.zones import zone_at


def text(reading: Reading, names: Names) -> str:
    """Return the text of a reading."""
    return " ".join(filter(None, _words(reading, names)))


def _words(reading: Reading, names: Names) -> Iterator[str]:
    yield reading.command
    yield from reading.words
    if reading.amount is not None:
        yield f"${reading.amount:f}"
    if reading.period:
        yield reading.period.text
    if reading.compare and not isinstance(reading.compare, Name):
        yield f"vs {reading.compare.text}"
    if reading.dimensions:
        yield f"by {' and '.join(reading.dimensions)}"
    yield from _filters(reading, names)
    yield f"top {reading.limit}" if reading.limit else ""
    yield reading.form or ""
    yield reading.zone.replace("UTC", "utc")


def _filters(reading: Reading, names: Names) -> Iterator[str]:
    """Yield the filters; one that is compared comes last, right before what it is compared with."""
    compared = reading.compare if isinstance(reading.compare, Name) else None
    dimension = compared.dimension if compared else None
    for name in sorted(reading.filters, key=lambda name: name.dimension == dimension):
        yield name_text(name, names)
    if compared:
        yield f"vs {name_text(compared, names)}"


def name_text(name: Name, names: Names) -> str:
    """Return the shortest way to write a name that no other name has; a person of no list, as a mention."""
    if name == OWN:
        return "me"
    alike = names.exactly(name.text)
    if alike == (name,):
        return _quoted(name.text.casefold() if name.dimension == "model" else name.text)
    if [each for each in alike if each.dimension == name.dimension] == [name]:
        return f'{name.dimension} "{_unquoted(name.text)}"'
    for written in (*name.aliases, name.id):
        if names.exactly(written) == (name,):
            return _quoted(written)
    return f"<@{name.mention}>" if name.mention else f'{name.dimension} "{_unquoted(name.id)}"'


def _quoted(written: str) -> str:
    return written if _stands_alone(written) else f'"{_unquoted(written)}"'


def _stands_alone(written: str) -> bool:
    """Whether a name is one word that means nothing in the grammar, so that it needs no quotes."""
    folded = fold(written)
    words = words_of(folded)
    if words != [folded] or folded in LEXICON or folded in NOUNS or folded[0].isdigit():
        return False
    return not any(spans_at(words, 0)) and not zone_at(words, 0) and "/" not in folded


def _unquoted(written: str) -> str:
    return written.replace('"', " ")
