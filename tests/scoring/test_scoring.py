"""The scoring itself, on simulated spend alone: what docs/scoring.md says has to hold there, too."""

from functools import cache

import pytest

from digests.numbers.forecast import HOLDS
from tests.scoring import detection, forecasts
from tests.scoring.series import KINDS, SCALE, Series, simulated


@cache
def series() -> dict[str, Series]:
    growing = simulated(3, **KINDS["growing"])
    average = sum(growing.values()) / len(growing)
    return {"growing": {day: cost / average * SCALE for day, cost in list(growing.items())[-260:]}}


def test_ours_is_better_than_each_rule_early_in_a_month() -> None:
    scores = forecasts.scores(series(), (3, 7))
    assert all(scores[forecasts.OURS].error < scores[rule].error for rule in forecasts.RULES)
    assert HOLDS - 0.3 <= scores[forecasts.OURS].held <= 1


@pytest.mark.parametrize("rule", detection.RULES)
def test_ours_finds_more_spikes_than_a_rule_at_as_many_false_alarms(rule: str) -> None:
    beside = detection.spikes(series())[rule]
    for theirs, ours in beside.recall.values():
        assert ours.whole >= theirs.whole
        assert ours.weekends >= theirs.weekends


def test_a_creep_is_found_within_its_four_weeks() -> None:
    ours = detection.creeps(series())[detection.OURS]
    assert ours.recall >= 0.7
    assert ours.delay <= detection.GROWING
