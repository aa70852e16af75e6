"""The methods that describe people, channels and the team, and list what was said."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from demo.slack.chat import message_facts
from demo.slack.lookups import Answer, Arguments, is_visible, page, person_named, reachable, required, visible
from demo.slack.people import Person
from demo.slack.transcript import Message
from demo.slack.workspace import SlackRefusal, Workspace


def user_facts(workspace: Workspace, person: Person) -> Answer:
    """Describe a person as `users.info` does; an e-mail only with its scope, and never a stranger's."""
    profile = {"real_name": person.real_name, "display_name": person.name, "team": person.team_id}
    if "users:read.email" in workspace.scopes and not person.is_stranger and not person.is_bot:
        profile["email"] = person.email
    zone = ZoneInfo(person.timezone)
    offset = datetime.fromtimestamp(workspace.clock(), zone).utcoffset()
    facts: Answer = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "real_name": person.real_name,
        "deleted": person.is_deactivated,
        "profile": profile,
        "is_bot": person.is_bot,
        "is_app_user": False,
    }
    if person.is_deactivated:
        return facts
    if workspace.enterprise:
        grid = {"id": person.id, "enterprise_id": workspace.enterprise.id, "teams": [person.team_id]}
        facts |= {"enterprise_user": grid}
    facts |= {"tz": person.timezone, "tz_label": person.timezone}
    facts |= {"tz_offset": int(offset.total_seconds()) if offset is not None else 0}
    facts |= {"is_admin": person.is_admin, "is_owner": person.is_owner, "is_primary_owner": False}
    facts |= {"is_restricted": person.is_guest, "is_ultra_restricted": False}
    return facts | ({"is_stranger": True} if person.is_stranger else {})


def users_info(workspace: Workspace, arguments: Arguments) -> Answer:
    """Describe one person."""
    return {"user": user_facts(workspace, person_named(workspace, required(arguments, "user")))}


def users_list(workspace: Workspace, arguments: Arguments) -> Answer:
    """List everybody of this workspace."""
    people = [p for p in workspace.people.values() if p.team_id == workspace.team_id]
    return page("members", [user_facts(workspace, person) for person in people], arguments)


def conversations_open(workspace: Workspace, arguments: Arguments) -> Answer:
    """Open the direct message with one person."""
    person = reachable(workspace, required(arguments, "users"))
    return {"channel": {"id": workspace.direct_channel(person.id).id}}


def conversations_info(workspace: Workspace, arguments: Arguments) -> Answer:
    """Describe a channel the bot may know of."""
    facts = visible(workspace, arguments).facts(workspace.bot_user)
    if str(arguments.get("include_num_members", "")).lower() not in ("1", "true"):
        facts.pop("num_members", None)
    return {"channel": facts}


def conversations_members(workspace: Workspace, arguments: Arguments) -> Answer:
    """List who is in a channel."""
    return page("members", sorted(visible(workspace, arguments).members), arguments)


def conversations_list(workspace: Workspace, arguments: Arguments) -> Answer:
    """List channels of the asked types; private ones only where the bot is, and with their scope."""
    types = str(arguments.get("types") or "public_channel").split(",")
    if "private_channel" in types and "groups:read" not in workspace.scopes:
        raise SlackRefusal("missing_scope", needed="groups:read", provided=",".join(sorted(workspace.scopes)))
    kinds = {"public_channel": "public", "private_channel": "private", "im": "im"}
    wanted = {kinds.get(each.strip()) for each in types}
    archived = str(arguments.get("exclude_archived", "")).lower() not in ("1", "true")
    channels = [
        c for c in workspace.channels.values() if c.kind in wanted and (archived or not c.is_archived)
    ]
    return page(
        "channels", [c.facts(workspace.bot_user) for c in channels if is_visible(workspace, c)], arguments
    )


