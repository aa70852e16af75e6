"""Encryption of stored secrets with Fernet keys: the first encrypts, all of them decrypt."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import ModuleType

NOT_THE_KEY = "it cannot be opened: STACKSPEND_SECRET_KEY is not the key that it was encrypted with"


class WrongSecretKey(Exception):
    """None of the given keys decrypts a stored secret."""


class Vault:
    """Encrypts and decrypts with `STACKSPEND_SECRET_KEY`."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Raise ValueError if a key is not 32 bytes in URL-safe base64, or if there is none."""
        self._library = fernet = _library()
        every = [fernet.Fernet(key) for key in keys]
        self.has_others = len(every) > 1
        self._fernet, self._first = fernet.MultiFernet(every), every[0]

    def seal(self, secret: str) -> bytes:
        """Encrypt with the first key."""
        sealed: bytes = self._fernet.encrypt(secret.encode())
        return sealed

    def open(self, sealed: bytes) -> str:
        """Decrypt with whichever key fits. Raises WrongSecretKey."""
        try:
            opened: bytes = self._fernet.decrypt(bytes(sealed))
        except self._library.InvalidToken:
            raise WrongSecretKey(NOT_THE_KEY) from None
        return opened.decode()

    def is_current(self, sealed: bytes) -> bool:
        """Whether the first key encrypted it, so that the others may go."""
        try:
            self._first.decrypt(bytes(sealed))
        except self._library.InvalidToken:
            return False
        return True

    def renew(self, sealed: bytes) -> bytes:
        """Decrypt with any key and encrypt with the first. Raises WrongSecretKey."""
        return self.seal(self.open(sealed))


def new_key() -> str:
    """Generate a key."""
    key: bytes = _library().Fernet.generate_key()
    return key.decode()


def _library() -> ModuleType:
    """Import the library where secrets are opened: figures need none, and it takes a while."""
    from cryptography import fernet  # noqa: PLC0415

    return fernet


def key_file(database: Path) -> Path:
    """Return the path of a SQLite database's key file, which is beside it."""
    return database.with_name(database.name + ".key")


def keys_beside(database: Path) -> tuple[str, ...]:
    """Return the keys in the file beside a SQLite database; create it with mode 0600 if there is none.

    Keys stand one a line or separated by commas; the first encrypts. You can add a lost key when you find it.
    """
    path = key_file(database)
    if not path.exists():
        _publish(path, new_key() + "\n")
    return tuple(path.read_text(encoding="ascii").replace(",", " ").split())


def _publish(path: Path, text: str) -> None:
    """Create a file in one step, complete; keep an existing one of another process."""
    with NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:  # has mode 0600
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(file.name, path)
