"""Installing into any Slack workspace: OAuth with Slack, what is kept of it, and the pages around it.

/slack/install │ state, a ticket │ Slack asks the person │ /slack/oauth_redirect │ state spent │ token sealed
"""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from http.client import HTTPException
from urllib.parse import urljoin

from slack_bolt import BoltResponse
from slack_bolt.error import BoltError
from slack_bolt.oauth import OAuthFlow
from slack_bolt.oauth.callback_options import CallbackOptions, FailureArgs, SuccessArgs
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from slack_sdk.oauth.installation_store import Installation, InstallationStore
from slack_sdk.oauth.state_store import OAuthStateStore

from bot.channel import BARRED
from bot.web import HTML_HEADERS
from digests import pages
from storage import departures, installations, tickets
from storage.database import StorageUnavailable, transaction
from storage.secrets import Vault

INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"
SCOPES = (
    "commands",
    "chat:write",
    "chat:write.public",
    "im:write",
    "users:read",
    "users:read.email",
    "channels:read",
    "groups:read",
    "channels:join",
    "channels:history",
    "groups:history",
    "im:history",
    "usergroups:read",
    "files:write",
    "files:read",
)
log = logging.getLogger(__name__)


class States(OAuthStateStore):
    """The `state` that ties what Slack sends back to the browser that asked: once, for ten minutes."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def issue(self, *_arguments: object, **_named: object) -> str:
        """Make one."""
        with transaction():
            return tickets.issue("install", now=self._now())

    def consume(self, state: str) -> bool:
        """Use it; False where it was used, is too old or was never issued."""
        with transaction():
            return tickets.spend("install", state, now=self._now())


class Store(InstallationStore):
    """Where a finished installation goes; `front.py` finds them by itself."""

    def __init__(self, vault: Vault, now: Callable[[], datetime]) -> None:
        self._vault, self._now = vault, now

    def save(self, installation: Installation) -> None:
        """Keep it in the place of any earlier one, and what a team had that comes back in time."""
        is_org = bool(installation.is_enterprise_install)
        team = "" if is_org else installation.team_id or ""
        enterprise = installation.enterprise_id or ""
        if not installation.bot_token or not (team or (is_org and enterprise)):
            raise BoltError("Slack gave no bot token")
        if installation.bot_refresh_token:
            raise BoltError("tokens rotate: turn token rotation off in the Slack app's settings")
        with transaction():
            installations.save(
                team,
                enterprise,
                name=(installation.enterprise_name if is_org else installation.team_name)
                or team
                or enterprise,
                bot_user_id=installation.bot_user_id or "",
                token=installation.bot_token,
                vault=self._vault,
                by=installation.user_id,
                at=self._now(),
            )
            departures.come_back(team, enterprise_id=enterprise if is_org else "", reasons=BARRED)


class Flow(OAuthFlow):
    """Bolt's flow; a Slack or a database that does not answer leads to a page, too."""

    def run_installation(self, code: str) -> Installation | None:
        """Trade the code for a token; None where Slack does not."""
        try:
            return super().run_installation(code)
        except (SlackClientError, OSError, HTTPException) as error:
            log.warning("Slack did not confirm an installation: %s", error)
            return None

    def store_installation(self, _request: object, installation: Installation) -> None:
        """Keep it. Raises BoltError."""
        try:
            self.settings.installation_store.save(installation)
        except StorageUnavailable as error:
            raise BoltError(str(error)) from error


def oauth_flow(
    *,
    client_id: str,
    client_secret: str,
    api_url: str,
    public_url: str,
    vault: Vault,
    now: Callable[[], datetime],
) -> OAuthFlow:
    """Everything about installing; `Front` serves it."""
    settings = OAuthSettings(
        client_id=client_id,
        client_secret=client_secret,
        scopes=SCOPES,
        user_scopes=(),
        redirect_uri=public_url + REDIRECT,
        install_path=INSTALL,
        redirect_uri_path=REDIRECT,
        install_page_rendering_enabled=False,  # the button is wherever the link stands
        authorization_url=urljoin(api_url, "/oauth/v2/authorize"),
        installation_store=Store(vault, now),
        state_store=States(now),
        callback_options=CallbackOptions(success=_succeeded, failure=partial(_failed, public_url + INSTALL)),
        logger=logging.getLogger("slack_bolt"),
    )
    client = WebClient(base_url=api_url, timeout=10)
    return Flow(client=client, logger=logging.getLogger("slack_bolt"), settings=settings)


def _succeeded(arguments: SuccessArgs) -> BoltResponse:
    done = arguments.installation
    is_org = bool(done.is_enterprise_install)
    name = (done.enterprise_name if is_org else done.team_name) or "your workspace"
    target = f"https://slack.com/app_redirect?app={done.app_id}"
    slack = target if is_org else f"{target}&team={done.team_id}"
    page = pages.installed(name, slack=slack, is_org=is_org, days=departures.GRACE.days)
    return _page(200, page, arguments.settings)


def _failed(again: str, arguments: FailureArgs) -> BoltResponse:
    log.warning("an installation failed: %s %s", arguments.reason, arguments.error or "")
    page = pages.not_installed(arguments.reason, again=again)
    return _page(arguments.suggested_status_code, page, arguments.settings)


def _page(status: int, html: str, settings: OAuthSettings) -> BoltResponse:
    cookie = settings.state_utils.build_set_cookie_for_deletion()
    return BoltResponse(status=status, body=html, headers={**HTML_HEADERS, "Set-Cookie": cookie})
