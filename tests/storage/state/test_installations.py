"""Installations: whose token serves whom, and that it is sealed."""

from datetime import datetime, timedelta

import pytest

from storage.engine.database import transaction
from storage.engine.tables import InstallationRow
from storage.state import installations
from storage.state.installations import Installation
from tests.storage.samples import HOUR, NOW, VAULT
from tests.storage.threads import at_once

pytestmark = pytest.mark.usefixtures("store")


def installed(
    team: str = "T1", enterprise: str = "", *, token: str = "xoxb-1", at: datetime = NOW
) -> Installation:
    with transaction():
        return installations.save(
            team, enterprise, name="Acme", bot_user_id="UB", token=token, vault=VAULT, by="U1", at=at
        )


def token(installation: Installation | None) -> str:
    return VAULT.open(installation.token_encrypted) if installation else ""


def test_the_token_is_encrypted_at_rest() -> None:
    installed(token="xoxb-secret")
    assert b"secret" not in bytes(InstallationRow.get().token_encrypted)
    assert token(installations.serving("T1", "")) == "xoxb-secret"


def test_a_team_is_served_by_its_own_installation_alone() -> None:
    installed("T1", token="xoxb-1")
    installed("T2", token="xoxb-2")
    assert token(installations.serving("T2", "")) == token(installations.of_team("T2")) == "xoxb-2"
    assert installations.serving("T3", "") is None
    assert installations.of_team("T3") is None


def test_nobody_is_served_by_naming_nothing() -> None:
    installed("T1")
    installed("", "E1")
    assert installations.serving("", "") is None
    assert installations.of_team("") is None


def test_the_newest_installation_wins() -> None:
    installed(token="xoxb-old")
    installed(token="xoxb-new", at=NOW + HOUR)
    assert token(installations.of_team("T1")) == "xoxb-new"
    assert len(installations.every()) == 1


def test_a_team_that_joined_an_enterprise_is_still_one_team() -> None:
    installed("T1", token="xoxb-old")
    installed("T1", "E1", token="xoxb-new")
    assert [token(each) for each in installations.every()] == ["xoxb-new"]


def test_an_enterprise_serves_its_teams_and_no_others() -> None:
    installed("", "E1", token="xoxb-org")
    assert token(installations.serving("T1", "E1")) == "xoxb-org"
    assert installations.serving("T1", "E2") is None
    assert installations.serving("T1", "") is None


def test_a_team_is_known_to_be_an_enterprises_once_it_joined() -> None:
    installed("", "E1", token="xoxb-org")
    assert installations.of_team("T1") is None
    installations.add_grid_team("T1", "E1")
    installations.add_grid_team("T1", "E1")
    assert token(installations.of_team("T1")) == "xoxb-org"
    installations.remove_grid_team("T1")
    assert installations.of_team("T1") is None


@pytest.mark.parametrize(("org_wide", "expected"), [(True, "xoxb-org"), (False, "xoxb-own")])
def test_where_both_serve_a_team_the_request_says_which_is_meant(
    org_wide: bool,  # noqa: FBT001 - the case beside what is expected
    expected: str,
) -> None:
    installed("", "E1", token="xoxb-org")
    installed("T1", "E1", token="xoxb-own")
    assert token(installations.serving("T1", "E1", org_wide=org_wide)) == expected


def test_what_is_posted_goes_out_by_the_teams_own_installation_first() -> None:
    installed("", "E1", token="xoxb-org")
    installations.add_grid_team("T1", "E1")
    installed("T1", "E1", token="xoxb-own")
    assert token(installations.of_team("T1")) == "xoxb-own"


def test_removing_tells_the_teams_that_none_serves_any_more() -> None:
    org = installed("", "E1")
    installed("T2", "E1")
    for team in ("T1", "T2", "T3"):
        installations.add_grid_team(team, "E1")
    with transaction():
        assert installations.remove(org) == ["T1", "T3"]
        assert installations.remove(org) == []
    assert [each.team_id for each in installations.every()] == ["T2"]


def test_a_newer_installation_is_not_removed_for_an_older_one() -> None:
    old = installed()
    installed(token="xoxb-new", at=NOW + HOUR)
    with transaction():
        assert installations.remove(old) == []
    assert token(installations.of_team("T1")) == "xoxb-new"


def test_a_token_is_due_for_a_check_once_a_while_for_one_process() -> None:
    installed()
    day = timedelta(days=1)
    assert installations.take_unchecked(now=NOW, every=day) is None
    taken = at_once(lambda _: installations.take_unchecked(now=NOW + day, every=day))
    assert len([each for each in taken if each]) == 1
    assert installations.take_unchecked(now=NOW + day + HOUR, every=day) is None
