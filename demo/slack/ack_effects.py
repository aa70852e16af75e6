"""Carry out an acknowledgement on the screen: an immediate answer, or the next step of a modal."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from demo.slack import views
from demo.slack.http import respond
from demo.slack.rules import check_view
from demo.slack.transcript import Entry, View
from demo.slack.wire import Delivery, Wire
from demo.slack.workspace import ResponseUrl, SlackRefusal, Workspace


def show_message(wire: Wire, delivery: Delivery, place: ResponseUrl) -> Delivery:
    """Show the message that an acknowledgement may itself be."""
    payload = delivery.json
    if not payload and delivery.answer and not delivery.answer.startswith(("{", "[")):
        payload = {"text": delivery.answer}
    if delivery.error or not (payload.keys() & {"text", "blocks", "delete_original"}):
        return delivery
    try:
        with wire.workspace.lock:
            respond(wire.workspace, place, payload)
    except SlackRefusal as refusal:
        wire.fail(f"the acknowledgement was refused with the error “{refusal.code}”")
    return delivery


def step_modal(wire: Wire, delivery: Delivery, view: View) -> Delivery:
    """Do to the modal what the answer to its submission says."""
    action = delivery.json.get("response_action")
    try:
        if action == "errors":
            return complain(wire.workspace, delivery, view, delivery.json.get("errors") or {})
        if action in ("update", "push"):
            _replace(wire.workspace, view, action, delivery.json.get("view") or {})
            return delivery
    except SlackRefusal as refusal:
        wire.fail(f"the answer to the submission was refused with the error “{refusal.code}”")
        return delivery
    if action not in (None, "clear"):
        wire.workspace.violations.append(f"unknown response_action: {action}")
    leave(wire.workspace, view, everything=action == "clear")
    return delivery


def complain(workspace: Workspace, delivery: Delivery, view: View, errors: Mapping[str, str]) -> Delivery:
    """Show what is wrong beside the inputs; only inputs can carry it."""
    inputs = {b["block_id"] for b in view.content["blocks"] if b.get("type") == "input"}
    lost = [block for block in errors if block not in inputs]
    workspace.violations += [f"errors name no input block: {block}" for block in lost]
    workspace.record("modal_errors", user=view.owner, subject=view, errors=dict(errors))
    return replace(delivery, errors=errors)


def _replace(workspace: Workspace, view: View, action: str, content: Mapping[str, Any]) -> None:
    with workspace.lock:
        check_view(workspace, content)
        if action == "push":
            views.stack(workspace, view.owner, content, view.opened_in)
        # A bot may have the result and update the view before its acknowledgement has traveled back.
        elif workspace.views[view.id].hash == view.hash:
            workspace.show(workspace.renew(view, content), "modal_update")


def leave(workspace: Workspace, view: View, *, everything: bool) -> Entry:
    """Take a modal off the screen, or all of them."""
    with workspace.lock:
        shown = workspace.stacks.get(view.owner, [])
        workspace.stacks[view.owner] = [] if everything else [i for i in shown if i != view.id]
        return workspace.record("modal_close", user=view.owner, subject=view)
