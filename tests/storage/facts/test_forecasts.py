from datetime import date
from decimal import Decimal

import pytest

from providers.period import Period
from storage.engine.database import transaction
from storage.facts import forecasts
from storage.facts.forecasts import KeptForecast

pytestmark = pytest.mark.usefixtures("store")
OCTOBER, NOVEMBER = Period.month(date(2026, 10, 1)), Period.month(date(2026, 11, 1))
TENTH = date(2026, 10, 10)


def keep(period: Period, made_on: date, low: str = "9800", high: str = "10400") -> None:
    with transaction():
        forecasts.keep(1, period, made_on=made_on, low=Decimal(low), high=Decimal(high))


def score(period: Period, outcome: str) -> None:
    with transaction():
        forecasts.score(1, period, Decimal(outcome))


def test_a_forecast_is_in_the_record_once_its_period_has_an_outcome() -> None:
    keep(OCTOBER, TENTH)
    assert forecasts.record_of(1, since=OCTOBER.start) == []
    score(OCTOBER, "10100")
    kept = KeptForecast(OCTOBER, TENTH, Decimal(9800), Decimal(10400), Decimal(10100))
    assert forecasts.record_of(1, since=OCTOBER.start) == [kept]
    assert forecasts.record_of(1, since=NOVEMBER.start) == []


def test_the_first_forecast_of_a_day_stays() -> None:
    keep(OCTOBER, TENTH)
    keep(OCTOBER, TENTH, low="1", high="2")
    score(OCTOBER, "10100")
    assert [each.low for each in forecasts.record_of(1, since=OCTOBER.start)] == [Decimal(9800)]


def test_an_outcome_is_stored_once() -> None:
    keep(OCTOBER, TENTH)
    score(OCTOBER, "10100")
    score(OCTOBER, "1")
    assert [each.outcome for each in forecasts.record_of(1, since=OCTOBER.start)] == [Decimal(10100)]


def test_periods_wait_for_their_outcome_from_their_end_on() -> None:
    keep(NOVEMBER, date(2026, 11, 3))
    keep(OCTOBER, TENTH)
    assert forecasts.unscored(1, ended_by=NOVEMBER.start) == [OCTOBER]
    assert forecasts.unscored(1, ended_by=date(2026, 12, 1)) == [OCTOBER, NOVEMBER]
    score(OCTOBER, "10100")
    assert forecasts.unscored(1, ended_by=NOVEMBER.start) == []


def test_forecasts_belong_to_their_connection() -> None:
    keep(OCTOBER, TENTH)
    assert forecasts.unscored(2, ended_by=NOVEMBER.start) == []
