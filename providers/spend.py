"""Spend: one attributed line: cost, tokens, caller, model and product of one UTC hour."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple

import msgspec

from providers.usage import Quantities

Basis = Literal["billed", "provisional", "estimated", "mixed"]
"""`provisional`: there is a bill, but it is not whole, so we show the estimate; `mixed`: several of these."""
UnbilledReason = Literal["priority_tier", "not_charged"]
"""Committed capacity is billed separately; refused and free requests cost nothing."""


class Spend(msgspec.Struct, frozen=True, gc=False):
    """A share of the bill, or of its estimate, in billionths of a dollar.

    The shares of a day sum to its bill exactly.
    `caller_id` is the text of a `Caller`; None is a call, or a part of the bill, without a known caller.
    `model` is a model, else the cost type of charges without a model (web searches, code execution, session
    runtime); None if the bill names neither.
    """

    hour: datetime
    workspace_id: str | None
    caller_id: str | None
    model: str | None
    product: str
    cost: int
    quantities: Quantities


class KindSpend(msgspec.Struct, frozen=True, gc=False):
    """The cost of Spend by kind: one of `usage.QUANTITIES`, or another cost type."""

    hour: datetime
    kind: str
    cost: int
    quantity: int


class ListedSpend(msgspec.Struct, frozen=True, gc=False):
    """The cost of an hour after discounts and before them, in billionths, if the provider reports both."""

    hour: datetime
    cost: int
    list_cost: int


class Unbilled(msgspec.Struct, frozen=True, gc=False):
    """Tokens that are on no bill, and why; `Spend` counts them too, at no cost."""

    reason: UnbilledReason
    workspace_id: str | None
    model: str
    tokens: int


class Attribution(msgspec.Struct, frozen=True):
    """One attributed UTC day: two views of the same dollars, list prices, and unbilled tokens.

    `unbilled` covers the whole day: no report says in which hours those tokens were used.
    """

    spend: list[Spend]
    kinds: list[KindSpend]
    listed: Sequence[ListedSpend] = ()
    unbilled: Sequence[Unbilled] = ()


def merge(one: Attribution, other: Attribution) -> Attribution:
    """Merge two parts of one day that have different hours."""
    return Attribution(
        spend=[*one.spend, *other.spend],
        kinds=[*one.kinds, *other.kinds],
        listed=[*one.listed, *other.listed],
        unbilled=[*one.unbilled, *other.unbilled],
    )


Id = str | None
"""A member of a dimension; None for spend without one."""


class Amounts(NamedTuple):
    """Spend as whole numbers, for fast arithmetic: usage by kind, and the cost in billionths of a dollar.

    `estimated` is the part of the cost that is not billed yet.
    """

    uncached_input: int
    cache_write_5m: int
    cache_write_1h: int
    cache_read: int
    output: int
    web_search: int
    cost: int
    estimated: int

    @property
    def quantities(self) -> Quantities:
        """The usage by kind."""
        return self[:6]

    @property
    def tokens(self) -> int:
        """The tokens of all kinds."""
        return sum(self[:5])


class BriefAmounts(NamedTuple):
    """Spend as whole numbers, with all usage in one of them; reading these takes half the time."""

    used: int
    cost: int
    estimated: int

    @property
    def quantities(self) -> None:
        """None: the kinds of usage were not read."""
        return


AnyAmounts = Amounts | BriefAmounts


class Sum(msgspec.Struct, frozen=True, gc=False):
    """A total: of a period, or of one model, workspace, caller … in it.

    `id` is None for spend without a member on that dimension. `estimated` is the part of `cost` that is not
    billed yet.
    """

    id: Id
    cost: Decimal
    estimated: Decimal
    quantities: Quantities

    @property
    def basis(self) -> Basis:
        """Whether the figure is billed, estimated or some of both."""
        return basis_of(self.cost, self.estimated)


def basis_of(cost: Decimal, estimated: Decimal) -> Basis:
    """Return the basis of an amount of which `estimated` is not billed yet."""
    if not estimated:
        return "billed"
    return "estimated" if estimated == cost else "mixed"


def basis_of_days(bases: AbstractSet[Basis]) -> Basis:
    """Return the basis of a period from those of its days; `estimated` if it has none yet."""
    return "mixed" if len(bases) > 1 else next(iter(bases), "estimated")
