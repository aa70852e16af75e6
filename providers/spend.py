"""Spend: one attributed line: what it cost, the tokens, who, on what, in which UTC hour."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

Basis = Literal["billed", "provisional", "estimated", "mixed"]
"""`provisional`: a bill is there and not whole, so the estimate is shown; `mixed`: days of more than one."""
UnbilledReason = Literal["priority_tier", "not_charged"]
"""Committed capacity is billed apart; what was refused, or is free, is charged nothing."""


class Spend(msgspec.Struct, frozen=True, gc=False):
    """A share of the bill, or of its estimate. The shares of a day sum to its bill to the billionth.

    `caller_id` is the text of a `Caller`; None is a call that nobody can be named for, and a part of the
    bill that cannot be followed to a caller. `model` is a model, else the cost type of what no model is
    billed for (web searches, code execution, session runtime); None where the bill names neither.
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


class ListedSpend(msgspec.Struct, frozen=True, gc=False):
    """What an hour cost after discounts and before them, where the provider tells both."""

    hour: datetime
    cost: Decimal
    list_cost: Decimal


class Unbilled(msgspec.Struct, frozen=True, gc=False):
    """Tokens that no bill holds, and why; they are counted in `Spend` too, at no cost."""

    reason: UnbilledReason
    workspace_id: str | None
    model: str
    tokens: int


class Attribution(msgspec.Struct, frozen=True):
    """One UTC day, attributed: two views of the same dollars, and what is known beside them.

    `unbilled` is of the whole day: no report tells its hours apart from those that are billed.
    """

    spend: list[Spend]
    kinds: list[KindSpend]
    listed: Sequence[ListedSpend] = ()
    unbilled: Sequence[Unbilled] = ()


def merge(one: Attribution, other: Attribution) -> Attribution:
    """Two parts of one day, of different hours."""
    return Attribution(
        spend=[*one.spend, *other.spend],
        kinds=[*one.kinds, *other.kinds],
        listed=[*one.listed, *other.listed],
        unbilled=[*one.unbilled, *other.unbilled],
    )


Id = str | None
"""A member of a dimension; None for what has no name there."""
Amounts = Sequence[int]
"""Spend as whole numbers, for arithmetic over thousands: what was used, by kind or in one number, then what
it cost in billionths of a dollar, and the estimated part of that."""


class Sum(msgspec.Struct, frozen=True, gc=False):
    """Spend added up: of a period, or of one model, workspace, caller … in it.

    `id` is None for what has no name on that dimension. `estimated` is the part of `cost` that is not
    billed yet.
    """

    id: Id
    cost: Decimal
    estimated: Decimal
    quantities: tuple[int, int, int, int, int, int]

    @property
    def basis(self) -> Basis:
        """Whether the figure is billed, estimated or some of both."""
        return basis_of(self.cost, self.estimated)


def basis_of(cost: Decimal, estimated: Decimal) -> Basis:
    """What a figure of which so much is estimated rests on."""
    if not estimated:
        return "billed"
    return "estimated" if estimated == cost else "mixed"


def basis_of_days(bases: AbstractSet[Basis]) -> Basis:
    """What a figure rests on whose days rest on these; where none has begun, it is no bill."""
    return "mixed" if len(bases) > 1 else next(iter(bases), "estimated")
