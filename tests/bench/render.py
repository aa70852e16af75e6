"""A digest from its numbers to the message."""

from collections.abc import Iterator

from digests import render
from tests.bench.figures import Figure, Size, at, at_most, seconds_of, words
from tests.digests import samples

LIMIT = 0.005


def measure(size: Size) -> Iterator[Figure]:
    """The digest of a day of 48 engineers; the first, which compiles the template, told beside it."""
    digest = samples.daily()
    first = seconds_of(lambda: render.digest(digest))
    times = [seconds_of(lambda: render.digest(digest)) for _ in range(size.repeats)]
    beside = f"p50 {words(at(times, 50))}, the first {words(first)}"
    yield at_most("digest render", at(times, 99), LIMIT, beside=beside)
