"""Secrets at rest: Fernet keys, of which the first encrypts and all decrypt."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

NOT_THE_KEY = "it cannot be opened: STACKSPEND_SECRET_KEY is not the key that it was encrypted with"


class WrongSecretKey(Exception):
    """What is stored was encrypted with a key that is not among those given."""


class Vault:
    """Encrypts and decrypts with `STACKSPEND_SECRET_KEY`."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Raise ValueError where a key is not 32 bytes in URL-safe base64, or none is given."""
        every = [Fernet(key) for key in keys]
        self.has_others = len(every) > 1
        self._fernet, self._first = MultiFernet(every), every[0]

    def seal(self, secret: str) -> bytes:
        """Encrypt with the first key."""
        return self._fernet.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str:
        """Decrypt with whichever key fits. Raises WrongSecretKey."""
        try:
            return self._fernet.decrypt(bytes(sealed)).decode()
        except InvalidToken:
            raise WrongSecretKey(NOT_THE_KEY) from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the first key encrypted it, so that the others may go."""
        try:
            self._first.decrypt(bytes(sealed))
        except InvalidToken:
            return False
        return True

    def renew(self, sealed: bytes) -> bytes:
        """Encrypt anew with the first key what any of them encrypted. Raises WrongSecretKey."""
        return self.seal(self.open(sealed))


def new_key() -> str:
    """A fresh key."""
    return Fernet.generate_key().decode()


def key_file(database: Path) -> Path:
    """Where the key of a SQLite database is, beside it."""
    return database.with_name(database.name + ".key")


def keys_beside(database: Path) -> tuple[str, ...]:
    """The keys in the file beside a SQLite database, made with mode 0600 where there is none.

    One a line or comma separated, the first encrypts; a lost key that is found again may be added.
    """
    path = key_file(database)
    if not path.exists():
        _publish(path, new_key() + "\n")
    return tuple(path.read_text(encoding="ascii").replace(",", " ").split())


def _publish(path: Path, text: str) -> None:
    """Let a file appear whole or not at all; where another process was first, its file stays."""
    with NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:  # has mode 0600
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(file.name, path)
