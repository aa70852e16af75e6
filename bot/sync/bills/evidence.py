"""What usage and earlier bills say of a day's bill, as far as they are in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.sync.bills.belief import Evidence
from providers.anthropic.cost.completeness import expect
from providers.anthropic.cost.estimate import LEARN_FROM, BilledDay
from providers.period import DAY, Period
from storage.facts import charges, coverage, usage

JUDGED = LEARN_FROM * DAY  # back from today: a bad bill among those would be learned from


@dataclass(frozen=True)
class EvidenceReader:
    """Tells what usage says of a day's bill, each day read once."""

    connection_id: int
    _read: dict[date, BilledDay] = field(default_factory=dict)

    def evidence(self, day: date) -> Evidence:
        """Return what a day's bill must hold, by the rates of the bills before it, else of those after it."""
        used = usage.places_on(self.connection_id, day)
        earlier = [self._billed(each) for each in self._billed_near(day)]
        is_read = bool(coverage.whole_days(self.connection_id, "usage", Period.day(day)))
        return Evidence(expect(day, used, earlier), is_read)

    def _billed_near(self, day: date) -> Sequence[date]:
        """The days to learn from, newest first; those after it where history is read newest first."""
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
