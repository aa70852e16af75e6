"""SpendReported: spend by the hour as a provider itself reports it, by caller, model, product and kind."""

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
    """One caller's UTC hour: `cost` after discounts and `list_cost` before them, in dollars.

    `caller_id` is the text of a `Caller`; `model` is a model, else the cost type of spend without a model;
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
    """The dollars of ReportedSpend by kind: one of `usage.QUANTITIES`, or another cost type."""

    hour: datetime
    workspace_id: str | None
    model: str | None
    kind: str
    cost: Decimal
    list_cost: Decimal


class SpendReported(msgspec.Struct, frozen=True):
    """Spend of the hours `[start, end)`; figures before the moment `until` are complete.

    `people` are callers that the report names, some of whom are in no list. `missing` days are unreadable:
    the report holds none of their hours, and `notes` say why.
    """

    start: datetime
    end: datetime
    until: datetime
    lines: Sequence[ReportedSpend]
    kinds: Sequence[ReportedKind]
    people: Sequence[Entry] = ()
    notes: Sequence[Note] = ()
    missing: AbstractSet[date] = frozenset()
