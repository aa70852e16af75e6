"""Files, to one person: promised, uploaded, and put into the direct message with them."""

import logging
import os
from collections.abc import Callable
from http.client import HTTPException
from typing import BinaryIO
from urllib.request import Request

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.slack.http import open_bounded

UPLOADING = 60.0  # seconds for a file: some 50 MB of a year by key, at the 10 Mbit/s of a slow line
log = logging.getLogger(__name__)


_PATIENCE = (0.5, 1.0, 2.0, 4.0)  # seconds; Slack says what a file is once it has looked at it


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
        _upload(promised["upload_url"], content, length, proxy=client.proxy)
        client.files_completeUploadExternal(
            files=[{"id": promised["file_id"], "title": name}], channel_id=direct, initial_comment=said
        )
    except SlackApiError as error:
        log.warning("Slack does not take the file %s: %s", name, error.response.get("error"))
        raise FileRefused(str(error.response.get("error"))) from error
    except (SlackClientError, OSError, HTTPException) as error:
        log.warning("Slack does not take the file %s: %s", name, error)
        raise FileRefused("unreachable") from error


def picture(
    client: WebClient, name: str, content: bytes, *, alt_text: str, wait: Callable[[float], None]
) -> str:
    """Upload a picture for a message to show; returns its id once Slack is ready. Raises FileRefused."""
    try:
        sent = client.files_upload_v2(filename=name, title=name, content=content, alt_txt=alt_text)
        file_id = str(sent["files"][0]["id"])
        for seconds in _PATIENCE:
            if client.files_info(file=file_id)["file"].get("mimetype"):
                return file_id
            wait(seconds)
    except SlackApiError as error:
        raise FileRefused(str(error.response.get("error"))) from error
    except (SlackClientError, OSError, HTTPException) as error:
        raise FileRefused("unreachable") from error
    raise FileRefused("not ready")


def _upload(url: str, content: BinaryIO, length: int, *, proxy: str | None) -> None:
    """`WebClient` would read all of it into memory first."""
    content.seek(0)
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(length)}
    request = Request(url, data=content, headers=headers)  # noqa: S310 - Slack's own answer
    with open_bounded(request, seconds=UPLOADING, proxy=proxy):
        pass
