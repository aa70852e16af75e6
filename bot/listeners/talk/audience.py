"""Who reads an answer in a channel: everybody there, in a thread, or the asker alone, and why.

An answer in a thread is shared with the channel, so the rules are those of sharing; and where a person would
be asked before sharing, the answer is private and has the button that asks.
"""

from bot.listeners import access
from bot.listeners import share as listeners_share
from bot.listeners.context import Context
from bot.questions import permissions
from bot.questions.command import Command, Name
from bot.slack.channel_readers import UNKNOWN
from bot.slack.users import Viewer
from digests.messages.conversation import Why
from storage.engine.database import session
from storage.state import access as settings_of
from storage.state.access import EVERYBODY

TOTALS: frozenset[Name] = frozenset({"summary", "cost", "why", "forecast", "claude"})
"""The commands whose answers are for a channel, where they name nobody."""


def why_private(context: Context, viewer: Viewer, command: Command, channel: str) -> Why | None:
    """Return why an answer is for the asker alone, None if the channel can read it. Raises Refused."""
    access.check(context, viewer, command)
    what = permissions.shown_by(command)
    if what == "engineers":
        return "names"
    if what == "own":
        return "plain" if command.name == "help" else "own"
    if command.name not in TOTALS:
        return "plain"
    with session():
        settings = settings_of.of_team(context.team_id)
    if settings.cost.who != EVERYBODY:
        return "limited"
    if not permissions.may_receive(settings, channel):
        return "barred"
    target = listeners_share.target_of(context, channel, command)
    return "outsiders" if target.audience in (listeners_share.SHARED, UNKNOWN) else None
