"""Forecasts of the running month, quarter and year: made of whole UTC days, kept daily, scored when over."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

from digests.numbers.forecast import LEAST_DAYS, forecast
from digests.numbers.report import Forecast
from providers.period import DAY, Period
from storage.facts import charges, coverage, forecasts, spend
from storage.state import connections
from storage.state.connections import Connection

LEARN_FROM = 400  # days: a year tells how months differ, the last months how weekdays do

Days = Sequence[tuple[date, Decimal]]


def running(today: date) -> tuple[Period, ...]:
    """Return the month, the quarter and the year of a day."""
    first = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    after = Period.month(Period.month(Period.month(first).end).end).end
    year = Period(date(today.year, 1, 1), date(today.year + 1, 1, 1))
    return Period.month(today), Period(first, after), year


def whole_days(connection: Connection, past: Period) -> Days:
    """Return (day, cost) of every UTC day that is billed or wholly used, zeros included, oldest first."""
    costs = spend.totals_by_day(connection.id, past)
    return those_whole(connection, past, {day: each.cost for day, each in costs.items()})


def those_whole(connection: Connection, past: Period, costs: Mapping[date, Decimal]) -> Days:
    """Return (day, cost) of the whole days of a period, of days that cost this."""
    number = connection.id
    whole = coverage.days(number, "charges", past)
    whole |= coverage.whole_days(number, "usage", past) | coverage.whole_days(number, "spend", past)
    first = connection.first_day or min(costs, default=past.end)
    return [(day, costs.get(day, Decimal(0))) for day in past.days() if day in whole and day >= first]


def forecast_of(connection: Connection, period: Period, *, now: datetime) -> Forecast | None:
    """Forecast what a period will cost; None with too few days, or with a gap among the latest."""
    past = Period.last_days(LEARN_FROM, until=now.date() - DAY)
    so_far = spend.total(connection.id, period).cost
    credits_of = charges.credits_in(connection.id, past)
    return ahead(whole_days(connection, past), period, so_far, now=now, taken_off=credits_of)


def ahead(
    days: Days,
    period: Period,
    so_far: Decimal,
    *,
    now: datetime,
    taken_off: Mapping[date, Decimal] = MappingProxyType({}),
) -> Forecast | None:
    """Forecast what a period will cost that has cost `so_far`; None as in `forecast_of`."""
    begin = _first_open(days, now.date())
    return forecast(days, period, so_far, begin, taken_off=taken_off) if begin else None


def _first_open(days: Days, today: date) -> date | None:
    """Return the day after the whole ones; None if one of the latest is missing among them."""
    latest = [day for day, _cost in days[-LEAST_DAYS:]]
    is_unbroken = bool(latest) and latest[-1] - latest[0] == (len(latest) - 1) * DAY
    return min(latest[-1] + DAY, today) if is_unbroken else None


def keep_and_score(connection_id: int, now: datetime) -> None:
    """Store today's forecasts, and the outcome of every period that is over and billed."""
    connection = connections.by_id(connection_id)
    for period in running(now.date()):
        ahead = forecast_of(connection, period, now=now)
        if ahead and ahead.band:
            low, high = ahead.cost - ahead.band, ahead.cost + ahead.band
            forecasts.keep(connection_id, period, made_on=now.date(), low=low, high=high)
    for period in forecasts.unscored(connection_id, ended_by=now.date()):
        if coverage.days(connection_id, "charges", period) >= set(period.days()):
            forecasts.score(connection_id, period, spend.total(connection_id, period).cost)
