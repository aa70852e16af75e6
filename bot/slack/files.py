"""Files for one person: announced, uploaded, and posted in the direct message."""

import logging
import os
from collections.abc import Callable
from http.client import HTTPException
from typing import BinaryIO
from urllib.request import Request

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.slack import errors
from bot.slack.http import open_bounded

UPLOADING = 60.0  # seconds for a file: some 50 MB of a year by key, at the 10 Mbit/s of a slow line
log = logging.getLogger(__name__)


_WAITS = (0.5, 1.0, 2.0, 4.0)  # seconds between looks; a file has a type once Slack has processed it


class FileRefused(Exception):
    """Slack does not take the file; the message is its error."""


def send(client: WebClient, user_id: str, name: str, content: BinaryIO, *, comment: str) -> None:
    """Post a file in the direct message with somebody, read block by block. Raises FileRefused.

    A channel takes no upload by a person's id (https://docs.slack.dev/messaging/working-with-files).
    """
    try:
        channel = client.conversations_open(users=user_id)["channel"]["id"]
        length = content.seek(0, os.SEEK_END)
        announced = client.files_getUploadURLExternal(filename=name, length=length)
        send_content(announced["upload_url"], content, length, proxy=client.proxy)
        client.files_completeUploadExternal(
            files=[{"id": announced["file_id"], "title": name}], channel_id=channel, initial_comment=comment
        )
    except SlackApiError as error:
        log.warning("Slack does not take the file %s: %s", name, errors.code_of(error))
        raise FileRefused(errors.code_of(error)) from error
    except (SlackClientError, OSError, HTTPException) as error:
        log.warning("Slack does not take the file %s: %s", name, error)
        raise FileRefused(errors.UNREACHABLE) from error


def picture(
    client: WebClient, name: str, content: bytes, *, alt_text: str, wait: Callable[[float], None]
) -> str:
    """Upload a picture for a message and return its id once Slack has processed it. Raises FileRefused."""
    try:
        uploaded = client.files_upload_v2(filename=name, title=name, content=content, alt_txt=alt_text)
        file_id = str(uploaded["files"][0]["id"])
        for seconds in _WAITS:
            if client.files_info(file=file_id)["file"].get("mimetype"):
                return file_id
            wait(seconds)
    except SlackApiError as error:
        raise FileRefused(errors.code_of(error)) from error
    except (SlackClientError, OSError, HTTPException) as error:
        raise FileRefused(errors.UNREACHABLE) from error
    raise FileRefused(errors.NOT_READY)


def send_content(url: str, content: BinaryIO, length: int, *, proxy: str | None) -> None:
    """Upload block by block; `WebClient` would read all of it into memory first."""
    content.seek(0)
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(length)}
    request = Request(url, data=content, headers=headers)  # noqa: S310 - Slack's own answer
    with open_bounded(request, seconds=UPLOADING, proxy=proxy):
        pass
