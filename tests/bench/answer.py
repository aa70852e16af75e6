"""`cost month by model`: from the rollups alone, then the whole way from the connection to the message."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bot import clock
from bot.questions import answer
from bot.questions.command import Command
from bot.reports import cost
from bot.slack.users import Viewer
from digests.numbers.report import Question
from providers.period import DAY, Period
from storage.engine.database import migrate, open_database, session
from storage.state.connections import Connection
from tests.bench import history
from tests.bench.figures import Figure, Size, at, at_most, seconds_of, words
from tests.bench.ground import folder

LIMIT = 0.005
TURNS = 10
NAMES = ("answers.cost", "answers.cost, rendered")
GROWTH = 1.25  # what two medians of the same thing differ by on a busy machine
ASKER = Viewer("U1", "Mina", "mina@acme.example", "UTC", is_full_member=True, is_admin=True)
Times = Sequence[float]


def measure(size: Size) -> Iterator[Figure]:
    """The question on databases of each number of facts, in turns; and whether more make it slower."""
    durations: dict[str, dict[int, list[float]]] = {name: {n: [] for n in size.facts} for name in NAMES}
    with folder() as path:
        connected = {facts: _write(path, facts) for facts in size.facts}
        for _turn in range(TURNS):
            for facts, connection in connected.items():
                open_database(_url(path, facts))
                for name, ask in zip(NAMES, _ways(connection), strict=True):
                    durations[name][facts] += _times(ask, -(-size.repeats // TURNS))
    for name, by_facts in durations.items():
        for facts, times in by_facts.items():
            yield _figure(f"{name}, {facts:,} facts", times)
        yield _growth(name, by_facts[min(by_facts)], by_facts[max(by_facts)])


def _url(path: Path, facts: int) -> str:
    return f"sqlite:///{path}/{facts}.db"


def _write(path: Path, facts: int) -> Connection:
    open_database(_url(path, facts))
    migrate()
    with session():
        return history.write(facts, now=clock.now())


def _ways(connection: Connection) -> tuple[Callable[[], object], Callable[[], object]]:
    """In the order of their names."""
    now = clock.now()
    month = Period(now.date().replace(day=1), now.date() + DAY)
    question, command = Question(month, "model"), Command("cost", month, "model")
    return (
        lambda: cost.cost(connection, question, now=now),
        lambda: answer.answer("local", ASKER, command, admin=True, now=now),
    )


def _times(ask: Callable[[], object], count: int) -> Times:
    with session():
        ask()  # a new connection has read nothing yet
        return [seconds_of(ask) for _ in range(count)]


def _figure(name: str, times: Times) -> Figure:
    return at_most(name, at(times, 99), LIMIT, beside=f"p50 {words(at(times, 50))}")


def _growth(name: str, fewest: Times, most: Times) -> Figure:
    ratio = at(most, 50) / at(fewest, 50)
    return Figure(
        name=f"{name}, growth",
        ours=f"p50 {words(at(most, 50))}",
        beside=f"p50 {words(at(fewest, 50))} with the fewest facts",
        ratio=ratio,
        aim=f"≤ {GROWTH}",
        holds=ratio <= GROWTH,
    )
