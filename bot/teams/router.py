"""The front door of many teams: every request goes to the Bolt app of its own team and sees no other.

signed │ whose │ installed there? │ that team's app, built when first needed and when it is installed anew
"""

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import Any

from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.oauth import OAuthFlow

from bot.listeners import home
from bot.listeners.context import NO_DATABASE, Body, Desk, team_of
from bot.questions.answer import sentence
from bot.services import Services
from bot.slack import modals
from bot.slack.client import BARRED
from bot.slack.web_client import client_of, is_slacks, send_answer
from bot.teams import uninstall
from bot.teams.app import app_of, open_desk
from bot.teams.clients import Teams
from bot.teams.lookup import Lookup
from digests.layout.message import Message
from storage.engine.database import StorageUnavailable, session, transaction
from storage.engine.secrets import WrongSecretKey
from storage.state import audit, installations, uninstalls
from storage.state.installations import Installation

NOT_INSTALLED = (
    "StackSpend is not installed properly in this Slack workspace any more. <{url}|Install it again>."
)
MOST = 500  # teams whose apps are kept, 34 kB each
SOON, IN_TIME = 0.3, 2.0  # seconds that a request of a known team, and of any, waits for the database
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class House:
    """A team's own app, and the token that it was built with."""

    sealed: bytes
    desk: Desk
    app: App


@dataclass(frozen=True)
class Caller:
    """Where a request comes from, as far as it says."""

    team_id: str
    enterprise_id: str
    is_org_wide: bool

    @classmethod
    def of(cls, request: BoltRequest) -> "Caller":
        """Read it from a request."""
        context = request.context
        return cls(team_of(request.body), context.enterprise_id or "", bool(context.is_enterprise_install))


