"""Anthropic's Admin API as a WSGI application over a simulated organization, faults included.

`python -m demo.admin_api --port 8800` runs it alone, `serve(AdminApi(...))` beside a test. It answers what
https://platform.claude.com/docs/en/manage-claude/usage-cost-api and its sister pages describe. For other
processes `POST /_control` (`{"do": "rate_limit", "with": {"times": 3}}`) switches faults, and `GET /_control`
tells what was asked so far. analytics/cost and analytics/usage answer once it was told to `enroll`.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import threading
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
from waitress import create_server, wasyncore

from demo.admin_api import lists as admin_api_lists
from demo.admin_api.analytics import REPORTS, Analytics
from demo.admin_api.cache import Recent
from demo.admin_api.damaged_answers import bomb, dripping, fail, spoil
from demo.admin_api.destinations import Destinations
from demo.admin_api.faults import ADMIN_KEY, CONTROLS, NOT_ENROLLED, REFUSALS, Faults
from demo.admin_api.query import ApiError, Query, invalid, read_query
from demo.admin_api.reports import Answer, Oddities, Reports
from demo.admin_api.request_log import RequestLog
from demo.company.organization import ALWAYS, NEVER, Organization
from demo.company.workload import Habits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

_HARMLESS = frozenset(("slow", "latency", "hang_up", "drip"))
"""Faults that leave a page as it is."""
_ROOT = "/v1/organizations/"
_DESTINATIONS = f"{_ROOT}telemetry_destinations"
_VERSIONS = ("2023-06-01", admin_api_lists.NEW_VERSION)
_REASONS = {
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 429: "Too Many Requests",
}  # fmt: skip
_PAGE = (
    b"<!doctype html><html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>"
)


class AdminApi:
    """The WSGI application; `faults` and `requests` are for whoever runs it."""

    def __init__(
        self,
        organization: Organization,
        now: Callable[[], datetime],
        *,
        admin_key: str = ADMIN_KEY,
        usage_lag: timedelta = timedelta(minutes=5),
        bill_lag: timedelta = timedelta(hours=1),
        analytics_lag: timedelta = timedelta(hours=3),
    ) -> None:
        self.organization, self.faults, self.requests = organization, Faults(admin_key), RequestLog(now)
        self._now, self._reports = now, Reports(organization, usage_lag=usage_lag, bill_lag=bill_lag)
        self._analytics = Analytics(organization, self.faults)
        self.destinations = Destinations()
        self.faults.analytics_lag(analytics_lag.total_seconds())
        self._zipped = Recent(2**28)
        self._numbers, self._chance = itertools.count(1), Random(0)
        self.closing = threading.Event()
        """When set, slow answers come at once: nobody waits for them any more."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, and log it."""
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
        if path == "/_control":
            return self._control(environ, start_response)
        with self.requests.record(method, path, environ.get("QUERY_STRING", "")) as request:
            struck = self.faults.strike(*_endpoints(path))
            self._wait(struck)
            respond = self._write if path.startswith(_DESTINATIONS) else self._respond
            status, headers, body = respond(environ, path, struck)
            request.status = status
            headers |= {"Content-Type": headers.get("Content-Type", "application/json")}
            headers |= {"request-id": self._request_id(), "Content-Length": str(len(body))}
            start_response(f"{status} {_REASONS.get(status, 'Error')}", list(headers.items()))
            if "drip" in struck:
                return dripping(body, struck["drip"]["seconds"])
            return _interrupted(body) if "hang_up" in struck else [body]

    def _respond(
        self, environ: WSGIEnvironment, path: str, struck: dict[str, Any]
    ) -> tuple[int, dict[str, str], bytes]:
        """Raise faults, check the caller, read the report, damage the answer, compress it."""
        try:
            fail(struck, self._now())
            query, now = self._admit(environ, path), self._now()
            horizon = None
            if _analytics_report(path):
                self._analytics.admit(query, now)
                horizon = self._analytics.horizon(now)
            zipped = "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
            key = (path, environ.get("QUERY_STRING", ""), query.betas, self.organization.revision, horizon)
            cached = self._zipped.get(key) if zipped and struck.keys() <= _HARMLESS else None
            if cached:
                return 200, {"Content-Encoding": "gzip"}, cached
            answer = self._endless() if "endless" in struck else self._ask(query, now, _oddities(struck))
            answer = spoil(answer, struck)
        except ApiError as error:
            return error.status, error.headers, self._error_body(error)
        if "bomb" in struck:
            return 200, {"Content-Encoding": "gzip"}, bomb()
        if "html" in struck:
            return struck["html"]["status"], {"Content-Type": "text/html"}, _PAGE
        if not zipped or len(answer.body) < 1000:
            return 200, {}, answer.body
        body = gzip.compress(answer.body, 1, mtime=0)
        if answer.settled and struck.keys() <= _HARMLESS:
            self._zipped.put(key, body, len(body))
        return 200, {"Content-Encoding": "gzip"}, body

    def _write(
        self, environ: WSGIEnvironment, path: str, struck: dict[str, Any]
    ) -> tuple[int, dict[str, str], bytes]:
        """Answer about telemetry destinations, the only thing that clients write."""
        content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        place, betas = path.removeprefix(_DESTINATIONS), environ.get("HTTP_ANTHROPIC_BETA", "")
        try:
            fail(struck, self._now())
            self._admit({**environ, "REQUEST_METHOD": "GET"}, path)
            answer = self.destinations.answer(environ["REQUEST_METHOD"], place, content, betas)
        except ApiError as error:
            return error.status, error.headers, self._error_body(error)
        return 200, {}, msgspec.json.encode(answer)

    def _admit(self, environ: WSGIEnvironment, path: str) -> Query:
        key = environ.get("HTTP_X_API_KEY") or environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        if not key:
            raise ApiError(401, "authentication_error", "x-api-key header is required")
        if key not in self.faults.keys:
            raise ApiError(401, "authentication_error", "invalid x-api-key")
        version = environ.get("HTTP_ANTHROPIC_VERSION", "")
        if not version:
            raise invalid("anthropic-version: header is required")
        if version not in _VERSIONS:
            raise invalid(f'anthropic-version: "{version}" is not a valid version')
        if environ["REQUEST_METHOD"] != "GET":
            raise ApiError(405, "invalid_request_error", "Method Not Allowed")
        betas = frozenset(one.strip() for one in environ.get("HTTP_ANTHROPIC_BETA", "").split(","))
        return read_query(path, environ.get("QUERY_STRING", ""), version=version, betas=betas)

    def _ask(self, query: Query, now: datetime, oddities: Oddities) -> Answer:
        name = query.path.removeprefix(_ROOT)
        if report := _analytics_report(query.path):
            return self._analytics.answer(query, report, now, oddities)
        reports = {
            "usage_report/messages": self._reports.messages,
            "cost_report": self._reports.cost,
            "usage_report/claude_code": self._reports.claude_code,
        }
        if name in reports:
            return reports[name](query, now, oddities)
        return Answer(msgspec.json.encode(self._look_up(query, name)))

    def _endless(self) -> Answer:
        cursor = self._request_id()
        page = {"data": [], "has_more": True, "next_page": cursor, "last_id": cursor}
        return Answer(msgspec.json.encode(page))

    def _look_up(self, query: Query, name: str) -> dict[str, Any]:
        lists = {
            "me": admin_api_lists.me,
            "users": admin_api_lists.users,
            "workspaces": admin_api_lists.workspaces,
            "api_keys": admin_api_lists.api_keys,
        }
        if name in lists:
            return lists[name](self.organization, query)
        if name.startswith("workspaces/") and name.count("/") == 1:
            return admin_api_lists.workspace(self.organization, query, name.partition("/")[2])
        if name.startswith("analytics/"):
            raise ApiError(400, "invalid_request_error", REFUSALS[NOT_ENROLLED], code=NOT_ENROLLED)
        if name == "spend_limits" and self.faults.offers_spend_limits:
            return admin_api_lists.spend_limits(self.organization, query)
        if name == "spend_limits":
            raise ApiError(403, "permission_error", "Spend limits are not available to this organization.")
        raise ApiError(404, "not_found_error", "Not Found")

    def _error_body(self, error: ApiError) -> bytes:
        details: dict[str, Any] = {"type": error.kind, "message": error.message}
        if error.code:
            details["details"] = {"error_code": error.code}
        return msgspec.json.encode({"type": "error", "error": details, "request_id": self._request_id()})

    def _request_id(self) -> str:
        return f"req_{next(self._numbers):024d}"

    def _wait(self, struck: dict[str, Any]) -> None:
        pause = struck.get("slow", {}).get("seconds", 0.0)
        if "latency" in struck:
            pause += struck["latency"]["seconds"] * self._chance.uniform(0.5, 1.5)
        if pause:
            self.closing.wait(pause)

    def _control(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            order = msgspec.json.decode(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
            if not self._obey(order["do"], order.get("with", {})):
                start_response("400 Bad Request", [("Content-Type", "text/plain")])
                return [b"No such control\n"]
        state = {
            "max_in_flight": self.requests.max_in_flight,
            "calls": self.requests.calls(),
            "requests": [asdict(request) for request in self.requests],
        }
        start_response("200 OK", [("Content-Type", "application/json")])
        return [msgspec.json.encode(state)]

    def _obey(self, action: str, details: dict[str, Any]) -> bool:
        if action in {"restate", "revise"}:
            day, factor = datetime.fromisoformat(details["day"]).date(), Fraction(details["factor"])
            if action == "revise":
                self.organization.revise(day, factor)
            else:
                start = _analytics_from(details.get("analytics_from"))
                self.organization.restate(day, factor, analytics_from=start)
        elif action in CONTROLS:
            getattr(self.faults, action)(**details)
        return action in {"restate", "revise"} or action in CONTROLS


def _analytics_from(text: str | None) -> datetime:
    """Read from when on analytics have a restatement: at once, `never`, or from a time on."""
    if text is None:
        return ALWAYS
    return NEVER if text == "never" else datetime.fromisoformat(text)


def _oddities(struck: dict[str, Any]) -> Oddities:
    return Oddities(
        repeat_cursor="repeat_cursor" in struck,
        only_month=struck.get("only_month", {}).get("others"),
        page_size=struck.get("short_pages", {}).get("size"),
        hole=struck.get("hole", {}).get("start"),
        only_api_customers="only_api_customers" in struck,
        cut_bills=struck.get("cut_bill", {}),
    )


def _endpoints(path: str) -> tuple[str, ...]:
    parts = path.removeprefix(_ROOT).split("/")
    if parts[0] == "analytics":
        return parts[-1], "analytics"
    return (parts[0] if parts[0] == "workspaces" else parts[-1],)


def _analytics_report(path: str) -> str | None:
    name = path.removeprefix(f"{_ROOT}analytics/")
    return name if name in REPORTS else None


def _interrupted(body: bytes) -> Iterator[bytes]:
    """Send half of what was announced; the server then has no choice but to close the connection."""
    yield body[: len(body) // 2]


@contextmanager
def serve(app: Callable[..., Iterable[bytes]], *, port: int = 0, threads: int = 16) -> Iterator[str]:
    """Run a WSGI application on loopback while the block lasts, and give its base address."""
    sockets: dict[int, Any] = {}
    server = create_server(
        app,
        host="127.0.0.1",
        port=port,
        threads=threads,
        map=sockets,
        connection_limit=1000,
        channel_timeout=300,
    )
    stopping = threading.Event()

    def loop() -> None:
        while not stopping.is_set():
            wasyncore.loop(timeout=0.1, use_poll=True, map=sockets, count=1)
        server.task_dispatcher.shutdown(cancel_pending=True, timeout=10)
        wasyncore.close_all(sockets)

    runner = threading.Thread(target=loop, name="demo-server", daemon=True)
    runner.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        stopping.set()
        runner.join()


def main() -> None:
    """Run the simulated Admin API alone, on the real clock, until interrupted."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=8800)
    parser.add_argument("--days", type=int, default=400, help="days of history before today")
    parser.add_argument("--engineers", type=int, default=24)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    today = datetime.now(UTC).date()
    organization = Organization(
        arguments.seed,
        today - timedelta(days=arguments.days),
        arguments.engineers,
        habits=Habits(spike_day=today - timedelta(days=7)),
    )
    app = AdminApi(organization, lambda: datetime.now(UTC))
    with serve(app, port=arguments.port) as address, suppress(KeyboardInterrupt):
        print(f"ANTHROPIC_BASE_URL={address}\nAdmin key: {ADMIN_KEY}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
