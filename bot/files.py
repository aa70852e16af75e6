"""Files, to one person: promised, uploaded, and put into the direct message with them."""

import logging
from http.client import HTTPException

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

log = logging.getLogger(__name__)


class FileRefused(Exception):
    """Slack does not take the file; the message is its own word for why."""


def send(client: WebClient, user_id: str, name: str, content: str, *, said: str) -> None:
    """Put a file into the direct message with somebody. Raises FileRefused.

    A channel takes no upload by a person's id (https://docs.slack.dev/messaging/working-with-files).
    """
    try:
        direct = client.conversations_open(users=user_id)["channel"]["id"]
        client.files_upload_v2(
            filename=name, title=name, content=content, channel=direct, initial_comment=said
        )
    except SlackApiError as error:
        log.warning("Slack does not take the file %s: %s", name, error.response.get("error"))
        raise FileRefused(str(error.response.get("error"))) from error
    except (SlackClientError, OSError, HTTPException) as error:
        log.warning("Slack does not take the file %s: %s", name, error)
        raise FileRefused("unreachable") from error
