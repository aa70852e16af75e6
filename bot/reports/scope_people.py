"""The people of a digest's scope, as Slack lists them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class People:
    """The people of a scope: canonical e-mail addresses, and the number of members without one."""

    emails: frozenset[str] = frozenset()
    unknown: int = 0
