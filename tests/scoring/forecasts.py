"""How good forecasts of a month are, by the day they are made on, beside rules in common use.

An error is that of the month's total; MASE divides it by what repeating the month before would miss on
average in that series, so that 1 is no better than that.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from statistics import fmean
from typing import NamedTuple

from digests.numbers.forecast import forecast
from providers.period import DAY, Period
from tests.scoring.series import Series

EARLY, LATE = (1, 3, 5, 7, 10, 13), (14, 17, 21, 25)
BEFORE = 90  # days that every forecast can learn from
OURS = "ours"

Rule = Callable[[Sequence[float], date, Period], float]
"""Returns what the days of a period from `today` on will cost, from all days before `today`."""


def run_rate(days: Sequence[float], today: date, period: Period) -> float:
    """The average day of the period so far."""
    elapsed = (today - period.start).days
    return fmean(days[-elapsed:]) * (period.end - today).days


def last_week(days: Sequence[float], today: date, period: Period) -> float:
    """The average of the last seven days."""
    return fmean(days[-7:]) * (period.end - today).days


def last_month(days: Sequence[float], today: date, period: Period) -> float:
    """The average of the last thirty days."""
    return fmean(days[-30:]) * (period.end - today).days


def seasonal_naive(days: Sequence[float], today: date, period: Period) -> float:
    """Each day as a week before, again and again."""
    return sum(days[-7 + n % 7] for n in range((period.end - today).days))


RULES: Mapping[str, Rule] = {
    "run rate": run_rate,
    "seasonal naive": seasonal_naive,
    "last 7 days": last_week,
    "last 30 days": last_month,
}


class Scored(NamedTuple):
    """An error of one forecast in MASE, and for ours whether the band held."""

    rule: str
    elapsed: int
    error: float
    held: bool


class Score(NamedTuple):
    """The mean error of a rule in MASE, and of ours how often the band held."""

    error: float
    held: float


def scores(series: Mapping[str, Series], elapsed: Sequence[int]) -> Mapping[str, Score]:
    """Return the score of each rule over all series, each series counting as much as any other."""
    errors: dict[str, list[float]] = defaultdict(list)
    held: dict[str, list[float]] = defaultdict(list)
    for each in series.values():
        of_series: dict[str, list[Scored]] = defaultdict(list)
        for scored in _scored(each, elapsed):
            of_series[scored.rule].append(scored)
        for rule, all_scored in of_series.items():
            errors[rule].append(fmean(one.error for one in all_scored))
            held[rule].append(fmean(one.held for one in all_scored))
    return {rule: Score(fmean(errors[rule]), fmean(held[rule])) for rule in errors}


def _scored(series: Series, all_elapsed: Sequence[int]) -> Iterator[Scored]:
    days = sorted(series)
    months = [each for each in _months(days) if (each.start - days[0]).days >= BEFORE]
    totals = {each: sum(series[day] for day in each.days()) for each in _months(days)}
    naive = [
        abs(totals[one] / one.length * other.length - totals[other])
        for one, other in zip(totals, list(totals)[1:], strict=False)
    ]
    for month in months:
        for elapsed in all_elapsed:
            today = month.start + elapsed * DAY
            past = [series[day] for day in days if day < today]
            so_far = sum(past[-elapsed:])
            for name, rule in RULES.items():
                said = so_far + rule(past, today, month)
                yield Scored(name, elapsed, abs(said - totals[month]) / fmean(naive), held=False)
            yield _ours(series, month, today, so_far, totals[month], fmean(naive))


def _ours(series: Series, month: Period, today: date, so_far: float, actual: float, naive: float) -> Scored:
    history = [(day, Decimal(f"{cost:.6f}")) for day, cost in series.items() if day < today]
    said = forecast(history, month, Decimal(f"{so_far:.6f}"), today)
    if said is None:
        raise ValueError(f"no forecast on {today}")
    held = abs(float(said.cost) - actual) <= float(said.band)
    return Scored(OURS, (today - month.start).days, abs(float(said.cost) - actual) / naive, held)


def _months(days: Sequence[date]) -> list[Period]:
    """Return the months that a series has all days of."""
    months = [Period.month(day) for day in days if day.day == 1]
    return [month for month in months if month.end - DAY <= days[-1]]
