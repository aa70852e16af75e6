"""Failed reports by cause, with the names that people know them by."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

REPORTS: Mapping[str, str] = {
    "charges": "the bill",
    "charges_of_week": "the bill",
    "charges_of_month": "the bill",
    "usage": "usage",
    "late_usage": "usage",
    "claude_code": "Claude Code",
    "late_claude_code": "Claude Code",
    "spend": "spend by the hour",
    "spend_revised": "spend by the hour",
    "directory": "names",
}
"""The reports of the provider, by job kind; all other jobs are our own."""
OURS = "our own sums"
_ADDRESS = re.compile(r"^(?:GET )?/v1/\S+: ")  # the report's name says it


class Failure(NamedTuple):
    """The names of reports that failed, and the error that they share."""

    names: Sequence[str]
    why: str


def by_cause(failing: Mapping[str, str]) -> list[Failure]:
    """Group failing jobs by cause; each report is named once, in the order of REPORTS."""
    causes: dict[str, set[str]] = {}
    for kind, why in failing.items():
        causes.setdefault(_ADDRESS.sub("", why.strip()), set()).add(REPORTS.get(kind, OURS))
    order = list(dict.fromkeys([*REPORTS.values(), OURS]))
    return [Failure(sorted(names, key=order.index), why) for why, names in causes.items()]
