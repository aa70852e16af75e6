"""PostgreSQL as we use it: a pool of connections that never wait for ever, through a pooler too.

libpq has no limit for an answer, and a host that vanishes says no goodbye; so every wait for the server has
a limit here, after which its connection is thrown away.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import peewee
from peewee import PostgresqlDatabase, Psycopg3Adapter
from playhouse.pool import PooledPostgresqlDatabase

STATEMENT_TIMEOUT = (
    20.0  # seconds for one statement: the slowest of ours takes one, and within 30 a lost host is told
)
PING_TIMEOUT = 5.0  # seconds for a kept connection to show that it is alive
CONNECT_TIMEOUT = 8  # seconds for each address of a host, of which there are two at most as a rule
SHARED_FAILURE = 1.0  # seconds in which others who waited for a connection share the failure of the first
CONNECTIONS = 40
_LIMIT: ContextVar[float | None] = ContextVar("limit", default=STATEMENT_TIMEOUT)

# An answer reads few rows of many: to start other processes, or a compiler, takes longer than to read them.
# A client that vanished in a transaction holds its locks until the server notices: in two hours by default.
_SETTINGS = (
    "SET max_parallel_workers_per_gather = 0; SET jit = off; "
    "SET idle_in_transaction_session_timeout = '5min'; SET tcp_keepalives_idle = 30"
)


@contextmanager
def patience(seconds: float | None) -> Iterator[None]:
    """Wait so long for each answer; None is as long as it takes, as for migrations."""
    before = _LIMIT.set(seconds)
    try:
        yield
    finally:
        _LIMIT.reset(before)


def _connection_class() -> Any:
    """Made when first needed: psycopg is an extra."""
    import psycopg  # noqa: PLC0415

    class _Connection(psycopg.Connection[Any]):
        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            limit = _LIMIT.get() if timeout is None else timeout
            try:
                return super().wait(gen, interval=interval, timeout=limit)
            except psycopg.errors._WaitTimeout:
                self.pgconn.finish()  # what it would still say is the answer to nothing
                raise psycopg.OperationalError(f"no answer for {limit:g} s") from None

    return _Connection


class _Adapter(Psycopg3Adapter):
    def connect(self, db: PostgresqlDatabase, **params: Any) -> Any:
        return _connection_class().connect(db.database, **params)


class _Postgresql(PostgresqlDatabase):
    psycopg3_adapter = _Adapter
    _failed_at = float("-inf")

    def _connect(self) -> Any:
        """Connect; the pool lets one do so at a time, and those who waited share its failure."""
        if time.monotonic() - self._failed_at < SHARED_FAILURE:
            raise peewee.OperationalError("the server could not be reached a moment ago")
        try:
            connection = super()._connect()  # type: ignore[misc] # which its types leave out
            _set_up(connection)
        except Exception:
            self._failed_at = time.monotonic()
            raise
        return connection


def _set_up(connection: Any) -> None:
    """Prepare a new connection, which through a pooler may be another server's at each transaction.

    A pooler tells a process number of its own. Behind one, what is prepared or set here would stay with
    whoever has the server connection next: https://www.pgbouncer.org/features.html.
    """
    (process,) = connection.execute("SELECT pg_backend_pid()").fetchone()
    if process == connection.info.backend_pid:
        connection.execute(_SETTINGS)
    else:
        connection.prepare_threshold = None


class Pool(PooledPostgresqlDatabase, _Postgresql):  # type: ignore[misc] # playhouse has no types
    """Connections that are kept; each is set up once, when it is new."""

    def _is_closed(self, connection: Any) -> bool:
        """Whether a kept connection is lost, which its server is asked; if so, those beside it are let go.

        They were lost together as a rule, and each would be waited for in turn.
        """
        with patience(PING_TIMEOUT):
            is_lost = bool(super()._is_closed(connection))
        if is_lost:
            self.close_idle()
        return is_lost


def pool(address: str) -> Pool:
    """The pool for a `postgresql://` address; nothing is connected yet."""
    return Pool(
        address,
        prefer_psycopg3=True,
        max_connections=CONNECTIONS,
        stale_timeout=300,
        timeout=10,
        connect_timeout=CONNECT_TIMEOUT,
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=2,
        tcp_user_timeout=int(STATEMENT_TIMEOUT * 1000),
    )
