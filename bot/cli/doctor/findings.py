"""Findings of `stackspend doctor`: one line per check, with what to do if it fails."""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

State = Literal["ok", "wrong", "not set up"]
MARKS: dict[State, str] = {"ok": "✓", "wrong": "✗", "not set up": "–"}


class Finding(NamedTuple):
    """The result of a check; `cure` says what to do about it."""

    state: State
    what: str
    detail: str
    cure: str = ""

    @property
    def line(self) -> str:
        """The finding as a line in a terminal."""
        cure = f" → {self.cure}" if self.cure else ""
        return f"{MARKS[self.state]} {self.what}: {self.detail}{cure}"

    @property
    def numbers(self) -> dict[str, str]:
        """The finding as JSON values."""
        return {"state": self.state, "what": self.what, "detail": self.detail, "cure": self.cure}


def ok(what: str, detail: str) -> Finding:
    """Return that a check passed."""
    return Finding("ok", what, detail)


def wrong(what: str, detail: str, cure: str = "") -> Finding:
    """Return that something necessary does not work."""
    return Finding("wrong", what, detail, cure)


def not_set_up(what: str, detail: str, cure: str = "") -> Finding:
    """Return that something optional is not set up."""
    return Finding("not set up", what, detail, cure)


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether nothing is wrong."""
    return all(each.state != "wrong" for each in findings)


def as_object(findings: Iterable[Finding]) -> dict[str, Any]:
    """Return all findings as one JSON object."""
    listed = list(findings)
    return {"ok": is_well(listed), "findings": [each.numbers for each in listed]}
