"""Whatever hangs, hangs in its own lane and its own workspace's place: others are answered meanwhile."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from bot.pools import lanes
from bot.pools.lanes import LIMITS, THREADS, Lane, Lanes

LONG = 10  # seconds; nothing here takes as long unless it fails


class Gate:
    """Work that hangs until it is let go, and knows how much of it has begun."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self.begun = threading.Semaphore(0)

    def __call__(self) -> None:
        self.begun.release()
        self._open.wait(LONG)

    def has_begun(self, times: int) -> bool:
        return all(self.begun.acquire(timeout=LONG) for _ in range(times))

    def let_go(self) -> None:
        self._open.set()


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.let_go()


@pytest.fixture
def threads() -> Iterator[Lanes]:
    with ThreadPoolExecutor(THREADS) as pool:
        yield Lanes(pool)


def is_answered(threads: Lanes, *, team: str, person: str, lane: Lane = "answers") -> bool:
    done = threading.Event()
    threads.submit(done.set, lane=lane, team=team, person=person)
    return done.wait(LONG)


@pytest.mark.parametrize("lane", ["exports", "syncs", "checks"])
def test_what_takes_long_takes_no_thread_from_answers(threads: Lanes, gate: Gate, lane: Lane) -> None:
    for number in range(50):
        threads.submit(gate, lane=lane, team=f"T{number}", person=f"U{number}")
    assert gate.has_begun(LIMITS[lane].threads)
    assert is_answered(threads, team="T1", person="U1")


@pytest.mark.parametrize("lane", ["exports", "checks", "answers"])
def test_a_workspace_that_hangs_leaves_a_place_for_another(threads: Lanes, gate: Gate, lane: Lane) -> None:
    for number in range(50):
        threads.submit(gate, lane=lane, team="T1", person=f"U{number}")
    assert gate.has_begun(LIMITS[lane].a_team)
    assert is_answered(threads, team="T2", person="U1", lane=lane)


def test_a_person_who_asks_for_a_lot_leaves_a_place_for_a_colleague(threads: Lanes, gate: Gate) -> None:
    for _ in range(50):
        threads.submit(gate, team="T1", person="U1")
    assert gate.has_begun(LIMITS["answers"].a_person)
    assert is_answered(threads, team="T1", person="U2")


def test_everything_that_was_taken_is_done_in_its_order_a_person(threads: Lanes) -> None:
    done: list[int] = []
    for number in range(40):
        threads.submit(partial(done.append, number), lane="exports", team="T1", person="U1")
    assert threads.is_idle(within=LONG)
    assert done == list(range(40))


def test_work_that_fails_gives_its_place_back(threads: Lanes) -> None:
    for _ in range(20):
        threads.submit(lambda: 1 // 0, lane="checks", team="T1", person="U1")
    assert is_answered(threads, team="T1", person="U1", lane="checks")


def test_too_much_of_one_person_is_turned_away(
    threads: Lanes, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "MAX_WAITING", 2)
    taken = [threads.submit(gate, lane="exports", team="T1", person="U1") for _ in range(5)]
    assert taken == [True, True, True, False, False]
    assert threads.submit(gate, lane="exports", team="T1", person="U2")


def test_it_tells_when_nothing_is_left_to_do(threads: Lanes, gate: Gate) -> None:
    assert threads.is_idle(within=0)
    threads.submit(gate, team="T1", person="U1")
    assert not threads.is_idle(within=0)
    gate.let_go()
    assert threads.is_idle(within=LONG)
