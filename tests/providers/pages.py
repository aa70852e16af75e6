"""An Admin API that says exactly what a test has it say, page by page, whatever it is asked for."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx

from providers.anthropic.http.admin_api import AdminApi
from tests.providers.fake_admin_api import KEY, Row, usage_line

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Pages:
    """The pages of each path; asked again it says the same, or what is `next` for it."""

    def __init__(self, **paths: Sequence[Sequence[Any]]) -> None:
        self.paths: Mapping[str, Sequence[Sequence[Any]]] = paths
        self.next: dict[str, Sequence[Sequence[Any]]] = {}
        self.requests: list[httpx.URL] = []
        self.more: Row = {}

    def client(self) -> AdminApi:
        return AdminApi(KEY, transport=httpx.MockTransport(self._answer), sleep=lambda _: None)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request.url)
        name, query = request.url.path.rpartition("/")[2], request.url.params
        number = int(query.get("page") or query.get("after_id") or 0)
        pages = self.paths[name] or [[]]
        if number + 1 == len(pages) and name in self.next:  # the walk is over; the next one finds it changed
            self.paths = {**self.paths, name: self.next.pop(name)}
        has_more = number + 1 < len(pages)
        cursor = str(number + 1) if has_more else None
        page = {"data": pages[number], "has_more": has_more, "next_page": cursor, "last_id": cursor}
        return httpx.Response(200, json={**page, **self.more})


def day_of(day: date, *lines: Row, width: timedelta = DAY) -> Row:
    """A day's bucket of the cost report."""
    return bucket(datetime.combine(day, time(), UTC), *lines, width=width)


def hour_of(hour: datetime, *lines: Row) -> Row:
    """An hour's bucket of the usage report."""
    return bucket(hour, *lines, width=HOUR)


def bucket(start: datetime, *lines: Row, width: timedelta) -> Row:
    """An interval with its lines."""
    return {"starting_at": _text(start), "ending_at": _text(start + width), "results": list(lines)}


def record(email: str = "ada@acme.example", commits: int = 1, **rest: Any) -> Row:
    """A record of the Claude Code report."""
    return {
        "date": "2026-11-20T00:00:00Z",
        "actor": {"type": "user_actor", "email_address": email},
        "organization_id": "org",
        "customer_type": "api",
        "subscription_type": None,
        "terminal_type": "vscode",
        "is_remote": False,
        "core_metrics": {
            "num_sessions": 1,
            "lines_of_code": {"added": 3, "removed": 1},
            "commits_by_claude_code": commits,
            "pull_requests_by_claude_code": 0,
        },
        "tool_actions": {"edit_tool": {"accepted": 2, "rejected": 1}},
        "model_breakdown": [
            {
                "model": "claude-opus-5-5",
                "tokens": {"input": 1, "output": 2, "cache_read": 3, "cache_creation": 4},
                "estimated_cost": {"amount": 100, "currency": "USD"},
            }
        ],
        **rest,
    }


def spent(hour: datetime, cents: str = "100", **group: Any) -> Row:
    """A row of analytics/cost."""
    return {
        "starting_at": _text(hour),
        "ending_at": _text(hour + HOUR),
        "group": {
            "api_key_id": "apikey_1",
            "model": "claude-opus-5-5",
            "product": "messages_api",
            "cost_type": "tokens",
            **group,
        },
        "cost": {"amount": cents, "list_amount": cents, "currency": "USD", "requests": None},
    }


def counted(hour: datetime, output: int = 5, **group: Any) -> Row:
    """A row of analytics/usage."""
    line = usage_line(output)
    names = ("uncached_input_tokens", "cache_creation", "cache_read_input_tokens", "server_tool_use")
    return {
        "starting_at": _text(hour),
        "ending_at": _text(hour + HOUR),
        "group": {"api_key_id": "apikey_1", "model": "claude-opus-5-5", "product": "messages_api", **group},
        "usage": {"output_tokens": output, **{name: line[name] for name in names}},
    }


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
