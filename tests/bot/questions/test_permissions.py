"""Who may ask and who may manage."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.questions.command import ME, Command, Name
from bot.questions.permissions import (
    What,
    may_ask,
    may_be_named_in,
    may_manage,
    may_receive,
    may_run,
    may_see,
    shown_by,
)
from bot.slack.user_groups import Groups, GroupsUnknown
from bot.slack.users import Viewer, Viewers, ViewerUnknown, read_user
from digests.numbers.report import Dimension, Filter
from storage.state.access import Access, Audience

TEAM = "T0ACME0001"
NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)


def person(**facts: Any) -> Viewer:
    return read_user({"id": "U0PERSON01", "team_id": TEAM, **facts}, TEAM)


@pytest.mark.parametrize("mark", ["is_admin", "is_owner", "is_primary_owner"])
def test_admins_and_owners_may_manage(mark: str) -> None:
    assert may_manage(person(**{mark: True}), frozenset())


def test_whoever_is_named_in_the_settings_may_manage() -> None:
    assert may_manage(person(), frozenset({"U0PERSON01"}))


def test_a_member_may_ask_and_not_manage() -> None:
    assert may_ask(person())
    assert not may_manage(person(), frozenset())


@pytest.mark.parametrize(
    "facts",
    [
        {"is_restricted": True},
        {"is_ultra_restricted": True},
        {"is_stranger": True},
        {"is_bot": True},
        {"deleted": True},
        {"team_id": "T0SUPPLIER"},
    ],
)
def test_outsiders_may_nothing_even_when_named_or_marked_as_admins(facts: dict[str, Any]) -> None:
    viewer = person(is_admin=True, **facts)
    assert not may_ask(viewer)
    assert not may_manage(viewer, frozenset({"U0PERSON01"}))


def test_a_member_of_an_enterprise_belongs_to_each_of_its_workspaces() -> None:
    assert may_ask(person(team_id="T0OTHER", enterprise_user={"teams": [TEAM]}))


@pytest.mark.parametrize(
    ("name", "is_open"), [("cost", True), ("me", True), ("status", True), ("digest", False), ("sync", True)]
)
def test_commands_are_open_to_members_or_not(name: Name, is_open: bool) -> None:  # noqa: FBT001 - a table
    assert may_run(person(), name, frozenset()) is is_open


FINANCE, ADMINS, IN_FINANCE = Audience("S1", "finance"), Audience("admins"), frozenset({"S1"})
EVERYTHING: tuple[What, ...] = ("own", "cost", "engineers")


def seen(viewer: Viewer, settings: Access, groups: frozenset[str] = frozenset()) -> list[What]:
    return [what for what in EVERYTHING if may_see(viewer, what, settings, groups)]


@pytest.mark.parametrize(
    ("settings", "others", "in_finance"),
    [
        (Access(), 3, 3),
        (Access(names=FINANCE), 2, 3),
        (Access(names=ADMINS), 2, 2),
        (Access(cost=FINANCE), 1, 3),
        (Access(cost=FINANCE, names=ADMINS), 1, 2),
        (Access(cost=ADMINS), 1, 1),
    ],
)
def test_a_member_sees_what_the_team_decided(settings: Access, others: int, in_finance: int) -> None:
    assert seen(person(), settings) == list(EVERYTHING[:others])
    assert seen(person(), settings, IN_FINANCE) == list(EVERYTHING[:in_finance])


def test_to_be_in_one_of_two_groups_is_not_enough_for_names() -> None:
    settings = Access(cost=FINANCE, names=Audience("S2", "leads"))
    assert seen(person(), settings, IN_FINANCE) == ["own", "cost"]
    assert seen(person(), settings, frozenset({"S2"})) == ["own"]
    assert seen(person(), settings, frozenset({"S1", "S2"})) == list(EVERYTHING)


@pytest.mark.parametrize("settings", [Access(cost=ADMINS, names=ADMINS), Access(cost=FINANCE)])
def test_admins_see_everything(settings: Access) -> None:
    assert seen(person(is_admin=True), settings) == list(EVERYTHING)
    assert may_see(person(), "engineers", settings, frozenset(), admins=frozenset({"U0PERSON01"}))


def test_a_guest_sees_nothing_not_even_in_the_group() -> None:
    assert seen(person(is_restricted=True), Access(cost=FINANCE), IN_FINANCE) == []


@pytest.mark.parametrize(
    ("name", "dimension", "what"),
    [
        ("summary", "model", "cost"),
        ("status", "model", "cost"),
        ("cost", "model", "cost"),
        ("cost", "workspace", "cost"),
        ("cost", "engineer", "engineers"),
        ("cost", "key", "engineers"),
        ("engineers", "model", "engineers"),
        ("me", "model", "own"),
        ("help", "model", "own"),
    ],
)
def test_an_answer_shows_names_figures_or_ones_own(name: Name, dimension: Dimension, what: What) -> None:
    assert shown_by(Command(name, dimension=dimension)) == what


OPUS, JONAS = Filter("model", ("opus",)), Filter("engineer", ("jonas@acme.example",))
CI, MINE = Filter("key", ("apikey_1",)), Filter("engineer", (ME,))


@pytest.mark.parametrize(
    ("command", "what"),
    [
        (Command("cost", filters=(OPUS,)), "cost"),
        (Command("cost", filters=(OPUS, JONAS)), "engineers"),
        (Command("cost", filters=(CI,)), "engineers"),
        (Command("cost", second="engineer"), "engineers"),
        (Command("cost", second="key", filters=(OPUS,)), "engineers"),
        (Command("cost", filters=(MINE,)), "own"),
        (Command("cost", dimension="key", filters=(OPUS, MINE)), "own"),
        (Command("cost", filters=(Filter("engineer", (ME, "jonas@acme.example")),)), "engineers"),
        (Command("cost", filters=(MINE,), compare=JONAS), "engineers"),
        (Command("cost", filters=(OPUS,), compare=Filter("model", ("sonnet",))), "cost"),
        (Command("export", filters=(OPUS,)), "cost"),
        (Command("export", filters=(JONAS,)), "engineers"),
        (Command("export", filters=(MINE,)), "own"),
    ],
)
def test_a_part_is_shown_to_those_who_can_see_whose_it_is(command: Command, what: What) -> None:
    assert shown_by(command) == what


@pytest.mark.parametrize(
    ("settings", "receives", "names"),
    [
        (Access(), True, True),
        (Access(channels=frozenset({"C1"})), True, True),
        (Access(channels=frozenset({"C2"})), False, False),
        (Access(naming=frozenset()), True, False),
        (Access(naming=frozenset({"C1"})), True, True),
        (Access(channels=frozenset({"C2"}), naming=frozenset({"C1"})), False, False),
    ],
)
def test_a_channel_receives_what_the_team_decided(settings: Access, receives: bool, names: bool) -> None:  # noqa: FBT001 - a table
    assert may_receive(settings, "C1") is receives
    assert may_be_named_in(settings, "C1") is names


@pytest.mark.parametrize(("zone", "read"), [("Asia/Kolkata", "Asia/Kolkata"), (None, "UTC"), ("../x", "UTC")])
def test_a_zone_nobody_knows_is_utc(zone: str | None, read: str) -> None:
    assert person(tz=zone).zone == read


class Directory(WebClient):
    """Says who somebody is and who is in a group, and counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.lookups = 0
        self.error = ""

    def users_info(self, *, user: str, **_more: Any) -> Any:
        self._ask()
        return {"user": {"id": user, "team_id": TEAM}}

    def usergroups_users_list(self, *, usergroup: str, **more: Any) -> Any:
        self._ask()
        assert more["team_id"] == TEAM  # an enterprise's token serves many
        return SimpleNamespace(data={"users": [f"U{usergroup[1:]}"]})

    def _ask(self) -> None:
        self.lookups += 1
        if self.error:
            raise SlackApiError("no", {"ok": False, "error": self.error})  # type: ignore[no-untyped-call]  # Slack's


