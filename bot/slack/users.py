"""The people of a team as Slack describes them, cached for a minute."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPException
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from bot.pools.cache import CachedLookup
from bot.slack.user_groups import Groups

REMEMBERED = timedelta(seconds=60)  # a person's next click costs no call; a new role counts soon
REMEMBERED_MANAGERS = timedelta(hours=1)  # who administers a workspace seldom changes
_PAGE = 200  # users, the most that Slack recommends: https://docs.slack.dev/reference/methods/users.list
_MANAGERS = ("is_admin", "is_owner", "is_primary_owner")  # any of them manages the workspace
_OUTSIDERS = ("is_restricted", "is_ultra_restricted", "is_stranger", "is_bot", "deleted")  # they see nothing
log = logging.getLogger(__name__)


class ViewerUnknown(Exception):
    """Slack does not say now who somebody is."""


@dataclass(frozen=True)
class Viewer:
    """A person. `email` is "" where Slack does not show it; guests and strangers are not full members."""

    user_id: str
    name: str
    email: str
    zone: str
    is_full_member: bool
    is_admin: bool


class Viewers:
    """The people of one team, looked up one at a time, and its user groups."""

    def __init__(self, client: WebClient, team_id: str, clock: Callable[[], float]) -> None:
        """`clock` is monotonic, in seconds."""
        self.client, self.team_id = client, team_id
        self.groups = Groups(client, team_id, clock)
        self._viewers = CachedLookup(self._read, REMEMBERED, clock=clock)
        self._managers = CachedLookup(self._read_managers, REMEMBERED_MANAGERS, clock=clock)

    def find(self, user_id: str) -> Viewer:
        """Return a person by id. Raises ViewerUnknown."""
        return self._viewers(user_id)

    def managers(self) -> list[str]:
        """Return the ids of the workspace's admins, owners first; nobody if Slack does not say now."""
        try:
            return self._managers(self.team_id)
        except (SlackClientError, OSError, HTTPException) as error:
            log.warning("Slack does not say who the admins are: %s", error)
            return []

    def _read_managers(self, team_id: str) -> list[str]:
        """Read them from the first page of Slack's list: enough people to ask."""
        users = self.client.users_list(limit=_PAGE, team_id=team_id)["members"]
        read = [(not user.get("is_owner"), read_user(user, team_id)) for user in users]
        return [viewer.user_id for _, viewer in sorted(read, key=lambda each: each[0]) if viewer.is_admin]

    def _read(self, user_id: str) -> Viewer:
        return read_user(self._ask(user_id), self.team_id)

    def _ask(self, user_id: str) -> Mapping[str, Any]:
        try:
            user: Mapping[str, Any] = self.client.users_info(user=user_id)["user"]
        except (SlackClientError, OSError, HTTPException) as error:
            log.warning("Slack does not say who %s is: %s", user_id, error)
            raise ViewerUnknown from error
        return user


def read_user(user: Mapping[str, Any], team_id: str) -> Viewer:
    """Read a user of `users.info`: https://docs.slack.dev/reference/objects/user-object."""
    profile = user.get("profile") or {}
    teams = {user.get("team_id", team_id), *(user.get("enterprise_user") or {}).get("teams", ())}
    outside = team_id not in teams or any(user.get(mark) for mark in _OUTSIDERS)
    full_name = profile.get("real_name") or user.get("real_name")
    name = full_name or profile.get("display_name") or user.get("name") or user["id"]
    return Viewer(
        user_id=user["id"],
        name=name,
        email=profile.get("email") or "",
        zone=_zone(user.get("tz")),
        is_full_member=not outside,
        is_admin=not outside and any(user.get(mark) for mark in _MANAGERS),
    )


def _zone(name: str | None) -> str:
    try:
        return ZoneInfo(name).key if name else "UTC"
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"
