"""Workers are named after the process they run in, so that others can see when it has ended."""

import gc
import os
import socket
from uuid import uuid4

from storage.state import connections


def own_name() -> str:
    """A name no other worker has or had: machine, process and a number."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


def freeze_gc() -> None:
    """Have the collector leave alone what was built until now, and look seldom at what answers leave behind.

    An answer about thousands of engineers makes tens of thousands of small things, none of them in a circle;
    walking the heap again and again for their sake took a third of its time.
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def has_ended(worker: str) -> bool:
    """Whether another worker of this machine has ended; of other machines nobody here can tell."""
    host, _, process = worker.rpartition(":")[0].rpartition(":")
    if host != socket.gethostname() or not process.isdecimal():
        return False
    return int(process) == os.getpid() or not _runs(int(process))  # a container gives its number again


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it runs, as somebody else
    return True


def release_turns_of_ended_workers() -> None:
    """Free the turns of workers that are gone; only where all run on one machine, before taking any.

    Their posts stay claimed: what one sent in its last moment may take Slack a while to show.
    """
    for worker in filter(has_ended, connections.holders()):
        connections.release_all(worker)
