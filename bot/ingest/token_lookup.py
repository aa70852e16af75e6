"""Whose a token is, within a limit: a database that hangs must not cost a sender its batch.

Claude Code gives a batch up after two seconds when it exits, so it has to hear sooner to send again.
"""

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from typing import NamedTuple

from storage.engine.database import StorageUnavailable, session
from storage.state.ingest import attributes, tokens
from storage.state.ingest.tokens import IngestToken

PATIENCE = 0.8  # seconds; a lookup takes a millisecond
THREADS = 8  # lookups at a time; if all hang, the others are answered when their patience ends


class Sender(NamedTuple):
    """A good token, and the attributes that its team keeps."""

    token: IngestToken
    attributes: Collection[str]


Find = Callable[[str], Sender | None]


def find(given: str) -> Sender | None:
    """Return whose a token is, None if it is not good."""
    with session():
        token = tokens.authenticate(given)
        return None if token is None else Sender(token, attributes.of(token.connection_id))


class TokenLookup:
    """Looks tokens up in threads of its own, which a hanging database may keep."""

    def __init__(self, find: Find = find, *, patience: float = PATIENCE) -> None:
        """Start no thread yet."""
        self._find, self._patience = find, patience
        self._pool = ThreadPoolExecutor(THREADS, "token")

    def sender_of(self, given: str) -> Sender | None:
        """Return whose a token is, None if it is not good. Raises StorageUnavailable in time."""
        try:
            return self._pool.submit(self._find, given).result(self._patience)
        except Late as error:
            raise StorageUnavailable("the database did not say in time whose a token is") from error
