"""What telemetry adds to answers about engineers."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Live:
    """Who has used Claude in the last `minutes`, by name, and what telemetry says of a period.

    `plan` is the part of the cost under subscriptions, None for one person, whose parts are not known.
    """

    active: tuple[str, ...]
    cost: Decimal
    plan: Decimal | None
    sessions: int
    minutes: int
