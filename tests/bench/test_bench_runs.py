"""Every benchmark at toy size, so that none of them rots; what it measures then means nothing."""

import pytest

from tests.bench.__main__ import BENCHMARKS, table
from tests.bench.figures import Figure, Size, in_turns

TOY = Size(
    days=3,
    engineers=3,
    staff=3,
    rows=100,
    facts=(1, 20_000),
    repeats=2,
    at_once=8,
    rounds=1,
    starts=1,
    turns=1,
    patience=1,
    tenants=3,
    at_first=1,
    at_rest=5,
)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_runs_and_tells_figures(name: str) -> None:
    figures = list(BENCHMARKS[name](TOY))
    assert figures
    assert all(figure.name and figure.ours for figure in figures)


def test_the_table_says_what_is_met_and_what_is_missed() -> None:
    fast = Figure(name="fast", ours="1 ms", aim="≤ 5 ms", holds=True)
    slow = Figure(name="slow", ours="9 ms", beside="p50 2 ms", ratio=4.5, aim="≤ 5 ms", holds=False)
    assert table([fast, slow]).splitlines()[1:] == [
        "fast       1 ms                        ≤ 5 ms  met",
        "slow       9 ms  p50 2 ms       4.50   ≤ 5 ms  missed",
    ]


def test_works_take_turns_and_the_median_counts() -> None:
    one, other = iter([3.0, 1.0, 2.0]), iter([9.0, 7.0, 8.0])
    assert in_turns([lambda: next(one), lambda: next(other)], turns=3, patience=60) == [2.0, 8.0]
