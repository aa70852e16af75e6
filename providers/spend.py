"""Spend: one attributed line: what it cost, the tokens, who, on what, in which UTC hour."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

Basis = Literal["billed", "estimated", "mixed"]


class Spend(msgspec.Struct, frozen=True, gc=False):
    """A share of the bill, or of its estimate. The shares of a day sum to its bill to the billionth.

    `caller_id` is as in TokenUsage; None also where the bill cannot be followed to a caller.
    `model` is None for what no model did (code execution, session runtime).
    """

    hour: datetime
    workspace_id: str | None
    caller_id: str | None
    model: str | None
    product: str
    cost: Decimal
    quantities: tuple[int, int, int, int, int, int]


class KindSpend(msgspec.Struct, frozen=True, gc=False):
    """The same dollars by what was paid for: a kind of `usage.QUANTITIES`, or another cost type."""

    hour: datetime
    kind: str
    cost: Decimal
    quantity: int


class Attribution(msgspec.Struct, frozen=True):
    """One UTC day, attributed: two views of the same dollars."""

    spend: list[Spend]
    kinds: list[KindSpend]


class Sum(msgspec.Struct, frozen=True):
    """Spend added up: of a period, or of one model, workspace, caller … in it.

    `id` is None for what has no name on that dimension. `estimated` is the part of `cost` that is not
    billed yet.
    """

    id: str | None
    cost: Decimal
    estimated: Decimal
    quantities: tuple[int, int, int, int, int, int]

    @property
    def basis(self) -> Basis:
        """Whether the figure is billed, estimated or some of both."""
        if not self.estimated:
            return "billed"
        return "estimated" if self.estimated == self.cost else "mixed"
