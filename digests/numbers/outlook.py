"""The numbers of an answer to where a period will end: its forecast, and how good past ones were."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from digests.numbers.report import Filter, Forecast
from digests.numbers.typical import without_outliers
from providers.period import Period

Kind = Literal["month", "quarter", "year", ""]
_QUARTER, _YEAR = 3, 12  # months
_NOTABLE = Decimal("0.05")  # of what a period cost so far: a day with less above the usual is not mentioned
MOST = 3  # past forecasts that are shown


class PastForecast(NamedTuple):
    """A forecast of a period that is over; `is_replayed` if it is what we would have said."""

    period: Period
    made_on: date
    low: Decimal
    high: Decimal
    outcome: Decimal
    is_replayed: bool = False

    @property
    def error(self) -> Decimal | None:
        """The relative error of the middle of the band; None if nothing was spent."""
        return (self.low + self.high) / 2 / self.outcome - 1 if self.outcome else None


class OddDay(NamedTuple):
    """The day of a period that stands out most, and its cost above the usual."""

    day: date
    above: Decimal


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """Where a period will end. Days are UTC days; `days` of them are over.

    `forecast` is None with too few whole days, or with a gap among the latest. `previous` is what the period
    before cost, None if that is not all in.
    """

    organization: str
    period: Period
    filters: tuple[Filter, ...] = ()
    part: tuple[str, ...] = ()  # what each filter is about, as people read it
    days: int
    so_far: Decimal
    is_estimated: bool
    forecast: Forecast | None
    previous: Decimal | None = None
    odd: OddDay | None = None
    record: Sequence[PastForecast] = ()
    as_of: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether all of the period's days are over."""
        return self.days >= self.period.length


def kind_of(period: Period) -> Kind:
    """Return what a period is a calendar's: a month, a quarter, a year, or none of them."""
    if period.start.day != 1 or period.end.day != 1:
        return ""
    months = (period.end.year - period.start.year) * 12 + period.end.month - period.start.month
    if months == 1:
        return "month"
    if months == _QUARTER and period.start.month % _QUARTER == 1:
        return "quarter"
    return "year" if months == _YEAR and period.start.month == 1 else ""


def odd_day(days: Mapping[date, Decimal], period: Period) -> OddDay | None:
    """Return the day of a period that cost most above the usual, if that is a notable part of it."""
    usual = without_outliers({day: float(cost) for day, cost in days.items()})
    above = {
        day: cost - Decimal(f"{usual[day]:.2f}")
        for day, cost in days.items()
        if day in period and usual[day] < float(cost)
    }
    whole = sum((cost for day, cost in days.items() if day in period), Decimal(0))
    day = max(above, key=lambda each: above[each], default=None)
    return OddDay(day, above[day]) if day and above[day] >= _NOTABLE * whole else None


def at_the_same_point(past: Iterable[PastForecast], elapsed: int) -> list[PastForecast]:
    """Return the forecast of each past period that was made nearest to so many days after its start."""
    nearest: dict[Period, PastForecast] = {}
    for each in past:
        other = nearest.get(each.period)
        if other is None or _distance(each, elapsed) < _distance(other, elapsed):
            nearest[each.period] = each
    return sorted(nearest.values(), key=lambda each: each.period.start, reverse=True)[:MOST]


def _distance(forecast: PastForecast, elapsed: int) -> int:
    return abs((forecast.made_on - forecast.period.start).days - elapsed)
