"""Decide who can run which command and see what, from the person, the team's settings and user groups.

A command is open to full members or to admins only. It shows a person's `own` figures, the organization's
(`cost`), or those with engineers' names (`engineers`; keys carry names too).
"""

from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Literal

from bot.questions.command import ME, Command, Name
from bot.slack.users import Viewer
from digests.numbers.report import NAMING, Filter
from storage.state.access import EVERYBODY, Access, Audience

What = Literal["own", "cost", "engineers"]
_NAMED = frozenset(NAMING)
MANAGING: frozenset[Name] = frozenset(
    {
        "connect",
        "disconnect",
        "connect claude",
        "disconnect claude",
        "digest",
        "settings",
        "audit",
        "audit csv",
    }
)


def may_ask(viewer: Viewer) -> bool:
    """Whether a person gets answers; guests, strangers, bots and former members do not."""
    return viewer.is_full_member


def may_manage(viewer: Viewer, admins: frozenset[str]) -> bool:
    """Whether a person can change keys and digests; outsiders never can, named as admins or not."""
    return viewer.is_full_member and (viewer.is_admin or viewer.user_id in admins)


def may_run(viewer: Viewer, name: Name, admins: frozenset[str]) -> bool:
    """Whether a command is open to a person."""
    return may_manage(viewer, admins) if name in MANAGING else may_ask(viewer)


def may_see(
    viewer: Viewer,
    what: What,
    settings: Access,
    groups: AbstractSet[str],
    *,
    admins: frozenset[str] = frozenset(),
) -> bool:
    """Whether a person can see it. `groups` are those Slack says they are in."""
    if what == "own" or not may_ask(viewer):
        return may_ask(viewer)
    needed = (settings.cost, settings.names) if what == "engineers" else (settings.cost,)
    return may_manage(viewer, admins) or all(_is_in(audience, groups) for audience in needed)


def groups_named(settings: Access) -> frozenset[str]:
    """Return the user groups that settings name."""
    return frozenset({settings.cost.group, settings.names.group} - {""})


def for_asker(command: Command, *, admin: bool) -> Command:
    """Return a command as it is open to a person: sessions are shown to admins, and one's own to oneself."""
    is_of_sessions = command.name == "claude" and command.lines == "session" and not command.person
    return replace(command, person=ME) if is_of_sessions and not admin else command


def shown_by(command: Command) -> What:
    """Return what a command's answer shows; one that can have names counts as `engineers`."""
    if command.name == "claude":
        return _shown_by_claude(command)
    if command.name in ("me", "help"):
        return "own"
    if command.is_own:
        return "own"
    if is_about_names(command):
        return "engineers"
    if command.name == "export":  # people who cannot see names get the file without them
        return "cost"
    figures = ("summary", "cost", "why", "forecast", "status", "sync")
    is_without = command.name in figures and _NAMED.isdisjoint(command.dimensions)
    return "cost" if is_without else "engineers"


def can_name(command: Command) -> bool:
    """Whether an answer names keys and engineers to those who can see them, and nobody to others."""
    return command.name == "why"


def is_about_names(command: Command) -> bool:
    """Whether a command is about some engineers or keys alone, so that its total says what they spent."""
    compared = [command.compare] if isinstance(command.compare, Filter) else []
    return any(each.dimension in NAMING for each in (*command.filters, *compared))


def _shown_by_claude(command: Command) -> What:
    if command.person == ME:
        return "own"
    return (
        "engineers"
        if command.person or command.view == "blind" or command.lines in ("engineer", "session")
        else "cost"
    )


def may_receive(settings: Access, channel: str) -> bool:
    """Whether costs can be posted in a channel."""
    return settings.channels is None or channel in settings.channels


def may_be_named_in(settings: Access, channel: str) -> bool:
    """Whether engineers can be named in a channel."""
    is_fine = settings.naming is None or channel in settings.naming
    return is_fine and may_receive(settings, channel)


def _is_in(audience: Audience, groups: AbstractSet[str]) -> bool:
    return audience.who == EVERYBODY or audience.group in groups
