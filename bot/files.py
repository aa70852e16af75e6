"""Files, to one person: promised, uploaded, and put into the direct message with them."""

import logging
import os
from http.client import HTTPException
from typing import BinaryIO
from urllib.request import Request, urlopen

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

log = logging.getLogger(__name__)


class FileRefused(Exception):
    """Slack does not take the file; the message is its own word for why."""


def send(client: WebClient, user_id: str, name: str, content: BinaryIO, *, said: str) -> None:
    """Put a file into the direct message with somebody, block by block. Raises FileRefused.

    A channel takes no upload by a person's id (https://docs.slack.dev/messaging/working-with-files).
    """
    try:
        direct = client.conversations_open(users=user_id)["channel"]["id"]
        length = content.seek(0, os.SEEK_END)
        promised = client.files_getUploadURLExternal(filename=name, length=length)
        _upload(promised["upload_url"], content, length, timeout=client.timeout)
        client.files_completeUploadExternal(
            files=[{"id": promised["file_id"], "title": name}], channel_id=direct, initial_comment=said
        )
    except SlackApiError as error:
        log.warning("Slack does not take the file %s: %s", name, error.response.get("error"))
        raise FileRefused(str(error.response.get("error"))) from error
    except (SlackClientError, OSError, HTTPException) as error:
        log.warning("Slack does not take the file %s: %s", name, error)
        raise FileRefused("unreachable") from error


def _upload(url: str, content: BinaryIO, length: int, *, timeout: float) -> None:
    """`WebClient` would read all of it into memory first."""
    content.seek(0)
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(length)}
    request = Request(url, data=content, headers=headers)  # noqa: S310 - Slack's own answer
    with urlopen(request, timeout=timeout):  # noqa: S310 - as above
        pass
