"""Invented outlooks, for the tests of what is said about them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from digests.numbers.outlook import OddDay, Outlook, PastForecast
from digests.numbers.report import Forecast
from providers.period import Period
from tests.digests.samples import NOW


def past(month: int, low: str, high: str, outcome: str) -> PastForecast:
    """Return a forecast of a month, made on its 21st."""
    period = Period.month(date(2026, month, 1))
    return PastForecast(period, date(2026, month, 21), Decimal(low), Decimal(high), Decimal(outcome))


RECORD = (
    past(10, "28200", "29400", "28630.91"),
    past(9, "23000", "25000", "23300.12"),
    past(8, "20100", "21100", "20190.00"),
)


def month() -> Outlook:
    """Return a running month with a day that stands out, and a record."""
    return Outlook(
        organization="Acme",
        period=Period.month(date(2026, 11, 1)),
        days=21,
        so_far=Decimal("33401.52"),
        is_estimated=False,
        forecast=Forecast(Decimal("40812.77"), Decimal("1204.2")),
        previous=Decimal("28630.91"),
        odd=OddDay(date(2026, 11, 9), Decimal("9378.28")),
        record=RECORD,
        as_of=NOW,
    )


def replayed() -> Outlook:
    """Return a quarter that nobody forecast before."""
    quarter = Period(date(2026, 10, 1), date(2027, 1, 1))
    summer = Period(date(2026, 7, 1), date(2026, 10, 1))
    said = PastForecast(
        summer, date(2026, 8, 22), Decimal(60100), Decimal(69000), Decimal("64120.55"), is_replayed=True
    )
    return replace(
        month(),
        period=quarter,
        days=52,
        is_estimated=True,
        previous=Decimal("64120.55"),
        odd=None,
        record=(said,),
        forecast=Forecast(Decimal(58000), Decimal(6000)),
    )


def over() -> Outlook:
    """Return a month that is over."""
    return replace(
        month(), period=Period.month(date(2026, 10, 1)), days=31, so_far=Decimal("28630.91"), forecast=None
    )


def not_yet() -> Outlook:
    """Return a month with too few days before it."""
    return replace(month(), days=3, forecast=None, previous=None, odd=None, record=(), so_far=Decimal(12))
