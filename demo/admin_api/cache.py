"""A bounded memory of encoded days and pages, so that no benchmark measures the simulated server."""

from __future__ import annotations

from contextlib import suppress
from operator import itemgetter
from threading import Lock
from typing import TYPE_CHECKING, Any

from cachetools import LRUCache

if TYPE_CHECKING:
    from collections.abc import Hashable


class Recent:
    """The latest encoded days or pages, up to a number of bytes."""

    def __init__(self, size: int) -> None:
        self._items: LRUCache[Hashable, tuple[Any, int]] = LRUCache(size, getsizeof=itemgetter(1))
        self._lock = Lock()

    def get(self, key: Hashable) -> Any:  # noqa: ANN401 - whatever was put
        """Return the value of a key, or None."""
        with self._lock:
            return self._items.get(key, (None, 0))[0]

    def put(self, key: Hashable, value: object, size: int) -> None:
        """Keep a value, forgetting the least recently used ones if room is short."""
        with self._lock, suppress(ValueError):  # one that is larger than all the room is not kept
            self._items[key] = (value, size)
