"""What is remembered is asked for again in time, whatever becomes of the clock."""

from datetime import timedelta

import pytest

from bot.pools import cache
from bot.pools.cache import TtlCache

MINUTE = timedelta(minutes=1)


class Asked:
    """Answers with how often it was asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        return self.times


def remembering(seconds: list[float]) -> TtlCache[str, int]:
    return TtlCache(MINUTE, clock=lambda: seconds[0])


def test_an_answer_is_remembered_for_its_time_and_no_longer() -> None:
    seconds, ask = [0.0], Asked()
    answers = remembering(seconds)
    assert [answers.get("U1", ask), answers.get("U1", ask)] == [1, 1]
    seconds[0] = 60.0
    assert answers.get("U1", ask) == 2


def test_an_answer_from_a_moment_still_to_come_is_not_believed() -> None:
    seconds, ask = [3600.0], Asked()
    answers = remembering(seconds)
    answers.get("U1", ask)
    seconds[0] = 0.0
    assert answers.get("U1", ask) == 2


def test_a_failure_is_not_remembered() -> None:
    answers = remembering([0.0])
    with pytest.raises(ZeroDivisionError):
        answers.get("U1", lambda: 1 // 0)
    assert answers.get("U1", lambda: 7) == 7


def test_it_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_ENTRIES", 2)
    answers, ask = remembering([0.0]), Asked()
    for person in ("U1", "U2", "U3"):
        answers.get(person, ask)
    assert answers.get("U3", ask) == 3
    assert answers.get("U1", ask) == 4