def test_a_person_is_asked_for_once_a_minute() -> None:
    directory, moments = Directory(), [0.0]
    viewers = Viewers(directory, TEAM, lambda: moments[0])
    viewers.find("U1")
    viewers.find("U1")
    assert directory.lookups == 1
    moments[0] += 61
    viewers.find("U1")
    assert directory.lookups == 2


def test_nobody_is_let_in_because_slack_is_down() -> None:
    directory = Directory()
    directory.error = "internal_error"
    with pytest.raises(ViewerUnknown):
        Viewers(directory, TEAM, lambda: 0.0).find("U1")


def test_a_group_is_asked_for_once_in_five_minutes() -> None:
    directory, moments = Directory(), [0.0]
    groups = Groups(directory, TEAM, lambda: moments[0])
    assert groups.members("S1") == groups.members("S1") == {"U1"}
    assert directory.lookups == 1
    moments[0] += 300
    groups.members("S1")
    assert directory.lookups == 2


def test_nobody_is_in_a_group_that_slack_does_not_tell_of() -> None:
    directory, moments = Directory(), [0.0]
    groups = Groups(directory, TEAM, lambda: moments[0])
    groups.members("S1")
    directory.error = "internal_error"
    moments[0] += 300
    with pytest.raises(GroupsUnknown, match="internal_error"):
        groups.members("S1")


def test_a_group_that_is_gone_is_nobodys() -> None:
    directory = Directory()
    directory.error = "no_such_subteam"
    assert Groups(directory, TEAM, lambda: 0.0).members("S1") == frozenset()
