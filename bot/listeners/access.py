"""Decide what a person can see now, by the team's settings and their user groups in Slack.

access.of_team: settings │ _groups_of │ permissions.may_see │ filtered_answer, logged; or ViewRights.withheld
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.listeners.context import Context, Refused
from bot.questions import permissions
from bot.questions.command import Command, command_text
from bot.questions.permissions import What, may_manage, may_see
from bot.slack.errors import reason_of
from bot.slack.user_groups import GroupsUnknown
from bot.slack.users import Viewer
from digests.layout.message import Message
from digests.messages import access as words
from digests.words.slack_reasons import SlackReason
from storage.engine.database import session, transaction
from storage.state import access, audit
from storage.state.access import Access
from storage.state.audit import What as Act


@dataclass(frozen=True)
class ViewRights:
    """The rights of one person; `unknown` says why Slack does not name the members of a group."""

    settings: Access
    cost: bool
    engineers: bool
    unknown: Mapping[str, SlackReason]

    def require(self, what: What) -> None:
        """Raise Refused, with who can see it, if the person cannot."""
        if (what != "own" and not self.cost) or (what == "engineers" and not self.engineers):
            raise Refused(self.withheld())

    def withheld(self) -> Message:
        """Return a message on who can see what this person cannot."""
        audience = self.settings.names if self.cost else self.settings.cost
        return words.withheld(self.settings, names=self.cost, unknown=self.unknown.get(audience.group))


def rights_of(context: Context, viewer: Viewer) -> ViewRights:
    """Return what a person can see."""
    with session():
        settings = access.of_team(context.team_id)
    admins = context.services.admins
    needed = frozenset[str]() if may_manage(viewer, admins) else permissions.groups_named(settings)
    groups, unknown = _groups_of(context, viewer, needed)
    cost, engineers = (
        may_see(viewer, what, settings, groups, admins=admins) for what in ("cost", "engineers")
    )
    return ViewRights(settings, cost, engineers, unknown)


def _groups_of(
    context: Context, viewer: Viewer, needed: Iterable[str]
) -> tuple[set[str], dict[str, SlackReason]]:
    """Return which of the groups a person is in, and why Slack does not name the members of others."""
    joined, unknown = set[str](), dict[str, SlackReason]()
    for group in needed:
        try:
            if viewer.user_id in context.viewers.groups.members(group):
                joined.add(group)
        except GroupsUnknown as error:
            unknown[group] = reason_of(str(error))
    return joined, unknown


def filtered_answer(
    context: Context, viewer: Viewer, command: Command, render: Callable[[bool], Message]
) -> Message:
    """Return an answer for a person who can see it, without buttons to what they cannot. Raises Refused.

    `render` is told whether they can see the names of engineers and keys.
    """
    if permissions.shown_by(command) == "own":
        return render(False)
    rights = check_and_log(context, viewer, command)
    answered = render(rights.engineers)
    return answered if rights.engineers else words.nameless(answered)


def check_and_log(context: Context, viewer: Viewer, command: Command) -> ViewRights:
    """Return what a person can see, and log it if the command shows names. Raises Refused."""
    rights = check(context, viewer, command)
    if permissions.shown_by(command) == "engineers" or (rights.engineers and permissions.can_name(command)):
        log_act(context, viewer, "engineers viewed", command_text(command))
    return rights


def check(context: Context, viewer: Viewer, command: Command) -> ViewRights:
    """Return what a person can see. Raises Refused if that does not include what the command shows."""
    rights = rights_of(context, viewer)
    _require(context, viewer, rights, command)
    return rights


def require_shareable(context: Context, viewer: Viewer, command: Command, channel: str) -> None:
    """Raise Refused if a person cannot share a command's answer into this channel."""
    rights, what = rights_of(context, viewer), permissions.shown_by(command)
    _require(context, viewer, rights, command)
    if not permissions.may_receive(rights.settings, channel):
        raise Refused(words.not_in_this_channel(names=False))
    if what != "cost" and not permissions.may_be_named_in(rights.settings, channel):
        raise Refused(words.not_in_this_channel(names=True))


def _require(context: Context, viewer: Viewer, rights: ViewRights, command: Command) -> None:
    """Raise Refused if a person cannot see what a command shows, and log the attempt."""
    try:
        rights.require(permissions.shown_by(command))
    except Refused:
        log_once_a_day(context, viewer, "refused", command.name)
        raise


def log_once_a_day(context: Context, viewer: Viewer, what: Act, detail: str) -> None:
    """Write an act into the audit log, once a day."""
    with transaction():
        audit.record_once(context.team_id, viewer.user_id, what, detail, context.services.now())


def log_act(context: Context, viewer: Viewer, what: Act, detail: str) -> None:
    """Write an act into the audit log."""
    with transaction():
        audit.record(context.team_id, viewer.user_id, what, detail, context.services.now())
