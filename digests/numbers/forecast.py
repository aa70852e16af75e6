"""Where a running month will end: two ways of looking ahead, weighed by how well each did lately.

history, without_outliers ─┬─ weekday profile × recent level ─┐
                └─ run-rate of the month so far ───┴─ weighed by backtest ─→ the days ahead, and a band

The profile knows weekends and wins early in a month; the run-rate wins late. A backtest replays recent days
as if each had been today, with as many days behind it and ahead of it as the month has now. A single day that
stands out is no habit: it counts for the band alone. Nor is a credit, unless most days have one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import fmean, median, quantiles
from types import MappingProxyType

from digests.numbers.report import Forecast
from digests.numbers.typical import without_outliers
from providers.period import DAY, Period

LEAST_DAYS = 14
"""With less than two weeks a weekday has been seen once at most: too little to say anything."""

_LONGEST = 120
_TRAINING = 14
_REPLAYS = 42
_WIDEST_SPIKE = 2.5
_FADE = 0.88
_FEW_REPLAYS = 8
_WIDE, _NARROWEST = 0.25, 0.02
_COVERED = 0.85
_OVERLAP = 2.0  # replays of a long span tell much the same thing; by so much more a band has to be wider
_WIDER = 2.0  # and by no more than this because of days that stood out, which may or may not come again
_WEEK = 7
_AROUND = [n * DAY for n in range(-3, 4)]

Days = Mapping[date, float]


def forecast(
    history: Sequence[tuple[date, Decimal]],
    month: Period,
    so_far: Decimal,
    today: date,
    *,
    taken_off: Mapping[date, Decimal] = MappingProxyType({}),
) -> Forecast | None:
    """Look to the end of the month from the finished days; None with less than two weeks of them.

    `so_far` is what the month has cost up to now, the running part of today included; `taken_off` is what
    credits took off the bill of days, below zero.
    """
    if today >= month.end:
        return Forecast(so_far, Decimal(0))
    days = {day: float(cost) for day, cost in sorted(history)[-_LONGEST:] if day < today}
    if len(days) < LEAST_DAYS:
        return None
    ahead = [today + n * DAY for n in range((month.end - today).days)]
    elapsed = (today - month.start).days
    usual = without_outliers(_without_credits(days, taken_off))
    view = _weighed(usual, elapsed, len(ahead), days)
    expected = view.ahead(usual, ahead, elapsed)
    finished = sum((cost for day, cost in history if day in month and day < today), Decimal(0))
    # Today costs at least what it has already cost.
    through_today = max(so_far, finished + _dollars(expected[0]))
    return Forecast(through_today + _dollars(sum(expected[1:])), _dollars(view.error * abs(sum(expected))))


def _without_credits(days: Days, taken_off: Mapping[date, Decimal]) -> Days:
    """The days as they would have cost, had nothing been taken off now and then."""
    found = {day: float(cost) for day, cost in taken_off.items() if day in days}
    if len(found) > len(days) / 2:
        return days
    return {day: cost - found.get(day, 0.0) for day, cost in days.items()}


@dataclass(frozen=True)
class _View:
    """Both methods mixed: the weight of the profile, a correction for growth, and the error to expect."""

    weight: float
    correction: float
    error: float

    def ahead(self, days: Days, ahead: Sequence[date], elapsed: int) -> list[float]:
        mixed = zip(_by_profile(days, ahead, _ratios(days)), _by_run_rate(days, ahead, elapsed), strict=True)
        return [self.correction * (self.weight * p + (1 - self.weight) * r) for p, r in mixed]


@dataclass(frozen=True)
class _Replay:
    """What both methods would have said, what came without its outliers, and with them."""

    profile: float
    run_rate: float
    actual: float
    billed: float
    length: int

    def mixed(self, weight: float) -> float:
        """Return what would have been said."""
        return max(weight * self.profile + (1 - weight) * self.run_rate, 1e-9)


def _weighed(days: Days, elapsed: int, length: int, billed: Days) -> _View:
    replays = _replays(days, elapsed, length, billed)
    if not replays:
        return _View(weight=1.0 if elapsed < LEAST_DAYS else 0.5, correction=1.0, error=_WIDE)
    weight = _weight(replays)
    plain = [r.actual / r.mixed(weight) for r in replays]
    # Half of what was missed: growth goes on more often than not, but not for ever.
    correction = min(max((1 + median(plain)) / 2, 0.85), 1.2)
    return _View(weight, correction, _error(replays, weight, correction))


def _error(replays: Sequence[_Replay], weight: float, correction: float) -> float:
    """Return the error to expect: that of the replays, wider where they overlap and where days stood out."""
    said = [correction * replay.mixed(weight) for replay in replays]
    usual = _spread([abs(r.actual / each - 1) for r, each in zip(replays, said, strict=True)])
    usual *= 1 + _OVERLAP * replays[0].length / len(replays)
    billed = _spread([abs(r.billed / each - 1) for r, each in zip(replays, said, strict=True)])
    return max(usual, min(billed, _WIDER * usual))


def _weight(replays: Sequence[_Replay]) -> float:
    """Return the weight of the profile: the inverse of the squared errors, recent ones counting more."""
    fading = [_FADE ** (n / 3) for n in range(len(replays))]
    missed_by_profile = sum(f * (r.profile / r.actual - 1) ** 2 for f, r in zip(fading, replays, strict=True))
    missed_by_rate = sum(f * (r.run_rate / r.actual - 1) ** 2 for f, r in zip(fading, replays, strict=True))
    both = missed_by_profile + missed_by_rate
    return missed_by_rate / both if both else 0.5


def _spread(errors: Sequence[float]) -> float:
    if len(errors) < _FEW_REPLAYS:
        return max(_WIDE, *errors)
    return max(quantiles(errors, n=100)[int(_COVERED * 100) - 1], _NARROWEST)


def _replays(days: Days, elapsed: int, length: int, billed: Days) -> list[_Replay]:
    """Replay recent days as if each had been today, newest first; `billed` are the days as they were."""
    known, ratios = sorted(days), _ratios(days)
    horizon = min(length, max(len(known) - _TRAINING, 0))
    origins = range(len(known) - horizon, max(len(known) - horizon - _REPLAYS, _TRAINING - 1), -1)
    found = []
    for at in origins if horizon else ():
        before, ahead = {day: days[day] for day in known[:at]}, known[at : at + horizon]
        actual, happened = (sum(each[day] for day in ahead) for each in (days, billed))
        if actual > 0:
            profile, rate = _by_profile(before, ahead, ratios), _by_run_rate(before, ahead, elapsed)
            found.append(_Replay(sum(profile), sum(rate), actual, happened, horizon))
    return found


def _by_profile(days: Days, ahead: Sequence[date], ratios: Days) -> list[float]:
    profile = _profile(days, ratios)
    recent = sorted(days)[-4 * 7 :]
    levels = [days[day] / profile[day.weekday()] for day in recent if profile[day.weekday()] > 0]
    level = _level(levels)
    return [level * profile[day.weekday()] for day in ahead]


def _profile(days: Days, ratios: Days) -> list[float]:
    """Each weekday against the week around it, the median of the last eight weeks; 1 is an average day."""
    seen: list[list[float]] = [[] for _ in range(_WEEK)]
    known = sorted(days)
    for day in known[-8 * _WEEK :]:
        if day in ratios and day + _AROUND[-1] <= known[-1]:
            seen[day.weekday()].append(ratios[day])
    return [median(each) if each else 1.0 for each in seen]


def _ratios(days: Days) -> Days:
    """Every day against the week around it, where all of that is known."""
    found = {}
    for day, cost in days.items():
        week = [days[near] for away in _AROUND if (near := day + away) in days]
        if len(week) == _WEEK and (average := fmean(week)) > 0:
            found[day] = cost / average
    return found


def _level(levels: Sequence[float]) -> float:
    """Weigh recent days more; a single spike counts as no more than a large day."""
    if not levels:
        return 0.0
    most = _WIDEST_SPIKE * median(levels)
    weights = [_FADE**n for n in range(len(levels))]
    clipped = [min(level, most) for level in reversed(levels)]
    return sum(w * level for w, level in zip(weights, clipped, strict=True)) / sum(weights)


def _by_run_rate(days: Days, ahead: Sequence[date], elapsed: int) -> list[float]:
    seen = sorted(days)[-elapsed:] if elapsed else sorted(days)[-7:]
    return [fmean(days[day] for day in seen)] * len(ahead)


def _dollars(cost: float) -> Decimal:
    return Decimal(f"{cost:.2f}")
