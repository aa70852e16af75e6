"""One Slack workspace or many: how a worker posts, and how a web process listens."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from slack_sdk import WebClient

from bot import clock
from bot.errors import Failed
from bot.listeners.context import Context
from bot.listeners.home_tab import home
from bot.services import Services
from bot.settings import Settings
from bot.slack import errors
from bot.slack.client import SlackClient, SlackError, SlackRefused, team_of
from bot.slack.server_time import time_at
from bot.slack.web_client import client_of
from bot.teams import oauth
from bot.teams.app import app_of, open_context
from bot.teams.clients import TeamClients
from bot.teams.router import TeamRouter
from bot.teams.uninstall import Cleanup
from storage.engine.database import session, transaction
from storage.engine.secrets import Vault
from storage.state import installations, uninstalls
from storage.state.ingest import tokens
from storage.state.installations import Installation

LOCAL = "local"  # the team of a terminal without Slack
log = logging.getLogger(__name__)
Tick = Callable[[], None]


@dataclass(frozen=True)
class Opened:
    """An app for Bolt's adapters, the context of a team, and paths for browsers."""

    app: Any
    context_of: Callable[[str], Context | None]
    paths: tuple[str, ...] = ()


def _cleanup(
    settings: Settings, client: Callable[[Installation], WebClient], now: Callable[[], datetime]
) -> Cleanup:
    return Cleanup(client, now, partial(time_at, settings.slack_api_url))


class SingleWorkspace:
    """The workspace that SLACK_BOT_TOKEN is for. The constructor raises as `only_team` does."""

    def __init__(self, settings: Settings, now: Callable[[], datetime] = clock.now) -> None:
        self._settings = settings
        self.team_id = only_team(settings)
        self.ticks: Mapping[str, Tick] = {
            "care": _cleanup(settings, lambda _none: _client(settings), now).tick
        }
        self._slack = SlackClient(_client(settings), team_id=self.team_id)

    def slack_of(self, team_id: str) -> SlackClient | None:
        """Return the team's Slack."""
        return self._slack if team_id == self.team_id else None

    def context_of(self, team_id: str, services: Services) -> Context | None:
        """Return the team's context, for updates that nobody asked for."""
        client = _client(self._settings)
        return open_context(services, client, team_id) if team_id == self.team_id else None

    def incident_recipients(self, admins: frozenset[str]) -> frozenset[str]:
        """Return the admins of the settings who are told about incidents."""
        return admins

    def open(self, services: Services) -> Opened:
        """Build the app. Slack accepted the token, so a team that had uninstalled us is back."""
        with transaction():
            uninstalls.reinstall(self.team_id, reasons=errors.TOKEN_WORTHLESS)
            if tokens.adopt(self.team_id, former=LOCAL):
                log.info("tokens for telemetry that were made before Slack was connected are this team's now")
        context = open_context(services, _client(self._settings), self.team_id)
        home.refresh_left_over(context)
        app = app_of(context, signing_secret=self._settings.slack_signing_secret)
        return Opened(app, lambda team_id: context if team_id == self.team_id else None)


class ManyWorkspaces:
    """Every workspace that installed the app."""

    def __init__(self, settings: Settings, vault: Vault, now: Callable[[], datetime] = clock.now) -> None:
        self._settings, self._vault = settings, vault
        self.teams = TeamClients(vault, api_url=settings.slack_api_url, now=now)
        self.slack_of = self.teams.slack_of
        self.ticks: Mapping[str, Tick] = {"care": _cleanup(settings, self.teams.client, now).tick}

    def context_of(self, team_id: str, services: Services) -> Context | None:
        """Return a team's context, None if the app is not installed. Raises WrongSecretKey."""
        with session():
            installation = installations.of_team(team_id)
        return open_context(services, self.teams.client(installation), team_id) if installation else None

    def incident_recipients(self, _admins: frozenset[str]) -> frozenset[str]:
        """Return nobody: the settings' admins belong to one workspace, incidents to any."""
        return frozenset()

    def open(self, services: Services, *, ack_delay: float = 0.5) -> Opened:
        """Build the app."""
        settings = self._settings
        flow = oauth.oauth_flow(
            client_id=settings.slack_client_id,
            client_secret=settings.slack_client_secret,
            api_url=settings.slack_api_url,
            public_url=settings.public_url,
            vault=self._vault,
            now=services.now,
        )
        secret = settings.slack_signing_secret
        router = TeamRouter(services, self.teams, signing_secret=secret, oauth_flow=flow, ack_delay=ack_delay)
        return Opened(router, router.context_of, (oauth.INSTALL, oauth.REDIRECT))


Workspaces = SingleWorkspace | ManyWorkspaces


class Unreached(Exception):
    """Slack does not answer now, or asks us to wait for `leave_alone` seconds; the message is its error."""

    def __init__(self, code: str, leave_alone: float) -> None:
        super().__init__(code)
        self.leave_alone = leave_alone


def only_team(settings: Settings) -> str:
    """Return the workspace of the bot token. Raises Failed if it is refused, Unreached if Slack is down."""
    try:
        return team_of(_client(settings))
    except SlackRefused as error:
        raise Failed(f"Slack does not take SLACK_BOT_TOKEN: {error.code}") from error
    except SlackError as error:
        is_limited = error.code in errors.RATE_LIMITED
        raise Unreached(error.code, error.retry_after.total_seconds() if is_limited else 0.0) from error


def _client(settings: Settings) -> WebClient:
    return client_of(settings.slack_bot_token, settings.slack_api_url)
