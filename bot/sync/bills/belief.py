"""Decide whether to accept a reported bill, from the usage of its day and how long it has been the same.

first bill of a day   whole → accepted; lacking or unread → awaited, and the day is estimated meanwhile
an accepted day       much lower → awaited, and the accepted bill stays; anything else → a restatement
an awaited bill       explained by usage and unchanged for 3 hours, or unchanged for 24 → accepted
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from msgspec import structs

from providers.anthropic.cost.completeness import NEGLIGIBLE, Expectation, gross, is_whole
from providers.charge import Charge
from storage.facts.bills import UnsettledBill, Why

EXPLAINED_FOR = timedelta(hours=3)  # lines have been seen to arrive over hours; a shorter pause is no end
UNCHANGED_FOR = timedelta(hours=24)  # by then an unexpected bill has another reason: a discount, a free model
MUCH = Decimal("0.1")  # corrections are smaller; credits, which can be larger, are left out

Verdict = Literal["whole", "lacking", "unread"]


@dataclass(frozen=True)
class Evidence:
    """The lines that a day's bill must have according to usage; `is_read`: usage is complete for the day."""

    expected: Expectation
    is_read: bool

    def verdict(self, bill: Sequence[Charge]) -> Verdict:
        """Judge a bill; an empty one can only be judged once usage is complete."""
        if not is_whole(bill, self.expected):
            return "lacking"
        return "whole" if self.is_read or gross(bill) else "unread"

    @property
    def has_usage(self) -> bool:
        """Say whether there is usage to pay for, or may be."""
        explained = sum(self.expected.parts.values(), Decimal(0))
        return explained >= NEGLIGIBLE or not (self.is_read and self.expected.is_priced)


@dataclass(frozen=True)
class Look:
    """A day's bill as reported now.

    `kept` is the accepted bill, None without one; `waiting` is an awaited bill, or one that was accepted only
    because it stayed the same.
    """

    day: date
    reported: Sequence[Charge]
    kept: Sequence[Charge] | None
    waiting: UnsettledBill | None
    now: datetime

    @property
    def is_unchanged(self) -> bool:
        """Say whether it equals the accepted bill."""
        return self.kept is not None and have_same_lines(self.reported, self.kept)


def decide(look: Look, evidence: Evidence) -> UnsettledBill | None:
    """Return what to store of a new or changed bill; None or a "held" one mean that it is accepted."""
    why, waiting = why_not(look, evidence), look.waiting
    if waiting is None or waiting.why == "held":
        return _new(look, why) if why else _held(look, evidence)
    is_unchanged = have_same_lines(look.reported, waiting.charges)
    again = UnsettledBill(
        look.day,
        why or waiting.why,
        # if a clock that was ahead wrote these, the wait begins again
        min(waiting.first_seen_at, look.now),
        min(waiting.unchanged_since, look.now) if is_unchanged else look.now,
        look.reported,
    )
    is_over = why is None and waiting.why != "lacking"  # usage is in and is zero, or the old bill is back
    return _held(look, evidence) if is_over or _has_proved_itself(again, evidence, look.now) else again


def why_not(look: Look, evidence: Evidence) -> Why | None:
    """Return why a bill is not accepted at once, None if it is."""
    verdict = evidence.verdict(look.reported)
    if look.kept is None:
        return None if verdict == "whole" else verdict
    before, after = gross(look.kept), gross(look.reported)
    if after < before and evidence.has_usage:
        lost_lines = verdict == "lacking" and evidence.verdict(look.kept) == "whole"
        return "fallen" if lost_lines or after < before * (1 - MUCH) else None
    return "lacking" if verdict == "lacking" and before < after * (1 - MUCH) else None


def _has_proved_itself(bill: UnsettledBill, evidence: Evidence, now: datetime) -> bool:
    """Say whether a bill has been the same for long enough."""
    is_explained = evidence.verdict(bill.charges) == "whole"
    return now - bill.unchanged_since >= (EXPLAINED_FOR if is_explained else UNCHANGED_FOR)


def _new(look: Look, why: Why) -> UnsettledBill:
    return UnsettledBill(look.day, why, look.now, look.now, look.reported)


def _held(look: Look, evidence: Evidence) -> UnsettledBill | None:
    """Return a "held" marker for an accepted bill that usage does not explain, else None."""
    if evidence.verdict(look.reported) == "whole":
        return None
    return structs.replace(_new(look, "held"), charges=())


def have_same_lines(one: Sequence[Charge], other: Sequence[Charge]) -> bool:
    """Say whether two bills hold the same lines, in any order."""
    return Counter(one) == Counter(other)
