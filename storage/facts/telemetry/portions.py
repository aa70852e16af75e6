"""Many keys in few statements of few lengths, so that each is compiled once."""

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")
_MOST = 200  # keys a statement, far below SQLite's limit of 32,766
_STEP = 20  # portions are lengthened to a multiple of it


def portions(keys: Iterable[T]) -> list[list[T]]:
    """Return keys in lists for `IN` clauses; the last list repeats its last key up to a multiple of _STEP."""
    every = list(keys)
    parts = [every[start : start + _MOST] for start in range(0, len(every), _MOST)]
    return [part + part[-1:] * (-len(part) % _STEP) for part in parts]
