"""Opening, migrating, and failing in one clear sentence."""

import fcntl
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fcntl import flock
from pathlib import Path
from typing import TextIO

import pytest
from peewee import IntegrityError, OperationalError, PeeweeException

from providers.charge import Charge
from providers.period import Period
from storage.engine import bulk_insert
from storage.engine.database import (
    MIGRATIONS,
    StorageUnavailable,
    is_sqlite,
    migrate,
    open_database,
    pending,
    session,
    snapshot,
    sqlite_path,
    transaction,
)
from storage.engine.tables import TABLES, ChargeRow, database
from storage.facts import charges
from storage.state import jobs
from tests.storage.samples import DAY, NOW, charge

MIGRATE = "import sys; from storage.engine.database import *; open_database(sys.argv[1]); print(*migrate())"
EVERY = sorted(path.stem for path in MIGRATIONS.glob("0*.py"))
SETTINGS = ("max_parallel_workers_per_gather", "jit")
ONE = 1


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Whatever a test opens is closed after it, the pool too."""
    yield
    if database.obj is not None:
        getattr(database.obj, "close_all", database.close)()


def sentence(url: str) -> str:
    open_database(url)
    with pytest.raises(StorageUnavailable) as unavailable, session():
        jobs.waiting(NOW)
    message = str(unavailable.value)
    assert "\n" not in message
    return message


@pytest.mark.usefixtures("store")
def test_a_snapshot_is_of_one_moment_whatever_others_write() -> None:
    def bill(*lines: Charge) -> None:
        with transaction():
            charges.replace(ONE, [DAY], list(lines), at=NOW)

    def billed() -> int:
        return len(charges.by_day(ONE, Period.day(DAY)).get(DAY, []))

    with ThreadPoolExecutor(1) as another:
        with snapshot():
            assert billed() == 0
            another.submit(bill, charge("1")).result()
            assert billed() == 0
            with snapshot():
                assert billed() == 0
        assert billed() == 1
        another.submit(database.close).result()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.skipif("TEST_DATABASE_URL" not in os.environ, reason="there is no PostgreSQL")
def test_postgresql_reads_with_one_process_and_compiles_nothing(database_url: str) -> None:
    open_database(database_url)
    for _ in range(2):  # a new connection, and the same again
        with session():
            values = [database.execute_sql(f"SHOW {name}").fetchone()[0] for name in SETTINGS]
            assert values == ["0", "off"]


def test_migrating_twice_applies_everything_once(database_url: str) -> None:
    open_database(database_url)
    assert pending() == EVERY
    assert migrate() == EVERY
    assert (migrate(), pending()) == ([], [])


@pytest.mark.usefixtures("store")
def test_every_table_is_there_and_empty() -> None:
    assert [table.select().count() for table in TABLES] == [0] * len(TABLES)


def test_processes_that_migrate_at_once_apply_everything_once(database_url: str) -> None:
    command = [sys.executable, "-c", MIGRATE, database_url]
    starting = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    outputs = [process.communicate(timeout=60) for process in starting]
    assert sorted(out.strip() for out, _ in outputs) == ["", "", "", " ".join(EVERY)]
    assert [process.returncode for process in starting] == [0] * 4, outputs


def test_a_process_waits_for_its_turn_before_it_touches_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a file that two processes put into WAL mode at once is "locked" for one of them, however long it waits
    there_at: list[bool] = []

    def locked(lock: TextIO, how: int) -> None:
        there_at.append((tmp_path / "x.db").exists())
        flock(lock, how)

    monkeypatch.setattr(fcntl, "flock", locked)
    open_database(f"sqlite:///{tmp_path}/x.db")
    assert migrate() == EVERY
    assert there_at == [False]


@pytest.mark.parametrize(
    "url",
    ["", "stackspend.db", "sqlite:///", "sqlite://x.db", "mysql://h/x", "postgresql://h", "postgresql://[/x"],
)
def test_a_url_that_is_none_is_a_value_error(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        open_database(url)


def test_a_relative_and_an_absolute_file_are_told_apart() -> None:
    assert sqlite_path("sqlite:///stackspend.db") == Path("stackspend.db")
    assert sqlite_path("sqlite:////var/lib/stackspend.db") == Path("/var/lib/stackspend.db")
    assert sqlite_path("postgresql://h/x") is None


def test_an_absent_folder_is_one_sentence(tmp_path: Path) -> None:
    message = sentence(f"sqlite:///{tmp_path}/nowhere/x.db")
    assert message == "the database can't be used: unable to open database file"


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("Dear diary, " * 200)
    assert sentence(f"sqlite:///{tmp_path}/x.db").endswith("file is not a database")


def test_a_database_without_tables_is_one_sentence(database_url: str) -> None:
    assert "job" in sentence(database_url)


@pytest.mark.parametrize("where", ["127.0.0.1:1", "127.0.0.1:port"])
def test_an_absent_server_is_one_sentence_without_the_password(where: str) -> None:
    message = sentence(f"postgresql://bot:sesame@{where}/stackspend")
    assert message.startswith("the database can't be used: ")
    assert "sesame" not in message


def test_an_absent_database_on_a_server_is_one_sentence() -> None:
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        pytest.skip("needs TEST_DATABASE_URL")
    assert "does not exist" in sentence(server.rsplit("/", 1)[0] + "/stackspend_nowhere")


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Path]:
    """An open, migrated file."""
    open_database(f"sqlite:///{tmp_path}/x.db")
    migrate()
    with session():
        yield tmp_path / "x.db"


@pytest.mark.usefixtures("sqlite")
def test_a_read_only_database_is_one_sentence_and_loses_nothing() -> None:
    with transaction():
        charges.replace(ONE, [DAY], [charge("1")], at=NOW)
    database.execute_sql("PRAGMA query_only = 1")
    with pytest.raises(StorageUnavailable, match=r"readonly database$"), transaction():
        charges.replace(ONE, [DAY], [charge("2")], at=NOW)
    database.execute_sql("PRAGMA query_only = 0")
    assert charges.totals(ONE, Period.day(DAY)) == {DAY: 1}


@pytest.mark.usefixtures("sqlite")
def test_a_full_disk_is_one_sentence_and_loses_nothing() -> None:
    with transaction():
        charges.replace(ONE, [DAY], [charge("1")], at=NOW)
    database.execute_sql("PRAGMA max_page_count = 1")
    with pytest.raises(StorageUnavailable, match=r"disk is full$"), transaction():
        charges.replace(ONE, [DAY], [charge("2", description="x" * 500)] * 1000, at=NOW)
    assert charges.totals(ONE, Period.day(DAY)) == {DAY: 1}


def test_a_locked_database_is_one_sentence(sqlite: Path) -> None:
    database.execute_sql("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(sqlite, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageUnavailable, match=r"database is locked$"), transaction():
        pass
    other.close()


def test_a_reader_does_not_wait_for_the_writer(sqlite: Path) -> None:
    other = sqlite3.connect(sqlite, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert jobs.waiting(NOW) == []
    other.close()


@pytest.mark.usefixtures("store")
def test_a_server_that_hangs_up_is_one_sentence_and_comes_back() -> None:
    if is_sqlite():
        pytest.skip("SQLite has no server")
    database.close()
    with pytest.raises(StorageUnavailable) as unavailable, session():
        database.execute_sql("SELECT pg_terminate_backend(pg_backend_pid())")
    assert "terminating connection" in str(unavailable.value)
    with session():
        assert jobs.waiting(NOW) == []
    database.connect()


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("sql", ["SELECT nonsense FROM connection", "SELEKT 1", "SELECT nonsense(1)"])
def test_a_mistake_in_a_query_is_not_called_an_unreachable_database(sql: str) -> None:
    with pytest.raises(PeeweeException), session():
        database.execute_sql(sql)


@pytest.mark.usefixtures("store")
def test_a_failure_without_words_is_a_sentence_too() -> None:
    with pytest.raises(StorageUnavailable, match="it did not say why"), session():
        raise OperationalError


def test_a_file_that_is_missing_is_not_called_an_unreachable_database(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), session():
        (tmp_path / "font.ttf").read_bytes()


@pytest.mark.usefixtures("store")
def test_a_row_that_does_not_fit_changes_nothing_and_is_said() -> None:
    good = (ONE, 1, None, "tokens", None, None, None, None, None, "", 1, "USD")
    dayless = (ONE, None, *good[2:])
    with pytest.raises(IntegrityError, match="day"), transaction():
        bulk_insert.insert(ChargeRow, [good, dayless])
    assert ChargeRow.select().count() == 0


def interrupted_after_an_inner_one() -> None:
    with transaction():
        with transaction():
            charges.replace(ONE, [DAY], [charge("1")], at=NOW)
        raise RuntimeError


@pytest.mark.usefixtures("store")
def test_a_transaction_within_another_is_part_of_it() -> None:
    with pytest.raises(RuntimeError):
        interrupted_after_an_inner_one()
    assert charges.totals(ONE, Period.day(DAY)) == {}
