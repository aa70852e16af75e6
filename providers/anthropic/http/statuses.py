"""What a status means, by its remedy: the one place that reads them.

Only Anthropic's own error can refuse. A firewall, a proxy or a captive portal answers 403 too, with a web
page or another vendor's JSON: that says nothing about the key.
Types: https://platform.claude.com/docs/en/api/errors.
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
MAX_WAIT = timedelta(hours=1)  # whatever a header says: somebody waits for the figures
MAX_MESSAGE = 300  # characters of an error's message that are told; it says what is wrong at its beginning
_NOT_OFFERED = frozenset(
    ("organization_not_enrolled_in_beta", "organization_type_not_supported", "parent_organization_required")
)


class Reply(NamedTuple):
    """An answer that is not 200."""

    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class RangeIsEmpty(ProviderUnavailable):
    """The report has no finished day yet in what was asked for."""


class _Problem(msgspec.Struct):
    type: str
    message: str = ""
    details: dict[str, Any] | None = None

    @property
    def code(self) -> str:
        """The stable code that errors can carry beside their type, "" where there is none."""
        code = (self.details or {}).get("error_code")
        return code if isinstance(code, str) else ""


class _Failure(msgspec.Struct):
    type: str
    error: _Problem


def interpret(reply: Reply, key: str) -> NoReturn:
    """Raise what an answer means; the key is cut out of whatever it says."""
    path, status, problem = reply.path, reply.status, _problem(reply.body)
    words = (problem.message or problem.type) if problem else _reason(status)
    said = f"{path}: {status} {one_line(words.replace(key, '…'))}".strip()
    if status in (408, 409, 429) or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        is_limit = status == HTTPStatus.TOO_MANY_REQUESTS or bool(_retry_after(reply))
        raise ProviderUnavailable(said, retry_after=_wait(reply), everywhere=is_limit)
    if problem is None:
        told = f"{path}: {status} from something that is not Anthropic"
        raise ProviderUnavailable(told, retry_after=_minute())
    if "ending date must be after starting date" in problem.message:
        raise RangeIsEmpty(said)
    if why := _refusal(path, status, problem):
        raise ProviderRefused(said, why=why)
    is_withheld = (
        status in (403, 404) or problem.code in _NOT_OFFERED or (path, status) == (SPEND_LIMITS, 400)
    )
    if is_withheld and path != ME:  # nothing can be done without the organization itself
        raise NotOffered(said, reason=one_line(problem.code or problem.type))
    raise ProviderUnavailable(said, retry_after=_minute())  # a 4xx of our own making: no use to hurry


def _refusal(path: str, status: int, problem: _Problem) -> Refusal | None:
    """What a person must see to; None where that is not the matter."""
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
    """Anthropic's own error; None where something else answered in its place."""
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
    """One line of theirs, as much of it as a log needs."""
    line = "".join(char if char.isprintable() else " " for char in words[:MAX_MESSAGE])
    return " ".join(line.split())


def _wait(reply: Reply) -> timedelta | None:
    """How long to leave it alone; None where a short backoff will do."""
    told = _retry_after(reply)
    if reply.headers.get("x-should-retry") == "false":
        return max(told or _minute(), _minute())
    return told or (_minute() if reply.status == HTTPStatus.TOO_MANY_REQUESTS else None)


def _retry_after(reply: Reply) -> timedelta | None:
    for header, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            told = timedelta(seconds=float(reply.headers[header]) * unit)
        except (KeyError, ValueError, OverflowError):
            continue
        if told > timedelta():
            return min(told, MAX_WAIT)
    return None


def _minute() -> timedelta:
    """A 429 without a date: the budget is by organization and minute, its reset header is often stale."""
    return timedelta(seconds=60 + random.uniform(0, 15))  # noqa: S311 - jitter, not a secret
