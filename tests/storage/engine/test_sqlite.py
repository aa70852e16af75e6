"""SQLite's writers take turns."""

import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import ProgrammingError
from typing import Any

import pytest

from storage.engine import sqlite
from storage.engine.database import StorageUnavailable, open_database, session, sqlite_path, transaction
from storage.engine.tables import database
from storage.state import clock_repair

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("store"),
]
NOW, HOUR = datetime(2026, 11, 22, 10, 30, tzinfo=UTC), timedelta(hours=1)


def in_a_transaction() -> None:
    with transaction():
        clock_repair.witness("other", NOW)


def in_a_statement() -> None:
    with session():
        clock_repair.witness("other", NOW)


def waiting(write: Callable[[], None]) -> threading.Thread:
    """A thread that waits for its turn while somebody else has it."""
    place, thread = len(database.obj.line) + 1, threading.Thread(target=write)
    thread.start()
    while len(database.obj.line) < place:
        time.sleep(0)
    return thread


@pytest.mark.parametrize("write", [in_a_transaction, in_a_statement])
def test_whoever_writes_without_a_pause_lets_others_write_between(write: Callable[[], None]) -> None:
    with transaction():
        other = waiting(write)
    with transaction():
        was_written = clock_repair.behind("other", NOW - HOUR) == HOUR
    other.join()
    assert was_written


def test_a_transaction_inside_another_needs_no_turn_of_its_own() -> None:
    with transaction(), transaction():
        in_a_transaction()
        in_a_statement()
    assert len(database.obj.line) == 0


def test_whoever_waits_too_long_hears_that_the_database_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE", 0)
    with database.obj.line.turn(1), pytest.raises(StorageUnavailable, match="locked"), transaction():
        pass


def in_a_session() -> Any:
    """Return the driver's connection that a session uses."""
    with session():
        return database.connection()


@pytest.fixture
def file(store: str) -> Path:
    """The file, opened anew without a session."""
    database.obj.close_all()
    open_database(store)
    path = sqlite_path(store)
    assert path
    return path


@pytest.mark.usefixtures("file")
def test_a_session_uses_the_connection_of_the_one_before() -> None:
    with ThreadPoolExecutor(1) as other:
        assert in_a_session() is other.submit(in_a_session).result() is in_a_session()


@pytest.mark.usefixtures("file")
def test_sessions_at_the_same_time_have_connections_of_their_own() -> None:
    with session(), ThreadPoolExecutor(1) as other:
        assert database.connection() is not other.submit(in_a_session).result()


def test_a_file_that_was_replaced_is_opened_anew(file: Path) -> None:
    copy = Path(shutil.copy(file, file.with_name("copy.db")))
    in_a_transaction()
    with session():
        assert clock_repair.last_seen() == NOW
    file.with_name("stackspend.db-wal").unlink()
    copy.replace(file)
    with session():
        assert clock_repair.last_seen() is None


@pytest.mark.usefixtures("file")
def test_only_a_few_connections_stay_open() -> None:
    at_once = sqlite.IDLE + 3
    all_are_open = threading.Barrier(at_once)

    def opened() -> Any:
        with session():
            all_are_open.wait()
            return database.connection()

    with ThreadPoolExecutor(at_once) as threads:
        connections = [each.result() for each in [threads.submit(opened) for _ in range(at_once)]]
    assert sum(map(is_open, connections)) == sqlite.IDLE


@pytest.mark.usefixtures("file")
def test_none_stays_open_after_an_error_of_the_database() -> None:
    with session():
        connection = database.connection()
    with pytest.raises(StorageUnavailable), session():
        database.execute_sql("SELECT * FROM no_such_table")
    assert not is_open(connection)


def is_open(connection: Any) -> bool:
    """Whether the driver still uses a connection."""
    with suppress(ProgrammingError):
        return bool(connection.execute("SELECT 1").fetchone())
    return False
