"""Check content by Block Kit's rules, refuse it with Slack's error codes, and record violations for tests."""

from collections.abc import Mapping
from typing import Any

from demo.blockkit import messages as blockkit_messages
from demo.slack.workspace import SlackRefusal, Workspace


def check_message(workspace: Workspace, payload: Mapping[str, Any]) -> None:
    """Refuse a message as Slack would, and record why; a missing text is only recorded."""
    if not payload.get("text") and not payload.get("blocks"):
        raise SlackRefusal("no_text")
    problems = blockkit_messages.problems_in_message(payload)
    workspace.violations += problems
    reasons = [each for each in problems if blockkit_messages.NO_TEXT not in each]
    if reasons:
        raise _refusal(_code_of(reasons), reasons)
    unshown = [*_unshown_charts(workspace, payload), *_unshown_pictures(workspace, payload)]
    if unshown:
        raise _refusal("invalid_blocks", unshown)


def _unshown_charts(workspace: Workspace, payload: Mapping[str, Any]) -> list[str]:
    is_refused = workspace.faults.refuses_charts
    kinds = [block["type"] for block in payload.get("blocks") or () if is_refused]
    return ["unsupported type: data_visualization"] if "data_visualization" in kinds else []


def _unshown_pictures(workspace: Workspace, payload: Mapping[str, Any]) -> list[str]:
    """Name the files shown that Slack has not looked at, or does not have (any more)."""
    shown = [block["slack_file"]["id"] for block in payload.get("blocks") or () if "slack_file" in block]
    files = [workspace.files.get(each) for each in shown]
    return [
        f"invalid slack file: {id_}"
        for id_, file in zip(shown, files, strict=True)
        if not file or file.polls < 2
    ]


def check_view(workspace: Workspace, view: Mapping[str, Any]) -> None:
    """Refuse a view as Slack would, and record why."""
    problems = blockkit_messages.problems_in_view(view)
    workspace.violations += problems
    if problems:
        is_large = any("view_too_large" in each for each in problems)
        raise _refusal("view_too_large" if is_large else "invalid_arguments", problems)
    if unshown := _unshown_pictures(workspace, view):
        raise _refusal("invalid_arguments", unshown)


def _refusal(code: str, problems: list[str]) -> SlackRefusal:
    messages = {"messages": [f"[ERROR] {each}" for each in problems]}
    return SlackRefusal(code, errors=problems, response_metadata=messages)


def _code_of(problems: list[str]) -> str:
    if any(blockkit_messages.TOO_LONG in each for each in problems):
        return "msg_blocks_too_long"
    if all("[json-pointer:/metadata" in each for each in problems):
        return "invalid_metadata_format"
    return "msg_too_long" if any("[json-pointer:/text]" in each for each in problems) else "invalid_blocks"