class Front:
    """What Bolt's adapters take for an app, for any number of teams."""

    def __init__(
        self,
        services: Services,
        teams: Teams,
        *,
        signing_secret: str,
        oauth_flow: OAuthFlow | None = None,
        breath: float = 0.5,
    ) -> None:
        self.oauth_flow = oauth_flow  # this and the next two: where Bolt's adapters look for them
        self.logger = logging.getLogger("slack_bolt")
        self.client = client_of("", teams.api_url)
        self._services, self._teams, self._secret, self._breath = services, teams, signing_secret, breath
        self._houses: OrderedDict[str, House] = OrderedDict()
        self._lookup = Lookup(_serving)
        self._guard = threading.Lock()

    def dispatch(self, request: BoltRequest) -> BoltResponse:
        """Answer a request, as the app of the team that it comes from."""
        body = request.body
        if body.get("type") == "url_verification":
            return BoltResponse(status=200, body={"challenge": body.get("challenge")})
        try:
            if uninstall.is_told_by(body) or _names_teams(body):
                return self._departed(request)
            house = self._house_of(request)
        except StorageUnavailable as error:
            log.error("%s", error)  # noqa: TRY400 - it names the cause; the traceback adds nothing
            return _without_database(body)
        return house.app.dispatch(request) if house else self._turn_away(body)

    def desk_of(self, team_id: str) -> Desk | None:
        """The desk of a team, None where the app is not installed."""
        with session():
            found = installations.of_team(team_id)
        house = self._house(team_id, found) if found else None
        return house.desk if house else None

    def _house_of(self, request: BoltRequest) -> House | None:
        """Find it by the installation as it is now; while the database is slow or gone, as it was.

        Raises StorageUnavailable.
        """
        caller = Caller.of(request)
        if not caller.team_id:
            return None
        with self._guard:
            known = self._houses.get(caller.team_id)
        try:
            found = self._lookup.find(caller, within=SOON if known else IN_TIME)
        except (StorageUnavailable, TimeoutError) as error:
            if known:  # is acknowledged, and told by the answer what the matter is
                return known
            if isinstance(error, TimeoutError):
                raise StorageUnavailable(
                    "the database is too slow to find an installation in time"
                ) from error
            raise
        return self._house(caller.team_id, found) if found else None

    def _house(self, team_id: str, installation: Installation) -> House | None:
        """Return a team's app, None where its token cannot be opened: installing again brings a new one."""
        with self._guard:
            known = self._houses.get(team_id)
            if known and known.sealed == installation.token_encrypted:
                self._houses.move_to_end(team_id)
                return known
        if not installation.team_id:
            self._welcome(team_id, installation)
        try:
            client = self._teams.client(installation)
        except WrongSecretKey as error:
            log.error("%s is turned away: %s", installation.name, error)  # noqa: TRY400 - it says it all
            return None
        desk = open_desk(self._services, client, team_id, breath=self._breath)
        built = House(installation.token_encrypted, desk, app_of(desk, signing_secret=self._secret))
        desk.later(_nobody, partial(home.refresh_left_over, desk))
        with self._guard:
            self._houses[team_id] = built
            while len(self._houses) > MOST:
                self._houses.popitem(last=False)
        return built

    def _welcome(self, team_id: str, installation: Installation) -> None:
        """Note a team of an enterprise, of which Slack told nothing when the enterprise installed."""
        with transaction():
            if installations.add_grid_team(team_id, installation.enterprise_id):
                by, at = installation.installed_by, self._services.now()
                audit.record(team_id, by, "installed", "by the enterprise", at)
            uninstalls.reinstall(team_id, reasons=BARRED)

    def _departed(self, request: BoltRequest) -> BoltResponse:
        """Do what an event about leaving says before it is acknowledged, so that it cannot get lost."""
        body, now = request.body, self._services.now()
        team_id, enterprise_id = team_of(body), request.context.enterprise_id or ""
        found = _serving(Caller.of(request))
        is_whole = bool(request.context.is_enterprise_install) or not team_id
        if _names_teams(body):
            uninstall.leave_teams(_teams_in(body), enterprise_id=enterprise_id, at=now)
        elif found is None or found.installed_at > uninstall.happened_at(body, now=now):
            log.info("an event about leaving comes too late to matter")
        elif found.team_id or is_whole:
            uninstall.leave(found, at=now)
        else:
            uninstall.leave_teams([team_id], enterprise_id=enterprise_id, at=now)
        with self._guard:
            self._houses.clear()  # an enterprise may have taken many with it; they are built again
        return BoltResponse(status=200, body="")

    def _turn_away(self, body: Body) -> BoltResponse:
        """Say that the app is not installed, wherever that can be said."""
        said = sentence(NOT_INSTALLED.format(url=f"{self._services.public_url}/slack/install"))
        if "command" in body:
            return BoltResponse(status=200, body={"response_type": "ephemeral", "text": said.text})
        if body.get("type") == "view_submission":
            notice = modals.notice("StackSpend", said)
            return BoltResponse(status=200, body={"response_action": "update", "view": notice})
        url = str(body.get("response_url") or "")
        if url and is_slacks(url, api_url=self._teams.api_url):
            self._services.lanes.submit(partial(_answer, url, said.text))
        return BoltResponse(status=200, body="")


def _nobody(_apology: Message) -> None:
    """Tell nobody: nobody asked."""


def _serving(caller: Caller) -> Installation | None:
    with session():
        return installations.serving(caller.team_id, caller.enterprise_id, org_wide=caller.is_org_wide)


def _answer(url: str, text: str) -> None:
    answer = {"response_type": "ephemeral", "replace_original": False, "text": text}
    send_answer(url, answer)


def _without_database(body: Body) -> BoltResponse:
    """Tell whoever typed; whatever else it was, Slack sends it again or shows that it failed."""
    if "command" in body:
        return BoltResponse(status=200, body={"response_type": "ephemeral", "text": NO_DATABASE})
    return BoltResponse(status=503, body="")


def _names_teams(body: Body) -> bool:
    """Whether an enterprise took the app from some of its teams."""
    return (body.get("event") or {}).get("type") == "team_access_revoked"


def _teams_in(body: Body) -> list[Any]:
    return list(body["event"].get("team_ids") or [])
