"""The permissions that a workspace gave the app when it was installed, which a later version can outgrow."""

import logging
from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPException

from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from bot.pools.cache import CachedLookup

CONVERSATION = ("app_mentions:read", "im:history", "assistant:write")
"""What it takes to be asked by mention, in the direct message, and in Slack's agent messaging."""
REMEMBERED = timedelta(minutes=10)  # installing again keeps the token, so only Slack says what changed
_HEADER = "x-oauth-scopes"  # https://docs.slack.dev/reference/methods/auth.test
log = logging.getLogger(__name__)


class Scopes:
    """The permissions of one team's token."""

    def __init__(self, client: WebClient, clock: Callable[[], float]) -> None:
        """`clock` is monotonic, in seconds."""
        self._client = client
        self._granted = CachedLookup(self._read, REMEMBERED, clock=clock)

    def granted(self) -> frozenset[str] | None:
        """Return the permissions, None if Slack does not say now."""
        try:
            return self._granted("") or None
        except (SlackClientError, OSError, HTTPException, ValueError) as error:
            log.warning("Slack does not say which permissions we have: %s", type(error).__name__)
            return None

    def missing(self) -> tuple[str, ...]:
        """Return what conversations lack, nothing if Slack does not say."""
        granted = self.granted()
        return () if granted is None else tuple(each for each in CONVERSATION if each not in granted)

    def _read(self, _key: str) -> frozenset[str]:
        headers = self._client.auth_test().headers
        texts = [value for name, value in headers.items() if name.casefold() == _HEADER]
        return frozenset(each.strip() for text in texts for each in str(text).split(",")) - {""}
