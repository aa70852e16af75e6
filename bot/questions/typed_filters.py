"""The filters at the end of a button's question, by their ids: `2026-10 by day utc |model=opus`.

The grammar reads names, which it has to look up and which change; a button means the same members for ever.
`phrases.filter_text` writes what is read here.
"""

from typing import get_args
from urllib.parse import unquote

from digests.numbers.report import Filter, FilterDimension

_SIGN = " |"
_DIMENSIONS: dict[str, FilterDimension] = {each: each for each in get_args(FilterDimension)}


def split(text: str) -> tuple[str, tuple[Filter, ...]]:
    """Return a text without its filters by id, and these; a text with anything else there as it is."""
    question, *parts = text.split(_SIGN)
    filters = [_filter(part) for part in parts]
    return (question, tuple(each for each in filters if each)) if all(filters) else (text, ())


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
