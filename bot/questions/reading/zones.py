"""Time zones as people write them: `utc`, `Europe/Berlin`, `Berlin time`, `PST`."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple
from zoneinfo import available_timezones

_ABBREVIATIONS: Mapping[str, str] = {
    **dict.fromkeys(("pst", "pdt", "pt"), "America/Los_Angeles"),
    **dict.fromkeys(("est", "edt", "et"), "America/New_York"),
    **dict.fromkeys(("mst", "mdt"), "America/Denver"),
    **dict.fromkeys(("cdt",), "America/Chicago"),  # `cst` is a typo of cost far more often
    **dict.fromkeys(("cet", "cest"), "Europe/Berlin"),
    **dict.fromkeys(("bst",), "Europe/London"),
    **dict.fromkeys(("jst",), "Asia/Tokyo"),
    **dict.fromkeys(("aest", "aedt"), "Australia/Sydney"),
    "pacific time": "America/Los_Angeles",
    "eastern time": "America/New_York",
    "central time": "America/Chicago",
    "mountain time": "America/Denver",
}
_UTC = frozenset({"utc", "gmt", "zulu", "utc time", "utc days"})


class ZoneMatch(NamedTuple):
    """A zone, how many words name it, and whether it is its own name."""

    length: int
    zone: str
    is_guess: bool


def zone_at(words: Sequence[str], at: int) -> ZoneMatch | None:
    """Return the zone that begins at a word."""
    for length in (3, 2, 1):
        phrase = " ".join(words[at : at + length])
        if at + length > len(words):
            continue
        if phrase in _UTC:
            return ZoneMatch(length, "UTC", is_guess=phrase != "utc")
        if phrase in _ABBREVIATIONS:
            return ZoneMatch(length, _ABBREVIATIONS[phrase], is_guess=True)
        if phrase.endswith(" time") and (zone := _by_city().get(phrase.removesuffix(" time"))):
            return ZoneMatch(length, zone, is_guess=True)
    if "/" in words[at] and words[at][0].isalpha() and (zone := _by_name().get(words[at])):
        return ZoneMatch(1, zone, is_guess=False)
    return None


@cache
def _by_name() -> Mapping[str, str]:
    return {name.casefold(): name for name in sorted(available_timezones()) if "/" in name}


@cache
def _by_city() -> Mapping[str, str]:
    cities = ((name.rpartition("/")[2].replace("_", " "), zone) for name, zone in _by_name().items())
    return dict(cities)
