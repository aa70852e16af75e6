"""Checks of Slack: whether it accepts our tokens, their permissions, and whether it can reach us."""

from collections.abc import Iterator
from http.client import HTTPException
from typing import TYPE_CHECKING

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.cli.doctor.findings import Finding, not_set_up, ok, wrong
from bot.program import Program
from bot.runtime.socket_mode import what_is_wrong
from bot.slack import errors
from bot.slack.web_client import client_of
from bot.teams.oauth import SCOPES
from bot.teams.workspaces import ManyWorkspaces
from storage.engine import database
from storage.state import installations
from storage.state.sealed_values import Sealed

if TYPE_CHECKING:
    from bot.settings import Settings

NEEDED = ("commands", "chat:write", "im:write", "users:read", "channels:read")
"""The permissions that the manifest does not call optional."""


def examine(program: Program, lost: list[Sealed]) -> Iterator[Finding]:
    """Check every token, and the way by which requests come in."""
    settings = program.settings
    if not settings.has_slack:
        yield missing()
        return
    if settings.has_many_teams:
        yield from _every_workspace(program, lost)
    else:
        yield from _token("Slack workspace", client_of(settings.slack_bot_token, settings.slack_api_url))
    yield from _way_in(settings)


def missing() -> Finding:
    """Return that there is no Slack, without which nobody gets an answer but in a terminal."""
    cure = "README, “Set it up”, step 1; the command line works without it"
    return wrong("Slack", "SLACK_BOT_TOKEN isn't set", cure)


def _every_workspace(program: Program, lost: list[Sealed]) -> Iterator[Finding]:
    teams = ManyWorkspaces(program.settings, program.vault).teams
    unopened = {("Slack token", each.id) for each in lost}
    with database.session():
        every = [each for each in installations.every() if ("Slack token", each.id) not in unopened]
    for each in every:
        what = f"Slack workspace {each.name} ({each.team_id or each.enterprise_id})"
        yield from _token(what, teams.client(each))
    if not every:
        address = f"{program.settings.public_url}/slack/install"
        yield not_set_up("Slack", "no workspace has installed the app yet", f"open {address}")


def _token(what: str, client: WebClient) -> Iterator[Finding]:
    try:
        answer = client.auth_test()
    except SlackApiError as error:
        code = errors.code_of(error)
        yield wrong(what, f"Slack rejects its token: {code}", "reinstall the app and set the new token")
        return
    except (SlackClientError, OSError, HTTPException, ValueError) as error:
        why = getattr(error, "reason", error)
        yield wrong(
            what, f"Slack can't be reached: {why}", "check the network, proxies, and slack-status.com"
        )
        return
    yield ok(what, f"{answer.get('team') or ''} ({answer.get('team_id')}), as @{answer.get('user')}")
    headers = {name.casefold(): value for name, value in answer.headers.items()}
    if granted := headers.get("x-oauth-scopes", ""):
        yield from _permissions(what, {each.strip() for each in granted.split(",")})


def _permissions(what: str, granted: set[str]) -> Iterator[Finding]:
    name, cure = f"{what}: permissions", "add them under OAuth & Permissions and reinstall the app"
    if missing := [each for each in NEEDED if each not in granted]:
        yield wrong(name, f"{', '.join(missing)} missing", cure)
    if optional := [each for each in SCOPES if each not in granted and each not in NEEDED]:
        yield not_set_up(
            name, f"without {', '.join(optional)}", "optional; docs/slack.md says what each is for"
        )
    if not missing and not optional:
        yield ok(name, "all")


def _way_in(settings: "Settings") -> Iterator[Finding]:
    """Check whether Slack can reach us: a socket can be tried, HTTP only by Slack itself."""
    if settings.slack_app_token:
        cure = "turn Socket Mode on; the App-Level Token needs the scope connections:write"
        trouble = what_is_wrong(settings.slack_app_token, settings.slack_api_url)
        yield wrong("Socket Mode", trouble, cure) if trouble else ok("Socket Mode", "Slack opens a socket")
    if settings.slack_signing_secret:
        address = settings.public_url or "https://your-host"
        yield ok("Slack over HTTP", f"signing secret set; Slack must send to {address}/slack/events")