def conversations_join(workspace: Workspace, arguments: Arguments) -> Answer:
    """Add the bot to a public channel."""
    channel = visible(workspace, arguments)
    if channel.kind != "public":
        raise SlackRefusal("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackRefusal("is_archived")
    workspace.invite_bot(channel.id)
    return conversations_info(workspace, arguments)


def conversations_history(workspace: Workspace, arguments: Arguments) -> Answer:
    """List messages, newest first; their metadata only when asked for."""
    channel = visible(workspace, arguments)
    if workspace.bot_user not in channel.members:
        raise SlackRefusal("not_in_channel")
    messages = [m for m in workspace.messages(channel.id) if m.thread_ts in (None, m.ts)]
    return _listed(workspace, reversed(messages), arguments)


def conversations_replies(workspace: Workspace, arguments: Arguments) -> Answer:
    """List a message and its thread, oldest first; their metadata only when asked for."""
    channel, root = visible(workspace, arguments), required(arguments, "ts")
    if workspace.bot_user not in channel.members:
        raise SlackRefusal("not_in_channel")
    parent = workspace.find(channel.id, root)
    if parent is None:
        raise SlackRefusal("thread_not_found")
    return _listed(workspace, [parent, *workspace.replies(channel.id, root)], arguments)


def _listed(workspace: Workspace, messages: Iterable[Message], arguments: Arguments) -> Answer:
    oldest, latest = (float(arguments.get(k) or d) for k, d in (("oldest", 0), ("latest", "inf")))
    within = [each for each in messages if oldest < float(each.ts) < latest]
    facts = [message_facts(workspace, message) for message in within]
    if str(arguments.get("include_all_metadata", "")).lower() not in ("1", "true"):
        facts = [{k: v for k, v in each.items() if k != "metadata"} for each in facts]
    return page("messages", facts, arguments)


def usergroups_list(workspace: Workspace, _arguments: Arguments) -> Answer:
    """List the user groups."""
    facts = {"team_id": workspace.team_id, "is_usergroup": True, "date_delete": 0}
    return {
        "usergroups": [
            {"id": group.id, "handle": group.handle, "name": group.name, **facts}
            for group in workspace.groups.values()
        ]
    }


def usergroups_users_list(workspace: Workspace, arguments: Arguments) -> Answer:
    """List who is in a user group."""
    group = workspace.groups.get(required(arguments, "usergroup"))
    if group is None:
        raise SlackRefusal("no_such_subteam")
    return {"users": sorted(group.members)}


def auth_revoke(workspace: Workspace, _arguments: Arguments) -> Answer:
    """Take back the token that asks for it."""
    workspace.revoke_token("token_revoked")
    return {"revoked": True}


def auth_test(workspace: Workspace, _arguments: Arguments) -> Answer:
    """Say whose token it is."""
    grid = workspace.enterprise if workspace.is_org_installed else None
    return {
        "url": f"https://{workspace.domain}.slack.com/",
        "team": grid.name if grid else workspace.team_name,
        "team_id": grid.id if grid else workspace.team_id,
        **({"enterprise_id": workspace.enterprise.id} if workspace.enterprise else {}),
        "user": workspace.people[workspace.bot_user].name,
        "user_id": workspace.bot_user,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": workspace.is_org_installed,
    }


def bots_info(workspace: Workspace, _arguments: Arguments) -> Answer:
    """Describe the bot."""
    return {
        "bot": {
            "id": workspace.bot_id,
            "app_id": workspace.app_id,
            "user_id": workspace.bot_user,
            "name": workspace.people[workspace.bot_user].name,
            "deleted": False,
        }
    }


def team_info(workspace: Workspace, _arguments: Arguments) -> Answer:
    """Describe the workspace."""
    return {"team": {"id": workspace.team_id, "name": workspace.team_name, "domain": workspace.domain}}


def api_test(_workspace: Workspace, arguments: Arguments) -> Answer:
    """Echo."""
    return {"args": {name: value for name, value in arguments.items() if name != "token"}}


def connections_open(workspace: Workspace, _arguments: Arguments) -> Answer:
    """Return the address of a socket, if there is one: without it the stand-in has HTTP only."""
    if not workspace.socket_url:
        raise SlackRefusal("socket_mode_not_supported")
    return {"url": workspace.socket_url}
