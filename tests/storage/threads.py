"""Many threads that want the same thing at the same moment, each with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from storage.engine.database import session

T = TypeVar("T")
THREADS = 8


def at_once(act: Callable[[str], T], workers: int = THREADS) -> list[T]:
    """What each worker got, by the order of their names."""
    ready = Barrier(workers)

    def one(worker: str) -> T:
        with session():
            ready.wait(10)
            return act(worker)

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, [f"worker-{n}" for n in range(workers)]))
