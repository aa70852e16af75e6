"""What Slack said is asked for again in time."""

import threading
from datetime import timedelta

import pytest

from bot.pools.cache import CachedLookup

MINUTE = timedelta(minutes=1)


class CountingLookup:
    """Answers with how often it was asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, _key: str) -> int:
        self.times += 1
        return self.times


def cached(seconds: list[float], size: int = 10) -> CachedLookup[str, int]:
    return CachedLookup(CountingLookup(), MINUTE, clock=lambda: seconds[0], size=size)


def test_an_answer_is_kept_for_its_time_and_no_longer() -> None:
    seconds = [0.0]
    answers = cached(seconds)
    assert [answers("U1"), answers("U1")] == [1, 1]
    seconds[0] = 60.0
    assert answers("U1") == 2


def test_an_answer_that_must_be_new_is_asked_for_and_kept() -> None:
    answers = cached([0.0])
    assert [answers("U1"), answers.anew("U1"), answers("U1")] == [1, 2, 2]


def test_a_failure_is_not_kept() -> None:
    failures = [ZeroDivisionError()]

    def ask(_key: str) -> int:
        for failure in failures:
            raise failure
        return 7

    answers = CachedLookup(ask, MINUTE)
    with pytest.raises(ZeroDivisionError):
        answers("U1")
    failures.clear()
    assert answers("U1") == 7


def test_it_stays_small_and_drops_the_oldest() -> None:
    answers = cached([0.0], size=2)
    assert [answers("U1"), answers("U2"), answers("U3")] == [1, 2, 3]
    assert [answers("U2"), answers("U3"), answers("U1")] == [2, 3, 4]


def test_who_asks_for_the_same_at_once_shares_one_call() -> None:
    lookup, may_answer = CountingLookup(), threading.Event()
    is_asking = threading.Event()

    def ask(key: str) -> int:
        is_asking.set()
        assert may_answer.wait(10)
        return lookup(key)

    answers, seen = CachedLookup(ask, MINUTE), list[int]()
    threads = [threading.Thread(target=lambda: seen.append(answers("U1"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert is_asking.wait(10)
    may_answer.set()
    for thread in threads:
        thread.join(10)
    assert seen == [1, 1, 1]
