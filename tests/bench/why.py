"""Why a month of three thousand engineers changed: two months of cells read, explained and put into words."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

from bot.reports import change
from digests import render
from providers.period import DAY, Period
from storage.engine.database import is_sqlite, session
from storage.engine.tables import DayCell, database
from storage.facts import spend
from storage.state.connections import Connection
from tests.bench import company
from tests.bench.figures import Figure, Size, at, seconds_of, words
from tests.bench.ground import empty_database, engines

NOW = datetime(2026, 11, 30, 16, 20, tzinfo=UTC)
MONTH = Period.last_days(29, until=NOW.date() - DAY)
DAYS = 60  # the month, and the days before it
AIM = 0.1


def measure(size: Size) -> Iterator[Figure]:
    """The whole answer again and again, on each engine, beside the rollups of one month."""
    for engine in engines():
        with empty_database(engine):
            connection = company.write(DAYS, size.staff, now=NOW)
            if not is_sqlite():
                database.execute_sql("ANALYZE")
            with session():
                rollup = _median(partial(spend.costs_by, connection.id, "caller", MONTH), size)
                taken = _median(partial(_answer, connection), size)
            cells = f"{DayCell.select().count():,} cells"
            yield Figure(
                name=f"why, a month of {size.staff:,} engineers ({cells}), {engine}",
                ours=f"p50 {words(taken)}",
                beside=f"p50 {words(rollup)} for the callers of one month, of the rollups",
                ratio=taken / rollup,
                aim=f"≤ {words(AIM)}",
                holds=taken <= AIM,
            )


def _answer(connection: Connection) -> object:
    return render.why(change.why(connection, MONTH, now=NOW), now=NOW, zone="UTC", named=True)


def _median(read: Callable[[], object], size: Size) -> float:
    read()
    return at([seconds_of(read) for _ in range(max(size.repeats // 10, 1))], 50)
