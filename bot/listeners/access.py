"""What somebody may see now: the team's settings and Slack's word on groups, read; the decision is pure.

settings │ the groups that they name │ may_see │ shown and noted, or one calm sentence: who may
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.listeners.context import Context, Refused
from bot.questions import permissions
from bot.questions.grammar import Command, command_text
from bot.questions.permissions import What, may_manage, may_see
from bot.slack.user_groups import GroupsUnknown
from bot.slack.users import Viewer
from digests.layout.message import Message
from digests.messages import access as words
from storage.engine.database import session, transaction
from storage.state import access, audit
from storage.state.access import Access
from storage.state.audit import What as Done


@dataclass(frozen=True)
class ViewRights:
    """What one person may see; `unknown` has Slack's word for each group that it does not tell of."""

    settings: Access
    cost: bool
    engineers: bool
    unknown: Mapping[str, str]

    def require(self, what: What) -> None:
        """Raise Refused, with who may see it, where they may not."""
        if (what != "own" and not self.cost) or (what == "engineers" and not self.engineers):
            raise Refused(self.withheld())

    def withheld(self) -> Message:
        """Say who may see what they may not."""
        lacking = self.settings.names if self.cost else self.settings.cost
        return words.withheld(self.settings, names=self.cost, unknown=self.unknown.get(lacking.group, ""))


def rights_of(context: Context, viewer: Viewer) -> ViewRights:
    """Find out what somebody may see."""
    with session():
        settings = access.of_team(context.team_id)
    admins = context.services.admins
    needed = frozenset[str]() if may_manage(viewer, admins) else permissions.groups_named(settings)
    groups, unknown = _groups_of(context, viewer, needed)
    cost, engineers = (
        may_see(viewer, what, settings, groups, admins=admins) for what in ("cost", "engineers")
    )
    return ViewRights(settings, cost, engineers, unknown)


def _groups_of(context: Context, viewer: Viewer, needed: Iterable[str]) -> tuple[set[str], dict[str, str]]:
    """Find out in which of these groups somebody is, and which Slack does not tell of now."""
    found, unknown = set[str](), dict[str, str]()
    for group in needed:
        try:
            if viewer.user_id in context.viewers.groups.members(group):
                found.add(group)
        except GroupsUnknown as error:
            unknown[group] = str(error)
    return found, unknown


def filtered_answer(
    context: Context, viewer: Viewer, command: Command, say: Callable[[], Message]
) -> Message:
    """Say an answer to somebody who may see it, without buttons to what they may not. Raises Refused."""
    if permissions.shown_by(command) == "own":
        return say()
    rights = check_and_log(context, viewer, command)
    return say() if rights.engineers else words.nameless(say())


def check_and_log(context: Context, viewer: Viewer, command: Command) -> ViewRights:
    """Find out what somebody may see, and note where it is names that they are about to. Raises Refused."""
    rights = check(context, viewer, command)
    if permissions.shown_by(command) == "engineers":
        log_act(context, viewer, "engineers viewed", command_text(command))
    return rights


def check(context: Context, viewer: Viewer, command: Command) -> ViewRights:
    """Find out what somebody may see. Raises Refused where that is not what a command shows."""
    rights = rights_of(context, viewer)
    _require(context, viewer, rights, command)
    return rights


def require_shareable(context: Context, viewer: Viewer, command: Command, channel: str) -> None:
    """Raise Refused where somebody may not tell this channel that."""
    rights, what = rights_of(context, viewer), permissions.shown_by(command)
    _require(context, viewer, rights, command)
    if not permissions.may_receive(rights.settings, channel):
        raise Refused(words.not_in_this_channel(names=False))
    if what != "cost" and not permissions.may_be_named_in(rights.settings, channel):
        raise Refused(words.not_in_this_channel(names=True))


def _require(context: Context, viewer: Viewer, rights: ViewRights, command: Command) -> None:
    """Raise Refused where somebody may not see what a command shows; the log has that they tried."""
    try:
        rights.require(permissions.shown_by(command))
    except Refused:
        log_once_a_day(context, viewer, "refused", command.name)
        raise


def log_once_a_day(context: Context, viewer: Viewer, what: Done, detail: str) -> None:
    """Write into the log what somebody did, once a day."""
    with transaction():
        audit.record_once(context.team_id, viewer.user_id, what, detail, context.services.now())


def log_act(context: Context, viewer: Viewer, what: Done, detail: str) -> None:
    """Write into the log what somebody did."""
    with transaction():
        audit.record(context.team_id, viewer.user_id, what, detail, context.services.now())
