"""Where a period will end: four ways of looking ahead, weighed by how well each did lately.

                            ┌─ weekday profile × recent level ─┐
history, without_outliers ──┼─ run-rate of the period so far ──┼─ weighed by backtest ─→ the days ahead,
                            ├─ each weekday as a week before ──┤                         and a band
                            └─ each weekday of four weeks ─────┘

The weekdays win early in a period, the run-rate late, and four weeks where nothing grows. A backtest replays
recent days as if each had been today, with as many days behind it and ahead of it as the period has now. A
single day that stands out is no habit: it counts for the band alone. Nor is a credit, unless most days have
one. How good all this is, beside the rules in common use: docs/scoring.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from math import fsum, sqrt
from operator import mul
from statistics import fmean, median, quantiles
from types import MappingProxyType

from digests.numbers.report import Forecast
from digests.numbers.typical import without_outliers
from providers.period import DAY, Period

LEAST_DAYS = 14
"""With less than two weeks a weekday has been seen once at most: too little to say anything."""

_LONGEST = 400
_TRAINING = 14
_REPLAYS = 42
_WIDEST_SPIKE = 2.5
_FADE = 0.84
_FEW_REPLAYS = 8
_WIDE, _NARROWEST = 0.25, 0.02
HOLDS = 0.8
"""How often a band is to hold."""

_PERFECT = 1e-9  # the squared errors of a method that is never wrong
_OVERLAP = 0.9  # replays of a long span tell much the same thing; by so much more a band has to be wider
_WIDEST = 1.0  # nothing costs less than nothing
_WIDER = 2.0  # and by no more than this because of days that stood out, which may or may not come again
_WEEK = 7
_LATEST = 4 * _WEEK  # days that a level is of
_SEEN = 8 * _WEEK  # days that a weekday's profile is of
_AROUND = 3  # days on each side make a day's week

Days = Mapping[date, float]


def forecast(
    history: Sequence[tuple[date, Decimal]],
    period: Period,
    so_far: Decimal,
    today: date,
    *,
    taken_off: Mapping[date, Decimal] = MappingProxyType({}),
) -> Forecast | None:
    """Look to the end of a period from the finished days; None with less than two weeks of them.

    `so_far` is what the period has cost up to now, the running part of today included; `taken_off` is what
    credits took off the bill of days, below zero.
    """
    if today >= period.end:
        return Forecast(so_far, Decimal(0))
    days = {day: float(cost) for day, cost in sorted(history)[-_LONGEST:] if day < today}
    if len(days) < LEAST_DAYS:
        return None
    ahead = [today + n * DAY for n in range((period.end - today).days)]
    elapsed = max((today - period.start).days, 0)
    usual = _series(without_outliers(_without_credits(days, taken_off)))
    mixture = _weighed(usual, elapsed, len(ahead), list(days.values()))
    expected = mixture.ahead(ahead)[-period.length :]
    band = _dollars(mixture.error * abs(sum(expected)))
    if today < period.start:
        return Forecast(_dollars(sum(expected)), band)
    finished = sum((cost for day, cost in history if day in period and day < today), Decimal(0))
    # Today costs at least what it has already cost.
    through_today = max(so_far, finished + _dollars(expected[0]))
    return Forecast(through_today + _dollars(sum(expected[1:])), band)


def _without_credits(days: Days, taken_off: Mapping[date, Decimal]) -> Days:
    """The days as they would have cost, had nothing been taken off now and then."""
    credits_of = {day: float(cost) for day, cost in taken_off.items() if day in days}
    if len(credits_of) > len(days) / 2:
        return days
    return {day: cost - credits_of.get(day, 0.0) for day, cost in days.items()}


@dataclass(frozen=True)
class _Series:
    """Days in order: the cost of each, its weekday, and its ratio to the week around it, None at the edges.

    Replays read the first days of one series by their number: copies of its beginnings would cost more.
    """

    costs: Sequence[float]
    weekdays: Sequence[int]
    ratios: Sequence[float | None]

    def __len__(self) -> int:
        return len(self.costs)


def _series(days: Days) -> _Series:
    """Return the series of some days, which are in order."""
    costs, numbers = list(days.values()), [day.toordinal() for day in days]
    return _Series(costs, [day.weekday() for day in days], _ratios(costs, numbers))


def _ratios(costs: Sequence[float], days: Sequence[int]) -> list[float | None]:
    """Return every day's ratio to the week around it, None where some of that week is missing or all is 0."""
    ratios: list[float | None] = [None] * len(costs)
    for at in range(_AROUND, len(costs) - _AROUND):
        first, last = at - _AROUND, at + _AROUND
        if days[last] - days[first] == _WEEK - 1 and (average := fsum(costs[first : last + 1]) / _WEEK) > 0:
            ratios[at] = costs[at] / average
    return ratios


