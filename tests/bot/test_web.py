"""What machines may ask over HTTP: alive, ready, and figures for this machine alone."""

import threading
import urllib.request
from typing import Any

import pytest

from bot import web
from bot.web import Server, application
from demo.slack_people import TEAM
from storage import database, posts
from tests.bot.conftest import HOUR, NOW, Company

LOCAL = {"REMOTE_ADDR": "127.0.0.1"}


def ask(
    path: str,
    method: str = "GET",
    *,
    is_ticking: Any = None,
    slack: Any = None,
    is_heard: Any = None,
    **environ: str,
) -> tuple[str, str]:
    """The status and the body of an answer."""
    said: list[str] = []
    app = application(slack=slack, is_ticking=is_ticking, now=lambda: NOW + HOUR, is_heard=is_heard)
    request = {"PATH_INFO": path, "REQUEST_METHOD": method, **environ}
    body = app(request, lambda status, _headers: said.append(status))
    return said[0], b"".join(body).decode()


def test_it_is_alive_whatever_the_database_does() -> None:
    database.open_database("sqlite:////nowhere/at/all.db")
    assert ask("/healthz") == ("200 OK", "alive\n")


def test_it_is_ready_when_all_is_well(company: Company) -> None:
    assert company
    assert ask("/readyz", is_ticking=lambda: True) == ("200 OK", "ready\n")


def test_a_web_process_without_a_scheduler_is_ready(company: Company) -> None:
    assert company
    assert ask("/readyz")[0] == "200 OK"


def test_without_its_database_it_is_not_ready() -> None:
    database.open_database("sqlite:////nowhere/at/all.db")
    status, said = ask("/readyz")
    assert status == "503 Service Unavailable"
    assert said == "the database cannot be used: unable to open database file\n"


def test_before_its_migrations_it_is_not_ready(database_url: str) -> None:
    database.open_database(database_url)
    status, said = ask("/readyz")
    assert status == "503 Service Unavailable"
    assert "0001_initial" in said
    assert "stackspend migrate" in said


def test_without_its_scheduler_it_is_not_ready(company: Company) -> None:
    assert company
    status, said = ask("/readyz", is_ticking=lambda: False)
    assert (status, said) == ("503 Service Unavailable", "the scheduler has stopped\n")


def test_while_slack_is_not_heard_over_its_socket_it_is_not_ready(company: Company) -> None:
    assert company
    said = "Slack is not heard over Socket Mode; connecting anew\n"
    assert ask("/readyz", is_heard=lambda: False) == ("503 Service Unavailable", said)
    assert ask("/readyz", is_heard=lambda: True) == ("200 OK", "ready\n")


def test_metrics_are_for_this_machine_alone(company: Company) -> None:
    assert company
    assert ask("/metrics", **LOCAL)[0] == "200 OK"
    assert ask("/metrics", REMOTE_ADDR="::1")[0] == "200 OK"
    assert ask("/metrics", REMOTE_ADDR="10.0.0.7")[0] == "404 Not Found"
    assert ask("/metrics")[0] == "404 Not Found"
    assert ask("/metrics", **LOCAL, HTTP_X_FORWARDED_FOR="10.0.0.7")[0] == "404 Not Found"


def test_metrics_tell_what_is_late_how_old_figures_are_and_what_became_of_posts(walked: Company) -> None:
    posts.enter(TEAM, "alert:1", kind="alert", subject="incident 1 opened", channel="U1", due=NOW)
    _, said = ask("/metrics", **LOCAL)
    number = walked.connection.id
    assert f'stackspend_late_seconds{{connection="{number}"}} 3360.0\n' in said
    assert f'stackspend_fresh_seconds{{connection="{number}"}} 3900.0\n' in said
    assert 'stackspend_posts{state="due"} 1\n' in said


def test_metrics_without_a_database_are_unavailable() -> None:
    database.open_database("sqlite:////nowhere/at/all.db")
    assert ask("/metrics", **LOCAL)[0] == "503 Service Unavailable"


@pytest.mark.parametrize("path", ["/", "/slack/events", "/etc/passwd", "/healthz/"])
def test_anything_else_is_not_there(path: str) -> None:
    assert ask(path) == ("404 Not Found", "not found\n")


def test_nothing_is_posted_to_what_only_tells() -> None:
    assert ask("/healthz", "POST")[0] == "404 Not Found"
    assert ask("/healthz", "HEAD") == ("200 OK", "")


def test_slack_is_answered_where_it_is_set_up() -> None:
    def slack(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"bolt"]

    assert ask("/slack/events", "POST", slack=slack) == ("200 OK", "bolt")
    assert ask("/slack/events", "GET", slack=slack)[0] == "404 Not Found"


def test_it_serves_on_an_address() -> None:
    server = Server(application(slack=None, is_ticking=None, now=lambda: NOW), host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/healthz", timeout=5) as answer:
        assert answer.read() == b"alive\n"
    assert web.THREADS > 1
    server.stop()
    thread.join(5)
