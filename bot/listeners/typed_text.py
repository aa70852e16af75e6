"""What somebody typed in Slack, read with the names of their team and the people it mentions."""

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.client import HTTPException

from slack_sdk.errors import SlackClientError

from bot.listeners import access
from bot.listeners.context import Context
from bot.questions.answer import connection_for
from bot.questions.built import TeamUnknown
from bot.questions.command import Command, KeyTyped, Misunderstood
from bot.questions.reading.dates import TeamCalendar
from bot.questions.reading.names import Name
from bot.questions.reading.types import OWN
from bot.questions.understand import understand
from bot.slack.client import SlackClient, SlackError
from bot.slack.user_groups import GroupsUnknown
from bot.slack.users import Viewer, ViewerUnknown
from digests.forms.user_groups import Group
from digests.numbers.report import Filter
from digests.words.answers import NOBODY_SAYS, TOO_LARGE, WITHOUT
from digests.words.phrases import filter_text
from storage.engine.database import session
from storage.state.access import of_team as settings_of

MOST_CHARACTERS = 1500  # of a team's addresses, some fifty: buttons repeat them, and take 2000 in all
MOST_MENTIONS = 3  # people of one text who are looked up; more are in no question
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")


def understand_text(
    context: Context, viewer: Viewer, text: str, *, own_id: str = ""
) -> Command | Misunderstood | KeyTyped:
    """Read a text in the team's calendar; names are looked up only where it may have any.

    `own_id` is the bot's, if the request says it.
    """
    with session():
        connection, settings = connection_for(context.team_id, "cost"), settings_of(context.team_id)
    first_day = connection.first_day if connection else None
    calendar = TeamCalendar(
        context.services.now(), settings.calendar, settings.fiscal_month, first_day=first_day
    )
    own_id = own_id or _own_id(context, text)
    command = understand(text, calendar, own_id=own_id)
    if connection is None or (isinstance(command, Command) and not command.read_as):
        return command
    rights = access.rights_of(context, viewer)
    if not rights.cost:
        return command
    groups = _groups(context) if rights.engineers else ()
    with session():
        names = context.catalog.of(connection.id, has_people=rights.engineers, groups=groups)
    mentioned = list(_mentioned(context, text, own_id)) if rights.engineers else [_asker(viewer)]
    team = partial(_people_of, context) if rights.engineers else None
    return understand(text, calendar, names=names.with_mentions(mentioned), own_id=own_id, team=team)


def _people_of(context: Context, team: Name) -> Filter:
    """Return the people of a user group. Raises TeamUnknown."""
    slack = SlackClient(context.client, team_id=context.team_id)
    try:
        people = slack.people(team.id)
    except SlackError as error:
        raise TeamUnknown(NOBODY_SAYS.format(team=team.text)) from error
    without = WITHOUT.format(team=team.text, count=people.unknown)
    chosen = Filter("engineer", tuple(sorted(people.emails)), without if people.unknown else team.text)
    if len(filter_text(chosen)) > MOST_CHARACTERS:
        raise TeamUnknown(TOO_LARGE.format(team=team.text, count=len(people.emails)))
    return chosen


def _groups(context: Context) -> tuple[Group, ...]:
    """Return Slack's user groups, which people type as teams; none where Slack does not list them."""
    if "usergroups:read" in (context.scopes.granted() or ()):
        with suppress(GroupsUnknown):
            return context.viewers.groups.all()
    return ()


def _asker(viewer: Viewer) -> Name:
    """Return the person who asks, for those who mention themselves and can see nobody else by name."""
    return Name(OWN.dimension, OWN.id, viewer.name, mention=viewer.user_id)


def _mentioned(context: Context, text: str, own_id: str) -> Iterator[Name]:
    """Yield the people whom a text mentions and Slack knows by an address."""
    ids = [each for each in dict.fromkeys(_MENTION.findall(text)) if each != own_id]
    for user_id in ids[:MOST_MENTIONS]:
        with suppress(ViewerUnknown):
            person = context.viewers.find(user_id)
            if person.email:
                yield Name("engineer", person.email.casefold(), person.name, mention=user_id)


def _own_id(context: Context, text: str) -> str:
    """Return the bot's own id where the text mentions somebody, else ""."""
    if "<@" not in text:
        return ""
    with suppress(SlackClientError, OSError, HTTPException):
        return str(context.client.auth_test()["user_id"])
    return ""
