"""Which part of the organization a digest is about, as it is stored.

whole │ workspace:wrkspc_1 │ model:opus │ group:S0FIN finance │ engineers:mina@acme.example jonas@acme.example
"""

from dataclasses import dataclass
from typing import Literal, cast

Kind = Literal["whole", "workspace", "model", "group", "engineers"]


@dataclass(frozen=True)
class Scope:
    """A part of the organization.

    `values` are the workspace's id (none: the default one), the family, the group's id and handle, or
    e-mail addresses.
    """

    kind: Kind = "whole"
    values: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> "Scope":
        """Read what is stored."""
        kind, _, values = text.partition(":")
        return cls(cast("Kind", kind), tuple(values.split()))

    @property
    def text(self) -> str:
        """What to store."""
        return f"{self.kind}:{' '.join(self.values)}" if self.kind != "whole" else self.kind

    @property
    def group(self) -> str:
        """The user group whose members it is about, "" where it is none."""
        return self.values[0] if self.kind == "group" else ""


@dataclass(frozen=True)
class People:
    """Whom a part is about: canonical e-mail addresses, and how many more have none that is known."""

    emails: frozenset[str] = frozenset()
    unknown: int = 0
