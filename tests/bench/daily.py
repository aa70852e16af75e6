"""A year of history by our worker, beside the daily floor: walk daily cost and usage, insert the rows.

Ours keeps hours, keys, people and Claude Code beside them; how far it is from a loader is told here.
"""

import json
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx

from bot import clock
from demo.admin_api.faults import ADMIN_KEY
from providers.anthropic.http.admin_api import VERSION
from providers.anthropic.reports import cost_report, usage_report
from storage.engine.database import is_sqlite, transaction
from storage.state import jobs
from storage.state.connections import Connection
from tests.bench.backfill import Params, walk_history, windows
from tests.bench.figures import Figure, Size, in_turns, seconds_of, words
from tests.bench.ground import driver, empty_database, engines, organization

QUARTER = 90  # days
MONTH = 31  # days of a window: what a page of a daily report holds
FIGURES = {"directory", "charges", "usage"}  # the jobs that bring the bill, usage and names
LIMIT = 2_000  # jobs at a time; a year has some hundred
AIMS = {QUARTER: 8.0}
AIM = 5.0
Row = tuple[str, ...]


def measure(size: Size) -> Iterator[Figure]:
    """The whole history and a quarter of a year, on each engine; then one engine beside the other."""
    whole: dict[str, float] = {}
    for days in sorted({min(QUARTER, size.days), size.days}):
        with organization(days=days, engineers=size.engineers) as address:
            with empty_database("SQLite"):
                walk_history(address)  # the organization invents its pages when first asked
                _floor(address, days)
            for engine in engines():
                figures, everything, floor = _timed(engine, address, days, size)
                whole[engine] = everything
                yield from _lines(f"{days} days, {engine}", figures, everything, floor, AIMS.get(days, AIM))
    if len(whole) > 1:
        yield Figure(
            name=f"sync of {size.days} days, PostgreSQL beside SQLite",
            ours=words(whole["PostgreSQL"]),
            beside=words(whole["SQLite"]),
            ratio=whole["PostgreSQL"] / whole["SQLite"],
            aim="≤ 2",
            holds=whole["PostgreSQL"] <= 2 * whole["SQLite"],
        )


def _lines(name: str, figures: float, everything: float, floor: float, aim: float) -> Iterator[Figure]:
    beside = f"daily pages walked and inserted {words(floor)}"
    yield Figure(
        name=f"bill, usage and names of {name}",
        ours=words(figures),
        beside=beside,
        ratio=figures / floor,
        aim=f"≤ {aim:g}",
        holds=figures <= aim * floor,
    )
    yield Figure(
        name=f"everything of {name}", ours=words(everything), beside=beside, ratio=everything / floor
    )


def _timed(engine: str, address: str, days: int, size: Size) -> tuple[float, float, float]:
    """Seconds until the figures are in, until everything is, and of the floor."""
    figures: list[float] = []

    def walked() -> float:
        with empty_database(engine):
            until = UntilFigures()
            everything = seconds_of(partial(walk_history, address, until))
            figures.append(until.seconds or everything)
            return everything

    def plain() -> float:
        with empty_database(engine):
            return seconds_of(partial(_floor, address, days))

    everything, floor = in_turns([walked, plain], turns=size.turns, patience=size.patience)
    return sorted(figures)[len(figures) // 2], everything, floor


class UntilFigures:
    """Notes after how many seconds no job that brings FIGURES was left."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self.seconds = 0.0

    def __call__(self, connection: Connection) -> None:
        """Look."""
        if self.seconds:
            return
        due = {job.kind for job in jobs.due(connection.id, clock.now(), limit=LIMIT)}
        if not due & FIGURES:
            self.seconds = time.perf_counter() - self._began


def _floor(address: str, days: int) -> None:
    headers = {"x-api-key": ADMIN_KEY, "anthropic-version": VERSION}
    today = datetime.now(UTC).date()
    grouped = [("group_by[]", name) for name in usage_report.PRICED]
    with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
        for window in windows(today, days, MONTH):
            _insert("floor_cost", list(_rows(client, cost_report.PATH, [*cost_report.PARAMS, *window])))
        for window in windows(today, days, MONTH):
            daily: Params = [("bucket_width", "1d"), ("limit", str(MONTH)), *grouped, *window]
            _insert("floor_usage", list(_rows(client, usage_report.PATH, daily)))


def _rows(client: httpx.Client, path: str, params: Params) -> Iterator[Row]:
    cursor = None
    while True:
        answer = client.get(path, params=[*params, ("page", cursor)] if cursor else params)
        page = json.loads(answer.raise_for_status().content)
        for bucket in page["data"]:
            for result in bucket["results"]:
                yield bucket["starting_at"], *map(_text, result.values())
        if not page["has_more"]:
            return
        cursor = page["next_page"]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _insert(table: str, rows: Sequence[Row]) -> None:
    """Insert rows by the driver's quickest way, into a table that is made for them."""
    if not rows:
        return
    columns = ", ".join(f"c{number} TEXT" for number in range(len(rows[0])))
    with transaction():
        driver().execute(f"CREATE TABLE IF NOT EXISTS {table} ({columns})")
        if is_sqlite():
            driver().executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
            return
        with driver().cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
