"""Forms that change while somebody fills them in."""

from collections.abc import Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack import errors
from bot.slack.requests import Body
from digests.layout.blocks import Block


def open_form(client: WebClient, body: Body, view: Block) -> None:
    """Open a form, on top of the one in which the button was, if it was in one."""
    is_in_form = (body.get("view") or {}).get("type") == "modal"
    (client.views_push if is_in_form else client.views_open)(trigger_id=body["trigger_id"], view=view)


def refresh(client: WebClient, shown: Mapping[str, Any], view: Block) -> Body | None:
    """Replace a form by another, and return it; None if it was changed or submitted meanwhile."""
    try:
        refreshed = client.views_update(view_id=shown["id"], hash=shown["hash"], view=view)
    except SlackApiError as error:
        if errors.code_of(error) not in errors.FORM_OVERTAKEN:
            raise
        return None
    return dict(refreshed["view"])
