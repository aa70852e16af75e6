"""The Bolt app of one Slack workspace, built from the listeners' modules."""

import logging
import re

from slack_bolt import Ack, App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.logger.messages import (
    warning_client_prioritized_and_token_skipped,
    warning_token_skipped,
)
from slack_sdk import WebClient

from bot.listeners import ask_admin, audit_log, channel_events, command, export, settings, share_form
from bot.listeners.context import Context
from bot.listeners.home_tab import home
from bot.listeners.keys import assign_key, connect, connect_claude, erase_person
from bot.listeners.registration import on_action
from bot.listeners.reply import Reply
from bot.listeners.subscriptions import actions
from bot.listeners.talk import events
from bot.services import Services
from bot.slack.channel_readers import ShareTargets
from bot.slack.delivery import Delivery
from bot.slack.requests import Body
from bot.slack.scopes import Scopes
from bot.slack.users import Viewer, Viewers
from bot.slack.web_client import client_of
from bot.teams import uninstall
from digests.layout.message import text_message
from digests.words.requests import OLD_BUTTON, OUR_FAULT

_EXPECTED_WARNINGS = (warning_client_prioritized_and_token_skipped(), warning_token_skipped())
log = logging.getLogger(__name__)


def open_context(services: Services, client: WebClient, team_id: str, *, ack_delay: float = 0.5) -> Context:
    """Build the context of one team's listeners."""
    clock = services.elapsed
    viewers, share_targets = Viewers(client, team_id, clock), ShareTargets(client, team_id, clock)
    scopes = Scopes(client, clock)
    return Context(services, Delivery(client), team_id, viewers, share_targets, scopes, ack_delay)


def app_of(context: Context, *, signing_secret: str) -> App:
    """Build the app around a context; it calls Slack only once a request comes."""
    client, team_id = context.client, context.team_id
    logger = logging.getLogger("slack_bolt")
    logger.addFilter(_is_unexpected)
    app = App(
        name="stackspend",
        logger=logger,  # else Bolt's loggers take the root's level, which can be DEBUG
        client=client_of("", client.base_url),  # each request gets its token from `authorize`
        signing_secret=signing_secret,
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id=team_id, bot_token=client.token),
        # listeners only acknowledge, so Bolt need not run them in threads and poll for the end
        process_before_response=True,
        raise_error_for_unhandled_request=True,  # else Bolt logs the whole request
    )
    parts = (  # Bolt asks one after the other: what people use most comes first
        command,
        events,  # before `home`: opening the direct message is no matter of the Home tab
        export,
        home,
        settings,
        assign_key,
        audit_log,
        ask_admin,
        channel_events,
        connect,
        connect_claude,
        erase_person,
        uninstall,
        actions,
        share_form,
    )
    for part in parts:
        part.register(app, context)
    _answer_the_rest(app, context)
    return app


def _is_unexpected(record: logging.LogRecord) -> bool:
    """Whether a record is more than Bolt's warning that it takes the token from `authorize`, as set up."""
    return record.getMessage() not in _EXPECTED_WARNINGS


def _answer_the_rest(app: App, context: Context) -> None:
    """Answer requests that no listener handles; Bolt would log the request and say nothing."""
    on_action(app, context, re.compile(""), _explain)

    @app.view(re.compile(""))
    def old_form(ack: Ack) -> None:
        ack()

    @app.view_closed(re.compile(""))
    def closed(ack: Ack) -> None:
        ack()

    @app.event(re.compile(""))
    def unneeded(ack: Ack) -> None:
        ack()

    @app.error
    def failed(error: Exception, request: BoltRequest) -> BoltResponse:
        if isinstance(error, BoltUnhandledRequestError):
            return BoltResponse(status=200, body="")  # a type of request that is newer than this program
        log.error("a listener failed", exc_info=error)
        if "command" in request.body:
            return BoltResponse(status=200, body={"response_type": "ephemeral", "text": OUR_FAULT})
        is_form = request.body.get("type") == "view_submission"
        return BoltResponse(status=400 if is_form else 200, body="")  # 400 keeps a form open, with an error


def _explain(_context: Context, _body: Body, _viewer: Viewer, reply: Reply) -> None:
    reply.say(text_message(OLD_BUTTON))
