"""Three reports side by side: the bill, telemetry, Claude Code's own report. They are never added up."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from providers.period import Period

LITTLE = Decimal(1)  # dollars of a difference that need no reason
TOLERANCE = Decimal("0.1")  # of the larger figure: prices of clients, and requests that span midnight

By = Literal["day", "engineer"]
Why = Literal["api", "subscription", "other clouds", "blind"]
"""What explains a difference: use of the API that reports nothing; seats, which no bill counts by the token;
other clouds; clients that do not report."""


@dataclass(frozen=True)
class Beside:
    """A day's or a person's figures; None is unknown.

    `billed` is all of their share of the bill, `billed_code` the part of it through Claude Code. `plan` and
    `other_clouds` are the parts of telemetry that no bill of Anthropic's has, None if not known apart.
    `report` and `seats` are Claude Code's estimates of what is billed and of what seats pay for.
    """

    id: str
    name: str
    billed: Decimal | None = None
    estimated: Decimal = Decimal(0)
    billed_code: Decimal = Decimal(0)
    telemetry: Decimal | None = None
    plan: Decimal | None = None
    other_clouds: Decimal | None = None
    report: Decimal | None = None
    seats: Decimal | None = None

    @property
    def reported(self) -> Decimal | None:
        """All that Claude Code reports, seats included; None if it has no report."""
        if self.report is None and self.seats is None:
            return None
        return (self.report or Decimal(0)) + (self.seats or Decimal(0))


@dataclass(frozen=True)
class Reason:
    """A part of a difference, and what explains it."""

    why: Why
    cost: Decimal


@dataclass(frozen=True)
class BesideReport:
    """The three reports of a period, by day or by person; `total` is the whole period's."""

    organization: str
    period: Period
    by: By
    total: Beside
    lines: tuple[Beside, ...]
    blind: int
    as_of: datetime


def reasons(line: Beside) -> list[Reason]:
    """Return what explains the difference between a line's bill and its telemetry, the largest part first."""
    if line.billed is None or line.telemetry is None or is_alike(line.billed, line.telemetry):
        return []
    seats = line.plan if line.plan is not None else (line.seats or Decimal(0))
    found = [
        Reason("api", line.billed - line.billed_code),
        Reason("subscription", min(seats, line.telemetry)),
        Reason("other clouds", line.other_clouds or Decimal(0)),
        Reason("blind", _not_reported(line)),
    ]
    return sorted((each for each in found if each.cost >= LITTLE), key=lambda each: -each.cost)


def _not_reported(line: Beside) -> Decimal:
    """Return how much more Claude Code has reported, or was billed for, than telemetry tells."""
    known = max(line.reported or Decimal(0), line.billed_code)
    lacking = known - (line.telemetry or Decimal(0))
    return lacking if lacking > TOLERANCE * known else Decimal(0)


def is_alike(one: Decimal | None, other: Decimal | None) -> bool:
    """Whether two figures are both known, and differ by no more than prices and midnight explain."""
    return (
        one is not None and other is not None and abs(one - other) <= max(LITTLE, TOLERANCE * max(one, other))
    )
