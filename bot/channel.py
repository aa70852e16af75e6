"""Slack, where we post by ourselves: what it answers, by its remedy.

SlackError
├── SlackUnavailable   Slack does not have the message; try again later
├── SlackRefused       Slack will never take it; a person must act
├── SlackMisfit        Slack does not take this form of it; another may do
└── SlackUncertain     nobody can tell whether Slack has it

There is no exactly-once post (https://docs.slack.dev/reference/methods/chat.postMessage): a message carries
an id in its metadata, by which it can be found again where the app may read the channel's history.
"""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http.client import HTTPException
from socket import gaierror
from typing import Any, NamedTuple
from urllib.error import URLError
from uuid import NAMESPACE_URL, uuid5

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from bot.pictures import MISFITS, Misfit, deliver
from bot.scopes import People
from digests.render import Message

EVENT = "stackspend_post"
_TOO_MANY = 429
_AMBIGUOUS = {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}
BARRED = {"account_inactive", "token_revoked", "invalid_auth", "not_authed", "token_expired"}
"""What Slack says when the app is no longer installed, or its token worth nothing."""
NOBODY = "nobody"
"""Our word for a user group in which nobody is known by an e-mail address."""
_LATER = {"ratelimited", "rate_limited", "message_limit_exceeded", "team_added_to_org", "org_login_required"}


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


class Posted(NamedTuple):
    """Where a message is: a direct message is in a channel of its own, not at the person's id."""

    channel: str
    ts: str


class Channel:
    """One team's Slack. Waiting and trying again are for whoever schedules."""

    def __init__(
        self,
        client: WebClient,
        *,
        barred: Callable[[str], None] = lambda _code: None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """`barred` hears of it when Slack no longer takes the token; `wait` lets it look at a picture."""
        # the default handler sends again after a broken connection, which could post twice; the one for
        # rate limits sleeps as long as Slack says, while another process finds the claim has run out
        client.retry_handlers = []
        self._client, self._barred, self._wait = client, barred, wait
        self._names: dict[str, str] = {}
        self._emails: dict[str, str] = {}

    def post(self, to: str, said: Message, *, post_id: str) -> Posted:
        """Post a message in the best form that Slack takes."""
        return self._deliver(said, lambda form: self._post(to, form, post_id))

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

    def edit(self, posted: Posted, said: Message) -> None:
        """Put another message in the place of one; doing it twice does no harm."""
        self._deliver(said, lambda form: self._edit(posted, form))

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
            self._call(self._client.conversations_open, users=to)["channel"]["id"] if to[0] in "UW" else to
        )
        answer = self._call(
            self._client.conversations_history,
            channel=channel,
            oldest=str((since - timedelta(minutes=5)).timestamp()),
            include_all_metadata=True,
            limit=200,
        )
        for message in answer["messages"]:
            if (message.get("metadata") or {}).get("event_payload", {}).get("id") == post_id:
                return Posted(channel, message["ts"])
        if answer.get("has_more") or (answer.get("response_metadata") or {}).get("next_cursor"):
            raise SlackRefused("has_more")
        return None

    def name_of(self, person: str) -> str | None:
        """What a person is called, None where Slack does not say now."""
        if person not in self._names:
            try:
                profile = self._call(self._client.users_info, user=person)["user"]["profile"]
            except SlackError:
                return None
            self._names[person] = profile.get("real_name") or profile.get("display_name") or ""
        return self._names[person] or None

    def called(self, channel: str) -> str:
        """What a channel is called now, "" where Slack does not say."""
        try:
            return str(
                self._call(self._client.conversations_info, channel=channel)["channel"].get("name") or ""
            )
        except SlackError:
            return ""

    def people(self, group: str) -> People:
        """Who is in a user group, by e-mail address. Raises SlackRefused where it is nobody."""
        found = self._call(self._client.usergroups_users_list, usergroup=group)["users"]
        emails = [self._email_of(person) for person in found]
        known = frozenset(email for email in emails if email)
        if not known:
            raise SlackRefused(NOBODY)
        return People(known, emails.count(""))

    def _email_of(self, person: str) -> str:
        if person not in self._emails:
            profile = self._call(self._client.users_info, user=person)["user"].get("profile") or {}
            self._emails[person] = str(profile.get("email") or "").casefold()
        return self._emails[person]

    def zone_of(self, person: str) -> str:
        """The time zone of a person, UTC where Slack does not say now."""
        try:
            return self._call(self._client.users_info, user=person)["user"].get("tz") or "UTC"
        except SlackError:
            return "UTC"

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
            raise SlackUncertain(type(error).__name__) from error
        return answer.data if isinstance(answer.data, dict) else {}


def team_of(client: WebClient) -> str:
    """The id of the Slack workspace that a token is for. Raises SlackError."""
    try:
        return str(client.auth_test()["team_id"])
    except SlackApiError as error:
        raise _named(error) from error
    except (SlackClientError, URLError, OSError) as error:
        raise SlackUnavailable("unreachable") from error


def _unreached(error: URLError) -> SlackError:
    """A connection that was never made carried nothing; any other failure may have come after the post."""
    never = isinstance(error.reason, (ConnectionRefusedError, gaierror))
    return SlackUnavailable("unreachable") if never else SlackUncertain(type(error.reason).__name__)


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
