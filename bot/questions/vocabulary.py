"""The words that people can type: commands, dimensions, forms of a file, and fillers."""

from collections.abc import Mapping
from typing import Literal

from digests.numbers.report import Dimension, Form


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


Name = Literal[
    "summary",
    "cost",
    "engineers",
    "me",
    "status",
    "sync",
    "connect",
    "disconnect",
    "digest",
    "settings",
    "audit",
    "audit csv",
    "export",
    "help",
]

COMMANDS: Mapping[str, Name] = {
    "summary": "summary",
    "cost": "cost",
    "costs": "cost",
    "spend": "cost",
    "models": "cost",
    "model": "cost",
    "engineers": "engineers",
    "engineer": "engineers",
    "me": "me",
    "status": "status",
    "sync": "sync",
    "connect": "connect",
    "disconnect": "disconnect",
    "digest": "digest",
    "digests": "digest",
    "settings": "settings",
    "audit": "audit",
    "export": "export",
    "download": "export",
    "help": "help",
    "usage": "help",
}
ASKING: tuple[Name, ...] = ("cost", "engineers", "me", "export")
"""The commands with a period."""
BESIDE: Mapping[Name, tuple[str, ...]] = {
    "sync": ("again",),
    "connect": ("anthropic", "key"),
    "disconnect": ("anthropic",),
    "digest": (
        "list",
        "add",
        "new",
        "edit",
        "preview",
        "pause",
        "resume",
        "remove",
        "daily",
        "weekly",
        "monthly",
    ),
    "audit": ("csv", "log"),
}
"""Words that are fine after a command without a period: they name what it does or shows anyway."""
FORMS: Mapping[str, Form] = {"csv": "csv", "json": "json"}

DIMENSIONS: Mapping[str, Dimension] = {
    "model": "model",
    "models": "model",
    "engineer": "engineer",
    "engineers": "engineer",
    "people": "engineer",
    "person": "engineer",
    "persons": "engineer",
    "user": "engineer",
    "users": "engineer",
    "developer": "engineer",
    "developers": "engineer",
    "workspace": "workspace",
    "workspaces": "workspace",
    "api keys": "key",
    "api key": "key",
    "key": "key",
    "keys": "key",
    "token types": "token type",
    "token type": "token type",
    "token": "token type",
    "tokens": "token type",
    "product": "product",
    "products": "product",
    "day": "day",
    "days": "day",
    "daily": "day",
}
BY = ("by", "per")
SPLITS = ("week", "month")  # after BY these would split a period, which we do not offer
FILLERS = _set(
    "for in of the on from a an and at please pls show tell give what whats which how much many did do does "
    "is was were has have been we us our spend spent spending cost costs total claude anthropic now so far "
    "can could you s thanks thank hi hello hey"
)
"""Words that never change a question; those that can (me, not, all, everything) are not among them."""
ADDRESSES = ("show", "tell", "give")  # before a `me` that is not the command
FAMILIES = _set("opus sonnet haiku fable instant")
UNITS = _set("minute minutes hour hours week weeks month months quarter quarters year years")
"""Units that belong to a `last 3` before them; `last 3` alone means days."""
OWN = _set("me my mine i myself")
NO_TYPOS = _set(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july "
    "august september october november december quarter year years hours weeks months next previous "
    "budget budgets alert alerts production"
)
"""Words that are not typos of ours, although they are close."""
