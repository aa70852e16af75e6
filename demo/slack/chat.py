"""The `chat.*` and `files.*` methods: what the bot says, and where it may."""

from typing import Any, Final

from demo.slack.lookups import Answer, Arguments, is_visible, reachable, required
from demo.slack.people import Channel
from demo.slack.rules import check_message
from demo.slack.transcript import Message
from demo.slack.workspace import File, SlackRefusal, Status, Workspace

_CONTENT: Final = ("text", "blocks", "metadata", "thread_ts", "client_msg_id", "attachments")
_PROMPTS: Final = 4
_MIMETYPES: Final = {
    "csv": "text/csv",
    "json": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain",
}


def post_message(workspace: Workspace, arguments: Arguments) -> Answer:
    """Post where the bot may; a user id opens the direct message."""
    channel = _writable(workspace, required(arguments, "channel"))
    content = checked_content(workspace, arguments)
    _check_thread(workspace, channel, content)
    message = workspace.post(channel.id, content)
    return {"channel": channel.id, "ts": message.ts, "message": message_facts(workspace, message)}


def post_ephemeral(workspace: Workspace, arguments: Arguments) -> Answer:
    """Show something to one member of a channel."""
    channel, user = _writable(workspace, required(arguments, "channel")), required(arguments, "user")
    if user not in channel.members:
        raise SlackRefusal("user_not_in_channel")
    content = checked_content(workspace, arguments)
    _check_thread(workspace, channel, content)
    if content.get("thread_ts") and not workspace.replies(channel.id, content["thread_ts"]):
        workspace.violations.append("Slack does not show an ephemeral message in a thread without replies")
    message = workspace.post(channel.id, content, seen_by=user)
    return {"message_ts": message.ts}


def _check_thread(workspace: Workspace, channel: Channel, content: Arguments) -> None:
    """Refuse a thread under a message that is not there, or under a reply."""
    if not (root := content.get("thread_ts")):
        return
    parent = workspace.find(channel.id, str(root))
    if parent is None or parent.seen_by:
        raise SlackRefusal("thread_not_found")
    if parent.thread_ts not in (None, parent.ts):
        workspace.violations.append("a reply's ts is no thread: use its parent's")


def set_status(workspace: Workspace, arguments: Arguments) -> Answer:
    """Show a line under a message until the app answers it; an empty one removes it."""
    channel, root = required(arguments, "channel_id"), required(arguments, "thread_ts")
    if channel not in workspace.channels:
        raise SlackRefusal("channel_not_found")
    if workspace.find(channel, root) is None:
        raise SlackRefusal("invalid_thread_ts")
    workspace.statuses.append(Status(channel, root, str(arguments.get("status") or "")))
    return {}


def set_prompts(workspace: Workspace, arguments: Arguments) -> Answer:
    """Offer up to four questions at the top of the direct message.

    With `thread_ts`, which belongs to the older assistant experience, nothing happens and nothing is said:
    https://docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts
    """
    channel = workspace.channels.get(required(arguments, "channel_id"))
    prompts = arguments.get("prompts") or []
    if channel is None or channel.kind != "im":
        raise SlackRefusal("channel_not_found")
    if not 0 < len(prompts) <= _PROMPTS or not all({"title", "message"} <= each.keys() for each in prompts):
        raise SlackRefusal("invalid_arguments")
    if arguments.get("thread_ts"):
        workspace.violations.append("suggested prompts with thread_ts are shown nowhere")
        return {}
    workspace.prompts[channel.id] = list(prompts)
    return {}


def update(workspace: Workspace, arguments: Arguments) -> Answer:
    """Edit a message of the bot's own."""
    message = _own_message(workspace, arguments, "cant_update_message")
    if workspace.channels[message.channel].is_archived:
        raise SlackRefusal("is_inactive")
    edited = workspace.edit(message, {**_kept(message, arguments), **checked_content(workspace, arguments)})
    facts = message_facts(workspace, edited)
    return {"channel": edited.channel, "ts": edited.ts, "text": edited.text, "message": facts}


def delete(workspace: Workspace, arguments: Arguments) -> Answer:
    """Take back a message of the bot's own."""
    message = _own_message(workspace, arguments, "cant_delete_message")
    workspace.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def checked_content(workspace: Workspace, arguments: Arguments) -> dict[str, Any]:
    """Pick what makes up the message, refused as Slack would."""
    if "markdown_text" in arguments:
        return _markdown(workspace, arguments)
    content = {name: arguments[name] for name in _CONTENT if arguments.get(name) is not None}
    check_message(workspace, content)
    return content


def _markdown(workspace: Workspace, arguments: Arguments) -> dict[str, Any]:
    if arguments.get("text") or arguments.get("blocks"):
        raise SlackRefusal("markdown_text_conflict")
    words = str(arguments["markdown_text"])
    check_message(workspace, {"text": words[:4000], "blocks": [{"type": "markdown", "text": words}]})
    return {"text": words}


