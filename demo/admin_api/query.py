"""Read the parameters of a request to the simulated Admin API, or refuse them as the API does."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


class ApiError(Exception):
    """An answer that is not 200, with Anthropic's kind of error and perhaps a stable code."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.kind, self.message, self.code = status, kind, message, code
        self.headers = dict(headers or {})


def invalid(message: str, *, retryable: bool = True) -> ApiError:
    """Make the 400 of a malformed request; some say in a header that trying again is useless."""
    headers = {} if retryable else {"x-should-retry": "false"}
    return ApiError(400, "invalid_request_error", message, headers=headers)


@dataclass(frozen=True)
class Query:
    """The parameters of one request, in the order given, and the version and betas its headers chose."""

    path: str
    values: Mapping[str, list[str]]
    version: str = "2023-06-01"
    betas: frozenset[str] = field(default_factory=frozenset)

    def one(self, name: str) -> str | None:
        """Return a parameter that stands once."""
        return self.values[name][-1] if name in self.values else None

    def many(self, name: str) -> list[str]:
        """Return a bracketed parameter, which may be repeated."""
        return self.values.get(name, [])

    def check(self, allowed: Collection[str]) -> None:
        """Refuse parameters that the endpoint does not know, `group_by` without brackets among them."""
        for name in self.values:
            if name not in allowed:
                raise invalid(f"{name}: Extra inputs are not permitted")

    def choice(self, name: str, allowed: Collection[str], *, default: str) -> str:
        """Return a parameter that takes one of a few values."""
        value = self.one(name) or default
        if value not in allowed:
            raise invalid(f"{name}: Input should be {_either(allowed)}")
        return value

    def choices(self, name: str, allowed: Collection[str]) -> list[str]:
        """Return a bracketed parameter whose every value is one of a few."""
        for value in self.many(name):
            if value not in allowed:
                raise invalid(f"{name}: Input should be {_either(allowed)}")
        return self.many(name)

    def flag(self, name: str) -> bool:
        """Return a boolean that is false by default."""
        return self.choice(name, ("true", "false"), default="false") == "true"

    def limit(self, *, default: int, maximum: int) -> int:
        """Return the page size."""
        text = self.one("limit")
        if text is None:
            return default
        if not text.isascii() or not text.isdigit():
            raise invalid("limit: Input should be a valid integer")
        if not 1 <= int(text) <= maximum:
            bound = "greater than or equal to 1" if int(text) < 1 else f"less than or equal to {maximum}"
            raise invalid(f"limit: Input should be {bound}")
        return int(text)

    def moment(self, name: str) -> datetime | None:
        """Return an RFC 3339 time with its zone, in UTC."""
        text = self.one(name)
        if text is None:
            return None
        if not _MOMENT.fullmatch(text):
            raise invalid(f"{name}: Input should be a valid RFC 3339 datetime with a timezone")
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise invalid(f"{name}: Input should be a valid datetime") from error

    def required(self, name: str) -> str:
        """Return a parameter that has to be there."""
        value = self.one(name)
        if value is None:
            raise invalid(f"{name}: Field required")
        return value

    def cursor(self, position: str) -> str:
        """Write an opaque cursor: a position, bound to every other parameter of the query."""
        return f"page_{base64.urlsafe_b64encode(f'{position}|{self._fingerprint()}'.encode()).decode()}"

    def position(self) -> str | None:
        """Read the position in the cursor that came with the request."""
        text = self.one("page")
        if text is None:
            return None
        try:
            position, _, fingerprint = (
                base64.urlsafe_b64decode(text.removeprefix("page_")).decode().rpartition("|")
            )
        except (binascii.Error, UnicodeDecodeError) as error:
            raise invalid("page: Invalid cursor") from error
        if fingerprint != self._fingerprint():
            raise invalid("cursor does not match current query parameters")
        return position

    def _fingerprint(self) -> str:
        rest = sorted((name, values) for name, values in self.values.items() if name != "page")
        return hashlib.sha256(repr((self.path, rest)).encode()).hexdigest()[:8]


def read_query(path: str, query_string: str, *, version: str, betas: frozenset[str]) -> Query:
    """Parse a query string, keeping empty values."""
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query_string, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return Query(path, values, version, betas)


def _either(allowed: Collection[str]) -> str:
    *most, last = (f"'{one}'" for one in allowed)
    return f"{', '.join(most)} or {last}" if most else last
