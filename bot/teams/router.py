"""Routing for many teams: each request goes to the Bolt app of its own team and sees no other.

dispatch │ Origin.of: which team │ _lookup: is it installed │ _team_app, built anew after each install
"""

import logging
import threading
from dataclasses import dataclass
from functools import partial
from typing import Any

from cachetools import LRUCache
from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.oauth import OAuthFlow

from bot.listeners.context import Context
from bot.listeners.home_tab import home
from bot.services import Services
from bot.slack import errors
from bot.slack.requests import Body, team_in
from bot.slack.web_client import client_of, is_slacks, send_answer
from bot.teams import uninstall
from bot.teams.app import app_of, open_context
from bot.teams.clients import TeamClients
from bot.teams.lookup import Lookup
from digests.layout import modals
from digests.layout.message import Message, text_message
from digests.words.requests import NO_DATABASE, NOT_INSTALLED
from storage.engine.database import StorageUnavailable, session, transaction
from storage.engine.secrets import WrongSecretKey
from storage.state import audit, installations, uninstalls
from storage.state.installations import Installation

MOST = 500  # teams whose apps are kept in memory, 34 kB each
SOON, IN_TIME = 0.3, 2.0
"""Seconds to wait for the database: if the team's app is built, and if not. Slack wants an answer in 3."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TeamApp:
    """A team's Bolt app, its context, and the encrypted token that they were built with."""

    sealed: bytes
    context: Context
    app: App


@dataclass(frozen=True)
class Origin:
    """The team and the enterprise that a request names."""

    team_id: str
    enterprise_id: str
    is_org_wide: bool

    @classmethod
    def of(cls, request: BoltRequest) -> "Origin":
        """Read them from a request."""
        bolt = request.context
        return cls(team_in(request.body), bolt.enterprise_id or "", bool(bolt.is_enterprise_install))


