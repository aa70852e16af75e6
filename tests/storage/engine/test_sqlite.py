"""SQLite's writers take turns."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from storage.engine import sqlite
from storage.engine.database import StorageUnavailable, session, transaction
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
