"""Secrets at rest, all of them: which are lost, and encrypting them anew while others store more."""

from datetime import UTC, datetime

import pytest

from storage.engine.database import transaction
from storage.engine.secrets import Vault, new_key
from storage.engine.tables import Connection as Row
from storage.engine.tables import InstallationRow
from storage.state import connections, installations
from storage.state import sealed_values as sealed
from storage.state.connections import Connection

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
OLD_KEY, NEW_KEY = new_key(), new_key()
OLD, NEW, BOTH = Vault([OLD_KEY]), Vault([NEW_KEY]), Vault([NEW_KEY, OLD_KEY])
pytestmark = pytest.mark.usefixtures("store")


def connected(team: str = "T1", key: str = "sk-ant-admin01-x", vault: Vault = OLD) -> Connection:
    with transaction():
        return connections.connect(team, "org", "Acme", key=key, vault=vault, by="U1", at=NOW)


def installed(team: str = "T1", enterprise: str = "", vault: Vault = OLD) -> None:
    with transaction():
        installations.save(
            team, enterprise, name=team, bot_user_id="UB", token="xoxb-1", vault=vault, by="U1", at=NOW
        )


def named(values: list[sealed.Sealed]) -> list[tuple[str, str]]:
    return [(each.what, each.team_id) for each in values]


def test_everything_is_renewed_with_the_first_key() -> None:
    connection = connected()
    installed()
    assert sealed.renew(BOTH) == sealed.Renewed(2, [])
    assert connections.key_of(connection.id, NEW) == "sk-ant-admin01-x"
    assert sealed.lost(NEW) == []


def test_renewing_again_changes_nothing() -> None:
    connected()
    sealed.renew(BOTH)
    assert sealed.renew(BOTH).renewed == 0


def test_what_cannot_be_opened_is_named_and_stays_while_the_rest_is_renewed() -> None:
    mine, lost = connected("T1"), connected("T2", vault=Vault([new_key()]))
    installed("", "E1", vault=Vault([new_key()]))
    before = Row.get_by_id(lost.id).key_encrypted
    count, unopened = sealed.renew(BOTH)
    assert (count, named(unopened)) == (1, [("Slack token", "E1"), ("admin key", "T2")])
    assert connections.key_of(mine.id, NEW)
    assert bytes(Row.get_by_id(lost.id).key_encrypted or b"") == bytes(before or b"")


@pytest.mark.parametrize("spoiled", [b"", b"\xff\x00", b"gAAAAA"])
def test_a_spoiled_row_is_lost_alone(spoiled: bytes) -> None:
    connected("T1")
    Row.update(key_encrypted=spoiled).where(Row.id == connected("T2").id).execute()
    assert named(sealed.lost(OLD)) == [("admin key", "T2")]


def test_a_team_of_an_enterprise_is_named_by_its_own_id() -> None:
    installed("T1", "E1")
    assert named(sealed.lost(NEW)) == [("Slack token", "T1")]


class Busy(Vault):
    """While the first row is encrypted anew, an admin enters another key in a process with the old secret."""

    is_entered = False

    def renew(self, sealed: bytes) -> bytes:
        if not self.is_entered:
            self.is_entered = True
            connected(key="sk-ant-admin01-entered-meanwhile")
        return super().renew(sealed)


def test_a_key_that_is_entered_meanwhile_stays_and_is_renewed_too() -> None:
    connection = connected(key="sk-ant-admin01-before")
    assert sealed.renew(Busy([NEW_KEY, OLD_KEY])).renewed == 1
    assert connections.key_of(connection.id, NEW) == "sk-ant-admin01-entered-meanwhile"


def test_a_key_that_is_deleted_meanwhile_does_not_come_back() -> None:
    connection = connected()

    class Deleting(Vault):
        def renew(self, sealed: bytes) -> bytes:
            connections.disconnect(connection.id, keep_history=True)
            return super().renew(sealed)

    assert Deleting([NEW_KEY, OLD_KEY]).is_current(b"") is False
    assert sealed.renew(Deleting([NEW_KEY, OLD_KEY])).renewed == 0
    assert Row.get_by_id(connection.id).key_encrypted is None
    assert InstallationRow.select().count() == 0
