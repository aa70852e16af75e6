"""The payloads that Slack sends for a person's acts, field by field."""

from typing import Any

from demo.slack.chat import message_facts
from demo.slack.forms import State, elements_in, state_of
from demo.slack.transcript import Message, View
from demo.slack.views import view_facts
from demo.slack.workspace import Workspace

Payload = dict[str, Any]


def command(workspace: Workspace, *, user: str, channel: str, name: str, text: str) -> dict[str, str]:
    """Fill in the form of a slash command."""
    place, person = workspace.channels[channel], workspace.people[user]
    names = {"private": "privategroup", "im": "directmessage"}
    grid = workspace.enterprise
    return {
        "token": "legacy-verification-token",
        "team_id": workspace.team_id,
        "team_domain": workspace.domain,
        "channel_id": channel,
        "channel_name": names.get(place.kind, place.name),
        "user_id": user,
        "user_name": person.name,
        "command": name,
        "text": text,
        "api_app_id": workspace.app_id,
        **({"enterprise_id": grid.id, "enterprise_name": grid.name} if grid else {}),
        "is_enterprise_install": str(workspace.is_org_installed).lower(),
        "response_url": workspace.new_response_url(user, channel),
        "trigger_id": workspace.new_trigger(user, channel),
    }


def message_action(workspace: Workspace, *, user: str, message: Message, action: Payload) -> Payload:
    """Describe something pressed or chosen in a message; an ephemeral one comes without its content."""
    private = message.seen_by is not None
    url = workspace.new_response_url(user, message.channel, source=message.ts)
    payload = {
        "type": "block_actions",
        **_who(workspace, user, message.channel),
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": private,
            **({"thread_ts": message.thread_ts} if message.thread_ts else {}),
        },
        "channel": {"id": message.channel, "name": workspace.channels[message.channel].name},
        "state": {"values": state_of(message.content, {}, message.channel)},
        "response_url": url,
        "actions": [action],
    }
    return payload if private else payload | {"message": message_facts(workspace, message)}


def view_action(workspace: Workspace, *, view: View, action: Payload) -> Payload:
    """Describe something pressed or chosen in a modal or a Home tab."""
    return {
        "type": "block_actions",
        **_who_at(workspace, view),
        "container": {"type": "view", "view_id": view.id},
        "view": with_state(workspace, view),
        "actions": [action],
    }


def submission(workspace: Workspace, view: View) -> Payload:
    """Describe a submitted modal, with an address for every channel picked for answers."""
    facts = with_state(workspace, view)
    return {
        "type": "view_submission",
        **_who_at(workspace, view),
        "view": facts,
        "response_urls": _response_urls(workspace, view, facts["state"]["values"]),
    }


def closing(workspace: Workspace, view: View, *, cleared: bool) -> Payload:
    """Describe a dismissed modal."""
    who = {k: v for k, v in _who(workspace, view.owner, None).items() if k != "trigger_id"}
    return {
        "type": "view_closed",
        **who,
        "view": with_state(workspace, view),
        "is_cleared": cleared,
    }


def suggestion(workspace: Workspace, *, view: View, block_id: str, action_id: str, words: str) -> Payload:
    """Ask the bot for options while a person types."""
    return {
        "type": "block_suggestion",
        **_who_at(workspace, view),
        "container": {"type": "view", "view_id": view.id},
        "view": with_state(workspace, view),
        "block_id": block_id,
        "action_id": action_id,
        "value": words,
    }


def event(workspace: Workspace, *, kind: str, facts: Payload) -> Payload:
    """Wrap an event in its envelope."""
    now = workspace.clock()
    number = workspace.number()
    grid = workspace.enterprise.id if workspace.enterprise else None
    return {
        "token": "legacy-verification-token",
        "team_id": workspace.team_id,
        "context_team_id": workspace.team_id,
        **({"enterprise_id": grid} if grid else {}),
        "context_enterprise_id": grid,
        "api_app_id": workspace.app_id,
        "event": {"type": kind, **facts, "event_ts": f"{int(now)}.{number:06d}"},
        "type": "event_callback",
        "event_id": f"Ev{number:09d}",
        "event_time": int(now),
        "authorizations": [
            {
                "enterprise_id": grid,
                "team_id": None if workspace.is_org_installed else workspace.team_id,
                "user_id": workspace.bot_user,
                "is_bot": True,
                "is_enterprise_install": workspace.is_org_installed,
            }
        ],
        "is_ext_shared_channel": False,
    }


def words(workspace: Workspace, message: Message) -> Payload:
    """Describe what a person wrote, as an event does."""
    person, place = workspace.people[message.author], workspace.channels[message.channel]
    return {
        "user": message.author,
        "text": message.text,
        "ts": message.ts,
        "client_msg_id": f"client-{message.ts}",
        "team": person.team_id,
        "channel": message.channel,
        **({"thread_ts": message.thread_ts} if message.thread_ts else {}),
        **({"edited": {"user": message.author, "ts": message.edited_ts}} if message.edited_ts else {}),
        **({"channel_type": "im"} if place.kind == "im" else {}),
    }


def with_state(workspace: Workspace, view: View) -> Payload:
    """Describe a view with what is entered in it."""
    values = state_of(view.content, view.typed, view.opened_in)
    return view_facts(workspace, view) | {"state": {"values": values}}


def _who_at(workspace: Workspace, view: View) -> Payload:
    """Say who acts in a view; where the app is installed in the enterprise, no team beside it."""
    who = _who(workspace, view.owner, view.opened_in)
    return who | {"team": None} if workspace.is_org_installed else who


def _who(workspace: Workspace, user: str, channel: str | None) -> Payload:
    person = workspace.people[user]
    return {
        "user": {
            "id": user,
            "username": person.name,
            "name": person.name,
            "team_id": person.team_id,
        },
        "team": {"id": workspace.team_id, "domain": workspace.domain},
        "api_app_id": workspace.app_id,
        "token": "legacy-verification-token",
        "trigger_id": workspace.new_trigger(user, channel),
        "enterprise": workspace.enterprise.facts if workspace.enterprise else None,
        "is_enterprise_install": workspace.is_org_installed,
    }


def _response_urls(workspace: Workspace, view: View, values: State) -> list[Payload]:
    urls = []
    for block_id, element in elements_in(view.content):
        held = values.get(block_id, {}).get(element["action_id"], {})
        channel = held.get("selected_conversation") or held.get("selected_channel")
        if element.get("response_url_enabled") and channel:
            url = workspace.new_response_url(view.owner, channel)
            place = {"block_id": block_id, "action_id": element["action_id"]}
            urls.append({**place, "channel_id": channel, "response_url": url})
    return urls
