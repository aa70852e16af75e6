"""PostgreSQL: a pool of connections whose every wait has a limit, also behind a pooler.

libpq waits for an answer without limit, and a host that vanishes does not close its connections. So every
wait for the server has a limit here, after which we close the connection.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import peewee
from peewee import PostgresqlDatabase, Psycopg3Adapter
from playhouse.pool import PooledPostgresqlDatabase

STATEMENT_TIMEOUT = 20.0  # seconds: our slowest statement takes one, and a lost host must show within 30
PING_TIMEOUT = 5.0  # seconds for a pooled connection to show that it is alive
CONNECT_TIMEOUT = 8  # seconds for each address of a host, which usually has two at most
SHARED_FAILURE = 1.0  # seconds during which threads that waited to connect fail with the first one's error
# Connections of one process. A choice: by default a PostgreSQL server gives 97 to applications
# (https://www.postgresql.org/docs/current/runtime-config-connection.html), so a `web` and a `worker` fit with
# all of theirs open. A process has more threads, but few of them use the database at a time; the others wait.
CONNECTIONS = 40
# Seconds for which we keep a connection, idle or not. A choice: opening one takes some 20 ms, and after a
# failover behind a name or a proxy, all connections lead to the new server within five minutes.
MAX_AGE = 300
_LIMIT: ContextVar[float | None] = ContextVar("limit", default=STATEMENT_TIMEOUT)

# An answer reads a few rows: starting parallel workers or the JIT compiler takes longer than reading them.
# A client that vanishes in a transaction holds its locks until the server notices: two hours by default.
_SETTINGS = (
    "SET max_parallel_workers_per_gather = 0; SET jit = off; "
    "SET idle_in_transaction_session_timeout = '5min'; SET tcp_keepalives_idle = 30"
)


@contextmanager
def patience(seconds: float | None) -> Iterator[None]:
    """Limit the wait for each answer to `seconds`; None, for migrations, means no limit."""
    before = _LIMIT.set(seconds)
    try:
        yield
    finally:
        _LIMIT.reset(before)


def _connection_class() -> Any:
    """Create the class when first needed: psycopg is an optional dependency."""
    import psycopg  # noqa: PLC0415

    class _Connection(psycopg.Connection[Any]):
        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            limit = _LIMIT.get() if timeout is None else timeout
            try:
                return super().wait(gen, interval=interval, timeout=limit)
            except psycopg.errors._WaitTimeout:  # noqa: SLF001 - what the overridden method raises
                self.pgconn.finish()  # a late answer would be taken for that of the next statement
                raise psycopg.OperationalError(f"no answer for {limit:g} s") from None

    return _Connection


class _Adapter(Psycopg3Adapter):
    """peewee's adapter, for a driver that is imported here and not by peewee (storage/__init__.py)."""

    def __init__(self) -> None:
        super().__init__()
        with suppress(ImportError):  # an extra; `check_driver` says that it is missing
            from psycopg import Binary  # noqa: PLC0415
            from psycopg.pq import TransactionStatus  # noqa: PLC0415
            from psycopg.types.json import Json, Jsonb  # noqa: PLC0415

            self._binary = Binary
            self.json_type, self.jsonb_type = Json, Jsonb
            self.txn_idle, self.txn_inerror = TransactionStatus.IDLE, TransactionStatus.INERROR
            self.txn_unknown = TransactionStatus.UNKNOWN

    def check_driver(self) -> None:
        if self.json_type is None:
            raise peewee.ImproperlyConfigured("the driver for PostgreSQL is not installed: psycopg")

    def get_binary_type(self) -> Any:
        return self._binary

    def connect(self, db: PostgresqlDatabase, **params: Any) -> Any:
        return _connection_class().connect(db.database, **params)


class _Postgresql(PostgresqlDatabase):
    psycopg2_adapter = psycopg3_adapter = _Adapter  # peewee takes the first where it has found no driver
    _failed_at = float("-inf")

    def _connect(self) -> Any:
        """Connect. The pool lets one thread connect at a time; threads that waited share its failure."""
        if time.monotonic() - self._failed_at < SHARED_FAILURE:
            raise peewee.OperationalError("the server could not be reached a moment ago")
        try:
            connection = super()._connect()  # type: ignore[misc] # which its types leave out
        except Exception:
            self._failed_at = time.monotonic()
            raise
        try:
            set_up(connection)
        except Exception:
            self._failed_at = time.monotonic()
            connection.close()
            raise
        return connection


def set_up(connection: Any) -> None:
    """Set up a new connection. Behind a pooler, each transaction may use another server connection.

    A pooler reports a process number of its own, by which we recognize it. Behind one, prepared statements
    and settings would leak to the next user of the server connection:
    https://www.pgbouncer.org/features.html.
    """
    (process,) = connection.execute("SELECT pg_backend_pid()").fetchone()
    if process == connection.info.backend_pid:
        connection.execute(_SETTINGS)
    else:
        connection.prepare_threshold = None


class Pool(PooledPostgresqlDatabase, _Postgresql):  # type: ignore[misc] # playhouse has no types
    """A pool of connections, each set up once, when it is new."""

    def _is_closed(self, connection: Any) -> bool:
        """Ping the server to tell whether a pooled connection is lost; if so, close the other idle ones.

        They are usually lost together, and we would wait for each in turn.
        """
        with patience(PING_TIMEOUT):
            is_lost = bool(super()._is_closed(connection))
        if is_lost:
            self.close_idle()
        return is_lost


def pool(address: str) -> Pool:
    """Create the pool for a `postgresql://` address, without connecting yet."""
    return Pool(
        address,
        prefer_psycopg3=True,
        max_connections=CONNECTIONS,
        stale_timeout=MAX_AGE,
        timeout=10,  # seconds to wait for a free connection; our slowest statements take one
        connect_timeout=CONNECT_TIMEOUT,
        keepalives_idle=10,  # with the next two: a silent host counts as lost after 10 + 2 × 5 seconds
        keepalives_interval=5,
        keepalives_count=2,
        tcp_user_timeout=int(STATEMENT_TIMEOUT * 1000),
    )
