"""Names and owners by id."""

from datetime import UTC, datetime

import pytest

from providers.directory import ANYWHERE, Directory, Entry, Link, Owner, entry_of_reported_email
from tests.garbage import garbage

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


@pytest.mark.parametrize(
    ("id_", "name"),
    [
        ("svac_01EDr4kMK4", "Service account …kMK4"),
        ("user_01tgyp77qqW", "Former member …7qqW"),
        ("federated:gcp:ci@acme:prod", "ci@acme:prod (gcp)"),
    ],
)
def test_who_has_no_name_is_called_by_what_they_are(id_: str, name: str) -> None:
    assert EVERYBODY.name(id_) == name


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


@pytest.mark.parametrize(
    ("key", "link"),
    [
        (Entry("apikey_k", "api_key", "k", owner_id="user_1", owner_is="principal"), "principal"),
        (Entry("apikey_k", "api_key", "k", owner_id="user_1", owner_is="creator"), "creator"),
        (
            Entry("apikey_k", "api_key", "k", workspace_id="wrkspc_1", owner_id="user_1", owner_is="creator"),
            "claude_code_key",
        ),
        (Entry("apikey_k", "api_key", "claude_code_key_ada_abcd", workspace_id="wrkspc_1"), "key_name"),
    ],
)
def test_it_is_known_how_a_key_is_somebodys(key: Entry, link: Link) -> None:
    assert Directory([ADA, CODE, key]).owner_of("apikey_k") == Owner("ada@example.com", link)


def test_whom_the_provider_names_is_whose_call_it_is() -> None:
    assert EVERYBODY.owner_of("user_1") == Owner("ada@example.com", "actor")
    assert EVERYBODY.owner_of("svac_1") == Owner("svac_1", "actor")


def test_an_assigned_key_is_whose_the_admin_says_whoever_made_it() -> None:
    given = Directory([ADA, CI, ROBOT, ORPHAN, CODE], {"apikey_2": "user_1", "apikey_3": "user_1"})
    assert given.owner_of("apikey_2") == Owner("ada@example.com", "assigned")
    assert given.owner_of("apikey_3") == Owner("ada@example.com", "assigned")
    assert given.engineer_of_key_named("orphan") == "ada@example.com"


def test_a_deleted_key_can_be_assigned() -> None:
    assert Directory([ADA], {"apikey_gone": "user_1"}).engineer_of("apikey_gone") == "ada@example.com"


def test_the_name_of_a_key_outside_claude_codes_workspace_says_nothing() -> None:
    key = Entry("apikey_k", "api_key", "claude_code_key_ada_abcd")
    assert Directory([ADA, CODE, key]).owner_of("apikey_k") is None


def test_a_name_that_two_people_share_names_neither() -> None:
    other = Entry("user_2", "user", "Ada B", email="ada@elsewhere.example")
    key = Entry("apikey_k", "api_key", "claude_code_key_ada_abcd", workspace_id="wrkspc_1")
    assert Directory([ADA, other, CODE, key]).owner_of("apikey_k") is None


def test_claude_code_names_a_key_that_is_listed_no_more_after_its_person() -> None:
    assert EVERYBODY.engineer_of_key_named("claude_code_key_ada_abcd") == "ada@example.com"
    assert EVERYBODY.engineer_of_key_named("claude_code_key_nobody_abcd") is None


def test_who_left_is_named_by_claude_codes_report_and_the_name_of_their_key() -> None:
    key = Entry(
        "apikey_k", "api_key", "claude_code_key_linus_abcd", workspace_id="wrkspc_1", owner_id="user_gone"
    )
    entry = entry_of_reported_email("Linus@acme.example")
    assert Directory([ADA, CODE, key, entry]).owner_of("apikey_k") == Owner("linus@acme.example", "key_name")
    assert Directory([ADA, CODE, key]).owner_of("apikey_k") == Owner("user_gone", "creator")


@pytest.mark.parametrize("order", [1, -1])
def test_a_listed_person_is_called_by_name_though_a_report_named_them_too(order: int) -> None:
    both = [ADA, entry_of_reported_email("ada@example.com")][::order]
    assert Directory([*both, CI]).name("ada@example.com") == "Ada"
    assert Directory(both).people() == [ADA]


def test_a_directory_that_nobody_uses_any_more_is_gone() -> None:
    with garbage() as left:
        directory = Directory([ADA, CI, CODE])
        assert directory.engineers["apikey_1"] == "ada@example.com"
        assert directory.name("user_1") == "Ada"
        del directory
    assert not [each for each in left if isinstance(each, Directory)]
