"""The scope of a digest: the part of the organization that it is about.

Its text, in the table and in the audit log:
whole │ workspace:wrkspc_1 │ model:opus │ group:S0FIN finance │ engineers:mina@acme.example jonas@acme.example
"""

from typing import Literal, cast

import msgspec

PartKind = Literal["workspace", "model", "group", "engineers"]
ScopeKind = Literal["whole"] | PartKind


class Scope(msgspec.Struct, frozen=True):
    """A part of the organization.

    `values` holds the workspace's id (empty: the default one), the model family, the group's id and handle,
    or e-mail addresses.
    """

    kind: ScopeKind = "whole"
    values: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> "Scope":
        """Parse the text of a scope."""
        kind, _, values = text.partition(":")
        return cls(cast("ScopeKind", kind), tuple(values.split()))

    @property
    def text(self) -> str:
        """The scope as text."""
        return f"{self.kind}:{' '.join(self.values)}" if self.kind != "whole" else self.kind

    @property
    def group(self) -> str:
        """The user group's id, "" for another kind."""
        return self.values[0] if self.kind == "group" else ""


WHOLE = Scope()
