"""Slack, where we post by ourselves: what it answers, by its remedy.

SlackError
├── SlackUnavailable   Slack does not have the message; try again later
├── SlackRefused       Slack will never take it; a person must act
├── SlackMisfit        Slack does not take this form of it; another may do
└── SlackUncertain     nobody can tell whether Slack has it

There is no exactly-once post (https://docs.slack.dev/reference/methods/chat.postMessage): a message carries
an id in its metadata, by which it can be found again where the app may read the channel's history.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from copy import copy
from datetime import datetime, timedelta
from http.client import HTTPException
from socket import gaierror
from typing import Any, NamedTuple
from urllib.error import URLError
from uuid import NAMESPACE_URL, uuid5

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from bot.pools.cache import TtlCache
from bot.reports.scopes import People
from bot.slack import people as slack_people
from bot.slack.channel_members import ChannelFacts, facts_in
from bot.slack.delivery import MISFITS, Misfit, deliver
from bot.slack.users import REMEMBERED, Viewer
from digests.render import Message

EVENT = "stackspend_post"
NO_ANSWER = "no_answer"
"""Our word for what got lost on the way."""
_TOO_MANY = 429
_AMBIGUOUS = {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}
BARRED = {"account_inactive", "token_revoked", "invalid_auth", "not_authed", "token_expired"}
"""What Slack says when the app is no longer installed, or its token worth nothing."""
NOBODY = "nobody"
"""Our word for a user group in which nobody is known by an e-mail address."""
NO_SCOPE = {"missing_scope", "not_allowed_token_type"}
"""What it says where the app may not look."""
_CLOCKS_APART = timedelta(hours=1)  # as far as our clock may be ahead of Slack's, by which messages are found
_PAGE, _PAGES = 200, 20  # messages; what four thousand have come after is not looked for any further
_LATER = {"ratelimited", "rate_limited", "message_limit_exceeded", "team_added_to_org", "org_login_required"}
log = logging.getLogger(__name__)


class SlackError(Exception):
    """Slack did not do as hoped; `code` is its own word."""

    def __init__(self, code: str, *, retry_after: timedelta = timedelta(seconds=30)) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after


class SlackUnavailable(SlackError):
    """Slack does not have it; try again after `retry_after`."""


class SlackRefused(SlackError):
    """Slack will never take it."""


class SlackMisfit(SlackError, Misfit):
    """Slack does not take this form of it."""


class SlackUncertain(SlackError):
    """Slack may or may not have it."""


Before = Callable[[], None]
"""Called right before Slack is asked to post, once a form; what it raises ends the posting."""


def nothing() -> None:
    """What is to be done before posting where nobody else could."""


class Posted(NamedTuple):
    """Where a message is: a direct message is in a channel of its own, not at the person's id."""

    channel: str
    ts: str


