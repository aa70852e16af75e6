"""Who reads a channel that somebody may share into: remembered shortly for a button, anew for the press."""

from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPException
from typing import NamedTuple

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.pools.cache import TtlCache
from bot.slack.channel_members import facts_in
from bot.slack.guests import Guests

UNKNOWN = "unknown"
WITH_GUESTS = "+guests"  # behind the audience, in what a button keeps of its question
REMEMBERED = timedelta(minutes=1)  # every answer with such a button would ask Slack


class ShareTarget(NamedTuple):
    """A channel somebody may share into: what it is called, "" where that is not known, and who reads it.

    `has_guests` is what matters where names are shared, and is not looked for elsewhere.
    """

    id: str
    name: str
    audience: str
    is_archived: bool = False
    has_guests: bool = False

    @property
    def told(self) -> str:
        """What a question says of its readers, in a word."""
        return f"{self.audience}{WITH_GUESTS if self.has_guests else ''}"

    def as_told(self, word: str) -> "ShareTarget":
        """The same channel with the readers that a question said it has."""
        return self._replace(audience=word.removesuffix(WITH_GUESTS), has_guests=word.endswith(WITH_GUESTS))


class ShareTargets:
    """The channels of one team."""

    def __init__(self, client: WebClient, team_id: str, clock: Callable[[], float]) -> None:
        """`clock` tells seconds and is never set."""
        self._client, self._guests = client, Guests(client, team_id, clock)
        self._places: TtlCache[str, ShareTarget] = TtlCache(REMEMBERED, clock=clock)

    def look(self, channel: str, *, for_guests: bool, anew: bool) -> ShareTarget:
        """Look at a channel, and `for_guests` in it where it is not known to have other outsiders."""
        if anew:
            self._places.forget(channel)
        place = self._places.get(channel, lambda: self._look(channel))
        if not for_guests or place.audience not in ("public", "private"):
            return place
        return place._replace(has_guests=self._guests.may_be_in(channel, anew=anew))

    def _look(self, channel: str) -> ShareTarget:
        try:
            facts = facts_in(self._client.conversations_info(channel=channel)["channel"])
        except (SlackApiError, SlackClientError, OSError, HTTPException):
            return ShareTarget(channel, "", UNKNOWN)
        return ShareTarget(channel, facts.name, facts.audience, facts.is_archived)