@dataclass(frozen=True)
class _Mixture:
    """All methods mixed: what each weekday will cost, and the error to expect."""

    by_weekday: Sequence[float]
    error: float

    def ahead(self, ahead: Sequence[date]) -> list[float]:
        """Return what each day ahead will cost."""
        return [self.by_weekday[day.weekday()] for day in ahead]


@dataclass(frozen=True)
class _Replay:
    """What each method would have said, what came without its outliers, and with them."""

    said: Sequence[float]
    actual: float
    billed: float
    length: int

    def mixed(self, weights: Sequence[float]) -> float:
        """Return what would have been said."""
        said: float = sum(map(mul, weights, self.said))
        return max(said, 1e-9)


def _weighed(days: _Series, elapsed: int, length: int, billed: Sequence[float]) -> _Mixture:
    replays, methods = _replays(days, elapsed, length, billed), _methods(days, len(days), elapsed)
    if not replays:
        by_weekday = methods[0] if elapsed < LEAST_DAYS else _mixed(methods, [0.5, 0.5, 0.0, 0.0])
        return _Mixture(by_weekday, _WIDE)
    weights = _weights(replays)
    plain = [r.actual / r.mixed(weights) for r in replays]
    # Half of what was missed: growth goes on more often than not, but not for ever.
    correction = min(max((1 + median(plain)) / 2, 0.85), 1.2)
    by_weekday = _mixed(methods, [correction * weight for weight in weights])
    return _Mixture(by_weekday, _error(replays, weights, correction, length))


def _mixed(methods: Sequence[Sequence[float]], weights: Sequence[float]) -> list[float]:
    """Return the weighted sum of the methods for each weekday."""
    return [sum(map(mul, weights, costs)) for costs in zip(*methods, strict=True)]


def _error(replays: Sequence[_Replay], weights: Sequence[float], correction: float, length: int) -> float:
    """Return the error to expect: that of the replays, wider where they overlap and where days stood out."""
    said = [correction * replay.mixed(weights) for replay in replays]
    usual = _spread([abs(r.actual / each - 1) for r, each in zip(replays, said, strict=True)])
    usual *= 1 + _OVERLAP * replays[0].length / len(replays)
    usual *= sqrt(length / replays[0].length)  # further ahead than there are days to replay
    billed = _spread([abs(r.billed / each - 1) for r, each in zip(replays, said, strict=True)])
    return min(max(usual, min(billed, _WIDER * usual)), _WIDEST)


def _weights(replays: Sequence[_Replay]) -> list[float]:
    """Return the weight of each method: the inverse of its squared errors, recent ones counting more."""
    fading = [_FADE ** (n / 3) for n in range(len(replays))]
    missed = [
        sum(f * (said / r.actual - 1) ** 2 for f, r, said in zip(fading, replays, each, strict=True))
        for each in zip(*(replay.said for replay in replays), strict=True)
    ]
    inverse = [1 / max(each, _PERFECT) for each in missed]
    return [each / sum(inverse) for each in inverse]


def _spread(errors: Sequence[float]) -> float:
    if len(errors) < _FEW_REPLAYS:
        return max(_WIDE, *errors)
    return max(quantiles(errors, n=100)[int(HOLDS * 100) - 1], _NARROWEST)


