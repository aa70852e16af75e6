"""People as a digest or an alert needs them, asked of Slack anew each time: nothing here is remembered.

A preview and the post ask in the same way, so that both are about the same people.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from slack_sdk import WebClient

from bot.reports.scopes import People
from bot.slack.users import Viewer, described

Ask = Callable[..., Mapping[str, Any]]
"""Calls a method of the client with arguments; raises a SlackError of client.py."""
_ONE_BY_ONE = 30  # people; more are cheaper to find in the list of everybody, 200 a call
_PAGE, _PAGES = 200, 50  # Slack advises 200 at most; a workspace of ten thousand people is read whole


def people_in(ask: Ask, client: WebClient, group: str, team_id: str) -> People:
    """Return who is in a user group, by e-mail address."""
    named = {"usergroup": group, **_of(team_id)}
    members = [str(each) for each in ask(client.usergroups_users_list, **named)["users"]]
    emails = _emails(ask, client, members, team_id)
    known = frozenset(email for email in emails if email)
    return People(known, emails.count(""))


def _emails(ask: Ask, client: WebClient, members: list[str], team_id: str) -> list[str]:
    """Return the address of each member, "" where Slack tells none."""
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
    return bool(wanted)  # whoever is in no list of ours is not one of us


def _is_guest(user: Mapping[str, Any], team_id: str) -> bool:
    if user.get("is_bot") or user.get("deleted"):
        return False
    viewer = viewer_of(user, team_id)
    return viewer is None or not viewer.is_full_member


def find(ask: Ask, client: WebClient, person: str) -> Mapping[str, Any]:
    """Return what Slack says of a person, nothing of one whom it does not know (any more)."""
    return (
        ask(client.users_info, unknown=("user_not_found", "user_not_visible"), user=person).get("user") or {}
    )


def managers(ask: Ask, client: WebClient, team_id: str) -> list[str]:
    """Return the ids of the workspace's owners, then of its other admins."""
    found = [
        (not user.get("is_owner"), viewer.user_id)
        for user in _everybody(ask, client, team_id)
        for viewer in [described(user, team_id or user.get("team_id", ""))]
        if viewer.is_admin
    ]
    return [person for _, person in sorted(found)]


def viewer_of(user: Mapping[str, Any], team_id: str) -> Viewer | None:
    """Return a person as we know people, None where Slack does not know them."""
    return described(user, team_id or user.get("team_id", "")) if user else None


def _everybody(ask: Ask, client: WebClient, team_id: str) -> Iterator[Mapping[str, Any]]:
    cursor: dict[str, str] = {}
    for _ in range(_PAGES):
        answer = ask(client.users_list, limit=_PAGE, **_of(team_id), **cursor)
        yield from answer["members"]
        following = (answer.get("response_metadata") or {}).get("next_cursor")
        if not following or following == cursor.get("cursor"):
            return
        cursor = {"cursor": following}


def _of(team_id: str) -> dict[str, str]:
    """Return the team as an argument, which the token of an enterprise needs."""
    return {"team_id": team_id} if team_id else {}


def _email(user: Mapping[str, Any]) -> str:
    return str((user.get("profile") or {}).get("email") or "").casefold()
