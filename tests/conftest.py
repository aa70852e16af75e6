"""What every test may ask for: a fresh database on each engine."""

import gc
import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings

from storage.engine.database import migrate, open_database, session, sqlite_path
from storage.engine.tables import TABLES, database

POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "")
IN_FULL = bool(os.environ.get("SLOW"))
EXAMPLES = 100 if IN_FULL else 30
"""Of each property: the usual number of hypothesis, or about a third of it."""
settings.register_profile("house", derandomize=True, deadline=None, max_examples=EXAMPLES)
settings.load_profile("house")  # derandomized: a run is as the one before
HERE = Path(__file__).parent
ENGINES = ["sqlite", *(["postgresql"] if POSTGRESQL else [])]
SEEN = ("bot/listeners", "bot/teams", "surface", "demo")
"""Tests of what is seen and pressed: any engine gives it the same rows, which other tests see to."""
LONG = {
    "test_socket_mode",
    "test_hourly_spend",
    "test_refusals",
    "test_digest_parts",
    "test_outdated",
    "test_doctor",
}
"""Long stories over the same queries. Both meet PostgreSQL only with SLOW=1."""


def pytest_report_header() -> str:
    if POSTGRESQL:
        return "databases: SQLite and PostgreSQL"
    return "databases: SQLite alone; set TEST_DATABASE_URL to test on PostgreSQL too"


def pytest_xdist_auto_num_workers() -> int:
    """Run one process more than there are cores: a third of the time, a test waits for sockets and disks."""
    return (os.cpu_count() or 1) + 1


def pytest_configure() -> None:
    """Collect no garbage while tests are collected: half a million objects, and all of them stay."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Leave them alone afterwards, too; a full collection takes half a second otherwise."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what would only repeat itself on PostgreSQL, unless everything is asked for."""
    if not IN_FULL:
        config.hook.pytest_deselected(items=[item for item in items if _is_repetition(item)])
        items[:] = [item for item in items if not _is_repetition(item)]


def _is_repetition(item: pytest.Item) -> bool:
    call = getattr(item, "callspec", None)
    is_elsewhere = call is not None and call.params.get("database_url") == "postgresql"
    folder = item.path.parent.relative_to(HERE).as_posix()
    return is_elsewhere and (folder.startswith(SEEN) or item.path.stem in LONG)


@pytest.fixture(autouse=True)
def _levels_stay() -> Iterator[None]:
    """Leave every logger the level that it had: a program run in this process sets them."""
    before = _levels()
    yield
    for logger in _levels():
        logger.setLevel(before.get(logger, logging.NOTSET))


def _levels() -> dict[logging.Logger, int]:
    """Return the level of every logger there is; one made later had none."""
    loggers = [
        each for each in logging.Logger.manager.loggerDict.values() if isinstance(each, logging.Logger)
    ]
    return {logger: logger.level for logger in (logging.getLogger(), *loggers)}


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database: a new file, or a schema of its own on the server; closed afterwards if opened."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/stackspend.db"
        _close()
        return
    with _schema() as schema:
        yield schema.url
        _close()


@pytest.fixture
def migrated_url(request: pytest.FixtureRequest, database_url: str) -> str:
    """A database with every table and without a row. Migrating takes longer than most tests."""
    file = sqlite_path(database_url)
    if file:
        shutil.copy(request.getfixturevalue("migrated_file"), file)
        return database_url
    schema: Schema = request.getfixturevalue("migrated_schema")
    schema.empty()
    return schema.url


@pytest.fixture
def store(migrated_url: str) -> Iterator[str]:
    """The migrated database, open; its URL."""
    open_database(migrated_url)
    with session():
        yield migrated_url
    _close()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with every table, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "stackspend.db"
    _migrate(f"sqlite:///{path}")
    return path


class Schema:
    """A schema of its own on the server. No commit in it waits for the disk: a test outlives no power cut."""

    def __init__(self, server: psycopg.Connection[Any], name: str) -> None:
        self._server, self._name = server, name
        self.url = f"{POSTGRESQL}?options=-csearch_path%3D{name}%20-csynchronous_commit%3Doff"

    def empty(self) -> None:
        """Take every row away, and count from one again; quicker than TRUNCATE, which makes new files."""
        query = "SELECT sequencename FROM pg_sequences WHERE schemaname = %s"
        restarts = [f"setval('{name}', 1, false)" for (name,) in self._server.execute(query, [self._name])]
        deletions = [f'DELETE FROM "{table._meta.table_name}"' for table in TABLES]
        self._server.execute("; ".join([*deletions, f"SELECT {', '.join(restarts)}"]).encode())


@pytest.fixture(scope="session")
def migrated_schema() -> Iterator[Schema]:
    """A schema with every table, one test's at a time."""
    with _schema() as schema:
        _migrate(schema.url)
        yield schema


@contextmanager
def _schema() -> Iterator[Schema]:
    name = f"t_{uuid.uuid4().hex}"
    settings = f"-csearch_path={name} -csynchronous_commit=off -clock_timeout=10s"
    with psycopg.connect(POSTGRESQL, autocommit=True, options=settings) as server:
        server.execute(f'CREATE SCHEMA "{name}"'.encode())
        yield Schema(server, name)
        server.execute(f'DROP SCHEMA "{name}" CASCADE'.encode())


def _migrate(url: str) -> None:
    open_database(url)
    migrate()
    _close()


def _close() -> None:
    """Close what this thread has open, the pool too."""
    if database.obj:
        getattr(database.obj, "close_all", database.close)()
