"""The Web API of the stand-in: its methods and the scope each needs, with Slack's own error codes."""

from collections.abc import Callable
from typing import Final

from demo.slack import chat, directory, views
from demo.slack.lookups import Answer, Arguments
from demo.slack.workspace import SlackRefusal, Workspace

Method = Callable[[Workspace, Arguments], Answer]


def call(workspace: Workspace, method: str, arguments: Arguments) -> Answer:
    """Carry out a method, or raise what Slack would answer."""
    if method not in METHODS:
        raise SlackRefusal("unknown_method", req_method=method)
    scope, act = METHODS[method]
    if scope and scope not in workspace.scopes:
        raise SlackRefusal("missing_scope", needed=scope, provided=",".join(sorted(workspace.scopes)))
    with workspace.lock:
        return {"ok": True, **act(workspace, arguments)}


# The scope a bot token needs, and what then happens.
METHODS: Final[dict[str, tuple[str | None, Method]]] = {
    "api.test": (None, directory.api_test),
    "apps.connections.open": (None, directory.connections_open),
    "assistant.threads.setStatus": ("chat:write", chat.set_status),
    "assistant.threads.setSuggestedPrompts": ("assistant:write", chat.set_prompts),
    "auth.revoke": (None, directory.auth_revoke),
    "auth.test": (None, directory.auth_test),
    "bots.info": ("users:read", directory.bots_info),
    "chat.delete": ("chat:write", chat.delete),
    "chat.postEphemeral": ("chat:write", chat.post_ephemeral),
    "chat.postMessage": ("chat:write", chat.post_message),
    "chat.update": ("chat:write", chat.update),
    "conversations.history": ("channels:history", directory.conversations_history),
    "conversations.info": ("channels:read", directory.conversations_info),
    "conversations.join": ("channels:join", directory.conversations_join),
    "conversations.list": ("channels:read", directory.conversations_list),
    "conversations.members": ("channels:read", directory.conversations_members),
    "conversations.replies": ("channels:history", directory.conversations_replies),
    "conversations.open": ("im:write", directory.conversations_open),
    "files.completeUploadExternal": ("files:write", chat.complete_upload),
    "files.getUploadURLExternal": ("files:write", chat.get_upload_url),
    "files.info": ("files:read", chat.files_info),
    "team.info": ("team:read", directory.team_info),
    "usergroups.list": ("usergroups:read", directory.usergroups_list),
    "usergroups.users.list": ("usergroups:read", directory.usergroups_users_list),
    "users.info": ("users:read", directory.users_info),
    "users.list": ("users:read", directory.users_list),
    "views.open": (None, views.open_),
    "views.publish": (None, views.publish),
    "views.push": (None, views.push),
    "views.update": (None, views.update),
}
