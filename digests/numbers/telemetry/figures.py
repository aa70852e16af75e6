"""What telemetry says of a period: its total, how that is paid for, and the lines of a dimension."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from providers.period import Period
from storage.facts.telemetry.sessions import Session
from storage.facts.telemetry.totals import Line

Dimension = Literal[
    "model",
    "engineer",
    "product",
    "team",
    "skill",
    "subagent",
    "mcp server",
    "repository",
    "day",
    "session",
]
NOT_REPORTED = "not reported"
OTHER = "other"


@dataclass(frozen=True)
class TelemetryLine:
    """A line and its display name. `id` is what senders call it, None if they do not say, or for `other`."""

    name: str
    id: str | None
    figures: Line


@dataclass(frozen=True)
class SessionLine:
    """A session and its person's display name, "" if nobody is known for it."""

    name: str
    session: Session


@dataclass(frozen=True)
class Active:
    """How many people and sessions have used Claude in the last `minutes`."""

    people: int
    sessions: int
    minutes: int


@dataclass(frozen=True, kw_only=True)
class TelemetryReport:
    """Costs are worth at API prices, beside the bill and never part of it.

    `parts` is how the total is paid for: per token (`api`), by subscription (`plan`), to other clouds; empty
    for one `person`, whose parts are not counted apart. `previous` is None where telemetry was not connected
    yet. `first_day` is the first day of telemetry. `active` is None where the period is over. `sessions` are
    the dearest that were last used in the period, each with all that it has cost.
    """

    organization: str
    period: Period
    dimension: Dimension
    total: Line
    lines: tuple[TelemetryLine, ...]
    parts: Mapping[str, Decimal]
    previous: Decimal | None
    first_day: date
    as_of: datetime
    active: Active | None = None
    sessions: tuple[SessionLine, ...] = ()
    person: str = ""

    @property
    def has_data(self) -> bool:
        """Whether telemetry was connected in the period, or something of it came later."""
        return self.period.end > self.first_day or bool(self.total.requests or any(self.total.tokens))

    @property
    def missing(self) -> list[tuple[Period, str]]:
        """The days of the period that are not whole, each with the reason."""
        today, days = self.as_of.date(), self.period
        missing: list[tuple[Period, str]] = []
        if days.start < self.first_day:
            before = Period(days.start, min(self.first_day, days.end), days.zone)
            missing.append((before, "telemetry was not connected"))
        if days.start <= today < days.end and today >= self.first_day:
            missing.append((Period.day(today, days.zone), "the day is not over"))
        return missing


def cost_of(line: Line) -> Decimal | None:
    """Return what a line cost, None if there is no price for any of it."""
    return None if line.unpriced and not line.cost else line.cost
