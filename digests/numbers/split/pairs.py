"""Ids of lines by two dimensions: both members in one text, in the order of the dimensions."""

from providers.spend import Id

_SEPARATOR = "\x1f"  # ASCII's unit separator, which no id has


def join(first: Id, second: Id) -> str:
    """Return the id of a pair."""
    return f"{first or ''}{_SEPARATOR}{second or ''}"


def split(pair: str) -> tuple[Id, Id]:
    """Return the members of a pair; None for spend without one."""
    first, _, second = pair.partition(_SEPARATOR)
    return first or None, second or None
