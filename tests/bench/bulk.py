"""Many rows at once: `storage.engine.bulk_insert` beside the driver alone."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from storage.engine import bulk_insert
from storage.engine.database import is_sqlite, transaction
from storage.engine.tables import UsageRow
from tests.bench.figures import Figure, Size, in_turns, seconds_of
from tests.bench.ground import driver, empty_database, engines

LEAST = {"SQLite": 0.9, "PostgreSQL": 0.7}
DRIVER = {"SQLite": "executemany", "PostgreSQL": "COPY"}
KEYS = ("connection_id", "hour", "caller", "model", "workspace", "tier", "context_window", "geo")
Rows = Sequence[tuple[int, ...]]
Insert = Callable[[Rows], None]


def measure(size: Size) -> Iterator[Figure]:
    """The same rows both ways, on each engine."""
    for engine in engines():
        with empty_database(engine):
            rows = _rows(size.rows)
            ours, plain = in_turns(
                [partial(_timed, insert, rows) for insert in (_by_ours, _by_driver)],
                turns=size.turns * 2 + 1,
                patience=size.patience,
            )
        least = LEAST[engine]
        yield Figure(
            name=f"bulk write, {size.rows:,} usage rows, {engine}",
            ours=_speed(size.rows, ours),
            beside=f"{DRIVER[engine]} {_speed(size.rows, plain)}",
            ratio=plain / ours,
            aim=f"≥ {least}",
            holds=plain / ours >= least,
        )


def _speed(rows: int, seconds: float) -> str:
    return f"{rows / seconds / 1000:,.0f} k rows/s"


def _rows(count: int) -> Rows:
    """Usage of many callers, in the order of the key and the values in the order of the columns."""
    columns = bulk_insert.columns(UsageRow)
    made = (_row(number) for number in range(count))
    return [tuple(row.get(column, 7) for column in columns) for row in made]


def _row(number: int) -> dict[str, int]:
    spread = (1, 490_000 + number // 600, number // 3 % 200, number % 3, 0, 1, 2, 3)
    return dict(zip(KEYS, spread, strict=True))


def _timed(insert: Insert, rows: Rows) -> float:
    with transaction():
        UsageRow.delete().execute()
    return seconds_of(partial(_committed, insert, rows))


def _committed(insert: Insert, rows: Rows) -> None:
    with transaction():
        insert(rows)


def _by_ours(rows: Rows) -> None:
    bulk_insert.insert(UsageRow, rows)


def _by_driver(rows: Rows) -> None:
    names = ", ".join(f'"{name}"' for name in bulk_insert.columns(UsageRow))
    if is_sqlite():
        marks = ", ".join("?" * len(rows[0]))
        driver().executemany(f'INSERT INTO "usage" ({names}) VALUES ({marks})', rows)
        return
    with driver().cursor() as cursor, cursor.copy(f'COPY "usage" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)
