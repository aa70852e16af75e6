"""What could not be read and why: one line a cause, with the names that people know reports by."""

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
"""What is asked of the provider, by the name it has in the schedule; all else is work of our own."""
OURS = "our own sums"
_ADDRESS = re.compile(r"^(?:GET )?/v1/\S+: ")  # whose it is says the name


class Failure(NamedTuple):
    """Reports that could not be read, by name, and what came back for all of them."""

    names: Sequence[str]
    why: str


def by_cause(failing: Mapping[str, str]) -> list[Failure]:
    """Join the jobs that fail for one cause; each report is named once, in the order of REPORTS."""
    causes: dict[str, set[str]] = {}
    for kind, why in failing.items():
        causes.setdefault(_ADDRESS.sub("", why.strip()), set()).add(REPORTS.get(kind, OURS))
    order = list(dict.fromkeys([*REPORTS.values(), OURS]))
    return [Failure(sorted(names, key=order.index), why) for why, names in causes.items()]
