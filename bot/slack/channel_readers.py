"""The readers of a channel that somebody can share into: cached for a button, fresh for its press."""

from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPException
from typing import NamedTuple

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.pools.cache import CachedLookup
from bot.slack.channel_members import facts_in
from bot.slack.guests import Guests

UNKNOWN = "unknown"
WITH_GUESTS = "+guests"  # after the audience, in the value of a button that shares
REMEMBERED = timedelta(minutes=1)  # else every answer with such a button would ask Slack


class ShareTarget(NamedTuple):
    """A channel that somebody can share into: its name, "" if unknown, and its audience.

    `has_guests` is looked up only for answers with names.
    """

    id: str
    name: str
    audience: str
    is_archived: bool = False
    has_guests: bool = False

    @property
    def readers(self) -> str:
        """Its readers in one word, as the value of a button keeps them."""
        return f"{self.audience}{WITH_GUESTS if self.has_guests else ''}"

    def with_readers(self, word: str) -> "ShareTarget":
        """Return the channel with the readers that a button's value kept."""
        return self._replace(audience=word.removesuffix(WITH_GUESTS), has_guests=word.endswith(WITH_GUESTS))


class ShareTargets:
    """The channels of one team."""

    def __init__(self, client: WebClient, team_id: str, clock: Callable[[], float]) -> None:
        """`clock` is monotonic, in seconds."""
        self._client, self._guests = client, Guests(client, team_id, clock)
        self._targets = CachedLookup(self._look, REMEMBERED, clock=clock)

    def look(self, channel: str, *, for_guests: bool, anew: bool) -> ShareTarget:
        """Look a channel up, and with `for_guests` its guests, unless it has other outsiders anyway.

        `anew` skips the cache.
        """
        target = self._targets.anew(channel) if anew else self._targets(channel)
        if not for_guests or target.audience not in ("public", "private"):
            return target
        return target._replace(has_guests=self._guests.may_be_in(channel, anew=anew))

    def _look(self, channel: str) -> ShareTarget:
        try:
            facts = facts_in(self._client.conversations_info(channel=channel)["channel"])
        except (SlackApiError, SlackClientError, OSError, HTTPException):
            return ShareTarget(channel, "", UNKNOWN)
        return ShareTarget(channel, facts.name, facts.audience, facts.is_archived)
