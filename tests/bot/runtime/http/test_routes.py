"""What machines may ask over HTTP: alive, ready, and figures for this machine or who has the token."""

from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.runtime.http.routes import application
from demo.slack.people import TEAM
from storage.engine import database
from storage.state import posts
from storage.state.subjects import IncidentChange
from tests.bot.conftest import HOUR, NOW, Company

LOCAL = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:3000"}
TOKEN = "0123456789abcdef0123456789abcdef"
NOT_THERE = "404 Not Found"


def ask(path: str, method: str = "GET", **environ: str) -> tuple[str, str]:
    """The status and the body of an answer."""
    status, _headers, body = answer(path, method, **environ)
    return status, body


def answer(
    path: str,
    method: str = "GET",
    *,
    is_ready: Any = True,
    slack: Any = None,
    others: Any = None,
    token: Any = "",
    is_https: Any = False,
    **environ: Any,
) -> tuple[str, dict[str, str], str]:
    """The status, the headers and the body of an answer."""
    starts: list[tuple[str, dict[str, str]]] = []
    app = application(
        slack=slack,
        is_ready=lambda: is_ready,
        now=lambda: NOW + HOUR,
        others=others or {},
        metrics_token=token,
        is_https=is_https,
    )
    request = {"PATH_INFO": path, "REQUEST_METHOD": method, **environ}
    body = app(request, lambda status, headers: starts.append((status, dict(headers))))
    return *starts[0], b"".join(body).decode()


def page(_environ: Any, start_response: Any) -> list[bytes]:
    """A page of somebody else's, who knows no HEAD."""
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"<p>a ", b"page</p>"]


def test_it_is_alive_whatever_the_database_does() -> None:
    database.open_database("sqlite:////nowhere/at/all.db")
    assert ask("/healthz") == ("200 OK", "alive\n")


def test_it_says_whether_it_is_ready_and_to_strangers_no_more() -> None:
    assert ask("/readyz") == ("200 OK", "ready\n")
    status, _headers, body = answer("/readyz", is_ready=False)
    assert (status, body) == ("503 Service Unavailable", "not ready\n")


def test_without_a_token_metrics_are_for_this_machine_alone(company: Company) -> None:
    assert company
    assert ask("/metrics", **LOCAL)[0] == "200 OK"
    assert ask("/metrics", REMOTE_ADDR="::1", HTTP_HOST="[::1]:3000")[0] == "200 OK"
    assert ask("/metrics", REMOTE_ADDR="127.0.0.1", HTTP_HOST="localhost")[0] == "200 OK"
    assert ask("/metrics", **{**LOCAL, "REMOTE_ADDR": "10.0.0.7"})[0] == NOT_THERE
    assert ask("/metrics")[0] == NOT_THERE


@pytest.mark.parametrize(
    "header",
    [
        "X_FORWARDED_FOR",
        "X_FORWARDED_PROTO",
        "X_FORWARDED_HOST",
        "FORWARDED",
        "VIA",
        "X_REAL_IP",
        "CF_CONNECTING_IP",
        "TRUE_CLIENT_IP",
        "X_CLIENT_IP",
        "FASTLY_CLIENT_IP",
        "FLY_CLIENT_IP",
        "X_ORIGINAL_URI",
        "X_REQUEST_ID",
        "X_AMZN_TRACE_ID",
    ],
)
def test_who_comes_through_a_proxy_gets_no_metrics(header: str) -> None:
    assert ask("/metrics", **LOCAL, **{f"HTTP_{header}": ""})[0] == NOT_THERE


@pytest.mark.parametrize("host", ["spend.example.com", "", "127.0.0.1.evil.example", "[::1", "0x7f.1"])
def test_who_asks_for_another_host_gets_no_metrics(host: str) -> None:
    assert ask("/metrics", REMOTE_ADDR="127.0.0.1", HTTP_HOST=host)[0] == NOT_THERE


