"""Days in doubt: their reported bill is much lower than the accepted one, which is still shown."""

from collections.abc import Iterator
from decimal import Decimal

from digests.numbers.report import Doubt, Gap
from providers.period import Period, runs
from storage.facts import bills, charges


def gaps(connection_id: int, days: Period) -> Iterator[Gap]:
    """Yield a gap for each run of days in doubt, because none of them is complete."""
    fallen = [bill.day for bill in bills.in_doubt(connection_id, days)]
    return (Gap("charges", run, "in doubt") for run in runs(fallen))


def doubts(connection_id: int, days: Period) -> list[Doubt]:
    """Return the days in doubt, with the accepted and the reported bill of each."""
    fallen = bills.in_doubt(connection_id, days)
    kept = charges.totals(connection_id, days) if fallen else {}
    return [Doubt(bill.day, kept.get(bill.day, Decimal(0)), bill.total) for bill in fallen]
