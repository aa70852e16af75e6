"""The state of the stand-in workspace and the few ways it changes; `slack_methods` decides who may."""

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from demo.slack.faults import Faults
from demo.slack.people import BOT, CHANNELS, GROUPS, PEOPLE, TEAM, Channel, Enterprise, Person, dm_id
from demo.slack.transcript import Entry, Kind, Message, Transcript, View

SCOPES: Final = (
    "app_mentions:read",
    "assistant:write",
    "commands",
    "chat:write",
    "im:history",
    "im:write",
    "users:read",
    "users:read.email",
    "channels:read",
    "groups:read",
    "channels:history",
    "channels:join",
    "files:read",
    "files:write",
    "team:read",
    "usergroups:read",
)
TRIGGER_SECONDS: Final = 3
RESPONSE_SECONDS: Final = 30 * 60
RESPONSE_USES: Final = 5


class SlackRefusal(Exception):
    """Slack says no, with its error code and what it adds to it."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


@dataclass(frozen=True)
class Trigger:
    """A person did something just now, here: good for opening one modal."""

    user: str
    channel: str | None
    at: float


@dataclass(frozen=True)
class ResponseUrl:
    """A way to answer one person where they are, `source` being the message they pressed something in."""

    user: str
    channel: str
    at: float
    source: str | None = None
    uses: int = 0


@dataclass
class File:
    """An upload; `polls` counts how often somebody asked whether it is ready."""

    id: str
    name: str
    length: int
    data: bytes = b""
    title: str = ""
    channels: list[str] = field(default_factory=list)
    polls: int = 0


@dataclass(frozen=True)
class Status:
    """A line under a message, such as "is thinking…", until the app answers it."""

    channel: str
    thread_ts: str
    text: str


class Workspace:
    """A Slack workspace in memory: people, channels, messages, views, and the app installed in it."""

    def __init__(
        self,
        *,
        people: Iterable[Person] = PEOPLE,
        channels: Iterable[Channel] = CHANNELS,
        team_id: str = TEAM,
        team_name: str = "Acme",
        token: str = "xoxb-stand-in",  # noqa: S107 an invented token of an invented workspace
        signing_secret: str = "stand-in-signing-secret",  # noqa: S107 as above
        clock: Callable[[], float] = time.time,
        enterprise: Enterprise | None = None,
        first_number: int = 1,
    ) -> None:
        self.team_id, self.team_name, self.domain = team_id, team_name, team_name.lower().replace(" ", "-")
        self.app_id, self.bot_id, self.bot_user = "A0STACK001", "B0STACK001", BOT
        self.token, self.signing_secret, self.clock = token, signing_secret, clock
        self.token_error: str | None = None
        self.app_token, self.socket_url = "xapp-stand-in", ""
        self.enterprise = enterprise
        self.is_org_installed = False
        self.address = ""
        self.people = {person.id: person for person in people}
        self.channels = {channel.id: channel for channel in channels}
        self.groups = {group.id: group for group in GROUPS}
        self.scopes = set(SCOPES)
        self.faults, self.transcript = Faults(), Transcript()
        self.violations: list[str] = []
        self.lock = threading.RLock()
        self.views: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        self.stacks: dict[str, list[str]] = {}
        self.triggers: dict[str, Trigger | None] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.files: dict[str, File] = {}
        self.prompts: dict[str, list[dict[str, str]]] = {}
        self.statuses: list[Status] = []
        self._messages: dict[tuple[str, str], Message] = {}
        self._numbers = itertools.count(first_number)

    # --- what tests and demos ask

    def messages(self, channel: str) -> list[Message]:
        """List what everybody in a channel sees, oldest first."""
        with self.lock:
            messages = [m for m in self._messages.values() if m.channel == channel and m.seen_by is None]
        return sorted(messages, key=lambda message: message.ts)

    def dms(self, user: str) -> list[Message]:
        """List what the bot wrote to a person, oldest first."""
        return self.messages(dm_id(user))

    def ephemerals(self, user: str) -> list[Message]:
        """List what only this person sees, oldest first."""
        with self.lock:
            return [m for m in self._messages.values() if m.seen_by == user]

    def modal(self, user: str) -> View | None:
        """Return the modal on top of a person's screen."""
        with self.lock:
            stack = self.stacks.get(user)
            return self.views[stack[-1]] if stack else None

    @property
    def names(self) -> dict[str, str]:
        """Return the texts of mentions by id: `@Mina Okafor`, `#claude-spend`."""
        with self.lock:
            people = {person.id: f"@{person.real_name}" for person in self.people.values()}
            direct = {dm_id(p.id): f"Direct message with {p.real_name}" for p in self.people.values()}
            return people | direct | {c.id: f"#{c.name}" for c in self.channels.values() if c.kind != "im"}

    # --- what an administrator does

    def invite_bot(self, channel: str) -> None:
        """Add the bot to a channel."""
        self._change_channel(channel, members=self.channels[channel].members | {self.bot_user})

    def remove_bot(self, channel: str) -> None:
        """Remove the bot from a channel."""
        self._change_channel(channel, members=self.channels[channel].members - {self.bot_user})

    def install(self, token: str, *, org_wide: bool = False) -> None:
        """Issue a token for the app, for this workspace or for all of the enterprise."""
        self.token, self.token_error, self.is_org_installed = token, None, org_wide

    def revoke_token(self, error: str = "account_inactive") -> None:
        """Refuse every further call, as after an uninstall."""
        self.token_error = error

    def _change_channel(self, channel: str, **changes: Any) -> None:  # noqa: ANN401 the fields of Channel
        with self.lock:
            self.channels[channel] = replace(self.channels[channel], **changes)

    # --- messages

    def number(self) -> int:
        """Count up; ids and timestamps are made of it."""
        return next(self._numbers)

    def direct_channel(self, user: str) -> Channel:
        """Open the direct message between the bot and a person."""
        channel = Channel(
            id=dm_id(user), name="directmessage", kind="im", members=frozenset({user, self.bot_user})
        )
        return self.channels.setdefault(channel.id, channel)

    def post(
        self, channel: str, payload: Mapping[str, Any], *, seen_by: str | None = None, author: str = ""
    ) -> Message:
        """Show a message to everybody in a channel, or to one person there."""
        ts = f"{int(self.clock())}.{self.number():06d}"
        message = Message(
            channel=channel,
            ts=ts,
            content=_with_block_ids(payload, ts),
            author=author or self.bot_user,
            seen_by=seen_by,
            thread_ts=payload.get("thread_ts"),
        )
        self._messages[channel, ts] = message
        self.record(self._kind_of(message), user=seen_by, channel=channel, subject=message)
        return message

    def find(self, channel: str, ts: str) -> Message | None:
        """Look up a message as it is now."""
        return self._messages.get((channel, ts))

    def replies(self, channel: str, ts: str) -> list[Message]:
        """List what everybody sees in the thread under a message, oldest first."""
        return [message for message in self.messages(channel) if message.thread_ts == ts]

    def edit(self, message: Message, payload: Mapping[str, Any]) -> Message:
        """Replace a message's content; text alone also removes the blocks."""
        number = self.number()
        edited = replace(
            message,
            content=_with_block_ids(payload, f"{message.ts}.{number}"),
            edited_ts=f"{int(self.clock())}.{number:06d}",
        )
        self._messages[message.channel, message.ts] = edited
        self.record("edit", user=message.seen_by, channel=message.channel, subject=edited)
        return edited

    def delete(self, message: Message) -> None:
        """Take a message away."""
        self._messages.pop((message.channel, message.ts), None)
        self.record("delete", user=message.seen_by, channel=message.channel, subject=message)

    def _kind_of(self, message: Message) -> Kind:
        if message.seen_by:
            return "ephemeral"
        return "dm" if self.channels[message.channel].kind == "im" else "message"

    # --- views

    def show(self, view: View, kind: Kind) -> View:
        """Show a view to its owner, as a new one or in its place."""
        self.views[view.id] = view
        self.record(kind, user=view.owner, subject=view)
        return view

    def new_view(self, owner: str, content: Mapping[str, Any], **facts: Any) -> View:  # noqa: ANN401 fields of View
        """Make a view with an id and a hash of its own."""
        number = self.number()
        view_id = f"V{number:09d}"
        prepared = _with_block_ids(content, view_id)
        return View(
            id=view_id, owner=owner, content=prepared, hash=self.new_hash(), **{"root": view_id, **facts}
        )

    def renew(self, view: View, content: Mapping[str, Any]) -> View:
        """Replace a view's content; input stays if its block_id and action_id do."""
        return replace(view, content=_with_block_ids(content, view.id), hash=self.new_hash())

    def new_hash(self) -> str:
        """Make a hash no view has had."""
        return f"{int(self.clock())}.{self.number():08x}"

    # --- what a person's act is good for

    def new_trigger(self, user: str, channel: str | None) -> str:
        """Issue the ticket that opens one modal within three seconds."""
        with self.lock:
            trigger_id = f"{self.number()}.{self.team_id}.{user}"
            self.triggers[trigger_id] = Trigger(user, channel, self.clock())
        return trigger_id

    def new_response_url(self, user: str, channel: str, *, source: str | None = None) -> str:
        """Issue an address for answering without being a member."""
        with self.lock:
            key = f"{self.team_id}/{self.number()}/{user}"
            self.response_urls[key] = ResponseUrl(user, channel, self.clock(), source)
        return f"{self.address}/response/{key}"

    def spend_trigger(self, trigger_id: str) -> Trigger:
        """Use a trigger, once and in time."""
        if trigger_id not in self.triggers:
            raise SlackRefusal("invalid_trigger_id")
        trigger = self.triggers[trigger_id]
        if trigger is None:
            raise SlackRefusal("exchanged_trigger_id")
        if self.clock() - trigger.at > TRIGGER_SECONDS:
            raise SlackRefusal("expired_trigger_id")
        self.triggers[trigger_id] = None
        return trigger

    def spend_response_url(self, key: str) -> ResponseUrl:
        """Use an answering address: five times, within half an hour."""
        url = self.response_urls.get(key)
        if url is None or self.clock() - url.at > RESPONSE_SECONDS:
            raise SlackRefusal("expired_url")
        if url.uses >= RESPONSE_USES:
            raise SlackRefusal("used_url")
        self.response_urls[key] = replace(url, uses=url.uses + 1)
        return url

    # --- the transcript

    def record(self, kind: Kind, **facts: Any) -> Entry:  # noqa: ANN401 the fields of Entry
        """Add to the transcript."""
        return self.transcript.add(kind, at=self.clock(), names=self.names, **facts)


def _with_block_ids(payload: Mapping[str, Any], seed: str) -> dict[str, Any]:
    """Fill in the ids that Slack makes up where an app gives none."""
    blocks = payload.get("blocks")
    if not blocks:
        return dict(payload)
    filled = [{**block, "block_id": block.get("block_id") or f"{seed}-{i}"} for i, block in enumerate(blocks)]
    return {**payload, "blocks": filled}