def test_a_proxy_that_names_nobody_gets_no_metrics() -> None:
    assert ask("/metrics", **LOCAL, SERVER_PROTOCOL="HTTP/1.0")[0] == NOT_THERE


def test_with_a_token_metrics_are_for_who_has_it(company: Company) -> None:
    assert company
    far = {"REMOTE_ADDR": "10.0.0.7", "HTTP_X_FORWARDED_FOR": "10.0.0.8"}
    bearer = f"Bearer {TOKEN}"
    assert answer("/metrics", token=TOKEN, **far, HTTP_AUTHORIZATION=bearer)[0] == "200 OK"
    assert answer("/metrics", token=TOKEN, **LOCAL)[0] == "401 Unauthorized"


@pytest.mark.parametrize("given", [TOKEN, f"Basic {TOKEN}", "Bearer", "Bearer x", f"Bearer {TOKEN}x", "\xff"])
def test_a_wrong_token_gets_no_metrics(given: str) -> None:
    assert answer("/metrics", token=TOKEN, **LOCAL, HTTP_AUTHORIZATION=given)[0] == "401 Unauthorized"


def samples(body: str) -> dict[str, dict[str, float]]:
    """The samples by the name of their metric and the one label, as Prometheus reads them."""
    return {
        family.name: {label: each.value for each in family.samples for label in each.labels.values()}
        for family in text_string_to_metric_families(body)
    }


def test_metrics_tell_what_is_late_how_old_figures_are_and_what_became_of_posts(walked: Company) -> None:
    posts.enter(TEAM, "alert:1", kind="alert", subject=IncidentChange(1, "opened"), channel="U1", due=NOW)
    status, headers, body = answer("/metrics", **LOCAL)
    number = str(walked.connection.id)
    assert (status, headers["Content-Type"]) == ("200 OK", "text/plain; version=0.0.4; charset=utf-8")
    assert samples(body) == {
        "stackspend_late_seconds": {number: 3360.0},
        "stackspend_fresh_seconds": {number: 3900.0},
        "stackspend_posts": {"due": 1.0},
    }


def test_the_metrics_say_what_they_are(company: Company) -> None:
    assert company
    families = list(text_string_to_metric_families(ask("/metrics", **LOCAL)[1]))
    assert [(family.type, bool(family.documentation)) for family in families] == [("gauge", True)] * 3


def test_metrics_without_a_database_are_unavailable_and_do_not_say_where_it_is() -> None:
    database.open_database("sqlite:////nowhere/at/all.db")
    assert ask("/metrics", **LOCAL) == ("503 Service Unavailable", "the database cannot be used\n")


@pytest.mark.parametrize("path", ["/", "/slack/events", "/etc/passwd", "/healthz/"])
def test_anything_else_is_not_there(path: str) -> None:
    assert ask(path) == ("404 Not Found", "not found\n")


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "PUT", "DELETE", "BREW"])
def test_no_other_method_is_taken(method: str) -> None:
    status, headers, _body = answer("/healthz", method)
    assert (status, headers["Allow"]) == ("405 Method Not Allowed", "GET, HEAD, POST")


def test_nothing_is_posted_to_what_only_tells() -> None:
    assert ask("/healthz", "POST")[0] == "404 Not Found"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/nowhere", "/page"])
def test_head_is_answered_as_get_without_a_body(path: str) -> None:
    status, headers, body = answer(path, "HEAD", others={"/page": page})
    got_status, _got_headers, got = answer(path, "GET", others={"/page": page})
    assert (status, body) == (got_status, "")
    assert headers["Content-Length"] == str(len(got))


def test_slack_is_answered_where_it_is_set_up() -> None:
    assert answer("/slack/events", "POST", slack=page)[2] == "<p>a page</p>"
    assert answer("/slack/events", "GET", slack=page)[0] == "404 Not Found"


def test_browsers_are_told_to_come_over_https_where_they_can() -> None:
    assert "Strict-Transport-Security" not in answer("/page", others={"/page": page})[1]
    headers = answer("/page", others={"/page": page}, is_https=True)[1]
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