def _replays(days: _Series, elapsed: int, length: int, billed: Sequence[float]) -> list[_Replay]:
    """Replay recent days as if each had been today, newest first; `billed` are the days as they were."""
    horizon = min(length, max(len(days) - _TRAINING, 0))
    origins = range(len(days) - horizon, max(len(days) - horizon - _REPLAYS, _TRAINING - 1), -1)
    replays = (_replay(days, at, horizon, elapsed, billed) for at in origins if horizon)
    return [replay for replay in replays if replay.actual > 0]


def _replay(days: _Series, at: int, horizon: int, elapsed: int, billed: Sequence[float]) -> _Replay:
    """Replay the day number `at` as if it had been today."""
    ahead = slice(at, at + horizon)
    counts = [0] * _WEEK
    for weekday in days.weekdays[ahead]:
        counts[weekday] += 1
    return _Replay(
        said=[sum(map(mul, counts, costs)) for costs in _methods(days, at, elapsed)],
        actual=sum(days.costs[ahead]),
        billed=sum(billed[ahead]),
        length=horizon,
    )


def _methods(days: _Series, until: int, elapsed: int) -> list[list[float]]:
    """Return what each weekday will cost after the first days, by each method.

    Its profile at their level; the average of as many last days as the period has behind it, or a week; the
    same weekday's last cost; and its average of four weeks.
    """
    flat = [_run_rate(days, until, elapsed)] * _WEEK
    return [
        _expected_by_weekday(days, until),
        flat,
        _weekday_averages(days, until, _WEEK),
        _weekday_averages(days, until, _LATEST),
    ]


def _weekday_averages(days: _Series, until: int, count: int) -> list[float]:
    """Return the average cost of each weekday among the last days; that of all of them where it has none."""
    within = slice(max(until - count, 0), until)
    seen: list[list[float]] = [[] for _ in range(_WEEK)]
    for weekday, cost in zip(days.weekdays[within], days.costs[within], strict=True):
        seen[weekday].append(cost)
    whole = fsum(days.costs[within]) / max(len(days.costs[within]), 1)
    return [fsum(each) / len(each) if each else whole for each in seen]


def _expected_by_weekday(days: _Series, until: int) -> list[float]:
    """Return what each weekday will cost after the first days: its profile at their level."""
    profile = _profile(days, until)
    latest = slice(max(until - _LATEST, 0), until)
    weekdays, costs = days.weekdays[latest], days.costs[latest]
    levels = [
        cost / profile[weekday] for cost, weekday in zip(costs, weekdays, strict=True) if profile[weekday] > 0
    ]
    level = _level(levels)
    return [level * each for each in profile]


def _profile(days: _Series, until: int) -> list[float]:
    """Each weekday against the week around it, the median of the last eight weeks; 1 is an average day."""
    seen: list[list[float]] = [[] for _ in range(_WEEK)]
    within = slice(max(until - _SEEN, 0), max(until - _AROUND, 0))
    for weekday, ratio in zip(days.weekdays[within], days.ratios[within], strict=True):
        if ratio is not None:
            seen[weekday].append(ratio)
    return [median(each) if each else 1.0 for each in seen]


def _level(levels: Sequence[float]) -> float:
    """Weigh recent days more; a single spike counts as no more than a large day."""
    if not levels:
        return 0.0
    most, weights = _WIDEST_SPIKE * median(levels), _fading(len(levels))
    clipped = [min(level, most) for level in reversed(levels)]
    weighed: float = sum(map(mul, weights, clipped))
    return weighed / sum(weights)


@cache
def _fading(count: int) -> Sequence[float]:
    """Return the weights of so many days, the latest first."""
    return [_FADE**n for n in range(count)]


def _run_rate(days: _Series, until: int, elapsed: int) -> float:
    """Return the average of the first days' last ones: as many as the month has behind it, or a week."""
    return fmean(days.costs[max(until - (elapsed or _WEEK), 0) : until])


def _dollars(cost: float) -> Decimal:
    return Decimal(f"{cost:.2f}")
