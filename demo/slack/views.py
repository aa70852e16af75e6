"""The `views.*` methods: modals, at most three deep, and the Home tab."""

from typing import Final

from demo.slack.lookups import Answer, Arguments, person_named, required
from demo.slack.rules import check_view
from demo.slack.transcript import View
from demo.slack.workspace import SlackRefusal, Workspace

_VIEW_STACK: Final = 3


def open_(workspace: Workspace, arguments: Arguments) -> Answer:
    """Open a modal for whoever just did something."""
    content = _checked_view(workspace, arguments, "modal")
    trigger = workspace.spend_trigger(required(arguments, "trigger_id"))
    view = workspace.new_view(trigger.user, content, opened_in=trigger.channel)
    workspace.stacks[trigger.user] = [view.id]
    return {"view": view_facts(workspace, workspace.show(view, "modal"))}


def push(workspace: Workspace, arguments: Arguments) -> Answer:
    """Open a modal on top of the person's present one."""
    content = _checked_view(workspace, arguments, "modal")
    trigger = workspace.spend_trigger(required(arguments, "trigger_id"))
    return {"view": view_facts(workspace, stack(workspace, trigger.user, content, trigger.channel))}


def stack(workspace: Workspace, user: str, content: Arguments, channel: str | None) -> View:
    """Stack a view, at most three high."""
    shown = workspace.stacks.setdefault(user, [])
    if len(shown) >= _VIEW_STACK:
        raise SlackRefusal("push_limit_reached")
    below = workspace.views[shown[-1]] if shown else None
    facts = {"previous": below.id, "root": below.root} if below else {}
    view = workspace.new_view(user, content, opened_in=channel, **facts)
    shown.append(view.id)
    return workspace.show(view, "modal")


def update(workspace: Workspace, arguments: Arguments) -> Answer:
    """Replace an open modal, found by its id or its external id."""
    view = _open_view(workspace, arguments)
    if arguments.get("hash") not in (None, "", view.hash):
        raise SlackRefusal("hash_conflict")
    content = _checked_view(workspace, arguments, "modal", of=view)
    return {"view": view_facts(workspace, workspace.show(workspace.renew(view, content), "modal_update"))}


def publish(workspace: Workspace, arguments: Arguments) -> Answer:
    """Replace the Home tab of one person."""
    user = person_named(workspace, required(arguments, "user_id")).id
    content, shown = _checked_view(workspace, arguments, "home"), workspace.homes.get(user)
    if shown and arguments.get("hash") not in (None, "", shown.hash):
        raise SlackRefusal("hash_conflict")
    view = workspace.renew(shown, content) if shown else workspace.new_view(user, content)
    workspace.homes[user] = workspace.show(view, "home")
    return {"view": view_facts(workspace, view)}


def view_facts(workspace: Workspace, view: View) -> Answer:
    """Describe a view as Slack does in answers and interactions, its state apart."""
    grid = workspace.enterprise if workspace.is_org_installed else None
    return {
        **view.content,
        "id": view.id,
        "team_id": workspace.team_id,
        "app_id": workspace.app_id,
        "app_installed_team_id": grid.id if grid else workspace.team_id,
        "bot_id": workspace.bot_id,
        "hash": view.hash,
        "root_view_id": view.root,
        "previous_view_id": view.previous,
        "external_id": view.external_id,
        "callback_id": view.content.get("callback_id", ""),
        "private_metadata": view.content.get("private_metadata", ""),
        "state": {"values": {}},
    }


def _checked_view(
    workspace: Workspace, arguments: Arguments, kind: str, *, of: View | None = None
) -> Arguments:
    content = arguments.get("view")
    if not isinstance(content, dict) or content.get("type") != kind:
        raise SlackRefusal("invalid_arguments")
    check_view(workspace, content)
    taken = {view.external_id for view in _open_views(workspace) if of is None or view.id != of.id} - {""}
    if content.get("external_id") in taken:
        raise SlackRefusal("duplicate_external_id")
    return content


def _open_view(workspace: Workspace, arguments: Arguments) -> View:
    wanted_id, wanted_external = arguments.get("view_id"), arguments.get("external_id")
    for view in _open_views(workspace):
        if view.id == wanted_id or (wanted_external and view.external_id == wanted_external):
            return view
    raise SlackRefusal("not_found")


def _open_views(workspace: Workspace) -> list[View]:
    return [workspace.views[view_id] for stacked in workspace.stacks.values() for view_id in stacked]
