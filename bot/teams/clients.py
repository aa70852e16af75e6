"""Slack clients of the teams that installed the app, each with its own token."""

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
"""Our code for a token that was encrypted with a secret key that is missing."""
LOOK_AGAIN = timedelta(minutes=10)  # a person has to restore the key or install again
log = logging.getLogger(__name__)


class TeamClients:
    """The Slack clients of many teams."""

    def __init__(self, vault: Vault, *, api_url: str, now: Callable[[], datetime]) -> None:
        self.vault, self.api_url, self._now = vault, api_url, now
        self._clients: dict[str, tuple[bytes, SlackClient]] = {}

    def client(self, installation: Installation) -> WebClient:
        """Return a client with the token of an installation. Raises WrongSecretKey."""
        token = self.vault.open(installation.token_encrypted)
        return client_of(token, self.api_url)

    def slack_of(self, team_id: str) -> SlackClient | None:
        """Return a team's Slack, None if the app is not installed (any more).

        Raises SlackUnavailable if its token cannot be decrypted; installing again brings a new one.
        """
        with session():
            installation = installations.of_team(team_id)
        if installation is None:
            self._clients.pop(team_id, None)
            return None
        sealed, slack = self._clients.get(team_id, (b"", None))
        if slack is None or sealed != installation.token_encrypted:
            try:
                client = self.client(installation)
            except WrongSecretKey as error:
                log.warning("cannot post to %s: %s; we try again later", installation.name, error)
                raise SlackUnavailable(LOST, retry_after=LOOK_AGAIN) from error
            slack = SlackClient(client, team_id=team_id, barred=partial(self._uninstall, installation))
            self._clients[team_id] = (installation.token_encrypted, slack)
        return slack

    def _uninstall(self, installation: Installation, code: str) -> None:
        log.warning(
            "Slack refuses the token of %s: %s; the app counts as removed there", installation.name, code
        )
        uninstall.leave(installation, at=self._now())
