"""Append bodies to the database, all that wait in one transaction; each sender waits until its own is there.

A transaction a body would make SQLite's writers queue: a thousand engineers send a hundred bodies a second.
"""

import logging
import queue
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from datetime import datetime
from typing import NamedTuple

from providers.claude.allow_list import TEST_SPAN
from providers.claude.records import Batch
from storage.engine.database import StorageUnavailable, transaction
from storage.facts.telemetry import batches
from storage.state.ingest import tokens
from storage.state.ingest.tokens import IngestToken

PATIENCE = 1.1  # seconds until a sender is told to try again; Claude Code waits 2 s in all when it exits
WAITING = 500  # bodies that wait to be kept; more are refused at once, as they would wait for too long
_TOGETHER = 100  # bodies in one transaction
log = logging.getLogger(__name__)


class NotKept(Exception):
    """A body could not be kept in time and should be sent again. If it is kept later, it counts once."""


class _Body(NamedTuple):
    token: IngestToken
    batch: Batch
    at: datetime
    kept: "Future[None]"


class Appender:
    """One thread that appends for all that receive."""

    def __init__(self, *, patience: float = PATIENCE) -> None:
        """Start when the first body comes."""
        self._patience = patience
        self._queue: queue.Queue[_Body | None] = queue.Queue(WAITING)
        self._starting, self._thread = threading.Lock(), threading.Thread(target=self._run, daemon=True)

    def append(self, token: IngestToken, batch: Batch, *, at: datetime) -> None:
        """Keep a body and that its token was used; return once the database has it. Raises NotKept."""
        body = _Body(token, batch, at, Future())
        self._start()
        try:
            self._queue.put_nowait(body)
            body.kept.result(self._patience)
        except (queue.Full, Late, StorageUnavailable) as error:
            raise NotKept(str(error) or "the database is busy") from error

    def _start(self) -> None:
        with self._starting:
            if self._thread.ident is None:
                self._thread.start()

    def stop(self) -> None:
        """Keep what waits, then end the thread; return when it has ended."""
        with self._starting:
            is_running = self._thread.is_alive()
        if is_running:
            self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        is_stopping = False
        while not is_stopping:
            taken = [self._queue.get()]
            while len(taken) < _TOGETHER and not self._queue.empty():
                taken.append(self._queue.get_nowait())
            is_stopping = None in taken
            if bodies := [body for body in taken if body]:
                self._keep(bodies)

    def _keep(self, bodies: list[_Body]) -> None:
        try:
            with transaction():
                for body in bodies:
                    token = body.token
                    batches.append(token.connection_id, body.batch, at=body.at, is_managed=token.is_managed)
                uses = {(body.token, _is_test(body.batch)): body.at for body in bodies}
                for (token, is_test), at in uses.items():
                    (tokens.note_test if is_test else tokens.note_use)(token, at=at)
        except StorageUnavailable as error:
            _fail(bodies, error)
        except Exception as error:
            log.exception("telemetry could not be kept")
            _fail(bodies, StorageUnavailable(str(error)))
        else:
            for body in bodies:
                body.kept.set_result(None)


def _is_test(batch: Batch) -> bool:
    """Whether a body is a test that somebody sent from the Console."""
    return bool(batch.records) and all(record.name == TEST_SPAN for record in batch.records)


def _fail(bodies: list[_Body], error: StorageUnavailable) -> None:
    for body in bodies:
        body.kept.set_exception(error)
