"""What nobody needs any more is given back to the system, in quiet moments."""

import weakref

from bot.runtime.processes import tidy_regularly


class Knot:
    """An object in a cycle with itself."""

    def __init__(self) -> None:
        self.itself = self


def test_cycles_are_collected_in_each_quiet_moment() -> None:
    knot, waits = weakref.ref(Knot()), iter([False, False, True])
    is_gone: list[bool] = []
    tidy_regularly(lambda: is_gone.append(knot() is None), lambda _seconds: next(waits))
    assert is_gone == [False, True]