class SlackClient:
    """One team's Slack. Waiting and trying again are for whoever schedules."""

    def __init__(
        self,
        client: WebClient,
        *,
        team_id: str = "",
        barred: Callable[[str], None] = lambda _code: None,
        wait: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`barred` hears of it when Slack no longer takes the token; `wait` lets it look at a picture."""
        # the default handler sends again after a broken connection, which could post twice; the one for
        # rate limits sleeps as long as Slack says, while another process finds the claim has run out
        self._client, self._team_id, self._barred, self._wait = copy(client), team_id, barred, wait
        self._client.retry_handlers = []
        self._names: TtlCache[str, str] = TtlCache(REMEMBERED, clock=clock)

    def post(self, to: str, said: Message, *, post_id: str, before: Before = nothing) -> Posted:
        """Post a message in the best form that Slack takes."""

        def take(form: Message) -> Posted:
            before()
            return self._post(to, form, post_id)

        return self._deliver(said, take)

    def _deliver(self, said: Message, take: Callable[[Message], Posted]) -> Posted:
        try:
            return deliver(self._client, said, take, wait=self._wait)
        except SlackMisfit as error:
            raise SlackRefused(error.code) from error

    def _post(self, to: str, message: Message, post_id: str) -> Posted:
        answer = self._call(
            self._client.chat_postMessage,
            channel=to,
            text=message.text,
            blocks=message.blocks or None,
            metadata={"event_type": EVENT, "event_payload": {"id": post_id}},
            client_msg_id=str(uuid5(NAMESPACE_URL, f"{EVENT}:{post_id}")),
            unfurl_links=False,
            unfurl_media=False,
        )
        return Posted(answer["channel"], answer["ts"])

    def edit(self, posted: Posted, said: Message, *, before: Before = nothing) -> None:
        """Put another message in the place of one; doing it twice does no harm."""

        def take(form: Message) -> Posted:
            before()
            return self._edit(posted, form)

        self._deliver(said, take)

    def _edit(self, posted: Posted, message: Message) -> Posted:
        self._call(
            self._client.chat_update,
            channel=posted.channel,
            ts=posted.ts,
            text=message.text,
            blocks=message.blocks,
        )
        return posted

    def find(self, to: str, post_id: str, *, since: datetime) -> Posted | None:
        """Look for a message by its id, None where it is surely not there.

        Raises SlackRefused where that cannot be told: the app may not read the channel, or too much was said.
        """
        channel = (
            self._read(self._client.conversations_open, users=to)["channel"]["id"] if to[0] in "UW" else to
        )
        for message in self._history(channel, since - _CLOCKS_APART):
            if (message.get("metadata") or {}).get("event_payload", {}).get("id") == post_id:
                return Posted(channel, message["ts"])
        return None

    def _history(self, channel: str, since: datetime) -> Iterator[Mapping[str, Any]]:
        """Every message since a moment, the newest first. Raises SlackRefused where they are too many."""
        cursor: dict[str, str] = {}
        for _ in range(_PAGES):
            answer = self._read(
                self._client.conversations_history,
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
        """What a channel is like now, None where the app may not look.

        Raises SlackUnavailable, and SlackRefused where there is no such channel for us.
        """
        try:
            return facts_in(self._read(self._client.conversations_info, channel=channel)["channel"])
        except SlackRefused as error:
            if error.code in NO_SCOPE:
                return None
            raise

    def name_of(self, person: str) -> str | None:
        """What a person is called, None where Slack does not say now."""
        try:
            return self._names.get(person, lambda: self._name_of(person)) or None
        except SlackError:
            return None

    def _name_of(self, person: str) -> str:
        profile = slack_people.find(self._read, self._client, person).get("profile") or {}
        return str(profile.get("real_name") or profile.get("display_name") or "")

    def person(self, person: str) -> Viewer | None:
        """Somebody as we know people, None where Slack does not know them. Raises SlackError."""
        return slack_people.viewer_of(slack_people.find(self._read, self._client, person), self._team_id)

    def zone_of(self, person: str) -> str:
        """The time zone of a person, UTC where Slack does not say now."""
        try:
            found = self.person(person)
        except SlackError:
            return "UTC"
        return found.zone if found else "UTC"

    def managers(self) -> list[str]:
        """The ids of the workspace's owners, then of its other admins. Raises SlackError."""
        return slack_people.managers(self._read, self._client, self._team_id)

    def people(self, group: str) -> People:
        """Who is in a user group, by e-mail address. Raises SlackRefused where it is nobody."""
        found = slack_people.people_in(self._read, self._client, group, self._team_id)
        if not found.emails:
            raise SlackRefused(NOBODY)
        return found

    def _read(
        self, method: Callable[..., SlackResponse], *, unknown: Collection[str] = (), **arguments: object
    ) -> Mapping[str, Any]:
        """Call a method that changes nothing; for `unknown` errors it answers nothing.

        What got lost is no matter: it can be asked again.
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
        """Call a method and name its failure."""
        try:
            answer = method(**arguments)
        except SlackApiError as error:
            named = _named(error)
            if named.code in BARRED:
                self._barred(named.code)
            raise named from error
        except URLError as error:
            raise _unreached(error) from error
        except (SlackClientError, OSError, ValueError, HTTPException) as error:
            log.info("Slack, %s: %s", getattr(method, "__name__", "a call"), type(error).__name__)
            raise SlackUncertain(NO_ANSWER) from error
        return answer.data if isinstance(answer.data, dict) else {}


def team_of(client: WebClient) -> str:
    """The id of the Slack workspace that a token is for. Raises SlackError."""
    try:
        return str(client.auth_test()["team_id"])
    except SlackApiError as error:
        raise _named(error) from error
    except (SlackClientError, OSError, HTTPException, LookupError, ValueError) as error:  # or no Slack at all
        raise SlackUnavailable("unreachable") from error


def _unreached(error: URLError) -> SlackError:
    """A connection that was never made carried nothing; any other failure may have come after the post."""
    never = isinstance(error.reason, (ConnectionRefusedError, gaierror))
    return SlackUnavailable("unreachable") if never else SlackUncertain(NO_ANSWER)


def _named(error: SlackApiError) -> SlackError:
    """What an error of Slack's means, by its remedy."""
    response = error.response
    code = str(response.get("error") or response.status_code)
    if response.status_code == _TOO_MANY or code in _LATER:
        seconds = float(response.headers.get("Retry-After", response.headers.get("retry-after", 60)))
        return SlackUnavailable(code, retry_after=timedelta(seconds=seconds))
    if code in MISFITS:
        return SlackMisfit(code)
    if code in _AMBIGUOUS or response.status_code >= 500:  # noqa: PLR2004 - a server's fault
        return SlackUncertain(code)
    return SlackRefused(code)
