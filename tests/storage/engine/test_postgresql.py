"""PostgreSQL that vanishes, and PostgreSQL behind a pooler."""

import getpass
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psycopg
import pytest

from storage.engine import postgresql
from storage.engine.database import StorageUnavailable, migrate, open_database, session, snapshot, transaction
from storage.engine.postgresql import patience
from storage.engine.tables import database
from storage.state import jobs
from tests.storage.engine.test_database import EVERY, MIGRATE
from tests.storage.relay import Relay, relayed
from tests.storage.samples import NOW

SERVER = os.environ.get("TEST_DATABASE_URL", "")
POOLER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
pytestmark = pytest.mark.skipif(not SERVER, reason="there is no PostgreSQL")


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Whatever a test opens is closed after it, the pool too."""
    yield
    if database.obj is not None:
        getattr(database.obj, "close_all", database.close)()


@pytest.fixture
def relay() -> Iterator[Relay]:
    """The program's database behind a relay."""
    parts = urlsplit(SERVER)
    with relayed(parts.hostname or "127.0.0.1", parts.port or 5432) as between:
        open_database(_through(between.port))
        yield between


def _through(port: int) -> str:
    parts = urlsplit(SERVER)
    return f"postgresql://{parts.username or getpass.getuser()}@127.0.0.1:{port}{parts.path}"


def answer() -> int:
    with session():
        return int(database.execute_sql("SELECT 42").fetchone()[0])


def test_a_server_that_vanishes_in_the_middle_is_said(relay: Relay) -> None:
    def vanished() -> None:
        with session():
            relay.freeze()
            database.execute_sql("SELECT 42")

    assert answer() == 42
    with pytest.raises(StorageUnavailable, match=r"no answer for 0\.2 s"), patience(0.2):
        vanished()


def test_kept_connections_to_a_server_that_vanished_are_replaced_at_once(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "PING_TIMEOUT", 0.2)
    gate = threading.Barrier(4)

    def answer_at_once() -> None:
        with session():
            gate.wait(timeout=10)

    with ThreadPoolExecutor(4) as threads:
        for running in [threads.submit(answer_at_once) for _ in range(4)]:
            running.result()
    assert relay.accepted == 4
    relay.freeze()
    assert [answer() for _ in range(5)] == [42] * 5
    assert relay.accepted == 5


def test_a_transaction_that_was_cut_off_is_not_half_written(relay: Relay) -> None:
    def cut_off() -> None:
        with transaction():
            database.execute_sql("CREATE TABLE never_there (words text)")
            relay.freeze()

    with pytest.raises(StorageUnavailable), patience(0.2):
        cut_off()
    with session():
        assert database.execute_sql("SELECT to_regclass('never_there')").fetchone() == (None,)


def test_whoever_waited_for_a_connection_shares_the_failure_of_the_first() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as silent:  # accepts, and says nothing
        open_database(_through(silent.getsockname()[1]))
        database.obj.connect_params["connect_timeout"] = 2  # libpq's least
        with ThreadPoolExecutor(8) as threads:
            answers = [threads.submit(answer) for _ in range(8)]
            failures = [each.exception(timeout=15) for each in answers]
    assert all(isinstance(failure, StorageUnavailable) for failure in failures)
    assert sum("a moment ago" in str(failure) for failure in failures) == 7


@pytest.fixture(scope="module")
def pooler() -> Iterator[str]:
    """PgBouncer in transaction mode, with few connections to hand out; the URL through it."""
    if not POOLER:
        pytest.skip("PgBouncer is not installed")
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # it does not run as root
        yield from _pooler(Path(folder) / "pgbouncer.ini")


def _pooler(file: Path) -> Iterator[str]:
    parts, port, name = urlsplit(SERVER), _free_port(), f"t_{uuid.uuid4().hex}"
    user = parts.username or getpass.getuser()
    file.write_text(
        f"[databases]\n{name} = host={parts.hostname} port={parts.port or 5432} user={user}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\n"
        "pool_mode = transaction\ndefault_pool_size = 3\nunix_socket_dir =\nserver_check_delay = 0\n"
    )
    lower = ["-u", "nobody"] if os.geteuid() == 0 else []
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"'.encode())
        process = subprocess.Popen([str(POOLER), *lower, "-q", str(file)], stderr=subprocess.PIPE)
        try:
            _wait_for(port, process)
            yield f"postgresql://{user}@127.0.0.1:{port}/{name}"
        finally:
            process.terminate()
            process.communicate(timeout=10)
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(100):
        if process.poll() is not None:
            raise AssertionError(process.communicate()[1].decode())
        with socket.socket() as tried:
            tried.settimeout(0.1)
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the pooler does not listen")


@pytest.fixture
def pooled(pooler: str) -> str:
    """The pooler's database, without a table."""
    open_database(pooler)
    with session():
        database.execute_sql("DROP SCHEMA IF EXISTS public CASCADE")
        database.execute_sql("CREATE SCHEMA public")
    return pooler


@pytest.mark.usefixtures("pooled")
def test_everything_works_through_a_pooler_in_transaction_mode() -> None:
    assert migrate() == EVERY

    def use(number: int) -> int:
        for _ in range(20):  # psycopg prepares what it has seen five times
            with snapshot():
                jobs.waiting(NOW)
            with transaction():
                jobs.schedule(number, "usage", due=NOW, priority=1)
        with session():
            return len(jobs.due(number, NOW, limit=5))

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(use, range(1, 9))) == [1] * 8


def test_processes_that_migrate_at_once_through_a_pooler_apply_everything_once(pooled: str) -> None:
    command = [sys.executable, "-c", MIGRATE, pooled]
    starting = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    outputs = [process.communicate(timeout=60) for process in starting]
    assert sorted(out.strip() for out, _ in outputs) == ["", "", " ".join(EVERY)], outputs


def test_a_connection_that_cannot_be_set_up_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[psycopg.Connection[object]] = []

    def fail(connection: psycopg.Connection[object]) -> None:
        made.append(connection)
        raise psycopg.OperationalError("no answer")

    monkeypatch.setattr(postgresql, "set_up", fail)
    open_database(SERVER)
    with pytest.raises(StorageUnavailable):
        answer()
    assert [connection.closed for connection in made] == [True]
