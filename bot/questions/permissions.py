"""Who may do what and see what: pure, from who asks, what the team decided and the groups they are in.

A command is open to full members, or to those who manage. What it shows is one of three things: one's `own`,
what the organization spends (`cost`), or that with engineers' names (`engineers`; keys carry names too).
"""

from collections.abc import Set as AbstractSet
from typing import Literal

from bot.questions.grammar import Command, Name
from bot.slack.users import Viewer
from digests.numbers.report import NAMING
from storage.state.access import EVERYBODY, Access, Audience

What = Literal["own", "cost", "engineers"]
MANAGING: frozenset[Name] = frozenset({"connect", "disconnect", "digest", "settings", "audit", "audit csv"})


def may_ask(viewer: Viewer) -> bool:
    """Whether they are answered at all: not guests, strangers, bots and those who left."""
    return viewer.is_full_member


def may_manage(viewer: Viewer, admins: frozenset[str]) -> bool:
    """Whether keys and digests are theirs to change; nobody from outside is, named or not."""
    return viewer.is_full_member and (viewer.is_admin or viewer.user_id in admins)


def may(viewer: Viewer, name: Name, admins: frozenset[str]) -> bool:
    """Whether this command is open to them."""
    return may_manage(viewer, admins) if name in MANAGING else may_ask(viewer)


def may_see(
    viewer: Viewer,
    what: What,
    settings: Access,
    groups: AbstractSet[str],
    *,
    admins: frozenset[str] = frozenset(),
) -> bool:
    """Whether they may see it. `groups` are those they are known to be in: where Slack does not say, none."""
    if what == "own" or not may_ask(viewer):
        return may_ask(viewer)
    needed = (settings.cost, settings.names) if what == "engineers" else (settings.cost,)
    return may_manage(viewer, admins) or all(_is_in(audience, groups) for audience in needed)


def groups_named(settings: Access) -> frozenset[str]:
    """The user groups that a decision may hang on."""
    return frozenset({settings.cost.group, settings.names.group} - {""})


def shown_by(command: Command) -> What:
    """What an answer shows; what is not known to be without names is taken to have some."""
    if command.name in ("me", "help"):
        return "own"
    if command.name == "export":  # who may not see names gets the file without them
        return "cost"
    is_without = command.name in ("summary", "cost", "status", "sync") and command.dimension not in NAMING
    return "cost" if is_without else "engineers"


def may_receive(settings: Access, channel: str) -> bool:
    """Whether a channel may be told what the organization spends."""
    return settings.channels is None or channel in settings.channels


def may_be_named_in(settings: Access, channel: str) -> bool:
    """Whether engineers may be named in a channel."""
    is_fine = settings.naming is None or channel in settings.naming
    return is_fine and may_receive(settings, channel)


def _is_in(audience: Audience, groups: AbstractSet[str]) -> bool:
    return audience.who == EVERYBODY or audience.group in groups
