"""Whether a reported bill is believed: decided by what usage says of it and by how long it has been the same.

at first sight    whole: believed    lacking or unread: waited for, the day is estimated meanwhile
a known day       fell by much: waited for, the bill that we have stays    anything else: restated
waited for        explained and the same for 3 hours, or the same for 24: believed
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

EXPLAINED_FOR = timedelta(hours=3)  # lines have been seen to come over hours; a pause between them is no end
UNCHANGED_FOR = timedelta(
    hours=24
)  # a discount, a price or a free model that nobody told us of is right by then
MUCH = Decimal("0.1")  # corrections are smaller; credits, which may be larger, are left out

Verdict = Literal["whole", "lacking", "unread"]


@dataclass(frozen=True)
class Evidence:
    """What usage says that a day's bill must hold; `is_read`: whether usage is in to the end of the day."""

    expected: Expectation
    is_read: bool

    def verdict(self, bill: Sequence[Charge]) -> Verdict:
        """Judge a bill; an empty one is nothing to go by before usage is in."""
        if not is_whole(bill, self.expected):
            return "lacking"
        return "whole" if self.is_read or gross(bill) else "unread"

    @property
    def has_usage(self) -> bool:
        """Whether there is usage to pay for, or may be."""
        explained = sum(self.expected.parts.values(), Decimal(0))
        return explained >= NEGLIGIBLE or not (self.is_read and self.expected.is_priced)


@dataclass(frozen=True)
class Look:
    """A day's bill as it is reported now.

    `kept` is the one that we believe, None without one; `waiting` the one that was not believed so far, or
    that was believed for its steadiness.
    """

    day: date
    reported: Sequence[Charge]
    kept: Sequence[Charge] | None
    waiting: UnsettledBill | None
    now: datetime

    @property
    def is_known(self) -> bool:
        """Whether it is what we have."""
        return self.kept is not None and same(self.reported, self.kept)


def decide(look: Look, evidence: Evidence) -> UnsettledBill | None:
    """Return what to remember of a new or changed bill: it is believed if that is nothing, or "held"."""
    why, waiting = why_not(look, evidence), look.waiting
    if waiting is None or waiting.why == "held":
        return _new(look, why) if why else _believed(look, evidence)
    again = UnsettledBill(
        look.day,
        why or waiting.why,
        # a clock that was ahead may have written these: then the wait begins again
        min(waiting.first_seen_at, look.now),
        min(waiting.unchanged_since, look.now) if same(look.reported, waiting.charges) else look.now,
        look.reported,
    )
    is_over = why is None and waiting.why != "lacking"  # usage came and there was none, or the bill came back
    return _believed(look, evidence) if is_over or _has_proved_itself(again, evidence, look.now) else again


def why_not(look: Look, evidence: Evidence) -> Why | None:
    """Tell why a bill is not believed at sight, None where it is."""
    verdict = evidence.verdict(look.reported)
    if look.kept is None:
        return None if verdict == "whole" else verdict
    before, after = gross(look.kept), gross(look.reported)
    if after < before and evidence.has_usage:
        lost_lines = verdict == "lacking" and evidence.verdict(look.kept) == "whole"
        return "fallen" if lost_lines or after < before * (1 - MUCH) else None
    return "lacking" if verdict == "lacking" and before < after * (1 - MUCH) else None


def _has_proved_itself(bill: UnsettledBill, evidence: Evidence, now: datetime) -> bool:
    """Whether it has been the same for long enough."""
    is_explained = evidence.verdict(bill.charges) == "whole"
    return now - bill.unchanged_since >= (EXPLAINED_FOR if is_explained else UNCHANGED_FOR)


def _new(look: Look, why: Why) -> UnsettledBill:
    return UnsettledBill(look.day, why, look.now, look.now, look.reported)


def _believed(look: Look, evidence: Evidence) -> UnsettledBill | None:
    """Remember of a bill that usage does not explain that it is believed all the same."""
    if evidence.verdict(look.reported) == "whole":
        return None
    return structs.replace(_new(look, "held"), charges=())


def same(one: Sequence[Charge], other: Sequence[Charge]) -> bool:
    """Whether two bills hold the same lines, in whatever order."""
    return Counter(one) == Counter(other)
