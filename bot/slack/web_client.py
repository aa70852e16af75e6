"""slack_sdk's Web API client with every call limited in time and size, sent once, and to Slack alone.

slack_sdk would send again after a broken connection; the message can be there already, so we do not.
"""

import json
from http.client import HTTPResponse
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import SplitResult, urlsplit
from urllib.request import Request

from slack_sdk import WebClient
from slack_sdk.errors import SlackRequestError

from bot.slack.http import TOTAL, open_bounded


class Client(WebClient):
    """slack_sdk's client over bounded requests; its own reads and waits without a limit."""

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        if not url.startswith(("https://", "http://")):
            raise SlackRequestError("only http and https are called")
        with open_bounded(req, seconds=self.timeout, proxy=self.proxy) as answer:
            return {"status": answer.status, "headers": answer.headers, "body": _text(answer)}

    def _upload_file(self, *, url: str, data: bytes, **_how: object) -> Any:  # noqa: ANN401 - slack_sdk's own
        request = Request(url, data=data, method="POST")  # noqa: S310 - Slack's own answer
        with open_bounded(request, seconds=self.timeout, proxy=self.proxy) as answer:
            return _Uploaded(answer.status, _text(answer))


class _Uploaded(NamedTuple):
    """The part of an upload's answer that slack_sdk reads."""

    status: int
    body: str


class Answered(NamedTuple):
    """Slack's response to a message that was sent to a `response_url`."""

    status: int
    body: str


def client_of(token: str, api_url: str) -> WebClient:
    """Make a client with a token, "" for one that gets it later."""
    return Client(token=token or None, base_url=api_url, timeout=int(TOTAL), retry_handlers=[])


def send_answer(url: str, payload: dict[str, Any]) -> Answered:
    """Send a message to the `response_url` of a request. Raises OSError or HTTPException."""
    headers = {"Content-Type": "application/json;charset=utf-8"}
    request = Request(url, data=json.dumps(payload).encode(), headers=headers, method="POST")  # noqa: S310 - is_slacks
    try:
        with open_bounded(request) as answer:
            return Answered(answer.status, _text(answer))
    except HTTPError as error:
        return Answered(error.code, error.read().decode(errors="replace"))


def is_slacks(url: str, *, api_url: str) -> bool:
    """Whether a `response_url` leads to Slack: hooks.slack.com, or what belongs to another API's address.

    https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
    """
    theirs, api = urlsplit(url), urlsplit(api_url)
    hosts = {f"hooks.{api.hostname}", api.hostname}
    is_bare = theirs.username is None and theirs.password is None
    return is_bare and theirs.hostname in hosts and (theirs.scheme, _port(theirs)) == (api.scheme, _port(api))


def _port(url: SplitResult) -> int | None:
    try:
        return url.port or {"https": 443, "http": 80}.get(url.scheme)
    except ValueError:
        return None


def _text(answer: HTTPResponse) -> str:
    return answer.read().decode(answer.headers.get_content_charset() or "utf-8")
