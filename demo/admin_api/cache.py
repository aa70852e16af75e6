"""A bounded memory of encoded days and pages, so that no benchmark measures the simulated server."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable


class Recent:
    """The latest encoded days or pages, up to a number of bytes."""

    def __init__(self, size: int) -> None:
        self._items: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._free, self._lock = size, Lock()

    def get(self, key: Hashable) -> Any:  # noqa: ANN401 - whatever was put
        """Find what was put under a key, or None."""
        with self._lock:
            if key not in self._items:
                return None
            self._items.move_to_end(key)
            return self._items[key][0]

    def put(self, key: Hashable, value: object, size: int) -> None:
        """Keep a value, forgetting the least recently used ones if room is short."""
        with self._lock:
            if key not in self._items:
                self._items[key] = (value, size)
                self._free -= size
            while self._free < 0 and self._items:
                self._free += self._items.popitem(last=False)[1][1]
