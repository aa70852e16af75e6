"""Name workers after their process, so that others can see that it has ended; tune garbage collection."""

import gc
import os
import socket
from uuid import uuid4

from storage.state import connections


def own_name() -> str:
    """Return a name that no other worker has or had: machine, process and a random number."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


def freeze_gc() -> None:
    """Freeze the objects created at startup and raise the thresholds of the garbage collector.

    An answer about thousands of engineers makes tens of thousands of small objects, none of them in a cycle;
    collecting again and again for their sake took a third of its time.
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)  # more objects than such an answer makes


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
