"""The guests of a channel: they can ask nothing, so engineers are not named where they read."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import timedelta
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from bot.pools.cache import CachedLookup
from bot.slack import errors, people

REMEMBERED = timedelta(minutes=1)  # as in channel_readers, which asks at every button that shares
_PAGE, _PAGES = 200, 10  # members; a channel of more than two thousand is taken to have guests
log = logging.getLogger(__name__)


class Guests:
    """Lookup of guests in the channels of one team."""

    def __init__(self, client: WebClient, team_id: str, clock: Callable[[], float]) -> None:
        """`clock` is monotonic, in seconds."""
        self.client, self.team_id = client, team_id
        self._lookup = CachedLookup(self._may_be_in, REMEMBERED, clock=clock)

    def may_be_in(self, channel: str, *, anew: bool) -> bool:
        """Whether a channel has guests, or Slack does not say, or it has too many members to check.

        The answer is cached for a minute; `anew` skips the cache.
        """
        return self._lookup.anew(channel) if anew else self._lookup(channel)

    def _may_be_in(self, channel: str) -> bool:
        try:
            members = list(self._members(channel))
            if len(members) > _PAGE * _PAGES:
                return True
            return people.has_guest(_ask, self.client, members, self.team_id)
        except (SlackClientError, OSError, HTTPException) as error:
            log.warning("Slack does not say who is in %s: %s", channel, _why(error))
            return True

    def _members(self, channel: str) -> Iterator[str]:
        """Yield the ids of a channel's members, up to a page more than can be checked."""
        cursor: str | None = None
        for _ in range(_PAGES + 1):
            answer = _ask(self.client.conversations_members, channel=channel, limit=_PAGE, cursor=cursor)
            yield from map(str, answer["members"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return


def _ask(
    method: Callable[..., SlackResponse], *, unknown: Collection[str] = (), **arguments: object
) -> Mapping[str, Any]:
    """Call a method; for an `unknown` error return an empty answer."""
    try:
        answer = method(**arguments).data
    except SlackApiError as error:
        if errors.code_of(error) in unknown:
            return {}
        raise
    return answer if isinstance(answer, dict) else {}


def _why(error: Exception) -> str:
    return errors.code_of(error) if isinstance(error, SlackApiError) else type(error).__name__
