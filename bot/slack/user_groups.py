"""Slack's user groups and their members, cached for a few minutes."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from bot.pools.cache import CachedLookup
from bot.slack import errors
from digests.forms.user_groups import Group

REMEMBERED = timedelta(minutes=5)  # groups change seldom; someone just removed loses access within this
log = logging.getLogger(__name__)


class GroupsUnknown(Exception):
    """Slack does not say now; the message is its error."""


class Groups:
    """The user groups of one team."""

    def __init__(self, client: WebClient, team_id: str, clock: Callable[[], float]) -> None:
        """`clock` is monotonic, in seconds. An enterprise's token needs the `team_id`."""
        self.client, self.team_id = client, team_id
        self._groups = CachedLookup(self._list, REMEMBERED, clock=clock)
        self._people = CachedLookup(self._members, REMEMBERED, clock=clock)

    def all(self) -> tuple[Group, ...]:
        """Return all groups, sorted by handle. Raises GroupsUnknown."""
        return self._groups(self.team_id)

    def members(self, group_id: str) -> frozenset[str]:
        """Return the ids of a group's members, none if the group is gone. Raises GroupsUnknown."""
        return self._people(group_id)

    def _list(self, team_id: str) -> tuple[Group, ...]:
        groups = _ask(self.client.usergroups_list, team_id=team_id)["usergroups"]
        named = [Group(each["id"], each.get("handle") or "", each.get("name") or "") for each in groups]
        return tuple(sorted(named, key=lambda group: group.handle.casefold()))

    def _members(self, group_id: str) -> frozenset[str]:
        try:
            named = {"usergroup": group_id, "team_id": self.team_id}
            return frozenset(_ask(self.client.usergroups_users_list, **named)["users"])
        except GroupsUnknown as error:
            if str(error) == errors.NO_SUCH_GROUP:
                return frozenset()
            raise


def _ask(method: Callable[..., SlackResponse], **arguments: str) -> Mapping[str, Any]:
    try:
        answer = method(**arguments).data
    except SlackApiError as error:
        log.warning("Slack does not say who is in a group: %s", errors.code_of(error))
        raise GroupsUnknown(errors.code_of(error)) from error
    except (SlackClientError, OSError, HTTPException) as error:
        log.warning("Slack does not say who is in a group: %s", error)
        raise GroupsUnknown(errors.UNREACHABLE) from error
    return answer if isinstance(answer, dict) else {}
