"""Time zones as people type them: `utc`, `europe/berlin`."""

from functools import cache
from zoneinfo import available_timezones


def zone_named(word: str) -> str:
    """Return the name of the zone that a word means, "" if it means none. Case does not matter."""
    if word in ("utc", "gmt"):
        return "UTC"
    return _zones().get(word, "") if "/" in word else ""


@cache  # listing them reads a folder, and only questions with a slash need it
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones() if "/" in name}
