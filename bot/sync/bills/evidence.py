"""Read the evidence for a day's bill: its usage, and the rates of neighbouring bills."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.sync.bills.belief import Evidence
from providers.anthropic.cost.completeness import expect
from providers.anthropic.cost.estimate import LEARN_FROM, BilledDay
from providers.period import DAY, Period
from storage.facts import charges, coverage, usage

JUDGED = LEARN_FROM * DAY  # only these days teach rates, so only their bills have to be right


@dataclass(frozen=True)
class EvidenceReader:
    """Reads evidence for the bills of a connection, each day once."""

    connection_id: int
    _read: dict[date, BilledDay] = field(default_factory=dict)

    def evidence(self, day: date) -> Evidence:
        """Return what a day's bill must hold, at the rates of the bills before it, else of those after it."""
        used = usage.places_on(self.connection_id, day)
        earlier = [self._billed(each) for each in self._billed_near(day)]
        is_read = bool(coverage.whole_days(self.connection_id, "usage", Period.day(day)))
        return Evidence(expect(day, used, earlier), is_read)

    def _billed_near(self, day: date) -> Sequence[date]:
        """Return the days to learn rates from, newest first; later days if a backfill has no earlier ones."""
        read = coverage.whole_days(self.connection_id, "usage", Period(day - 2 * JUDGED, day + 2 * JUDGED))
        before, after = (
            coverage.latest_days(self.connection_id, "charges", before=end, count=LEARN_FROM)
            for end in (day, day + JUDGED + DAY)
        )
        return [each for each in before if each in read] or [
            each for each in after if each in read and each > day
        ]

    def _billed(self, day: date) -> BilledDay:
        if day not in self._read:
            lines = charges.by_day(self.connection_id, Period.day(day)).get(day, [])
            self._read[day] = BilledDay(day, lines, usage.places_on(self.connection_id, day))
        return self._read[day]
