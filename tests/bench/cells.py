"""Sums of a month's cells: pairs of engineer and model, filtered totals, and what one day costs to store."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial

from providers.period import DAY, Period
from storage.engine.database import is_sqlite, session
from storage.engine.tables import DayCell, database
from storage.facts import cells, spend
from storage.facts.cells import Filters
from storage.state.connections import Connection
from tests.bench import company
from tests.bench.figures import Figure, Size, at, seconds_of, words
from tests.bench.ground import empty_database, engines

NOW = datetime(2026, 11, 30, 16, 20, tzinfo=UTC)
DAYS = 29  # and today: a month
MONTH = Period(NOW.date() - DAYS * DAY, NOW.date() + DAY)
OPUS: Filters = {"model": {"claude-opus-5-5"}}
ONE_PERSON: Filters = {"caller": {"user_7 claude_code", "apikey_7"}}


def measure(size: Size) -> Iterator[Figure]:
    """Each sum again and again, on each engine, beside the rollup of the same callers."""
    for engine in engines():
        with empty_database(engine):
            connection = company.write(DAYS, size.staff, now=NOW)
            if not is_sqlite():
                database.execute_sql("ANALYZE")
            count = DayCell.select().count()
            yield Figure(name=f"cells of a month of {size.staff:,} engineers, {engine}", ours=f"{count:,}")
            with session():
                rollup = _median(partial(spend.costs_by, connection.id, "caller", MONTH), size)
                for name, read in _reads(connection).items():
                    taken = _median(read, size)
                    yield Figure(
                        name=f"{name}, {engine}",
                        ours=f"p50 {words(taken)}",
                        beside=f"p50 {words(rollup)} for the callers alone, of the rollups",
                        ratio=taken / rollup,
                    )


def _reads(connection: Connection) -> Mapping[str, Callable[[], object]]:
    number = connection.id
    return {
        "costs of caller and model pairs": lambda: cells.costs_by(number, ("caller", "model"), MONTH),
        "amounts of caller and model pairs": lambda: cells.amounts_by(number, ("caller", "model"), MONTH),
        "costs of callers with one model": lambda: cells.costs_by(number, ("caller",), MONTH, OPUS),
        "amounts of one person by model": lambda: cells.amounts_by(number, ("model",), MONTH, ONE_PERSON),
        "total of one model by day": lambda: cells.amounts_by(number, ("day",), MONTH, OPUS),
    }


def _median(read: Callable[[], object], size: Size) -> float:
    read()
    return at([seconds_of(read) for _ in range(max(size.repeats // 10, 1))], 50)
