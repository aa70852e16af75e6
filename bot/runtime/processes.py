"""Name workers after their process, so that others can see that it has ended; keep memory low."""

import ctypes
import gc
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

from storage.state import connections

TIDYING = 30.0  # seconds between two collections, which take some hundredths each
_M_ARENA_MAX = -8  # https://sourceware.org/git/?p=glibc.git;a=blob;f=malloc/malloc.h


def own_name() -> str:
    """Return a name that no other worker has or had: machine, process and a random number."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


def freeze_gc() -> None:
    """Freeze the objects created at startup and raise the thresholds of the garbage collector.

    An answer about thousands of engineers makes tens of thousands of small objects, none of them in a cycle;
    collecting again and again for their sake took a third of its time. `tidy` collects instead.
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)  # more objects than such an answer makes


def share_arenas() -> None:
    """Let threads share two of malloc's arenas: by default each gets one, which keeps its free memory."""
    with suppress(AttributeError):  # the GNU library's; others have none
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def tidy() -> None:
    """Collect the garbage that is in cycles, and return free memory to the system."""
    gc.collect()
    with suppress(AttributeError):  # as above
        ctypes.CDLL(None).malloc_trim(0)


def tidy_regularly(wait_for_quiet: Callable[[], None], has_ended: Callable[[float], bool]) -> None:
    """Tidy every TIDYING seconds, in a quiet moment, until `has_ended`, which waits."""
    while not has_ended(TIDYING):
        wait_for_quiet()
        tidy()


def has_ended(worker: str) -> bool:
    """Say whether another worker of this machine has ended; False for other machines, which we cannot see."""
    host, _, process = worker.rpartition(":")[0].rpartition(":")
    if host != socket.gethostname() or not process.isdecimal():
        return False
    return int(process) == os.getpid() or not _runs(int(process))  # containers reuse process numbers


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it runs, as another user
    return True


def release_turns_of_ended_workers() -> None:
    """Release the leases of ended workers. Call before leasing, and only if all workers run on one machine.

    Their posts stay claimed, because Slack can take a while to show a message sent at the last moment.
    """
    for worker in filter(has_ended, connections.holders()):
        connections.release_all(worker)
