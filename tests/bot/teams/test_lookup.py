"""What is read while others wait for the same is read once, and nobody waits too long."""

import threading
from collections.abc import Iterator

import pytest

from bot.teams.lookup import Lookup


class Slow:
    """Something to read that takes until a test lets it go on."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.may_go_on = threading.Event()

    def __call__(self, key: str) -> str:
        self.read.append(key)
        assert self.may_go_on.wait(10)
        if key == "wrong":
            raise ValueError(key)
        return key.upper()


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    yield made
    made.may_go_on.set()


def test_what_is_read_quickly_is_returned(slow: Slow) -> None:
    slow.may_go_on.set()
    assert Lookup(slow).find("a", within=10) == "A"


def test_nobody_waits_longer_than_allowed_and_what_is_under_way_is_not_read_twice(slow: Slow) -> None:
    lookup = Lookup(slow)
    for _ in range(20):
        with pytest.raises(TimeoutError):
            lookup.find("a", within=0)
    slow.may_go_on.set()
    assert lookup.find("a", within=10) == "A"
    assert len(slow.read) <= 2  # the last may have come just after the first reading was over


def test_another_key_is_read_meanwhile(slow: Slow) -> None:
    lookup = Lookup(slow)
    for key in ("a", "b"):
        with pytest.raises(TimeoutError):
            lookup.find(key, within=0.05)
    assert slow.read == ["a", "b"]


def test_what_goes_wrong_is_raised_and_not_remembered(slow: Slow) -> None:
    lookup = Lookup(slow)
    slow.may_go_on.set()
    for _ in range(2):
        with pytest.raises(ValueError, match="wrong"):
            lookup.find("wrong", within=10)
    assert slow.read == ["wrong", "wrong"]
