"""Spend as a provider itself reports it by the hour: dollars by who, on what, and by what was paid for."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from decimal import Decimal

import msgspec

from providers.directory import Entry
from providers.note import Note

Place = tuple[str | None, str | None, str]
"""Workspace, model (as in ReportedSpend) and product."""


class ReportedSpend(msgspec.Struct, frozen=True, gc=False):
    """One UTC hour of one caller: `cost` after discounts, `list_cost` before them, in dollars.

    `caller_id` is the text of a `Caller`; `model` is a model, else the cost type of what no model did;
    `quantities` follow `usage.QUANTITIES`.
    """

    hour: datetime
    workspace_id: str | None
    caller_id: str | None
    model: str | None
    product: str
    cost: Decimal
    list_cost: Decimal
    quantities: tuple[int, int, int, int, int, int]


class ReportedKind(msgspec.Struct, frozen=True, gc=False):
    """The same dollars by what was paid for: a kind of `usage.QUANTITIES`, or another cost type."""

    hour: datetime
    workspace_id: str | None
    model: str | None
    kind: str
    cost: Decimal
    list_cost: Decimal


class SpendReported(msgspec.Struct, frozen=True):
    """What the provider told of the hours `[start, end)`; `until` is the moment behind which figures count.

    `people` are callers that it named, who may be in no list. Days that are `missing` cannot be read: nothing
    is told of any of their hours, and `notes` say why.
    """

    start: datetime
    end: datetime
    until: datetime
    lines: Sequence[ReportedSpend]
    kinds: Sequence[ReportedKind]
    people: Sequence[Entry] = ()
    notes: Sequence[Note] = ()
    missing: AbstractSet[date] = frozenset()
