"""Turn status codes into errors named by their remedy: the only place that reads status codes.

Only Anthropic's own error is a refusal. A firewall, a proxy or a captive portal can also answer 403, with a
web page or another vendor's JSON, which says nothing about the key. Types:
https://platform.claude.com/docs/en/api/errors.
"""

import random
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, NamedTuple, NoReturn

import msgspec

from providers.provider import NotOffered, ProviderRefused, ProviderUnavailable, Refusal

ME, BILL = "/v1/organizations/me", "/v1/organizations/cost_report"
SPEND_LIMITS = "/v1/organizations/spend_limits"
MAX_WAIT = timedelta(hours=1)  # at most, whatever a header says: people wait for the figures
MAX_MESSAGE = 300  # characters that we keep of an error's message, whose beginning says what is wrong
_NOT_OFFERED = frozenset(
    ("organization_not_enrolled_in_beta", "organization_type_not_supported", "parent_organization_required")
)
"""Anthropic's codes, with status 400, for a report that this organization does not have."""
_TEMPORARY = (408, 409, 429)
"""Statuses that Anthropic's own SDK tries again, besides those from 500: timeout, conflict, rate limit."""


class Reply(NamedTuple):
    """An answer other than 200."""

    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class RangeIsEmpty(ProviderUnavailable):
    """The requested period has no finished day yet."""


class _Problem(msgspec.Struct):
    type: str
    message: str = ""
    details: dict[str, Any] | None = None

    @property
    def code(self) -> str:
        """The stable code beside an error's type, "" if it has none."""
        code = (self.details or {}).get("error_code")
        return code if isinstance(code, str) else ""


class _Failure(msgspec.Struct):
    type: str
    error: _Problem


def interpret(reply: Reply, key: str) -> NoReturn:
    """Raise the error that an answer means, with the key removed from its message."""
    path, status, problem = reply.path, reply.status, _problem(reply.body)
    words = (problem.message or problem.type) if problem else _reason(status)
    message = f"{path}: {status} {one_line(words.replace(key, '…'))}".strip()
    if status in _TEMPORARY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        is_limit = status == HTTPStatus.TOO_MANY_REQUESTS or bool(_retry_after(reply))
        raise ProviderUnavailable(message, retry_after=_wait(reply), everywhere=is_limit)
    if problem is None:
        foreign = f"{path}: {status} from something that is not Anthropic"
        raise ProviderUnavailable(foreign, retry_after=_minute())
    if "ending date must be after starting date" in problem.message:
        raise RangeIsEmpty(message)
    if why := _refusal(path, status, problem):
        raise ProviderRefused(message, why=why)
    is_withheld = (
        status in (403, 404) or problem.code in _NOT_OFFERED or (path, status) == (SPEND_LIMITS, 400)
    )
    if is_withheld and path != ME:  # without the organization itself we can do nothing
        raise NotOffered(message, reason=one_line(problem.code or problem.type))
    raise ProviderUnavailable(message, retry_after=_minute())  # our request is wrong: no hurry


def _refusal(path: str, status: int, problem: _Problem) -> Refusal | None:
    """Return what a person must fix, None if nothing."""
    if problem.code == "organization_on_hold":
        return "hold"
    if status == HTTPStatus.PAYMENT_REQUIRED or problem.type == "billing_error":
        return "balance"
    if status == HTTPStatus.UNAUTHORIZED or (path == ME and status == HTTPStatus.FORBIDDEN):
        return "key"
    if path == BILL and (status in (403, 404) or problem.code in _NOT_OFFERED):
        return "permission"
    return None


def _problem(body: bytes) -> _Problem | None:
    """Return Anthropic's own error, None if something else answered in its place."""
    try:
        failure = msgspec.json.decode(body, type=_Failure)
    except (msgspec.DecodeError, RecursionError):
        return None
    return failure.error if failure.type == "error" and failure.error.type else None


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def one_line(words: str) -> str:
    """Return the beginning of a text as one printable line."""
    line = "".join(char if char.isprintable() else " " for char in words[:MAX_MESSAGE])
    return " ".join(line.split())


def _wait(reply: Reply) -> timedelta | None:
    """Return how long to wait, None if a short backoff is enough."""
    requested = _retry_after(reply)
    if reply.headers.get("x-should-retry") == "false":
        return max(requested or _minute(), _minute())
    return requested or (_minute() if reply.status == HTTPStatus.TOO_MANY_REQUESTS else None)


def _retry_after(reply: Reply) -> timedelta | None:
    for header, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            wait = timedelta(seconds=float(reply.headers[header]) * unit)
        except (KeyError, ValueError, OverflowError):
            continue
        if wait > timedelta():
            return min(wait, MAX_WAIT)
    return None


def _minute() -> timedelta:
    """Return a minute and jitter: limits are by organization and minute; the reset header is often stale."""
    return timedelta(seconds=60 + random.uniform(0, 15))  # noqa: S311 - jitter, not a secret
