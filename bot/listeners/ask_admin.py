"""*Ask an admin*: a few admins get one direct message with the button that does it.

_ask: is it done already │ a slot of the person, and one of the team │ _is_sent to each admin │ the person

A person can ask for the same thing once a day, and a team's people together a few times: whoever would press
it a thousand times, or with a thousand accounts, sends admins no more than that.
"""

import logging
from http.client import HTTPException
from itertools import islice

from slack_bolt import App
from slack_sdk.errors import SlackClientError

from bot.listeners.access import rights_of
from bot.listeners.context import Context
from bot.listeners.registration import on_action
from bot.listeners.reply import Reply, direct
from bot.questions.permissions import may_manage
from bot.slack.delivery import Misfit
from bot.slack.requests import Body
from bot.slack.users import Viewer, ViewerUnknown
from digests.layout.message import text_message
from digests.messages import ask_admin as words
from digests.messages.notices import NAMED_ADMINS
from digests.words.wishes import WISHES, Wish
from storage.engine.database import session, transaction
from storage.state import audit, connections, one_time_tokens

OF_A_TEAM = 3  # messages for the same wish a day: enough that it's heard, whoever else asks
MOST_LOOKED_UP = 10  # people whom Slack is asked about, so that a long list of admins costs no minute
log = logging.getLogger(__name__)


def register(app: App, context: Context) -> None:
    """Listen to the button."""
    on_action(app, context, "admin:ask", _ask, in_turn=True)


def _ask(context: Context, body: Body, viewer: Viewer, reply: Reply) -> None:
    wish = next((each for each in WISHES if each == body["actions"][0].get("value")), None)
    if wish is None:
        return
    if may_manage(viewer, context.services.admins):
        reply.answer(words.yours(wish))
    elif _is_done(context, viewer, wish):
        reply.answer(text_message(words.DONE))
    else:
        _ask_admins(context, viewer, wish, reply)


def _ask_admins(context: Context, viewer: Viewer, wish: Wish, reply: Reply) -> None:
    team, now = context.team_id, context.services.now()
    with transaction():
        own = one_time_tokens.take_slot(f"{team} {viewer.user_id} {wish}", now=now)
        shared = one_time_tokens.take_slot(f"{team} {wish}", now=now, slots=OF_A_TEAM) if own else None
        if shared:
            audit.record(team, viewer.user_id, "asked an admin", wish, now)
    if not own or not shared:
        reply.answer(text_message(words.OTHERS_ASKED if own else words.ALREADY_ASKED))
        return
    admins = _admins(context)
    reached = [admin for admin in admins if _is_sent(context, admin, viewer, wish)]
    if not reached:
        with transaction():
            one_time_tokens.free_slots([own, shared])
    reply.answer(words.wished(wish, reached=reached, admins=admins))


def _is_done(context: Context, viewer: Viewer, wish: Wish) -> bool:
    """Whether what a button asks for has been done since it was shown."""
    if wish in ("connect", "key"):
        with session():
            connection = connections.of_team(context.team_id)
        return connection is not None and connection.state == "active"
    if wish in ("names", "spend"):
        rights = rights_of(context, viewer)
        return rights.engineers if wish == "names" else rights.cost
    return False


def _admins(context: Context) -> list[str]:
    """Return a few people who can manage the bot now: those we know first, then those Slack lists."""
    candidates = dict.fromkeys([*context.admins(), *context.viewers.managers()])
    managing = (person for person in islice(candidates, MOST_LOOKED_UP) if _manages(context, person))
    return list(islice(managing, NAMED_ADMINS))


def _manages(context: Context, person: str) -> bool:
    try:
        return may_manage(context.viewers.find(person), context.services.admins)
    except ViewerUnknown:
        return False


def _is_sent(context: Context, admin: str, viewer: Viewer, wish: Wish) -> bool:
    try:
        direct(context.delivery, admin, words.wish(viewer.user_id, wish))
    except (SlackClientError, Misfit, OSError, HTTPException) as error:
        log.warning("%s did not get the message that somebody asks for %s: %s", admin, wish, error)
        return False
    return True
