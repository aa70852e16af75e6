"""Uninstalls: an event, a refused call or a daily check says that a team's token is no longer valid.

    leave │ the installation, keys and jobs are deleted at once
    Cleanup.tick, thirty days later │ figures are deleted; installing again before that keeps them

Events can come twice, in any order, or never: each step can be repeated, and late events are ignored.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.listeners.context import Context
from bot.slack import errors
from bot.slack.client import SlackError, team_of
from bot.slack.requests import team_in
from bot.sync.keys.admin_key import named
from providers.period import DAY
from storage.engine.database import session, transaction
from storage.engine.secrets import WrongSecretKey
from storage.state import audit, connections, installations, uninstalls
from storage.state.installations import Installation

LOOK_AGAIN = 3600.0  # seconds between two looks at what is to be deleted
log = logging.getLogger(__name__)


def register(app: App, context: Context) -> None:
    """Listen to uninstall events of the one workspace that the token is for.

    With many workspaces `router.py` handles them. An event from before this process started is about an
    earlier token, and is ignored.
    """
    began = context.services.elapsed()

    @app.event(re.compile("^(app_uninstalled|tokens_revoked)$"))
    def uninstalled(ack: Ack, body: dict[str, Any]) -> None:
        now = context.services.now()
        running = context.services.elapsed() - began
        if (
            is_uninstall_event(body)
            and team_in(body) == context.team_id
            and happened_within(body, running, now=now)
        ):
            leave_teams(
                [context.team_id], enterprise_id="", at=now
            )  # before the acknowledgement, so it is not lost
            log.warning(
                "%s: the app was removed; the key is deleted, the figures are after 30 days", context.team_id
            )
        ack()


def leave(installation: Installation, *, at: datetime) -> None:
    """Delete an installation, and stop the work for teams that no other installation serves."""
    with transaction():
        teams = installations.remove(installation)
        for team in teams:
            _leave(team, enterprise_id=installation.enterprise_id, at=at)
    if teams:
        log.warning("%s: the app was removed; keys are deleted, figures are after 30 days", ", ".join(teams))


def leave_teams(teams: Iterable[str], *, enterprise_id: str, at: datetime) -> None:
    """Stop the work for some teams of an enterprise whose installation stays."""
    with transaction():
        for team in teams:
            _leave(team, enterprise_id=enterprise_id, at=at)


def _leave(team: str, *, enterprise_id: str, at: datetime) -> None:
    for connection in connections.all_of_team(team):
        if connection.state != "disconnected":
            detail = f"{named(connection)}, because the app was taken out of Slack"
            audit.record(team, audit.US, "disconnected", detail, at)
    audit.record(team, audit.US, "uninstalled", "", at)
    uninstalls.uninstall(team, enterprise_id=enterprise_id, why=errors.UNINSTALLED, at=at)


def revoke(client: WebClient) -> str:
    """Have Slack revoke a token; return why it did not, "" if it did or never knew the token."""
    try:
        client.auth_revoke()
    except SlackApiError as error:
        code = errors.code_of(error)
        return "" if code in errors.TOKEN_WORTHLESS else code
    except (SlackClientError, OSError, HTTPException):
        return "Slack cannot be reached"
    return ""


def is_uninstall_event(body: Mapping[str, Any]) -> bool:
    """Whether an event says that the bot's token is no longer valid."""
    event = body.get("event") or {}
    is_revoked = event.get("type") == "tokens_revoked" and bool((event.get("tokens") or {}).get("bot"))
    return is_revoked or event.get("type") == "app_uninstalled"


def happened_within(body: Mapping[str, Any], seconds: float, *, now: datetime) -> bool:
    """Whether an event is at most so many seconds old; Slack's times have no fractions."""
    return now - happened_at(body, now=now) <= timedelta(seconds=seconds + 1)


def happened_at(body: Mapping[str, Any], *, now: datetime) -> datetime:
    """Return when an event happened, by Slack's clock."""
    moment = body.get("event_time")
    return datetime.fromtimestamp(int(moment), UTC) if moment else now


@dataclass
class Cleanup:
    """One process's share of looking after who left, and who left without a word.

    What is deleted is gone, so its time must be over by Slack's clock, too: ours may have been set ahead.
    `slacks_time` is None where Slack does not tell; then nothing is deleted.
    """

    client: Callable[[Installation], WebClient]
    now: Callable[[], datetime]
    slacks_time: Callable[[], datetime | None]
    elapsed: Callable[[], float] = time.monotonic
    _look_next: float = float("-inf")

    def tick(self) -> None:
        """Delete what is due, looked for once an hour, and try every token once a day."""
        with session():
            if self.elapsed() >= self._look_next and uninstalls.are_there():
                self._look_next = self.elapsed() + LOOK_AGAIN
                self._delete_what_is_over()
            while installation := installations.take_unchecked(now=self.now(), every=DAY):
                self._try(installation)

    def _delete_what_is_over(self) -> None:
        theirs = self.slacks_time()
        if theirs:
            with transaction():
                uninstalls.pull_back(theirs)
            for team in uninstalls.due(min(theirs, self.now())):
                self._delete(team, min(theirs, self.now()))
        if waiting := uninstalls.due(self.now()):
            log.warning(
                "%s: due for deletion, and kept until Slack's clock agrees, which shows %s",
                ", ".join(waiting),
                f"{theirs:%Y-%m-%d %H:%M} UTC" if theirs else "unknown",
            )

    def _delete(self, team: str, moment: datetime) -> None:
        with transaction():
            is_deleted = uninstalls.delete(team, now=moment)
        if is_deleted:
            log.warning("%s: deleted all its data, 30 days after the app was removed", team)

    def _try(self, installation: Installation) -> None:
        try:
            team_of(self.client(installation))
        except WrongSecretKey:
            return  # the start and `doctor` say so; Slack may well take it
        except SlackError as error:
            if error.code in errors.TOKEN_WORTHLESS:
                leave(installation, at=self.now())
