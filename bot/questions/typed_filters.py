"""The filters at the end of a button's question, by their ids: `2026-10 by day utc |model=opus`.

The grammar reads names, which it has to look up and which change; a button means the same members for ever.
`phrases.filter_text` writes what is read here.
"""

from typing import NamedTuple, get_args
from urllib.parse import unquote

from digests.numbers.report import Filter, FilterDimension

_SIGN, _VERSUS = " |", "vs."
_DIMENSIONS: dict[str, FilterDimension] = {each: each for each in get_args(FilterDimension)}


class Typed(NamedTuple):
    """A question without its filters by id, these, and the members that it is compared with."""

    question: str
    filters: tuple[Filter, ...] = ()
    versus: Filter | None = None


def split(text: str) -> Typed:
    """Return the parts of a button's question; a text with anything else after the sign stays as it is."""
    question, *parts = text.split(_SIGN)
    versus = [_filter(part.removeprefix(_VERSUS)) for part in parts if part.startswith(_VERSUS)]
    filters = [_filter(part) for part in parts if not part.startswith(_VERSUS)]
    if not all((*filters, *versus)):
        return Typed(text)
    return Typed(question, tuple(each for each in filters if each), next(iter(versus), None))


def _filter(part: str) -> Filter | None:
    dimension, sign, values = part.strip().partition("=")
    if not sign or dimension not in _DIMENSIONS:
        return None
    *members, last = values.split(",")
    if last.startswith(":"):
        name, ids = unquote(last[1:]), members
    else:
        name, ids = "", [*members, last]
    return Filter(_DIMENSIONS[dimension], tuple(map(unquote, ids)), name)
