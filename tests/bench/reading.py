"""A typed question as its reading, among the names of a large company."""

from collections.abc import Iterator, Sequence

from bot.questions.catalog import all_names
from bot.questions.reading.names import Names
from bot.questions.reading.parse import read
from providers.directory import Directory, Entry
from tests.bench.figures import Figure, Size, at, at_most, seconds_of, words
from tests.bot.questions.reading.test_table import rows

LIMIT = 0.001
KEYS_OF = 10  # engineers for each shared key, as large companies have them
TRIES = 5  # each question counts at its best, because what else the machine does is not the reading's
_FIRST = ("Ada", "Grace", "Zoë", "Łukasz", "Mei", "Omar", "Priya", "Noah", "Inés", "Kofi", "Jonas")
_LAST = ("Lovelace", "Hopper", "Müller", "O'Brien", "Nowak", "Chen", "Patel", "Silva", "Weber", "Tanaka")


def measure(size: Size) -> Iterator[Figure]:
    """All that people were seen to type, once the names are indexed; then the index."""
    directory = _directory(size.staff)
    indexed = seconds_of(lambda: Names(all_names(directory, frozenset({"claude-opus-5-5"}))))
    names = Names(all_names(directory, frozenset({"claude-opus-5-5"})))
    times = [_best(row.typed, names) for row in rows()]
    name = f"reading a question, {size.staff:,} engineers, {size.staff // KEYS_OF:,} keys"
    yield at_most(name, at(times, 99), LIMIT, beside=f"p50 {words(at(times, 50))}")
    yield Figure(name="indexing their names", ours=words(indexed), beside=f"{len(times)} questions")


def _best(typed: str, names: Names) -> float:
    times: Sequence[float] = [seconds_of(lambda: read(typed, names)) for _ in range(TRIES)]
    return min(times)


def _directory(staff: int) -> Directory:
    people = [
        Entry(f"user_{n}", "user", f"{_FIRST[n % 11]} {_LAST[n % 10]} {n}", email=f"person{n}@acme.example")
        for n in range(staff)
    ]
    keys = [
        Entry(f"apikey_{n}", "api_key", f"team-{n % 20}-service-{n}", hint=f"…{n:04}")
        for n in range(staff // KEYS_OF)
    ]
    return Directory([*people, *keys])
