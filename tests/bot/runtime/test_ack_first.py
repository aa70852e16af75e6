"""Answers begin when no request has come for a moment."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bot.runtime import ack_first
from bot.runtime.ack_first import RequestActivity, WaitForQuiet


@pytest.fixture
def manners() -> RequestActivity:
    return RequestActivity()


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that only sleeping moves."""
    naps: list[float] = []
    monkeypatch.setattr(time, "monotonic", lambda: 100.0 + sum(naps))
    monkeypatch.setattr(time, "sleep", naps.append)
    return naps


def request(manners: RequestActivity) -> None:
    list(manners.watching(lambda _environ, _start: [b"ok"])({}, lambda *_: None))


def test_nobody_waits_while_it_is_calm(manners: RequestActivity, slept: list[float]) -> None:
    manners.wait()
    assert slept == []


def test_an_answer_waits_a_moment_after_a_request(manners: RequestActivity, slept: list[float]) -> None:
    request(manners)
    manners.wait()
    assert sum(slept) == pytest.approx(ack_first.QUIET_SECONDS)


def test_patience_ends(manners: RequestActivity, slept: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    def nap(seconds: float) -> None:
        slept.append(seconds)
        request(manners)  # they go on coming

    request(manners)
    monkeypatch.setattr(time, "sleep", nap)
    manners.wait()
    assert sum(slept) == pytest.approx(ack_first.PATIENCE)


def test_the_executor_runs_what_it_is_given(manners: RequestActivity) -> None:
    def add(one: int, *, other: int) -> int:
        return one + other

    with ThreadPoolExecutor(1) as pool:
        done: Any = WaitForQuiet(pool, manners).submit(add, 1, other=2)
        assert done.result(5) == 3
