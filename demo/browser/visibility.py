"""The view that one person has of one place in the workspace, without anything that they cannot see."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from demo.slack import forms
from demo.slack.people import ADMIN, GUEST, MEMBER, Channel, Person, dm_id
from demo.slack.server import Entry, Message, Slack, View
from demo.slack.workspace import File, Workspace
from digests.terminal.text import Viewer

CAST: Final = (ADMIN, MEMBER, GUEST)
"""The people whose view the page can show: an admin, a member and a guest."""
Block = dict[str, Any]
HOME, MESSAGES = "home", "stackspend"
SLACKBOT: Final = "USLACKBOT"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Somewhere in the sidebar; `slug` is its word in an address."""

    slug: str
    name: str
    channel: str
    is_private: bool = False
    unread: int = 0


@dataclass(frozen=True, kw_only=True)
class Line:
    """One message of a conversation as it is now, or what the person typed themselves."""

    key: str
    author: str
    at: datetime
    is_app: bool = False
    is_private: bool = False
    message: Message | None = None
    typed: str = ""
    files: tuple[File, ...] = ()

    @property
    def day(self) -> str:
        """The day on the person's calendar."""
        return f"{self.at:%A, %B} {self.at.day}"

    @property
    def is_edited(self) -> bool:
        """Whether it was changed since it was posted."""
        return self.message is not None and self.message.edited_ts is not None


@dataclass(frozen=True, kw_only=True)
class Form:
    """A view with what is entered in it, and what is wrong with that."""

    view: View
    values: Mapping[str, Mapping[str, Any]]
    errors: Mapping[str, str]
    suggestions: Mapping[str, list[Block]]


class Perspective:
    """The workspace as one `person` sees it."""

    def __init__(self, slack: Slack, person: Person) -> None:
        self.slack, self.person = slack, person

    @property
    def workspace(self) -> Workspace:
        """The workspace that they see."""
        return self.slack.workspace

    @property
    def viewer(self) -> Viewer:
        """The names and the time zone in which they read ids and moments."""
        return Viewer(names=self.workspace.names, zone=self.zone, now=self.now, half_days=True)

    @property
    def role(self) -> str:
        """Their role in the workspace, in a word."""
        return "admin" if self.person.is_admin else "guest" if self.person.is_guest else "member"

    @property
    def zone(self) -> ZoneInfo:
        """Their time zone."""
        return ZoneInfo(self.person.timezone)

    @property
    def now(self) -> datetime:
        """The present moment on their own clock."""
        return datetime.fromtimestamp(self.workspace.clock(), self.zone)

    # --- where they can go

    def channels(self) -> list[Channel]:
        """The channels they may enter, in the order of the workspace."""
        return [channel for channel in self.workspace.channels.values() if self._may_enter(channel)]

    def _may_enter(self, channel: Channel) -> bool:
        if channel.kind == "im" or channel.is_archived:
            return False
        is_open = channel.kind == "public" and not self.person.is_guest
        return is_open or self.person.id in channel.members

    def place(self, slug: str) -> Place | None:
        """Return the place of an address, None if they cannot see it."""
        return next((place for place in self.places() if place.slug == slug), None)

    def places(self, seen: Mapping[str, int] | None = None) -> list[Place]:
        """Every place of theirs: channels, then the app's messages, then its Home tab."""
        unread = self._unread(seen or {})
        channels = [
            Place(
                slug=channel.name,
                name=channel.name,
                channel=channel.id,
                is_private=channel.kind == "private",
                unread=unread.get(channel.id, 0),
            )
            for channel in self.channels()
        ]
        direct = dm_id(self.person.id)
        app = Place(slug=MESSAGES, name="Messages", channel=direct, unread=unread.get(direct, 0))
        return [*channels, app, Place(slug=HOME, name="Home", channel="")]

    def _unread(self, seen: Mapping[str, int]) -> dict[str, int]:
        """Return the number of unread messages of each place."""
        counts: dict[str, int] = {}
        for entry in self.workspace.transcript:
            place = entry.channel or ""
            if self._is_theirs(entry) and entry.index > seen.get(place, -1):
                counts[place] = counts.get(place, 0) + 1
        return counts

    def _is_theirs(self, entry: Entry) -> bool:
        is_message = entry.kind in ("message", "dm", "ephemeral") and isinstance(entry.subject, Message)
        return is_message and entry.user in (None, self.person.id)

    # --- what is there

    def lines(self, place: Place) -> list[Line]:
        """The conversation in a place, oldest first."""
        return list(self._lines(place.channel))

    def _lines(self, channel: str) -> Iterator[Line]:
        for entry in self.workspace.transcript:
            if entry.channel != channel:
                continue
            at = entry.at.astimezone(self.zone)
            if entry.kind == "command" and entry.user == self.person.id:
                key = f"typed-{entry.index}"
                yield Line(key=key, author=self.person.real_name, at=at, is_private=True, typed=entry.text)
            elif self._is_theirs(entry) and isinstance(entry.subject, Message):
                message = self.workspace.find(channel, entry.subject.ts)
                if message:
                    yield self._line(message, at)

    def _line(self, message: Message, at: datetime) -> Line:
        author = self.workspace.people.get(message.author)
        return Line(
            key=f"message-{message.ts}",
            author=author.real_name if author else "Slackbot",
            at=at,
            is_app=author is None or author.is_bot,
            is_private=message.seen_by is not None,
            message=message,
            files=tuple(self.workspace.files[number] for number in message.content.get("files") or ()),
        )

    def home(self) -> Form | None:
        """The app's Home tab, once the bot has published it."""
        view = self.workspace.homes.get(self.person.id)
        return self._form(view) if view else None

    def modal(self) -> Form | None:
        """The modal on top of the screen."""
        view = self.workspace.modal(self.person.id)
        return self._form(view) if view else None

    def _form(self, view: View) -> Form:
        values = forms.state_of(view.content, view.typed, view.opened_in)
        return Form(view=view, values=values, errors=self._errors(view), suggestions=self._suggestions(view))

    def _errors(self, view: View) -> Mapping[str, str]:
        """Return the errors of the last submission, unless the modal has changed since."""
        for entry in reversed(list(self.workspace.transcript)):
            if isinstance(entry.subject, View) and entry.subject.id == view.id:
                return entry.errors if entry.kind == "modal_errors" else {}
        return {}

    def _suggestions(self, view: View) -> dict[str, list[Block]]:
        """Return the bot's options before anybody types, by block."""
        searches = [block for block, part in forms.elements_in(view.content) if forms.needs_suggestions(part)]
        return {block_id: self.search(block_id, "") for block_id in searches}

    def search(self, block_id: str, words: str) -> list[Block]:
        """Return the bot's options for words that a person types into a search of the open modal."""
        view = self.workspace.modal(self.person.id)
        shown = forms.elements_in(view.content) if view else ()
        for block, element in shown:
            if view and block == block_id and forms.needs_suggestions(element):
                return self.slack.suggest(self.person.id, view, element["action_id"], words, block_id)
        return []

    def may_open(self, file: File) -> bool:
        """Whether a file was shared where they may read, or stands on their Home tab."""
        mine = {channel.id for channel in self.channels()} | {dm_id(self.person.id)}
        return bool(mine & set(file.channels)) or file.id in self._pictures()

    def _pictures(self) -> set[str]:
        view = self.workspace.homes.get(self.person.id)
        shown = view.content["blocks"] if view else []
        return {block["slack_file"]["id"] for block in shown if "slack_file" in block}
