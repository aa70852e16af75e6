"""What a program leaves that only the garbage collector finds: objects in cycles, and what they hold."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def garbage() -> Iterator[list[object]]:
    """A list that holds, after the block, every object that it left in a cycle or hanging from one."""
    gc.collect()
    gc.disable()
    left: list[object] = []
    try:
        yield left
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        left += gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
