"""Files that are their owner's alone: the database holds figures, addresses of engineers and sealed keys."""

import os
import stat
from contextlib import suppress
from pathlib import Path

OWNER_ALONE = 0o600
_BESIDE = ("", "-wal", "-shm", "-journal", ".lock", ".key")
"""What belongs to a SQLite file; SQLite gives its own three the mode that the file has when it makes them."""


def make_private(path: Path) -> None:
    """Make a file for its owner alone where there is none yet. Raises OSError.

    One that is there is not opened: closing it again would give up the locks that SQLite has on it
    (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, OWNER_ALONE))


def tighten(database: Path) -> None:
    """Take from others what they may do with a SQLite file and those beside it, as far as they are ours."""
    for ending in _BESIDE:
        with suppress(OSError):  # it is not there, or somebody else's
            _tighten(database.with_name(database.name + ending))


def _tighten(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & ~OWNER_ALONE:
        path.chmod(mode & OWNER_ALONE)