def message_facts(workspace: Workspace, message: Message) -> Answer:
    """Describe a message as Slack does in answers, histories and interactions."""
    own = message.author == workspace.bot_user
    facts: Answer = {
        "type": "message",
        "user": message.author,
        "ts": message.ts,
        "team": workspace.team_id,
        **{name: message.content[name] for name in _CONTENT if name in message.content},
        "text": message.text,
    }
    if own:
        facts |= {"bot_id": workspace.bot_id, "app_id": workspace.app_id}
    if message.edited_ts:
        facts["edited"] = {"user": message.author, "ts": message.edited_ts}
    return facts


def _kept(message: Message, arguments: Arguments) -> dict[str, Any]:
    """Keep the metadata and the thread; and the blocks, but only where no text replaces them."""
    stays = {"metadata", "thread_ts"} | (set() if arguments.get("text") else {"blocks"})
    return {name: value for name, value in message.content.items() if name in stays}


def _own_message(workspace: Workspace, arguments: Arguments, foreign: str) -> Message:
    channel = required(arguments, "channel")
    if channel not in workspace.channels:
        raise SlackRefusal("channel_not_found")
    message = workspace.find(channel, str(required(arguments, "ts")))
    if message is None or message.seen_by:
        raise SlackRefusal("message_not_found")
    if message.author != workspace.bot_user:
        raise SlackRefusal(foreign)
    return message


def _writable(workspace: Workspace, target: str) -> Channel:
    channel = _addressed(workspace, target)
    if channel.is_archived:
        raise SlackRefusal("is_archived")
    if workspace.bot_user in channel.members:
        return channel
    if channel.kind == "private":
        raise SlackRefusal("channel_not_found")
    if "chat:write.public" not in workspace.scopes:
        raise SlackRefusal("not_in_channel")
    return channel


def _addressed(workspace: Workspace, target: str) -> Channel:
    """Return a message's channel, from a channel id, a channel's #name or a user id (a direct message)."""
    if target.startswith(("U", "W")):
        return workspace.direct_channel(reachable(workspace, target).id)
    named = {f"#{channel.name}": channel for channel in workspace.channels.values()}
    channel = workspace.channels.get(target) or named.get(target)
    if channel is None:
        raise SlackRefusal("channel_not_found")
    return channel


def get_upload_url(workspace: Workspace, arguments: Arguments) -> Answer:
    """Promise a place for so many bytes."""
    name, length = required(arguments, "filename"), int(required(arguments, "length"))
    if length < 1:
        raise SlackRefusal("invalid_arguments")
    file = File(id=f"F{workspace.number():09d}", name=name, length=length, title=name)
    workspace.files[file.id] = file
    return {"upload_url": f"{workspace.address}/upload/{file.id}", "file_id": file.id}


def complete_upload(workspace: Workspace, arguments: Arguments) -> Answer:
    """Finish uploads and share them where the bot is a member."""
    wanted = arguments.get("files") or []
    if not wanted:
        raise SlackRefusal("invalid_arguments")
    files = [_uploaded(workspace, each["id"]) for each in wanted]
    targets = str(arguments.get("channel_id") or arguments.get("channels") or "")
    channels = [_shareable(workspace, each) for each in filter(None, targets.split(","))]
    for file, each in zip(files, wanted, strict=True):
        file.title, file.channels = each.get("title") or file.name, [channel.id for channel in channels]
    for channel in channels:
        _share(workspace, channel, files, arguments)
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


def files_info(workspace: Workspace, arguments: Arguments) -> Answer:
    """Describe a file; its kind is known from the second time on, as Slack takes a while."""
    file = _uploaded(workspace, required(arguments, "file"))
    mimetype = _MIMETYPES.get(file.name.rpartition(".")[2], "application/octet-stream") if file.polls else ""
    file.polls += 1
    facts = {"id": file.id, "name": file.name, "title": file.title, "size": file.length}
    return {"file": facts | {"mimetype": mimetype, "channels": list(file.channels)}}


def _uploaded(workspace: Workspace, file_id: str) -> File:
    file = workspace.files.get(file_id)
    if file is None or len(file.data) != file.length:
        raise SlackRefusal("file_not_found")
    return file


def _shareable(workspace: Workspace, target: str) -> Channel:
    channel = workspace.channels.get(target)
    if channel is None or not is_visible(workspace, channel):
        raise SlackRefusal("channel_not_found")
    if workspace.bot_user not in channel.members:
        raise SlackRefusal("not_in_channel")
    return channel


def _share(workspace: Workspace, channel: Channel, files: list[File], arguments: Arguments) -> None:
    names = ", ".join(file.title for file in files)
    text = "\n".join(filter(None, [arguments.get("initial_comment"), f":paperclip: {names}"]))
    message = workspace.post(channel.id, {"text": text, "files": [file.id for file in files]})
    workspace.record("file", channel=channel.id, subject=message, text=names)