class TeamRouter:
    """An app, to Bolt's adapters, that hands each request to the app of its team."""

    def __init__(
        self,
        services: Services,
        teams: TeamClients,
        *,
        signing_secret: str,
        oauth_flow: OAuthFlow | None = None,
        ack_delay: float = 0.5,
    ) -> None:
        self.oauth_flow = oauth_flow  # Bolt's adapters read this and the next two
        self.logger = logging.getLogger("slack_bolt")
        self.client = client_of("", teams.api_url)
        self._services, self._teams = services, teams
        self._secret, self._ack_delay = signing_secret, ack_delay
        self._apps: LRUCache[str, TeamApp] = LRUCache(MOST)
        self._lookup = Lookup(_serving)
        self._guard = threading.Lock()

    def dispatch(self, request: BoltRequest) -> BoltResponse:
        """Answer a request by the app of the team that it comes from."""
        body = request.body
        if body.get("type") == "url_verification":
            return BoltResponse(status=200, body={"challenge": body.get("challenge")})
        try:
            if uninstall.is_uninstall_event(body) or _names_teams(body):
                return self._uninstall(request)
            team_app = self._app_for(request)
        except StorageUnavailable as error:
            log.error("%s", error)  # noqa: TRY400 - it names the cause; the traceback adds nothing
            return _without_database(body)
        return team_app.app.dispatch(request) if team_app else self._refuse(body)

    def context_of(self, team_id: str) -> Context | None:
        """Return the context of a team, None where the app is not installed."""
        with session():
            installation = installations.of_team(team_id)
        team_app = self._team_app(team_id, installation) if installation else None
        return team_app.context if team_app else None

    def _app_for(self, request: BoltRequest) -> TeamApp | None:
        """Return the app for a request; while the database is slow or down, the one built last.

        Raises StorageUnavailable.
        """
        origin = Origin.of(request)
        if not origin.team_id:
            return None
        with self._guard:
            built = self._apps.get(origin.team_id)
        try:
            installation = self._lookup.find(origin, within=SOON if built else IN_TIME)
        except (StorageUnavailable, TimeoutError) as error:
            if built:  # it acknowledges the request, and its answer says what is wrong
                return built
            if isinstance(error, TimeoutError):
                raise StorageUnavailable(
                    "the database is too slow to find an installation in time"
                ) from error
            raise
        return self._team_app(origin.team_id, installation) if installation else None

    def _team_app(self, team_id: str, installation: Installation) -> TeamApp | None:
        """Return a team's app, None where its token cannot be opened: installing again brings a new one."""
        with self._guard:
            built = self._apps.get(team_id)
            if built and built.sealed == installation.token_encrypted:
                return built
        if not installation.team_id:
            self._welcome(team_id, installation)
        try:
            client = self._teams.client(installation)
        except WrongSecretKey as error:
            log.error("%s gets no answers: %s", installation.name, error)  # noqa: TRY400 - it says it all
            return None
        context = open_context(self._services, client, team_id, ack_delay=self._ack_delay)
        built = TeamApp(installation.token_encrypted, context, app_of(context, signing_secret=self._secret))
        context.run_after_ack(_ignore, partial(home.refresh_left_over, context))
        with self._guard:
            self._apps[team_id] = built
        return built

    def _welcome(self, team_id: str, installation: Installation) -> None:
        """Record a team of an enterprise, which Slack did not name when the enterprise installed."""
        with transaction():
            if installations.add_grid_team(team_id, installation.enterprise_id):
                by, at = installation.installed_by, self._services.now()
                audit.record(team_id, by, "installed", "by the enterprise", at)
            uninstalls.reinstall(team_id, reasons=errors.TOKEN_WORTHLESS)

    def _uninstall(self, request: BoltRequest) -> BoltResponse:
        """Handle an uninstall event before it is acknowledged, so that it cannot get lost."""
        body, now = request.body, self._services.now()
        team_id, enterprise_id = team_in(body), request.context.enterprise_id or ""
        installation = _serving(Origin.of(request))
        is_whole = bool(request.context.is_enterprise_install) or not team_id
        if _names_teams(body):
            uninstall.leave_teams(_teams_in(body), enterprise_id=enterprise_id, at=now)
        elif installation is None or installation.installed_at > uninstall.happened_at(body, now=now):
            log.info("ignoring an uninstall event that is older than the installation")
        elif installation.team_id or is_whole:
            uninstall.leave(installation, at=now)
        else:
            uninstall.leave_teams([team_id], enterprise_id=enterprise_id, at=now)
        with self._guard:
            self._apps.clear()  # an enterprise can have many teams; those left are built again
        return BoltResponse(status=200, body="")

    def _refuse(self, body: Body) -> BoltResponse:
        """Say that the app is not installed, to requests that take an answer."""
        message = text_message(NOT_INSTALLED.format(url=f"{self._services.public_url}/slack/install"))
        if "command" in body:
            return BoltResponse(status=200, body={"response_type": "ephemeral", "text": message.text})
        if body.get("type") == "view_submission":
            notice = modals.notice("StackSpend", message)
            return BoltResponse(status=200, body={"response_action": "update", "view": notice})
        url = str(body.get("response_url") or "")
        if url and is_slacks(url, api_url=self._teams.api_url):
            self._services.lanes.submit(partial(_answer, url, message.text))
        return BoltResponse(status=200, body="")


def _ignore(_message: Message) -> None:
    """Drop a message about an error: nobody asked."""


def _serving(origin: Origin) -> Installation | None:
    with session():
        return installations.serving(origin.team_id, origin.enterprise_id, org_wide=origin.is_org_wide)


def _answer(url: str, text: str) -> None:
    answer = {"response_type": "ephemeral", "replace_original": False, "text": text}
    send_answer(url, answer)


def _without_database(body: Body) -> BoltResponse:
    """Answer a command; Slack sends an event again, and shows that a button or a form failed."""
    if "command" in body:
        return BoltResponse(status=200, body={"response_type": "ephemeral", "text": NO_DATABASE})
    return BoltResponse(status=503, body="")


def _names_teams(body: Body) -> bool:
    """Whether an event says that an enterprise removed the app from some of its teams."""
    return (body.get("event") or {}).get("type") == "team_access_revoked"


def _teams_in(body: Body) -> list[Any]:
    return list(body["event"].get("team_ids") or [])
