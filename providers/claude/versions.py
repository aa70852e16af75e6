"""Versions of Claude Code that are known not to report: the cause of a silence, where the version tells.

From what users found, https://github.com/anthropics/claude-code/issues, and from its CHANGELOG.
"""

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

Cause = Literal["no release sends", "not from editors", "loses long sessions"]
"""`no release sends`: nothing leaves the next releases, so who updated to one went silent.
`not from editors`: nothing leaves these from VS Code, JetBrains and `-p`.
`loses long sessions`: sessions that go on for long stop telling all they use."""

Version = tuple[int, ...]
_NUMBERS = re.compile(r"(\d+)\.(\d+)\.(\d+)")


class _Known(NamedTuple):
    first: Version
    last: Version
    cause: Cause


_KNOWN = (
    _Known((2, 0, 0), (2, 0, 67), "no release sends"),  # from 2.0.64 on: a version tells it before
    _Known((2, 1, 47), (2, 1, 112), "not from editors"),
)
_OPEN: Cause = "loses long sessions"


def version_of(text: str) -> Version | None:
    """Return a version's three numbers, None if the text has none."""
    found = _NUMBERS.search(text)
    return tuple(map(int, found.groups())) if found else None


def newest(texts: Iterable[str]) -> str:
    """Return the newest of some versions, "" of none."""
    return max(texts, key=lambda text: version_of(text) or (), default="")


def cause_of(text: str, *, reports_in_part: bool) -> Cause | None:
    """Return why a client of this version is silent, or tells only part; None if the version does not say."""
    version = version_of(text)
    if version is not None:
        for known in _KNOWN:
            if known.first <= version <= known.last:
                return known.cause
    return _OPEN if reports_in_part else None
