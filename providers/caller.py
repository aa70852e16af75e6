"""Caller: who called the API, as the one text that facts refer to.

apikey_1                     a key; the directory knows its owner
apikey_1 user_2              a key, and the person whom the provider names
user_2                       a person without a key; likewise a service account or a federated identity
apikey_1 user_2 claude_code  through Claude Code
=code_execution              nobody, and the reason; None if we do not know even that
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, get_args

import msgspec

Reason = Literal["code_execution", "session_usage", "difference"]
"""Why there is no caller: billed without usage, or the difference between the bill and the hourly report."""

REASONS: Mapping[str, Reason] = {reason: reason for reason in get_args(Reason)}
CLAUDE_CODE = "claude_code"
_SIGN = "="


class Caller(msgspec.Struct, frozen=True):
    """A caller's parts. `actor` is the one the provider itself names: a user, service account or identity."""

    key: str | None = None
    actor: str | None = None
    claude_code: bool = False
    reason: Reason | None = None

    @property
    def id(self) -> str | None:
        """The caller as text; None if nothing is known."""
        if self.reason:
            return f"{_SIGN}{self.reason}"
        words = (self.key, self.actor, CLAUDE_CODE if self.claude_code else None)
        return " ".join(word for word in words if word) or None


@lru_cache(maxsize=2**16)  # callers: several large teams' thousands, which every answer parses again
def caller(id_: str | None) -> Caller:
    """Parse the text of a caller."""
    if not id_:
        return Caller()
    if id_.startswith(_SIGN):
        return Caller(reason=REASONS.get(id_.removeprefix(_SIGN)))
    words = id_.split(" ")
    through = words[-1] == CLAUDE_CODE
    names = words[:-1] if through else words
    key = next((word for word in names if word.startswith("apikey_")), None)
    actor = next((word for word in names if not word.startswith("apikey_")), None)
    return Caller(key, actor, through)


def through_claude_code(id_: str | None) -> str | None:
    """Return the text of this caller when calling through Claude Code."""
    return f"{id_} {CLAUDE_CODE}" if id_ else CLAUDE_CODE
