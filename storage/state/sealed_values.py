"""All encrypted values of all tables: find those that no key decrypts, and encrypt all with a new key."""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple, cast

from peewee import Case

from storage.engine.secrets import Vault, WrongSecretKey
from storage.engine.tables import Connection, InstallationRow

What = Literal["admin key", "Slack token"]


class Sealed(NamedTuple):
    """One secret: its kind, the id of its row, its team, the owner's name, and the encrypted value.

    `team_id` is an enterprise's id if the app is installed in a whole enterprise.
    """

    what: What
    id: int
    team_id: str
    name: str
    stored: bytes


class Renewed(NamedTuple):
    """The number of secrets encrypted again, and those that no key decrypts, which stay as they were."""

    renewed: int
    lost: list[Sealed]


def lost(vault: Vault | None) -> list[Sealed]:
    """Return every secret that none of the vault's keys decrypts; all secrets if there is no vault."""
    return [each for each in _every() if vault is None or not _opens(vault, each)]


def renew(vault: Vault) -> Renewed:
    """Encrypt every secret with the vault's first key, until none is left that is not.

    A secret that another process stores meanwhile stays: we replace only the value we read.
    """
    count, unopened = 0, set[Sealed]()
    while stale := [each for each in _every() if not vault.is_current(each.stored) and each not in unopened]:
        for each in stale:
            try:
                count += _replace(each, vault.renew(each.stored))
            except WrongSecretKey:
                unopened.add(each)
    return Renewed(count, sorted(unopened))


def _replace(each: Sealed, fresh: bytes) -> int:
    """Replace the value that was read, unless it changed; return the number of rows replaced."""
    table, column = _PLACES[each.what]
    same = (table.id == each.id) & (column == each.stored)
    return int(table.update({column: fresh}).where(same).execute())


def _opens(vault: Vault, each: Sealed) -> bool:
    try:
        vault.open(each.stored)
    except WrongSecretKey:
        return False
    return True


def _every() -> list[Sealed]:
    keys = Connection.select(
        Connection.id, Connection.team_id, Connection.organization_name, Connection.key_encrypted
    ).where(Connection.key_encrypted.is_null(is_null=False))
    tokens = InstallationRow.select(
        InstallationRow.id,
        Case(None, [(InstallationRow.team_id != "", InstallationRow.team_id)], InstallationRow.enterprise_id),
        InstallationRow.name,
        InstallationRow.token_encrypted,
    )
    return [*_read("admin key", keys), *_read("Slack token", tokens)]


def _read(what: What, query: Any) -> Iterable[Sealed]:
    rows = cast("Iterable[tuple[int, str, str, bytes]]", query.tuples())
    return [Sealed(what, id_, team, name, bytes(stored)) for id_, team, name, stored in rows]


_PLACES: dict[What, tuple[Any, Any]] = {
    "admin key": (Connection, Connection.key_encrypted),
    "Slack token": (InstallationRow, InstallationRow.token_encrypted),
}
