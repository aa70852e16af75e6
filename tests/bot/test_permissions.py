"""Who may ask and who may manage."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.grammar import Name
from bot.permissions import may, may_ask, may_manage
from bot.viewer import Viewer, Viewers, ViewerUnknown, described

TEAM = "T0ACME0001"
NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)


def person(**facts: Any) -> Viewer:
    return described({"id": "U0PERSON01", "team_id": TEAM, **facts}, TEAM)


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
    ("name", "is_open"), [("cost", True), ("me", True), ("status", True), ("digest", False), ("sync", False)]
)
def test_commands_are_open_to_members_or_not(name: Name, is_open: bool) -> None:  # noqa: FBT001 - a table
    assert may(person(), name, frozenset()) is is_open


@pytest.mark.parametrize(("zone", "read"), [("Asia/Kolkata", "Asia/Kolkata"), (None, "UTC"), ("../x", "UTC")])
def test_a_zone_nobody_knows_is_utc(zone: str | None, read: str) -> None:
    assert person(tz=zone).zone == read


class Directory(WebClient):
    """Answers `users.info` and counts how often."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.error = ""

    def users_info(self, *, user: str, **_more: Any) -> Any:
        self.asked += 1
        if self.error:
            raise SlackApiError("no", {"ok": False, "error": self.error})  # type: ignore[no-untyped-call]  # Slack's
        return {"user": {"id": user, "team_id": TEAM}}


def test_a_person_is_asked_for_once_a_minute() -> None:
    directory, moments = Directory(), [NOW]
    viewers = Viewers(directory, TEAM, lambda: moments[0])
    viewers.find("U1")
    viewers.find("U1")
    assert directory.asked == 1
    moments[0] += timedelta(seconds=61)
    viewers.find("U1")
    assert directory.asked == 2


def test_nobody_is_let_in_because_slack_is_down() -> None:
    directory = Directory()
    directory.error = "internal_error"
    with pytest.raises(ViewerUnknown):
        Viewers(directory, TEAM, lambda: NOW).find("U1")
