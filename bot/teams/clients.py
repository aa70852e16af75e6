"""The Slack of each team that installed the app, by the token of its installation."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from slack_sdk import WebClient

from bot.slack.client import SlackClient, SlackUnavailable
from bot.slack.web_client import client_of
from bot.teams import uninstall
from storage.engine.database import session
from storage.engine.secrets import Vault, WrongSecretKey
from storage.state import installations
from storage.state.installations import Installation

LOST = "token_lost"
"""Our word for a token that was encrypted with a secret key which is gone."""
LOOK_AGAIN = timedelta(minutes=10)  # a person brings it back, or installs again
log = logging.getLogger(__name__)


class TeamClients:
    """Clients and channels of many teams, each with its own token."""

    def __init__(self, vault: Vault, *, api_url: str, now: Callable[[], datetime]) -> None:
        self._vault, self.api_url, self._now = vault, api_url, now
        self._channels: dict[str, tuple[bytes, SlackClient]] = {}

    def client(self, installation: Installation) -> WebClient:
        """A client with the token of an installation. Raises WrongSecretKey."""
        token = self._vault.open(installation.token_encrypted)
        return client_of(token, self.api_url)

    def slack_of(self, team_id: str) -> SlackClient | None:
        """Where to post for a team, None where the app is not installed (any more).

        Raises SlackUnavailable where its token cannot be opened: installing again brings a new one.
        """
        with session():
            found = installations.of_team(team_id)
        if found is None:
            self._channels.pop(team_id, None)
            return None
        sealed, channel = self._channels.get(team_id, (b"", None))
        if channel is None or sealed != found.token_encrypted:
            try:
                client = self.client(found)
            except WrongSecretKey as error:
                log.warning("nothing is posted to %s: %s", found.name, error)
                raise SlackUnavailable(LOST, retry_after=LOOK_AGAIN) from error
            channel = SlackClient(client, team_id=team_id, barred=partial(self._barred, found))
            self._channels[team_id] = (found.token_encrypted, channel)
        return channel

    def _barred(self, installation: Installation, code: str) -> None:
        log.warning("Slack no longer takes the token of %s: %s", installation.name, code)
        uninstall.leave(installation, at=self._now())
