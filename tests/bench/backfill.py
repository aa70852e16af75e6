"""A year of history by our worker, beside the least anybody could do: walk the pages, insert the rows."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import httpx

from bot import clock
from bot.services import Services
from bot.sync import jobs
from bot.sync.worker import Worker
from demo.admin_api.faults import ADMIN_KEY
from providers.anthropic.client import Anthropic
from providers.anthropic.http.admin_api import VERSION, AdminApi
from providers.anthropic.reports import claude_code, cost_report, usage_report
from storage.engine.database import is_sqlite, transaction
from storage.engine.secrets import Vault, new_key
from storage.engine.tables import ActivityRow, ChargeRow, Table, UsageRow
from storage.state import connections
from storage.state.connections import Connection
from tests.bench.figures import Figure, Size, in_turns, seconds_of, words
from tests.bench.ground import driver, empty_database, engines, organization

KEPT: Sequence[type[Table]] = (ChargeRow, UsageRow, ActivityRow)
MOST = 1.5
DAY = timedelta(days=1)
Params = list[tuple[str, str | int | float | bool | None]]
Rows = dict[type[Table], list[tuple[Any, ...]]]


def measure(size: Size) -> Iterator[Figure]:
    """Ours beside the plain walk, on each engine."""
    with organization(days=size.days, engineers=size.engineers) as address:
        with empty_database("SQLite"):
            walk_history(address)  # the organization invents its pages when first asked
            rows = {table: _rows(table) for table in KEPT}
        for engine in engines():
            ours, plain = in_turns(
                [partial(_timed_ours, engine, address), partial(_timed_plain, engine, address, size, rows)],
                turns=size.turns,
                patience=size.patience,
            )
            yield Figure(
                name=f"backfill, {size.days} days, {size.engineers} engineers, {engine}",
                ours=words(ours),
                beside=f"page walk and insert {words(plain)}",
                ratio=ours / plain,
                aim=f"≤ {MOST}",
                holds=ours <= MOST * plain,
            )


def _timed_ours(engine: str, address: str) -> float:
    with empty_database(engine):
        return seconds_of(partial(walk_history, address))


def _timed_plain(engine: str, address: str, size: Size, rows: Rows) -> float:
    with empty_database(engine):
        return seconds_of(partial(_plain, address, size.days, rows))


def walk_history(address: str, look: Callable[[Connection], None] = lambda _connection: None) -> None:
    """Connect, and do everything that is due until nothing is; `look` is called again and again meanwhile."""
    with ExitStack() as open_things:
        vault, now = Vault([new_key()]), clock.now()
        pools = [open_things.enter_context(ThreadPoolExecutor(threads)) for threads in (1, 1, 6)]
        api = AdminApi(ADMIN_KEY, base_url=address)
        open_things.callback(api.close)
        services = Services(
            vault, lambda _key: Anthropic(api), frozenset(), clock.now, pools[0], lambda: None
        )
        with transaction():
            connection = connections.connect(
                "local", "org", "Acme", key=ADMIN_KEY, vault=vault, by="", at=now
            )
            jobs.begin(connection, now=now)
        worker = Worker("bench", services, pools[1], pools[2])
        while jobs.is_due(connection, now) or worker.is_busy:
            worker.tick()
            look(connection)
            time.sleep(0.02)


def _rows(table: type[Table]) -> list[tuple[Any, ...]]:
    """Everything a table holds, as the driver gives it."""
    meta = table._meta
    cursor = driver().execute(f'SELECT * FROM "{meta.table_name}"')
    return list(cursor.fetchall())


def _plain(address: str, days: int, rows: Rows) -> None:
    _walk(address, datetime.now(UTC).date(), days)
    _insert(rows)


def _walk(address: str, today: date, days: int) -> int:
    """Every page of every report, one after the other; how many lines there were."""
    headers = {"x-api-key": ADMIN_KEY, "anthropic-version": VERSION}
    with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
        return sum(_lines(client, path, params) for path, params in _questions(today, days))


def _questions(today: date, days: int) -> Iterator[tuple[str, Params]]:
    """What our worker asks: the bill by 31 days, hourly usage twice by 7, Claude Code by day."""
    for window in windows(today, days, 31):
        yield cost_report.PATH, [*cost_report.PARAMS, *window]
    for window in windows(today, days, 7):
        for dimensions in (usage_report.PRICED, usage_report.PLACED):
            grouped = [("group_by[]", name) for name in dimensions]
            yield usage_report.PATH, [("bucket_width", "1h"), ("limit", "168"), *grouped, *window]
    for back in range(days):
        day = (today - (back + 1) * DAY).isoformat()
        yield claude_code.PATH, [("starting_at", day), ("limit", "1000")]


def windows(today: date, days: int, width: int) -> Iterator[Params]:
    """The parameters of every window of some days before today, newest first."""
    first, end = today - days * DAY, today
    while end > first:
        start = max(end - width * DAY, first)
        yield [("starting_at", f"{start}T00:00:00Z"), ("ending_at", f"{end}T00:00:00Z")]
        end = start


def _lines(client: httpx.Client, path: str, params: Params) -> int:
    count, cursor = 0, None
    while True:
        answer = client.get(path, params=[*params, ("page", cursor)] if cursor else params)
        page = json.loads(answer.raise_for_status().content)
        count += sum(len(bucket.get("results", (bucket,))) for bucket in page["data"])
        if not page["has_more"]:
            return count
        cursor = page["next_page"]


def _insert(rows: Rows) -> None:
    """The driver's quickest way, in one transaction."""
    with transaction():
        for table, lines in rows.items():
            name = table._meta.table_name
            if is_sqlite():
                marks = ", ".join("?" * len(lines[0]))
                driver().executemany(f'INSERT INTO "{name}" VALUES ({marks})', lines)
                continue
            with driver().cursor() as cursor, cursor.copy(f'COPY "{name}" FROM STDIN') as copy:
                for line in lines:
                    copy.write_row(line)
