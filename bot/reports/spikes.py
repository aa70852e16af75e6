"""Days of a comparison period that cost unusually much, on which a change may rest."""

from datetime import date

from digests.numbers.report import Report
from digests.numbers.typical import spikes_among
from providers.money import billionths
from providers.period import DAY, Period
from storage.facts import spend

AROUND = 28 * DAY  # on each side: the same weekdays that a day is compared with
LONGEST = 31  # days: in a longer comparison period one day decides nothing


def spikes(connection_id: int, report: Report) -> tuple[date, ...]:
    """Return the days whose cost distorts the comparison, oldest first."""
    before = report.previous
    if not before.total or before.period.length > LONGEST:
        return ()
    known = Period(before.period.start - AROUND, before.period.end + AROUND, before.period.zone)
    until = report.extent.until or known.ends_at
    days = spend.amounts_by_day(connection_id, known)
    finished = {
        day: float(amounts.cost)
        for day, amounts in days.items()
        if Period.day(day, known.zone).ends_at <= until
    }
    end = before.until or before.period.ends_at
    part = (end - before.period.starts_at) / (before.period.ends_at - before.period.starts_at)
    return spikes_among(finished, before.period, cost=float(billionths(before.total)), part=part)
