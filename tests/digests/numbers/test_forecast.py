import random
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from statistics import fmean

import pytest

from digests.numbers.forecast import forecast
from digests.numbers.report import Forecast
from digests.numbers.typical import without_outliers
from providers.period import DAY, Period

KINDS = {
    "growing": {},
    "mild weekends": {"weekend": 0.7},
    "after a spike": {"spike": 6.0},
    "steady": {"growth": 0.0},
}
MONTH = Period.month(date(2026, 10, 1))
START = date(2026, 6, 1)
Series = list[tuple[date, Decimal]]


def simulated(seed: int, *, weekend: float = 0.3, growth: float = 0.006, spike: float = 1) -> Series:
    """Daily cost until the end of October: weekends, growth, lingering noise, a spike in late September."""
    chance, lingering, days = random.Random(seed), 0.0, list(Period(START, MONTH.end).days())
    series = []
    for n, day in enumerate(days):
        lingering = 0.5 * lingering + chance.gauss(0, 0.16)
        level = 1000 * (1 + growth) ** n * (weekend if day.weekday() >= 5 else 1)
        cost = level * 2.718**lingering * (spike if day == date(2026, 9, 29) else 1)
        series.append((day, Decimal(f"{cost:.2f}")))
    return series


def at(series: Series, elapsed: int, taken_off: Mapping[date, Decimal] | None = None) -> Forecast:
    today = MONTH.start + elapsed * DAY
    so_far = sum((cost for day, cost in series if MONTH.start <= day < today), Decimal(0))
    ahead = forecast(
        [each for each in series if each[0] < today], MONTH, so_far, today, taken_off=taken_off or {}
    )
    assert ahead is not None
    return ahead


@cache
def outcomes(elapsed: int, kind: str) -> list[tuple[float, float, bool]]:
    """Return our error, the error of plain run-rate, and whether the band held, for many months."""
    return list(_outcomes(elapsed, **KINDS[kind]))


def _outcomes(elapsed: int, **kind: float) -> Iterator[tuple[float, float, bool]]:
    for seed in range(30):
        series = simulated(seed, **kind)
        month = [cost for day, cost in series if day in MONTH]
        total = sum(month, Decimal(0))
        run_rate = sum(month[:elapsed], Decimal(0)) / elapsed * len(month)
        ahead = at(series, elapsed)
        yield (
            abs(float(ahead.cost / total) - 1),
            abs(float(run_rate / total) - 1),
            abs(ahead.cost - total) <= ahead.band,
        )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("elapsed", [3, 7])
def test_early_in_a_month_it_beats_plain_run_rate(elapsed: int, kind: str) -> None:
    ours, theirs, _ = zip(*outcomes(elapsed, kind), strict=True)
    assert fmean(ours) < fmean(theirs)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("elapsed", [3, 7, 14, 21])
def test_the_band_holds_mostly(elapsed: int, kind: str) -> None:
    assert fmean(held for *_, held in outcomes(elapsed, kind)) >= 0.75


def rest(series: Series, elapsed: int) -> Decimal:
    """What is expected of the month from today on."""
    today = MONTH.start + elapsed * DAY
    return at(series, elapsed).cost - sum(cost for day, cost in series if MONTH.start <= day < today)


@pytest.mark.parametrize("back", [1, 2, 5, 9, 14])
@pytest.mark.parametrize("elapsed", [3, 10, 22])
@pytest.mark.parametrize("seed", range(4))
def test_one_day_that_stands_out_is_no_habit(seed: int, elapsed: int, back: int) -> None:
    usual, odd = simulated(seed), MONTH.start + (elapsed - back) * DAY
    spiky = [(day, cost * 20 if day == odd else cost) for day, cost in usual]
    assert abs(rest(spiky, elapsed) / rest(usual, elapsed) - 1) < Decimal("0.1")
    assert Decimal("0.9") < at(spiky, elapsed).band / at(usual, elapsed).band < 3


def test_what_a_spike_cost_stays_in_the_month() -> None:
    usual, odd = simulated(1), MONTH.start + 5 * DAY
    spiky = [(day, cost + 20_000 if day == odd else cost) for day, cost in usual]
    assert abs(at(spiky, 10).cost - at(usual, 10).cost - 20_000) < 2_000


@pytest.mark.parametrize("part", ["0.4", "1.6"])
@pytest.mark.parametrize("back", [1, 2, 3])
def test_a_credit_is_no_habit_and_stays_in_the_month(part: str, back: int) -> None:
    usual, days = simulated(1), [MONTH.start + (10 - n) * DAY for n in range(1, back + 1)]
    taken_off = {day: -cost * Decimal(part) for day, cost in usual if day in days}
    credited = [(day, cost + taken_off.get(day, Decimal(0))) for day, cost in usual]
    ahead = at(credited, 10, taken_off)
    assert abs(ahead.cost - at(usual, 10).cost - sum(taken_off.values())) < 1


def test_credits_on_most_days_are_a_habit() -> None:
    usual = simulated(1)
    taken_off = {day: -cost / 2 for day, cost in usual}
    half = [(day, cost / 2) for day, cost in usual]
    assert abs(at(half, 10, taken_off).cost / at(usual, 10).cost - Decimal("0.5")) < Decimal("0.01")


def test_a_rise_that_lasts_a_week_is_a_habit() -> None:
    risen_on = MONTH.start + 3 * DAY
    before = simulated(2, growth=0.0)
    risen = [(day, cost * 3 if day >= risen_on else cost) for day, cost in before]
    assert rest(risen, 10) > 2 * rest(before, 10)


def test_days_that_cost_nothing_among_days_that_do_are_weekends_and_no_outliers() -> None:
    quiet = simulated(3, weekend=0.0)
    assert without_outliers({day: float(cost) for day, cost in quiet if day.weekday() >= 5}) == {
        day: 0.0 for day, _cost in quiet if day.weekday() >= 5
    }
    assert rest(quiet, 10) > 0


def test_less_than_two_weeks_say_nothing() -> None:
    short = simulated(1)[-14:]
    today = MONTH.end - DAY
    assert forecast(short[:-1], MONTH, Decimal(9000), today) is None
    assert forecast([(START, Decimal(1)), *short[:-1]], MONTH, Decimal(9000), today) is not None


def test_a_month_that_is_over_ends_where_it_ended() -> None:
    series = simulated(1)
    assert forecast(series, MONTH, Decimal("1234.56"), MONTH.end) == Forecast(Decimal("1234.56"), Decimal(0))


def test_the_nearer_the_end_the_narrower_the_band() -> None:
    series = simulated(1)
    total = sum(cost for day, cost in series if day in MONTH)
    assert at(series, 30).band < at(series, 14).band < at(series, 3).band
    assert abs(at(series, 30).cost / total - 1) < Decimal("0.02")


def test_it_never_falls_below_what_is_already_spent() -> None:
    series = [each for each in simulated(1) if each[0] < MONTH.start]
    ahead = forecast(series, MONTH, Decimal(10**6), MONTH.start)
    assert ahead is not None
    assert ahead.cost > Decimal(10**6)


def test_the_first_day_of_a_month_has_a_forecast_too() -> None:
    assert at(simulated(1), 0).cost > 0


def test_two_weeks_of_nothing_end_in_nothing() -> None:
    quiet = [(day, Decimal(0)) for day in Period(START, MONTH.start).days()]
    assert forecast(quiet, MONTH, Decimal(0), MONTH.start) == Forecast(Decimal(0), Decimal(0))
