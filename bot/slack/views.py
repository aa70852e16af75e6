"""Forms that change while somebody fills them in."""

from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack import errors
from digests.layout.blocks import Block


def refresh(client: WebClient, shown: dict[str, Any], view: Block) -> None:
    """Replace a form by another, unless it was changed again or submitted meanwhile."""
    try:
        client.views_update(view_id=shown["id"], hash=shown["hash"], view=view)
    except SlackApiError as error:
        if errors.code_of(error) not in errors.FORM_OVERTAKEN:
            raise
