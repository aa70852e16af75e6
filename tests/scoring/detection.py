"""How well spikes are found, on weekdays and weekends, beside rules in common use at as many false alarms.

Every day from the tenth week on is multiplied, alone, and seen by each rule as the last day. A false alarm is
one on a day as it was. Ours is set to as many false alarms as the rule that it stands beside.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from math import exp, log
from statistics import fmean, pstdev
from typing import NamedTuple

from digests.numbers.alerts.anomaly import CREEP, SPIKE, Reading, readings
from providers.period import DAY
from tests.scoring.series import Series

FACTORS = (2, 3, 5)
BEFORE = 63  # days that every rule can learn from
MONTH = 30.0
GROWTH, GROWING = 0.03, 28  # a creep: more each day by so much, for so many days
EVERY = 45  # days between the starts of creeps
FLOOR = 10.0  # dollars

Rule = Callable[[Sequence[float]], float]
"""Returns the cost above which the next day is an alarm."""

RULES: Mapping[str, Rule] = {
    "LiteLLM: 3 × 7-day mean, $10": lambda costs: max(3 * fmean(costs[-7:]), FLOOR),
    "Clawmetry: 2 × 7-day mean": lambda costs: 2 * fmean(costs[-7:]),
    "+50% over 30 days": lambda costs: 1.5 * fmean(costs[-30:]),
    "mean + 3 SD of 30 days": lambda costs: fmean(costs[-30:]) + 3 * pstdev(costs[-30:]),
}


class Recall(NamedTuple):
    """The part of the spikes that was found: all of them, and those at weekends."""

    whole: float
    weekends: float


class Beside(NamedTuple):
    """A rule: its false alarms a month, and by factor its recall and ours at as many."""

    alarms: float
    recall: Mapping[int, tuple[Recall, Recall]]


class _Day(NamedTuple):
    weekend: bool
    limits: Mapping[str, float]
    cost: float
    score: float
    scores: Mapping[int, float]  # by factor


def spikes(series: Mapping[str, Series]) -> Mapping[str, Beside]:
    """Return each published rule beside ours, over the days of all series."""
    days = [day for each in series.values() for day in _days(each)]
    ranked = sorted((day.score for day in days), reverse=True)
    found = {}
    for rule in RULES:
        alarms = sum(day.cost > day.limits[rule] for day in days)
        threshold = ranked[alarms]
        recall = {
            factor: (
                _recall(days, [day.cost * factor > day.limits[rule] for day in days]),
                _recall(days, [day.scores[factor] > threshold for day in days]),
            )
            for factor in FACTORS
        }
        found[rule] = Beside(alarms / len(days) * MONTH, recall)
    return found


def _recall(days: Sequence[_Day], caught: Sequence[bool]) -> Recall:
    weekends = [one for day, one in zip(days, caught, strict=True) if day.weekend]
    return Recall(fmean(caught), fmean(weekends))


def false_alarms(series: Mapping[str, Series]) -> float:
    """Return our false alarms a month at the score that the product uses."""
    days = [day for each in series.values() for day in _days(each)]
    return sum(day.score >= SPIKE for day in days) / len(days) * MONTH


def _days(series: Series) -> Iterator[_Day]:
    ordered = sorted(series)
    costs = [series[day] for day in ordered]
    clean = {each.day: each for each in readings(series)}
    for at in range(BEFORE, len(ordered)):
        read = clean[ordered[at]]
        yield _Day(
            read.day.weekday() >= 5,
            {name: rule(costs[:at]) for name, rule in RULES.items()},
            costs[at],
            read.score,
            {factor: _score(read, factor) for factor in FACTORS},
        )


def _score(read: Reading, factor: int) -> float:
    """Return the score of a day that cost so many times as much."""
    counted = read.expected * exp(read.score * read.spread)  # the cost, or the least that counts
    return log(max(read.cost * factor, counted) / read.expected) / read.spread


class Creep(NamedTuple):
    """The part of the creeps that was found, after how many days, and false alarms a month."""

    recall: float
    delay: float
    alarms: float


def creeps(series: Mapping[str, Series]) -> Mapping[str, Creep]:
    """Return how each rule and ours find a cost that grows by 3 % a day for four weeks."""
    delays: dict[str, list[int | None]] = defaultdict(list)
    alarms: dict[str, list[bool]] = defaultdict(list)
    for each in series.values():
        for rule, found in _alarms(each).items():
            alarms[rule] += found
        ordered = sorted(each)
        for start in range(BEFORE, len(ordered) - GROWING, EVERY):
            for rule, delay in _delays(each, ordered, start).items():
                delays[rule].append(delay)
    return {
        rule: Creep(
            fmean(delay is not None for delay in found),
            fmean([delay for delay in found if delay is not None] or [GROWING]),
            fmean(alarms[rule]) * MONTH,
        )
        for rule, found in delays.items()
    }


OURS = "ours (CUSUM)"


def _alarms(series: Series) -> Mapping[str, list[bool]]:
    ordered = sorted(series)
    costs = [series[day] for day in ordered]
    ours = [each.is_creep for each in readings(series) if each.day >= ordered[BEFORE]]
    begun = [now and not before for before, now in zip([False, *ours], ours, strict=False)]
    rules = {
        name: [costs[at] > rule(costs[:at]) for at in range(BEFORE, len(costs))]
        for name, rule in RULES.items()
    }
    return {**rules, OURS: begun}


def _delays(series: Series, ordered: Sequence[date], start: int) -> Mapping[str, int | None]:
    days = ordered[max(start - 140, 0) : start + GROWING]
    begin = ordered[start]
    grown = {day: series[day] * (1 + GROWTH) ** max((day - begin + DAY).days, 0) for day in days}
    costs, at = list(grown.values()), days.index(begin)
    ours = (n for n, each in enumerate(readings(grown)[-GROWING:], 1) if each.creep >= CREEP)
    rules = {
        name: next((n + 1 for n in range(GROWING) if costs[at + n] > rule(costs[: at + n])), None)
        for name, rule in RULES.items()
    }
    return {**rules, OURS: next(ours, None)}
