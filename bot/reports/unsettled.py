"""What is in doubt of a period: days whose bill fell, so that the one from before is shown."""

from collections.abc import Iterator
from decimal import Decimal

from digests.numbers.report import Doubt, Gap
from providers.period import Period, runs
from storage.facts import bills, charges


def gaps(connection_id: int, days: Period) -> Iterator[Gap]:
    """Yield the days whose bill is in doubt: none of them is complete."""
    fallen = [bill.day for bill in bills.in_doubt(connection_id, days)]
    return (Gap("charges", run, "in doubt") for run in runs(fallen))


def doubts(connection_id: int, days: Period) -> list[Doubt]:
    """Return those days with the bill that we have and the one that is reported now."""
    fallen = bills.in_doubt(connection_id, days)
    kept = charges.totals(connection_id, days) if fallen else {}
    return [Doubt(bill.day, kept.get(bill.day, Decimal(0)), bill.total) for bill in fallen]
