"""Keep database files private to their owner: they hold costs, e-mail addresses and encrypted keys."""

import os
import stat
from contextlib import suppress
from pathlib import Path

OWNER_ALONE = 0o600  # only the owner reads and writes the file
_BESIDE = ("", "-wal", "-shm", "-journal", ".lock", ".key")
"""The files of a SQLite database. SQLite creates its own three with the mode of the main file."""


def make_private(path: Path) -> None:
    """Create a file that only its owner can use, if there is none yet. Raises OSError.

    Never open an existing one: closing it again would release the locks that SQLite has on it
    (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, OWNER_ALONE))


def tighten(database: Path) -> None:
    """Remove other users' permissions on a SQLite file and the files beside it, as far as we own them."""
    for ending in _BESIDE:
        with suppress(OSError):  # it does not exist, or another user owns it
            _tighten(database.with_name(database.name + ending))


def _tighten(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & ~OWNER_ALONE:
        path.chmod(mode & OWNER_ALONE)
