"""Ingest tokens: shown once, stored as a hash, several of a team, with their last use, and revocable."""

import re
from datetime import timedelta

import pytest

from storage.engine.database import transaction
from storage.engine.tables import IngestTokenRow
from storage.state import connections
from storage.state.ingest.tokens import (
    PROVIDER,
    IngestToken,
    NameTaken,
    authenticate,
    good_of_team,
    issue,
    note_use,
    of_team,
    revoke,
    teams,
)
from storage.state.ingest.tokens import find as find_in_team
from tests.storage.samples import MINUTE, NOW, connected

pytestmark = pytest.mark.usefixtures("store")


def issued(name: str = "laptops", team: str = "T1", *, is_managed: bool = False) -> str:
    with transaction():
        return issue(team, name, by="U1", at=NOW, is_managed=is_managed)[0]


def find(token: str) -> IngestToken:
    result = authenticate(token)
    assert result
    return result


def test_a_token_says_whose_it_is() -> None:
    token = find(issued(is_managed=True))
    assert (token.name, token.issued_by, token.issued_at, token.is_managed) == ("laptops", "U1", NOW, True)
    connection = connections.of_team("T1", PROVIDER)
    assert connection
    assert token.connection_id == connection.id


def test_the_token_itself_is_not_kept() -> None:
    token = issued()
    assert token not in repr(list(IngestTokenRow.select().tuples()))
    assert find(token).hint == token[-4:]


def test_a_token_has_no_character_that_a_client_could_change() -> None:
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", issued(f"n{number}")) for number in range(20))


def test_a_team_has_several_by_name() -> None:
    first, second = issued("laptops"), issued("ci")
    assert [find(token).name for token in (first, second)] == ["laptops", "ci"]
    assert find(first).connection_id == find(second).connection_id
    with pytest.raises(NameTaken):
        issued("ci")


def test_another_teams_token_is_another_connections() -> None:
    assert find(issued()).connection_id != find(issued(team="T2")).connection_id


@pytest.mark.parametrize("token", ["", "x", "ß" * 43, "\ud800"])
def test_anything_else_is_no_token(token: str) -> None:
    issued()
    assert authenticate(token) is None


def test_a_revoked_token_is_no_token_and_its_name_is_free() -> None:
    token = issued()
    assert revoke("T1", "laptops", at=NOW)
    assert authenticate(token) is None
    assert find(issued()).name == "laptops"
    assert [each.revoked_at for each in of_team("T1")] == [NOW, None]


def test_only_a_teams_own_token_can_be_revoked() -> None:
    token = issued()
    assert not revoke("T2", "laptops", at=NOW)
    assert not revoke("T1", "unknown", at=NOW)
    assert find(token)


def test_the_last_use_is_kept_to_half_a_minute() -> None:
    token = issued()
    assert of_team("T1")[0].used_at is None
    for moment in (NOW, NOW + timedelta(seconds=29), NOW + MINUTE):
        note_use(find(token), at=moment)
        kept = of_team("T1")[0].used_at
        assert kept == (NOW if moment < NOW + MINUTE else NOW + MINUTE)


def test_a_team_without_tokens_has_none() -> None:
    assert of_team("T1") == []


def test_telemetry_is_no_connection_that_the_sync_works_for() -> None:
    issued()
    admin_key = connected()
    assert [each.id for each in connections.every()] == [admin_key.id]
    assert connections.of_team("T1") == admin_key


def test_disconnecting_without_history_takes_the_tokens_too() -> None:
    token = issued()
    with transaction():
        connections.disconnect(find(token).connection_id, keep_history=False)
    assert authenticate(token) is None
    assert of_team("T1") == []


def test_teams_with_a_good_token_are_known() -> None:
    for team, name in (("T2", "ci"), ("T1", "laptops"), ("T1", "ci"), ("T3", "old")):
        issued(name, team)
    with transaction():
        revoke("T3", "old", at=NOW)
    assert teams() == ["T1", "T2"]
    assert [each.name for each in good_of_team("T1")] == ["laptops", "ci"]
    assert good_of_team("T3") == []


def test_a_token_is_found_by_its_number_in_its_own_team_while_it_is_good() -> None:
    issued("ci")
    (token,) = good_of_team("T1")
    assert find_in_team("T1", token.id) == token
    assert find_in_team("T2", token.id) is None
    with transaction():
        revoke("T1", "ci", at=NOW)
    assert find_in_team("T1", token.id) is None
