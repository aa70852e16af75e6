"""Failed reports by cause, with the names that people know them by, and causes in our words.

A stored error has the provider's own words, which are for the log: people read what it means.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from digests.words import wording

REPORTS: Mapping[str, str] = {
    "charges": "the bill",
    "charges_of_week": "the bill",
    "charges_of_month": "the bill",
    "usage": "usage",
    "late_usage": "usage",
    "claude_code": "Claude Code",
    "late_claude_code": "Claude Code",
    "spend": "hourly spend",
    "spend_revised": "hourly spend",
    "directory": "names",
}
"""The reports of the provider, by job kind; all other jobs are our own."""
OURS = "StackSpend's own totals"
_ADDRESS = re.compile(r"^(?:GET )?/v1/\S+: ")  # the report's name says it
_STATUS = re.compile(r"([1-5]\d\d)\b")
_FOREIGN = "from something that is not Anthropic"
# https://platform.claude.com/docs/en/api/errors; 52x are Cloudflare's, which stands before it
_BY_STATUS: Mapping[int, str] = {
    400: "Anthropic didn't understand the request",
    401: "Anthropic rejected this request, though it accepts the key",
    402: "your Anthropic credit is too low",
    403: "Anthropic doesn't let this key read it",
    404: "Anthropic doesn't have it for this key",
    408: "Anthropic didn't respond in time",
    429: "Anthropic asked us to wait",
    503: "Anthropic is overloaded",
    504: "Anthropic didn't respond in time",
    522: "Anthropic didn't respond in time",
    524: "Anthropic didn't respond in time",
    529: "Anthropic is overloaded",
}
_SERVER_ERROR = 500
_LONGEST = 200  # characters of a cause: two lines in Slack


class Failure(NamedTuple):
    """The names of reports that failed, and the error that they share."""

    names: Sequence[str]
    why: str


def by_cause(failing: Mapping[str, str]) -> list[Failure]:
    """Group failing jobs by cause; each report is named once, in the order of REPORTS."""
    causes: dict[str, set[str]] = {}
    for kind, why in failing.items():
        causes.setdefault(in_words(why), set()).add(REPORTS.get(kind, OURS))
    order = list(dict.fromkeys([*REPORTS.values(), OURS]))
    return [Failure(sorted(names, key=order.index), why) for why, names in causes.items()]


def in_words(error: str) -> str:
    """Say what a stored error means: of an answer by its status; an error without one is in our words."""
    words = _ADDRESS.sub("", error.strip())
    status_match = _STATUS.match(words)
    if status_match is None:
        return words
    status = int(status_match[1])
    if words.endswith(_FOREIGN):
        return f"something else responded in Anthropic's place, such as a firewall ({status})"
    of_ours, of_theirs = _BY_STATUS[400], "Anthropic had an error of its own"
    return f"{_BY_STATUS.get(status, of_theirs if status >= _SERVER_ERROR else of_ours)} ({status})"


def in_our_words(error: str) -> str:
    """Return an error that is in our words, "" for an answer of the provider."""
    words = _ADDRESS.sub("", error.strip())
    return "" if _STATUS.match(words) else words


def shortened(words: str) -> str:
    """Return a cause cut to a line or two, "" without one."""
    return wording.excerpt(words, _LONGEST)
