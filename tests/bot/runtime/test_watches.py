"""What is watched is looked at until it is over, has taken too long, or the process ends."""

import threading
from collections.abc import Callable

from bot.pools.watches import MOST, Watches

SLOW = 3600.0  # seconds: the tests look themselves


def noting(looks: list[str], name: str = "") -> Callable[[], bool]:
    """A look that is never over, and notes that it was called."""

    def look() -> bool:
        looks.append(name)
        return False

    return look


def test_something_is_looked_at_until_it_is_over() -> None:
    watches, answers = Watches(pace=SLOW), [True, False, False]
    watches.add("modal", answers.pop, seconds=60)
    for _ in range(5):
        watches.look()
    assert answers == []


def test_the_thread_looks_by_itself_and_again_after_a_pause_without_any() -> None:
    watches = Watches(pace=0.001)
    for key in ("first", "second"):
        seen = threading.Event()

        def look(seen: threading.Event = seen) -> bool:
            seen.set()
            return True

        watches.add(key, look, seconds=60)
        assert seen.wait(10)


def test_what_takes_too_long_is_not_looked_at_any_more() -> None:
    watches, looks = Watches(pace=SLOW), list[str]()
    watches.add("modal", noting(looks), seconds=0)
    watches.look()
    assert looks == []


def test_the_later_of_two_with_one_key_stays() -> None:
    watches, looks = Watches(pace=SLOW), list[str]()
    for name in ("earlier", "later"):
        watches.add("modal", noting(looks, name), seconds=60)
    watches.look()
    assert looks == ["later"]


def test_a_look_that_fails_costs_no_other() -> None:
    watches, looks = Watches(pace=SLOW), list[str]()

    def fails() -> bool:
        raise RuntimeError("no")

    watches.add("broken", fails, seconds=60)
    watches.add("modal", noting(looks), seconds=60)
    watches.look()
    watches.look()
    assert looks == ["", ""]


def test_there_is_a_bound() -> None:
    watches, looks = Watches(pace=SLOW), list[str]()
    for number in range(MOST + 5):
        watches.add(str(number), noting(looks, str(number)), seconds=60)
    watches.look()
    assert len(looks) == MOST


def test_nothing_is_looked_at_after_the_end() -> None:
    watches, looks = Watches(pace=SLOW), list[str]()
    watches.stop()
    watches.add("modal", noting(looks), seconds=60)
    watches.look()
    assert looks == []


def test_the_end_comes_after_a_look_that_has_begun() -> None:
    watches, begun, may_end, ended = Watches(pace=0.001), threading.Event(), threading.Event(), list[bool]()

    def look() -> bool:
        begun.set()
        may_end.wait(10)
        ended.append(True)
        return True

    watches.add("modal", look, seconds=60)
    assert begun.wait(10)
    threading.Timer(0.05, may_end.set).start()
    watches.stop()
    assert ended == [True]
