"""One team's Slack for posts that nobody asked for, with errors named by their remedy.

SlackError
├── SlackUnavailable   Slack does not have the message; try again later
├── SlackRefused       Slack will never take it; a person must act
├── SlackMisfit        Slack does not take this form of it; try another
└── SlackUncertain     nobody can tell whether Slack has it

Slack has no exactly-once post (https://docs.slack.dev/reference/methods/chat.postMessage): a message carries
an id in its metadata, by which `find` looks for it where the app can read the channel's history.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from copy import copy
from datetime import datetime, timedelta
from functools import partial
from http.client import HTTPException
from socket import gaierror
from typing import Any, NamedTuple
from urllib.error import URLError
from uuid import NAMESPACE_URL, uuid5

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from bot.pools.cache import CachedLookup
from bot.reports.scope_people import People
from bot.slack import errors
from bot.slack import people as slack_people
from bot.slack.channel_members import ChannelFacts, facts_in
from bot.slack.delivery import Delivery, Misfit
from bot.slack.users import REMEMBERED, Viewer
from digests.render import Message
from storage.state.pauses import NOBODY

EVENT = "stackspend_post"
_TOO_MANY = 429
_CLOCKS_APART = timedelta(hours=1)  # how far our clock can be ahead of Slack's, which dates messages
_PAGE, _PAGES = 200, 20  # messages a call, calls: `find` gives up after four thousand messages
log = logging.getLogger(__name__)


class SlackError(Exception):
    """Slack did not do what we asked; `code` is its error."""

    def __init__(self, code: str, *, retry_after: timedelta = timedelta(seconds=30)) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after


class SlackUnavailable(SlackError):
    """Slack does not have the message; try again after `retry_after`."""


class SlackRefused(SlackError):
    """Slack will never take this message."""


class SlackMisfit(SlackError, Misfit):
    """Slack does not take this form of the message."""


class SlackUncertain(SlackError):
    """Slack may or may not have the message."""


Before = Callable[[], None]
"""A check right before each attempt to post; an exception from it ends the posting."""


def nothing() -> None:
    """Check nothing, where no other process can post the same."""


class Posted(NamedTuple):
    """The place of a message; a direct message has a channel id of its own, not the person's."""

    channel: str
    ts: str


