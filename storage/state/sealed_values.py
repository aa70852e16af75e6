"""What is stored encrypted, in whatever table: what can no longer be opened, and encrypting it anew."""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple, cast

from peewee import Case

from storage.engine.secrets import Vault, WrongSecretKey
from storage.engine.tables import Connection, InstallationRow

What = Literal["admin key", "Slack token"]


class Sealed(NamedTuple):
    """One secret: what it is, its row, whose it is and what that is called, and what is stored of it.

    `team_id` is an enterprise's id where the app was installed in a whole enterprise.
    """

    what: What
    id: int
    team_id: str
    name: str
    stored: bytes


class Renewed(NamedTuple):
    """How many secrets were encrypted anew, and which could not be opened and stayed as they were."""

    renewed: int
    lost: list[Sealed]


def lost(vault: Vault | None) -> list[Sealed]:
    """Every secret that none of the vault's keys opens; all of them where there is no key."""
    return [each for each in _every() if vault is None or not _opens(vault, each)]


def renew(vault: Vault) -> Renewed:
    """Encrypt everything with the vault's first key, until nothing is left that is not.

    Whoever stores a secret meanwhile keeps it: only what was read is replaced.
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
    """Put it in the place of what was read, and of nothing newer; returns how many that were."""
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
