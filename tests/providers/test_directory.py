"""Names and owners by id."""

from datetime import UTC, datetime

import pytest

from providers.directory import ANYWHERE, Directory, Entry

ADA = Entry("user_1", "user", "Ada", datetime(2025, 2, 1, tzinfo=UTC), email="Ada@Example.com")
CI = Entry("apikey_1", "api_key", "ci", datetime(2024, 2, 1, tzinfo=UTC), owner_id="user_1")
ROBOT = Entry("apikey_2", "api_key", "robot", owner_id="svac_1", workspace_id="wrkspc_1")
ORPHAN = Entry("apikey_3", "api_key", "orphan")
CODE = Entry("wrkspc_1", "workspace", "Claude Code")
EVERYBODY = Directory([ADA, CI, ROBOT, ORPHAN, CODE])


@pytest.mark.parametrize(
    ("caller", "engineer"),
    [
        ("apikey_1", "ada@example.com"),
        ("user_1", "ada@example.com"),
        ("apikey_2", "svac_1"),
        ("svac_9", "svac_9"),
        ("user_gone", "user_gone"),
        ("apikey_3", None),
        ("apikey_gone", None),
        (None, None),
    ],
)
def test_a_caller_belongs_to_an_engineer(caller: str | None, engineer: str | None) -> None:
    assert EVERYBODY.engineer_of(caller) == engineer


def test_things_are_called_by_name_and_people_by_their_mail_too() -> None:
    assert EVERYBODY.name("apikey_1") == "ci"
    assert EVERYBODY.name("ada@example.com") == "Ada"
    assert EVERYBODY.name("apikey_unknown") == "apikey_unknown"


def test_a_key_name_of_two_owners_names_nobody() -> None:
    other = Entry("apikey_9", "api_key", "ci", owner_id="user_2")
    assert EVERYBODY.engineer_of_key_named("ci") == "ada@example.com"
    assert Directory([ADA, CI, other]).engineer_of_key_named("ci") is None
    assert EVERYBODY.engineer_of_key_named("never heard") is None


def test_keys_know_their_workspace_and_none_is_the_default_one() -> None:
    assert EVERYBODY.workspaces_of_keys() == {"apikey_1": None, "apikey_2": "wrkspc_1", "apikey_3": None}


def test_the_workspace_of_claude_code_goes_by_its_name() -> None:
    assert EVERYBODY.claude_code_workspaces() == {"wrkspc_1"}


def test_the_earliest_thing_hints_at_the_first_day() -> None:
    assert EVERYBODY.earliest() == datetime(2024, 2, 1, tzinfo=UTC)
    assert Directory([]).earliest() is None


def test_a_key_of_the_whole_organization_has_no_workspace_of_its_own() -> None:
    keys = [Entry("apikey_1", "api_key", "ci", workspace_id=ANYWHERE), Entry("apikey_2", "api_key", "web")]
    assert Directory(keys).workspaces_of_keys() == {"apikey_2": None}
