"""The scope of a digest, the part of the organization that it is about, with its stored form.

whole │ workspace:wrkspc_1 │ model:opus │ group:S0FIN finance │ engineers:mina@acme.example jonas@acme.example
"""

from dataclasses import dataclass
from typing import Literal, cast

Kind = Literal["whole", "workspace", "model", "group", "engineers"]


@dataclass(frozen=True)
class Scope:
    """A part of the organization.

    `values` holds the workspace's id (empty: the default one), the model family, the group's id and handle,
    or e-mail addresses.
    """

    kind: Kind = "whole"
    values: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> "Scope":
        """Parse the stored text."""
        kind, _, values = text.partition(":")
        return cls(cast("Kind", kind), tuple(values.split()))

    @property
    def text(self) -> str:
        """The text to store."""
        return f"{self.kind}:{' '.join(self.values)}" if self.kind != "whole" else self.kind

    @property
    def group(self) -> str:
        """The user group's id, "" for another kind."""
        return self.values[0] if self.kind == "group" else ""


@dataclass(frozen=True)
class People:
    """The people of a scope: canonical e-mail addresses, and the number of members without one."""

    emails: frozenset[str] = frozenset()
    unknown: int = 0
