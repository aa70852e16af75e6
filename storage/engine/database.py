"""The database: opened once, one connection a thread, SQLite by default and PostgreSQL by URL."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast
from urllib.parse import urlsplit

from peewee import CompositeKey, Database, PostgresqlDatabase, SqliteDatabase

from storage.engine.failures import first, is_the_databases, raised
from storage.engine.postgresql import patience, pool
from storage.engine.private_files import make_private, tighten
from storage.engine.sqlite import Sqlite
from storage.engine.tables import TABLES, database

if TYPE_CHECKING:
    from playhouse.migrations import Runner

MIGRATIONS = Path(__file__).parents[1] / "migrations"
HISTORY = "schema_migration"
_MIGRATION_LOCK = 7_205_759  # any number, the same in every process: PostgreSQL's advisory lock

_SNAPSHOT_CACHE: ContextVar[dict[Any, Any] | None] = ContextVar("snapshot_cache", default=None)


class StorageUnavailable(Exception):
    """The database is not usable now; the message says why in one sentence."""


def open_database(url: str) -> None:
    """Choose the engine by `url` (`sqlite:///path` or `postgresql://…`), without connecting yet.

    Raises ValueError if the URL is neither.
    """
    scheme, path = urlsplit(url).scheme, urlsplit(url).path
    if scheme == "sqlite" and path.strip("/"):
        chosen: Database = Sqlite(path.removeprefix("/"))
        tighten(Path(path.removeprefix("/")))
    elif scheme in ("postgres", "postgresql") and path.strip("/"):
        chosen = pool("postgresql" + url.removeprefix(scheme))
    else:
        raise ValueError("must look like sqlite:///stackspend.db or postgresql://user:password@host/name")
    for table in TABLES:
        key = table._meta.primary_key
        table._meta.without_rowid = scheme == "sqlite" and isinstance(key, CompositeKey)
    database.initialize(chosen)


def sqlite_path(url: str) -> Path | None:
    """Return the file of a SQLite URL, None for another engine."""
    parts = urlsplit(url)
    return Path(parts.path.removeprefix("/")) if parts.scheme == "sqlite" else None


@contextmanager
def session() -> Iterator[None]:
    """Open a connection for this thread; a nested session shares it. Raises StorageUnavailable."""
    with _named_failures():
        if not database.is_closed():
            yield
            return
        database.connect()
        try:
            yield
        finally:
            database.close()


@contextmanager
def transaction() -> Iterator[None]:
    """Commit all changes or none. On SQLite take the write lock at once: upgrading later would not wait."""
    with session():
        if is_sqlite():
            with database.obj.turn(), database.atomic("IMMEDIATE"):
                yield
        else:
            with database.atomic():
                yield


@contextmanager
def snapshot() -> Iterator[None]:
    """Open a read-only session that sees the database at one moment, without later writes of others."""
    with session():
        if database.in_transaction():
            yield
            return
        token = _SNAPSHOT_CACHE.set({})
        try:
            with database.atomic() if is_sqlite() else database.atomic("REPEATABLE READ, READ ONLY"):
                yield
        finally:
            _SNAPSHOT_CACHE.reset(token)


def snapshot_cache() -> dict[Any, Any] | None:
    """Return the answers already read in the current snapshot, None outside of one."""
    return _SNAPSHOT_CACHE.get()


def is_sqlite() -> bool:
    """Whether the engine is SQLite."""
    return isinstance(database.obj, SqliteDatabase)


def size() -> int:
    """Return how many bytes the database takes; within a session."""
    if is_sqlite():
        path = Path(database.obj.database)
        parts = (path, path.with_name(f"{path.name}-wal"))
        return sum(each.stat().st_size for each in parts if each.exists())
    return int(database.execute_sql("SELECT pg_database_size(current_database())").fetchone()[0])


def migrate() -> list[str]:
    """Apply pending migrations, one process at a time; return their names."""
    with _named_failures(), patience(None), _alone(), session():
        return cast("list[str]", _runner().up()) if pending() else []


def pending() -> list[str]:
    """Return the names of migrations not applied yet."""
    every = sorted(path.stem for path in MIGRATIONS.glob("[0-9]*.py"))
    with session():
        applied = _applied()
        return [name for name in every if name not in applied]


def _applied() -> set[str]:
    """Return the names in the runner's table, which is there once anything was applied."""
    if not database.obj.table_exists(HISTORY):
        return set()
    return {name for (name,) in database.obj.execute_sql(f"SELECT name FROM {HISTORY}").fetchall()}


def _runner() -> "Runner":
    """Return peewee's runner of migrations, imported where there are any: it imports every driver."""
    from playhouse.migrations import Runner  # noqa: PLC0415

    return Runner(database.obj, directory=str(MIGRATIONS), table_name=HISTORY)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process migrate at a time; on SQLite from before it connects, as connecting creates the file.

    On PostgreSQL the lock belongs to a transaction: a session's lock would stay with a pooler's connection.
    """
    if isinstance(database.obj, PostgresqlDatabase):
        with session(), database.atomic():
            database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
            yield
        return
    with _lock_file(Path(f"{database.obj.database}.lock")) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _lock_file(path: Path) -> Iterator[TextIO]:
    try:
        make_private(path)
        lock = path.open("w", encoding="utf-8")
    except OSError as error:
        raise StorageUnavailable(f"the database can't be used: {os.strerror(error.errno or 0)}") from error
    with lock:
        yield lock


@contextmanager
def _named_failures() -> Iterator[None]:
    """Raise StorageUnavailable for the database's own failures, and close idle connections."""
    try:
        yield
    except raised() as error:
        cause = first(error)
        if not is_the_databases(cause):
            raise
        getattr(database.obj, "close_idle", bool)()  # pooled ones may be as lost as this one
        message = str(cause).strip() or "it did not say why"
        raise StorageUnavailable(f"the database can't be used: {message.splitlines()[0]}") from error
