"""Files that nobody else on the machine may read, and deleted rows that are gone from the file."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.engine.database import migrate, open_database, session
from storage.engine.tables import database
from tests.bot.conftest import ON_SQLITE

pytestmark = ON_SQLITE


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


@pytest.fixture
def open_mask() -> object:
    """Whatever the process would give to others."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_mask")
def test_a_new_database_is_its_owners_alone(database_url: str, tmp_path: Path) -> None:
    open_database(database_url)
    migrate()
    with session():
        database.execute_sql("CREATE TABLE t (x)")
        assert len(list(tmp_path.iterdir())) > 2
        assert modes(tmp_path) == {0o600}


@pytest.mark.usefixtures("open_mask")
def test_opening_tightens_what_an_earlier_release_left_open(database_url: str, tmp_path: Path) -> None:
    for ending in ("", "-wal", "-shm", ".lock", ".key"):
        (tmp_path / f"stackspend.db{ending}").touch(0o666)
    open_database(database_url)
    assert modes(tmp_path) == {0o600}


def test_a_file_that_its_owner_may_only_read_stays_so(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "stackspend.db.key").touch(0o444)
    open_database(database_url)
    assert modes(tmp_path) == {0o400}


def test_what_is_deleted_is_overwritten(store: str) -> None:
    assert store
    ((is_on,),) = database.execute_sql("PRAGMA secure_delete").fetchall()
    assert is_on == 1


ANOTHER = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as other:
    other.execute("INSERT INTO t VALUES (2)")
other.close()
"""


def test_a_connection_opened_beside_another_leaves_it_its_locks(database_url: str, tmp_path: Path) -> None:
    # whoever closes any descriptor of a file gives up all locks that the process has on it; another process
    # that comes and goes then takes itself for the last, and deletes the log that is still in use
    def opened_and_closed() -> None:
        with session():
            database.execute_sql("INSERT INTO t VALUES (1)")

    open_database(database_url)
    migrate()
    with session():
        database.execute_sql("CREATE TABLE t (x)")
        with ThreadPoolExecutor(1) as beside:
            beside.submit(opened_and_closed).result()
        subprocess.run([sys.executable, "-c", ANOTHER, tmp_path / "stackspend.db"], check=True)
        assert (tmp_path / "stackspend.db-wal").exists()
        database.execute_sql("INSERT INTO t VALUES (3)")
        assert database.execute_sql("SELECT count(*) FROM t").fetchone() == (3,)
