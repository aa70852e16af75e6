"""People as a digest or an alert needs them, asked from Slack each time, without a cache.

A preview and the post ask in the same way, so both are about the same people.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from slack_sdk import WebClient

from bot.reports.scope_people import People
from bot.slack import errors
from bot.slack.users import Viewer, read_user

Ask = Callable[..., Mapping[str, Any]]
"""A function that calls a method of the client; it raises a SlackError of client.py."""
_ONE_BY_ONE = 30  # people; more are cheaper to find in the list of everybody, 200 a call
_PAGE, _PAGES = 200, 50  # Slack advises 200 at most; a workspace of ten thousand people is read whole


def people_in(ask: Ask, client: WebClient, group: str, team_id: str) -> People:
    """Return the members of a user group, by e-mail address."""
    named = {"usergroup": group, **_team_argument(team_id)}
    members = [str(each) for each in ask(client.usergroups_users_list, **named)["users"]]
    emails = _emails(ask, client, members, team_id)
    return People(frozenset(filter(None, emails)), emails.count(""))


def _emails(ask: Ask, client: WebClient, members: list[str], team_id: str) -> list[str]:
    """Return the address of each member, "" where Slack has none."""
    if len(members) <= _ONE_BY_ONE:
        return [_email(find(ask, client, person)) for person in members]
    wanted = dict.fromkeys(members, "")
    for user in _everybody(ask, client, team_id):
        if user["id"] in wanted:
            wanted[user["id"]] = _email(user)
    return list(wanted.values())


def has_guest(ask: Ask, client: WebClient, members: list[str], team_id: str) -> bool:
    """Whether any of some people is a guest, or somebody of another workspace; bots are neither."""
    if len(members) <= _ONE_BY_ONE:
        return any(_is_guest(find(ask, client, person), team_id) for person in members)
    wanted = set(members)
    for user in _everybody(ask, client, team_id):
        if user["id"] in wanted:
            wanted.remove(user["id"])
            if _is_guest(user, team_id):
                return True
    return bool(wanted)  # the others are not in the workspace's list


def _is_guest(user: Mapping[str, Any], team_id: str) -> bool:
    if user.get("is_bot") or user.get("deleted"):
        return False
    viewer = viewer_of(user, team_id)
    return viewer is None or not viewer.is_full_member


def find(ask: Ask, client: WebClient, person: str) -> Mapping[str, Any]:
    """Return Slack's record of a person, an empty one if it does not know them (any more)."""
    return ask(client.users_info, unknown=errors.UNKNOWN_PERSON, user=person).get("user") or {}


def managers(ask: Ask, client: WebClient, team_id: str) -> list[str]:
    """Return the ids of the workspace's owners, then of its other admins."""
    ranked = [
        (not user.get("is_owner"), viewer.user_id)
        for user in _everybody(ask, client, team_id)
        for viewer in [read_user(user, team_id or user.get("team_id", ""))]
        if viewer.is_admin
    ]
    return [person for _, person in sorted(ranked)]


def viewer_of(user: Mapping[str, Any], team_id: str) -> Viewer | None:
    """Return a person as a Viewer, None if Slack does not know them."""
    return read_user(user, team_id or user.get("team_id", "")) if user else None


def _everybody(ask: Ask, client: WebClient, team_id: str) -> Iterator[Mapping[str, Any]]:
    cursor: dict[str, str] = {}
    for _ in range(_PAGES):
        answer = ask(client.users_list, limit=_PAGE, **_team_argument(team_id), **cursor)
        yield from answer["members"]
        following = (answer.get("response_metadata") or {}).get("next_cursor")
        if not following or following == cursor.get("cursor"):
            return
        cursor = {"cursor": following}


def _team_argument(team_id: str) -> dict[str, str]:
    """Return the team as an argument, which an enterprise's token needs."""
    return {"team_id": team_id} if team_id else {}


def _email(user: Mapping[str, Any]) -> str:
    return str((user.get("profile") or {}).get("email") or "").casefold()
