"""Secrets at rest: Fernet keys, of which the first encrypts and all decrypt."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class WrongSecretKey(Exception):
    """What is stored was encrypted with a key that is not among those given."""


class Vault:
    """Encrypts and decrypts with `STACKSPEND_SECRET_KEY`."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Raise ValueError where a key is not 32 bytes in URL-safe base64."""
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, secret: str) -> bytes:
        """Encrypt with the first key."""
        return self._fernet.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str:
        """Decrypt with whichever key fits. Raises WrongSecretKey."""
        try:
            return self._fernet.decrypt(bytes(sealed)).decode()
        except InvalidToken:
            raise WrongSecretKey(
                "STACKSPEND_SECRET_KEY is not the key that the stored admin key was encrypted with"
            ) from None

    def renew(self, sealed: bytes) -> bytes:
        """Encrypt anew with the first key what any of them encrypted. Raises WrongSecretKey."""
        return self.seal(self.open(sealed))


def new_key() -> str:
    """A fresh key."""
    return Fernet.generate_key().decode()


def key_beside(database: Path) -> str:
    """The key in the file beside a SQLite database, made with mode 0600 where there is none."""
    path = database.with_name(database.name + ".key")
    if not path.exists():
        _publish(path, new_key() + "\n")
    return path.read_text(encoding="ascii").strip()


def _publish(path: Path, text: str) -> None:
    """Let a file appear whole or not at all; where another process was first, its file stays."""
    with NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:  # has mode 0600
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(file.name, path)
