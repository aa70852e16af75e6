"""The names of lines by two dimensions: both members in words, short enough for a column."""

from collections.abc import Callable, Collection

from bot.reports import members
from digests.numbers.build import namer
from digests.numbers.report import Dimension, Question
from digests.numbers.split import pairs
from digests.words import phrases, wording
from providers.directory import Directory
from providers.period import Period
from providers.spend import Id

_HALF = 26  # characters of each name: two of them and the sign between them hold a line of a phone


def name_function(question: Question, names: Directory, ids: Collection[Id]) -> Callable[[str], str]:
    """Return the function from a line's id to a readable name, no two alike where there is one dimension."""
    if question.second is None:
        return members.name_function(question.dimension, names, ids)
    halves = list(zip(*(pairs.split(id_) for id_ in ids if id_), strict=True)) or [(), ()]
    first, second = (
        _in_words(dimension, names, set(of_one), question.period)
        for dimension, of_one in zip(question.dimensions, halves, strict=True)
    )

    def name(pair: str) -> str:
        one, other = pairs.split(pair)
        return f"{first(one)} × {second(other)}"

    return name


def _in_words(
    dimension: Dimension, names: Directory, ids: Collection[Id], period: Period
) -> Callable[[Id], str]:
    name_of = namer(dimension, members.name_function(dimension, names, ids))
    return lambda id_: wording.short(phrases.member_name(id_, name_of(id_), dimension, period), _HALF)
