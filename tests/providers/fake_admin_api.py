"""A small Admin API with a memory: what was billed and used is told to it, then asked of it over HTTP."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx

from providers.anthropic.http.admin_api import AdminApi

KEY = "sk-ant-admin01-never-to-be-seen-4Q7x"
PATHS = "/v1/organizations/"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COUNTS = ("uncached_input_tokens", "cache_read_input_tokens", "output_tokens")
DIMENSIONS = (
    "api_key_id",
    "workspace_id",
    "account_id",
    "service_account_id",
    "model",
    "service_tier",
    "context_window",
    "inference_geo",
)

Row = dict[str, Any]
Answer = Callable[[httpx.Request], httpx.Response]


class FakeAdminApi:
    """One organization. `asked` are the requests so far, `naps` the seconds the client slept."""

    def __init__(self, *, today: date = date(2026, 11, 22)) -> None:
        self.now = datetime.combine(today, time(10, 31), UTC)
        self.requests: list[httpx.Request] = []
        self.naps: list[float] = []
        self.one_month_at_once = False
        self._next: list[Answer] = []
        self._bill: dict[datetime, list[Row]] = defaultdict(list)
        self._usage: dict[datetime, list[Row]] = defaultdict(list)
        self._lists: dict[str, list[Row]] = defaultdict(list)
        self._coded: dict[str, list[Row]] = defaultdict(list)

    def client(self, key: str = KEY, *, patience: float | None = None) -> AdminApi:
        """A client whose waits take no time."""
        transport = httpx.MockTransport(self._answer)
        return AdminApi(key, transport=transport, sleep=self.naps.append, patience=patience)

    def cost_line(self, day: date, cents: str = "100", **dimensions: str | None) -> "FakeAdminApi":
        """One billed line."""
        self._bill[_midnight(day)].append(cost_line(cents, **dimensions))
        return self

    def used(self, hour: datetime, output: int = 0, **rest: Any) -> "FakeAdminApi":
        """One caller's tokens."""
        self._usage[hour].append(usage_line(output, **rest))
        return self

    def listed(self, name: str, *rows: Row) -> "FakeAdminApi":
        """Things of a list: `workspaces`, `api_keys`, `users`."""
        self._lists[name].extend(rows)
        return self

    def coded(self, day: date, *records: Row) -> "FakeAdminApi":
        """Rows of the Claude Code report."""
        self._coded[day.isoformat()].extend(records)
        return self

    def answers(
        self, status: int = 200, body: Any = None, *, headers: Mapping[str, str] | None = None, times: int = 1
    ) -> "FakeAdminApi":
        """Say exactly this next, whatever is asked."""
        response = (
            {"content": body, "headers": headers}
            if isinstance(body, bytes)
            else {"json": body if body is not None else problem("as told"), "headers": headers}
        )
        return self.answers_by(lambda _request: httpx.Response(status, **response), times=times)

    def answers_by(self, answer: Answer, *, times: int = 1) -> "FakeAdminApi":
        """Let this answer next, whatever is asked."""
        self._next += [answer] * times
        return self

    def breaks(self, error: type[httpx.HTTPError], *, times: int = 1) -> "FakeAdminApi":
        """Break the connection."""

        def broken(_request: httpx.Request) -> httpx.Response:
            raise error(f"reset while sending {KEY}")

        return self.answers_by(broken, times=times)

    def values_of(self, name: str) -> list[str]:
        """Every value of a parameter, in the order it was sent."""
        return [value for request in self.requests for value in request.url.params.get_list(name)]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self._next:
            return self._next.pop(0)(request)
        name = request.url.path.removeprefix(PATHS)
        match name:
            case "me":
                return httpx.Response(200, json={"id": "org", "name": "Acme", "type": "organization"})
            case "cost_report":
                return self._report(request, self._bill, DAY, most=31)
            case "usage_report/messages":
                return self._report(request, self._usage, HOUR, most=168)
            case "usage_report/claude_code":
                return _page(request, self._coded[request.url.params["starting_at"]], most=1000)
        return _list(request, self._lists[name])

    def _report(
        self, request: httpx.Request, rows: Mapping[datetime, list[Row]], width: timedelta, *, most: int
    ) -> httpx.Response:
        query = request.url.params
        start, end = (datetime.fromisoformat(query[name]) for name in ("starting_at", "ending_at"))
        end = min(end, _floor(self.now, width))
        if self.one_month_at_once:
            start = max(start, (end - width).replace(day=1, hour=0))
        if end <= start:
            message = "Invalid date range: ending date must be after starting date"
            return httpx.Response(400, json=problem(message), headers={"x-should-retry": "false"})
        if len(query.get_list("group_by[]")) > 5:
            return httpx.Response(400, json=problem("Cannot specify more than 5 group_by[] dimensions."))
        slots = [start + width * n for n in range((end - start) // width)]
        grouped = query.get_list("group_by[]") if width == HOUR else None
        return _page(request, [bucket(slot, rows.get(slot, []), width, grouped) for slot in slots], most=most)


def bucket(start: datetime, rows: list[Row], width: timedelta, grouped: list[str] | None = None) -> Row:
    """One interval as the API reports it, its rows added up by the dimensions that were asked for."""
    results = rows if grouped is None else _grouped(rows, grouped)
    return {"starting_at": _text(start), "ending_at": _text(start + width), "results": results}


def cost_line(cents: str = "100", **dimensions: str | None) -> Row:
    """A line of the cost report; what it did not happen to name is null, and one field is from the future."""
    return {
        "amount": cents,
        "currency": "USD",
        "cost_type": "tokens",
        "description": "Claude Opus 5.5 Usage - Output Tokens",
        "model": "claude-opus-5-5",
        "token_type": "output_tokens",
        "service_tier": "standard",
        "context_window": "0-200k",
        "inference_geo": "global",
        "workspace_id": None,
        "field_of_tomorrow": {"a": 1},
        **dimensions,
    }


def usage_line(output: int = 0, **rest: Any) -> Row:
    """A line of the usage report, by all its dimensions."""
    return {
        "uncached_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "cache_read_input_tokens": 0,
        "output_tokens": output,
        "server_tool_use": {"web_search_requests": 0},
        **dict.fromkeys(DIMENSIONS),
        "model": "claude-opus-5-5",
        "service_tier": "standard",
        "context_window": "0-200k",
        "inference_geo": "global",
        **rest,
    }


def problem(message: str, kind: str = "invalid_request_error", **details: str) -> Row:
    """The body of every error."""
    error = {"type": kind, "message": message, **({"details": details} if details else {})}
    return {"type": "error", "error": error, "request_id": "req_1"}


def _grouped(rows: list[Row], dimensions: list[str]) -> list[Row]:
    groups: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(row[name] for name in dimensions)
        blank = {**usage_line(), **dict.fromkeys(DIMENSIONS), **dict(zip(dimensions, key, strict=True))}
        group = groups.setdefault(key, blank)
        for name in COUNTS:
            group[name] += row[name]
        for nested in ("cache_creation", "server_tool_use"):
            group[nested] = {name: count + row[nested][name] for name, count in group[nested].items()}
    return list(groups.values())


def _page(request: httpx.Request, rows: list[Row], *, most: int) -> httpx.Response:
    query = request.url.params
    limit, first = int(query["limit"]), int(query.get("page", "page_0").removeprefix("page_"))
    if limit > most:
        return httpx.Response(400, json=problem(f"limit: at most {most}"))
    more = first + limit < len(rows)
    cursor = f"page_{first + limit}" if more else None
    return httpx.Response(
        200, json={"data": rows[first : first + limit], "has_more": more, "next_page": cursor}
    )


def _list(request: httpx.Request, rows: list[Row]) -> httpx.Response:
    after = request.url.params.get("after_id")
    first = 1 + next((n for n, row in enumerate(rows) if row["id"] == after), -1)
    page = rows[first : first + 2]
    last = page[-1]["id"] if page else None
    return httpx.Response(200, json={"data": page, "has_more": first + 2 < len(rows), "last_id": last})


def _floor(moment: datetime, width: timedelta) -> datetime:
    return moment - (moment - datetime(2020, 1, 1, tzinfo=UTC)) % width


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