class SlackClient:
    """One team's Slack. It never retries: the caller schedules that."""

    def __init__(
        self,
        client: WebClient,
        *,
        team_id: str = "",
        barred: Callable[[str], None] = lambda _code: None,
        wait: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`barred` gets Slack's error for an invalid token; `wait` sleeps while Slack processes a file."""
        # slack_sdk's handler sends again after a broken connection, which can post twice; the one for rate
        # limits sleeps as long as Slack says, and meanwhile the claim runs out for another process
        self._client, self._team_id, self._barred = copy(client), team_id, barred
        self._client.retry_handlers = []
        self._delivery = Delivery(self._client, wait=wait)
        self._names = CachedLookup(self._name_of, REMEMBERED, clock=clock)

    def post(
        self, to: str, message: Message, *, post_id: str, thread: str = "", before: Before = nothing
    ) -> Posted:
        """Post a message in the best form that Slack takes, if in a `thread` then under that message.

        `before` runs before each attempt.
        """

        def take(form: Message) -> Posted:
            before()
            return self._post(to, form, post_id, thread)

        return self._deliver(message, take)

    def whisper(
        self, channel: str, user: str, message: Message, *, thread: str = "", before: Before = nothing
    ) -> None:
        """Show a message to one member of a channel; nobody can look it up later.

        In a `thread` Slack shows it only if that has replies: https://docs.slack.dev/reference/methods/chat.postEphemeral.
        """

        def take(form: Message) -> Posted:
            before()
            shown = self._call(
                self._client.chat_postEphemeral,
                channel=channel,
                user=user,
                text=form.text,
                blocks=form.blocks or None,
                thread_ts=thread or None,
            )
            return Posted(channel, str(shown.get("message_ts") or ""))

        self._deliver(message, take)

    def _deliver(self, message: Message, take: Callable[[Message], Posted]) -> Posted:
        try:
            return self._delivery.deliver(message, take)
        except SlackMisfit as error:
            raise SlackRefused(error.code) from error

    def _post(self, to: str, message: Message, post_id: str, thread: str) -> Posted:
        answer = self._call(
            self._client.chat_postMessage,
            channel=to,
            text=message.text,
            blocks=message.blocks or None,
            thread_ts=thread or None,
            metadata={"event_type": EVENT, "event_payload": {"id": post_id}},
            client_msg_id=str(uuid5(NAMESPACE_URL, f"{EVENT}:{post_id}")),
            unfurl_links=False,
            unfurl_media=False,
        )
        return Posted(answer["channel"], answer["ts"])

    def edit(self, posted: Posted, message: Message, *, before: Before = nothing) -> None:
        """Replace a message; doing it twice does no harm."""

        def take(form: Message) -> Posted:
            before()
            return self._edit(posted, form)

        self._deliver(message, take)

    def _edit(self, posted: Posted, message: Message) -> Posted:
        self._call(
            self._client.chat_update,
            channel=posted.channel,
            ts=posted.ts,
            text=message.text,
            blocks=message.blocks,
        )
        return posted

    def find(self, to: str, post_id: str, *, since: datetime, thread: str = "") -> Posted | None:
        """Return a message by its id, None if it is certainly not there; with a `thread`, look in that.

        Raises SlackRefused if that is unclear: the app cannot read the channel, or too many messages follow.
        """
        channel = (
            self._read(self._client.conversations_open, users=to)["channel"]["id"] if to[0] in "UW" else to
        )
        list_messages = self._client.conversations_history
        if thread:
            list_messages = partial(self._client.conversations_replies, ts=thread)
        for message in self._listed(list_messages, channel, since - _CLOCKS_APART):
            if (message.get("metadata") or {}).get("event_payload", {}).get("id") == post_id:
                return Posted(channel, message["ts"])
        return None

    def _listed(
        self, list_messages: Callable[..., SlackResponse], channel: str, since: datetime
    ) -> Iterator[Mapping[str, Any]]:
        """Yield all messages since a moment. Raises SlackRefused if there are too many."""
        cursor: dict[str, str] = {}
        for _ in range(_PAGES):
            answer = self._read(
                list_messages,
                channel=channel,
                oldest=str(since.timestamp()),
                include_all_metadata=True,
                limit=_PAGE,
                **cursor,
            )
            yield from answer["messages"]
            following = (answer.get("response_metadata") or {}).get("next_cursor")
            if not following and not answer.get("has_more"):
                return
            if not following or following == cursor.get("cursor"):
                break
            cursor = {"cursor": following}
        raise SlackRefused("has_more")

    def facts(self, channel: str) -> ChannelFacts | None:
        """Return a channel as it is now, None if the app lacks the permission to look.

        Raises SlackUnavailable, and SlackRefused for a channel that the app cannot see.
        """
        try:
            return facts_in(self._read(self._client.conversations_info, channel=channel)["channel"])
        except SlackRefused as error:
            if error.code in errors.NO_SCOPE:
                return None
            raise

    def name_of(self, person: str) -> str | None:
        """Return a person's name, None if Slack does not say now."""
        try:
            return self._names(person) or None
        except SlackError:
            return None

    def _name_of(self, person: str) -> str:
        profile = slack_people.find(self._read, self._client, person).get("profile") or {}
        return str(profile.get("real_name") or profile.get("display_name") or "")

    def person(self, person: str) -> Viewer | None:
        """Return a person, None if Slack does not know them. Raises SlackError."""
        return slack_people.viewer_of(slack_people.find(self._read, self._client, person), self._team_id)

    def zone_of(self, person: str) -> str:
        """Return a person's time zone, UTC if Slack does not say now."""
        try:
            viewer = self.person(person)
        except SlackError:
            return "UTC"
        return viewer.zone if viewer else "UTC"

    def managers(self) -> list[str]:
        """Return the ids of the workspace's owners, then of its other admins. Raises SlackError."""
        return slack_people.managers(self._read, self._client, self._team_id)

    def people(self, group: str) -> People:
        """Return a user group's members by e-mail address. Raises SlackRefused if none has one."""
        members = slack_people.people_in(self._read, self._client, group, self._team_id)
        if not members.emails:
            raise SlackRefused(NOBODY)
        return members

    def _read(
        self, method: Callable[..., SlackResponse], *, unknown: Collection[str] = (), **arguments: object
    ) -> Mapping[str, Any]:
        """Call a method that changes nothing; for an `unknown` error return an empty answer.

        A lost answer is SlackUnavailable here: a read can be repeated.
        """
        try:
            return self._call(method, **arguments)
        except SlackUncertain as error:
            raise SlackUnavailable(error.code) from error
        except SlackRefused as error:
            if error.code in unknown:
                return {}
            raise

    def _call(self, method: Callable[..., SlackResponse], **arguments: object) -> Mapping[str, Any]:
        """Call a method; raise its failure as a SlackError."""
        try:
            answer = method(**arguments)
        except SlackApiError as error:
            slack_error = _error_by_remedy(error)
            if slack_error.code in errors.TOKEN_WORTHLESS:
                self._barred(slack_error.code)
            raise slack_error from error
        except URLError as error:
            raise _unreached(error) from error
        except (SlackClientError, OSError, ValueError, HTTPException) as error:
            name = getattr(method, "__name__", "a call")
            log.info("no answer from Slack to %s: %s", name, type(error).__name__)
            raise SlackUncertain(errors.NO_ANSWER) from error
        return answer.data if isinstance(answer.data, dict) else {}


def team_of(client: WebClient) -> str:
    """Return the id of the Slack workspace that a token is for. Raises SlackError."""
    try:
        return str(client.auth_test()["team_id"])
    except SlackApiError as error:
        raise _error_by_remedy(error) from error
    except (SlackClientError, OSError, HTTPException, LookupError, ValueError) as error:  # or no Slack at all
        raise SlackUnavailable(errors.UNREACHABLE) from error


def _unreached(error: URLError) -> SlackError:
    """Return SlackUnavailable if no connection was made; any other failure can have come after the post."""
    is_unconnected = isinstance(error.reason, (ConnectionRefusedError, gaierror))
    return SlackUnavailable(errors.UNREACHABLE) if is_unconnected else SlackUncertain(errors.NO_ANSWER)


def _error_by_remedy(error: SlackApiError) -> SlackError:
    """Return an error of Slack's by its remedy."""
    response = error.response
    code = errors.code_of(error)
    if response.status_code == _TOO_MANY or code in errors.LATER:
        seconds = float(response.headers.get("Retry-After", response.headers.get("retry-after", 60)))
        return SlackUnavailable(code, retry_after=timedelta(seconds=seconds))
    if code in errors.MISFITS:
        return SlackMisfit(code)
    if code in errors.AMBIGUOUS or response.status_code >= 500:  # noqa: PLR2004 - a server's fault
        return SlackUncertain(code)
    return SlackRefused(code)
