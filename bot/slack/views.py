"""Forms that change while somebody fills them in."""

from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from digests.layout.blocks import Block

_OVERTAKEN = {"hash_conflict", "not_found"}
"""Slack's errors for a form that changed or was closed: https://docs.slack.dev/reference/methods/views.update."""


def refresh(client: WebClient, shown: dict[str, Any], view: Block) -> None:
    """Replace a form by another, unless it was changed again or submitted meanwhile."""
    try:
        client.views_update(view_id=shown["id"], hash=shown["hash"], view=view)
    except SlackApiError as error:
        if error.response.get("error") not in _OVERTAKEN:
            raise
