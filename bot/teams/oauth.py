"""Installing into any Slack workspace by OAuth, and the pages around it.

/slack/install │ SignedStates.issue │ Slack asks a person │ /slack/oauth_redirect │ spend │ InstallStore.save
"""

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPException
from typing import cast
from urllib.parse import urljoin

from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.error import BoltError
from slack_bolt.oauth import OAuthFlow
from slack_bolt.oauth.callback_options import CallbackOptions, FailureArgs, SuccessArgs
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_sdk.errors import SlackClientError
from slack_sdk.oauth.installation_store import Installation, InstallationStore
from slack_sdk.oauth.state_store import OAuthStateStore

from bot.runtime.http.routes import HTML_HEADERS
from bot.slack import errors
from bot.slack.web_client import client_of
from digests import pages
from storage.engine.database import StorageUnavailable, session, transaction
from storage.engine.secrets import Vault, WrongSecretKey
from storage.state import audit, installations, one_time_tokens, uninstalls

INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"
# What each is for: docs/slack.md
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
    "app_mentions:read",
    "assistant:write",
    "usergroups:read",
    "files:write",
    "files:read",
)
_STATE = "install until "
_FERNET = re.compile(r"[A-Za-z0-9_-]{100,400}")
log = logging.getLogger(__name__)


class SignedStates(OAuthStateStore):
    """The `state` that ties Slack's redirect to the browser that started: once, for ten minutes.

    It is encrypted and not stored, so requests for many of them fill no table; a used one is stored.
    """

    def __init__(self, vault: Vault, now: Callable[[], datetime]) -> None:
        self._vault, self._now = vault, now

    def issue(self, *_arguments: object, **_named: object) -> str:
        """Return a new state: its end, encrypted, which makes it unique."""
        until = int((self._now() + one_time_tokens.LIFE).timestamp())
        return self._vault.seal(f"{_STATE}{until}").decode().rstrip("=")

    def consume(self, state: str) -> bool:
        """Whether a state is ours, not expired and unused; Slack has not confirmed the code yet."""
        until = self._until(state)
        if until is None or until <= self._now():
            return False
        with session():
            return one_time_tokens.find("install", state) is None

    def spend(self, state: str) -> bool:
        """Mark a state as used, after Slack confirmed the code; inside the transaction that installs."""
        until = self._until(state)
        return until is not None and one_time_tokens.burn("install", state, expires_at=until)

    def _until(self, state: str) -> datetime | None:
        if not _FERNET.fullmatch(state):
            return None
        try:
            opened = self._vault.open(f"{state}{'=' * (-len(state) % 4)}".encode())
        except WrongSecretKey:
            return None
        until = opened.removeprefix(_STATE)
        return datetime.fromtimestamp(int(until), UTC) if until != opened else None


class InstallStore(InstallationStore):
    """Storage of finished installations; `router.py` reads them itself."""

    def __init__(self, vault: Vault, now: Callable[[], datetime]) -> None:
        self._vault, self._now = vault, now

    def save(self, installation: Installation) -> None:
        """Store an installation over any earlier one; a team that returns in time keeps its data."""
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
            if team:  # an enterprise's installation names no team until one uses it
                audit.record(team, installation.user_id, "installed", "", self._now())
            uninstalls.reinstall(
                team, enterprise_id=enterprise if is_org else "", reasons=errors.TOKEN_WORTHLESS
            )


class InstallFlow(OAuthFlow):
    """Bolt's flow, with a page for a Slack or a database that does not answer."""

    def run_installation(self, code: str) -> Installation | None:
        """Exchange the code for a token; None if Slack refuses."""
        try:
            return super().run_installation(code)
        except (SlackClientError, OSError, HTTPException) as error:
            log.warning("Slack did not confirm an installation: %s", error)
            return None

    def store_installation(self, request: BoltRequest, installation: Installation) -> None:
        """Store an installation, and mark its state as used. Raises BoltError."""
        (state,) = request.query.get("state") or [""]
        states = cast("SignedStates", self.settings.state_store)
        try:
            with transaction():
                if not states.spend(state):
                    raise BoltError("the state was used by another installation")
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
    """Build the flow that `TeamRouter` serves."""
    settings = OAuthSettings(
        client_id=client_id,
        client_secret=client_secret,
        scopes=SCOPES,
        user_scopes=(),
        redirect_uri=public_url + REDIRECT,
        install_path=INSTALL,
        redirect_uri_path=REDIRECT,
        install_page_rendering_enabled=False,  # README and messages have the link
        authorization_url=urljoin(api_url, "/oauth/v2/authorize"),
        installation_store=InstallStore(vault, now),
        state_store=SignedStates(vault, now),
        callback_options=CallbackOptions(success=_succeeded, failure=partial(_failed, public_url + INSTALL)),
        logger=logging.getLogger("slack_bolt"),
    )
    client = client_of("", api_url)
    return InstallFlow(client=client, logger=logging.getLogger("slack_bolt"), settings=settings)


def _succeeded(arguments: SuccessArgs) -> BoltResponse:
    installed = arguments.installation
    is_org = bool(installed.is_enterprise_install)
    name = (installed.enterprise_name if is_org else installed.team_name) or "your workspace"
    target = f"https://slack.com/app_redirect?app={installed.app_id}"
    slack = target if is_org else f"{target}&team={installed.team_id}"
    page = pages.installed(name, slack=slack, is_org=is_org, days=uninstalls.GRACE.days)
    return _page(200, page, arguments.settings)


def _failed(again: str, arguments: FailureArgs) -> BoltResponse:
    log.warning("an installation failed: %s %s", arguments.reason, arguments.error or "")
    page = pages.not_installed(arguments.reason, again=again)
    return _page(arguments.suggested_status_code, page, arguments.settings)


def _page(status: int, html: str, settings: OAuthSettings) -> BoltResponse:
    cookie = settings.state_utils.build_set_cookie_for_deletion()
    return BoltResponse(status=status, body=html, headers={**HTML_HEADERS, "Set-Cookie": cookie})
