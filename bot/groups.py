"""Slack's user groups: which there are, and who is in one; remembered for a few minutes."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any, NamedTuple, TypeVar, cast

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

REMEMBERED = timedelta(minutes=5)
_MOST = 1000
_NO_GROUP = "no_such_subteam"
Told = TypeVar("Told")
log = logging.getLogger(__name__)


class GroupsUnknown(Exception):
    """Slack does not say now; the message is its own word for why."""


class Group(NamedTuple):
    """A user group; people write its `handle` after an @."""

    id: str
    handle: str
    name: str


@dataclass
class Groups:
    """The user groups of one team, which an enterprise's token has to name."""

    client: WebClient
    team_id: str
    now: Callable[[], datetime]
    _known: dict[str, tuple[datetime, Any]] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def all(self) -> tuple[Group, ...]:
        """Every group there is, by its handle. Raises GroupsUnknown."""
        return self._remembered("", self._list)

    def members(self, group_id: str) -> frozenset[str]:
        """The ids of those in a group, of one that is gone nobody's. Raises GroupsUnknown."""
        return self._remembered(group_id, lambda: self._members(group_id))

    def _remembered(self, place: str, ask: Callable[[], Told]) -> Told:
        now = self.now()
        with self._guard:
            asked_at, known = self._known.get(place, (None, None))
        if asked_at and now - asked_at < REMEMBERED:
            return cast("Told", known)
        found = ask()
        with self._guard:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[place] = (now, found)
        return found

    def _list(self) -> tuple[Group, ...]:
        found = _asked(self.client.usergroups_list, team_id=self.team_id)["usergroups"]
        groups = [Group(each["id"], each.get("handle") or "", each.get("name") or "") for each in found]
        return tuple(sorted(groups, key=lambda group: group.handle.casefold()))

    def _members(self, group_id: str) -> frozenset[str]:
        try:
            named = {"usergroup": group_id, "team_id": self.team_id}
            return frozenset(_asked(self.client.usergroups_users_list, **named)["users"])
        except GroupsUnknown as error:
            if str(error) == _NO_GROUP:
                return frozenset()
            raise


def _asked(method: Callable[..., SlackResponse], **arguments: str) -> Mapping[str, Any]:
    try:
        answer = method(**arguments).data
    except SlackApiError as error:
        log.warning("Slack does not say who is in a group: %s", error.response.get("error"))
        raise GroupsUnknown(str(error.response.get("error"))) from error
    except (SlackClientError, OSError, HTTPException) as error:
        log.warning("Slack does not say who is in a group: %s", error)
        raise GroupsUnknown("unreachable") from error
    return answer if isinstance(answer, dict) else {}
