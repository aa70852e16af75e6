"""The errors of past estimates: an estimate of a day beside its bill."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from bot.sync.bills.rebuild import billed_days, read_billed
from providers.anthropic.cost.estimate import LEARN_FROM, estimated_total, has_credit, learn
from providers.charge import Charge
from providers.period import DAY, Period
from storage.facts import accuracy, coverage, spend

ACCURACY_DAYS = 30  # a month of errors makes the band of an estimate
LEARN_AT_LEAST = 3  # billed days before an estimate is worth comparing: fewer cover too few models


def record_error(connection_id: int, day: date, lines: Sequence[Charge]) -> None:
    """Record the last estimate of a day beside its first bill."""
    that_day = Period.day(day)
    total = spend.total(connection_id, that_day)
    if total.estimated and not has_credit(lines) and coverage.whole_days(connection_id, "usage", that_day):
        accuracy.record(connection_id, day, estimated=total.estimated, billed=billed_total(lines))


def record_missing_errors(connection_id: int, now: datetime) -> None:
    """Estimate each of the last ACCURACY_DAYS billed days from those before it, and record the error.

    These are days that were billed before anybody saw an estimate of them.
    """
    first = now.date() - ACCURACY_DAYS * DAY
    recorded = accuracy.recorded_days(connection_id, since=first)
    billed = coverage.latest_days(
        connection_id, "charges", before=now.date(), count=ACCURACY_DAYS + LEARN_FROM
    )
    if all(day < first or day in recorded for day in billed):
        return
    facts = read_billed(connection_id, billed_days(connection_id, now.date(), count=len(billed)))
    for index, day in enumerate(billed, start=1):
        earlier = [facts[one] for one in billed[index : index + LEARN_FROM] if one in facts]
        if day not in facts or day < first or day in recorded or has_credit(facts[day].charges):
            continue
        if len(earlier) >= LEARN_AT_LEAST:
            estimated = estimated_total(day, facts[day].usage, learn(earlier))
            billed_cost = billed_total(facts[day].charges)
            accuracy.record(connection_id, day, estimated=estimated, billed=billed_cost)


def billed_total(lines: Sequence[Charge]) -> Decimal:
    """Return the sum of a bill's lines."""
    return sum((line.billed_cost for line in lines), Decimal(0))
