"""Calls to Slack end: by the clock, by their size, and at the host that they are for."""

import io
import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request

import pytest
from slack_sdk.errors import SlackApiError

from bot.slack import files
from bot.slack.http import TooLarge, open_bounded
from bot.slack.web_client import client_of, is_slacks, send_answer

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
Speak = Callable[[socket.socket], None]


@contextmanager
def listening(speak: Speak) -> Iterator[tuple[str, list[bytes]]]:
    """A host that hears a request and answers as it likes; its address, and what it heard."""
    heard: list[bytes] = []
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while not over.is_set():
                with suppress(OSError):
                    wire, _ = server.accept()
                    with wire:
                        heard.append(wire.recv(65536))
                        speak(wire)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}", heard
        finally:
            over.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def second_by_second() -> Callable[[], float]:
    """A clock that moves on by a second at every reading."""
    seconds = itertools.count()
    return lambda: float(next(seconds))


def drip(begin: bytes, drop: bytes) -> Speak:
    def speak(wire: socket.socket) -> None:
        wire.sendall(begin)
        while True:
            wire.sendall(drop)
            threading.Event().wait(0.001)

    return speak


def silent(hung: threading.Event) -> None:
    hung.wait(10)


@pytest.mark.parametrize(
    "speak",
    [
        drip(b"", b"H"),
        drip(HEAD, b"X-Drop: 1\r\n"),
        drip(HEAD + b"Content-Length: 1000000\r\n\r\n", b" "),
        drip(HEAD + b"\r\n", b" "),
        drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ],
    ids=["status", "headers", "body of a length", "body without end", "chunks"],
)
def test_an_answer_that_drips_ends_after_so_many_seconds_in_all(speak: Speak) -> None:
    with listening(speak) as (address, _), pytest.raises((TimeoutError, HTTPException)):
        open_bounded(Request(address), seconds=20, clock=second_by_second()).read()


def test_a_host_that_says_nothing_is_given_up() -> None:
    hung = threading.Event()
    with listening(lambda _wire: silent(hung)) as (address, _):
        with pytest.raises(TimeoutError):
            open_bounded(Request(address), seconds=0.2)
        hung.set()


@pytest.mark.parametrize("head", [HEAD + b"\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n"])
def test_an_answer_without_end_is_read_no_further_than_any_is_long(head: bytes) -> None:
    drop = b"2710\r\n" + b" " * 10_000 + b"\r\n" if b"chunked" in head else b" " * 10_000
    with listening(drip(head, drop)) as (address, _), pytest.raises(TooLarge):
        open_bounded(Request(address), most=100_000).read()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_token_follows_a_redirect(status: int) -> None:
    with listening(lambda wire: wire.sendall(HEAD + b"\r\n{}")) as (other, heard):
        redirect = (
            f"HTTP/1.1 {status} Elsewhere\r\nLocation: {other}/api/\r\nContent-Length: 0\r\n\r\n".encode()
        )
        with listening(lambda wire: wire.sendall(redirect)) as (address, requests):
            with pytest.raises(SlackApiError):
                client_of("xoxb-1", f"{address}/api/").auth_test()
            assert send_answer(f"{address}/x", {"text": "x"}).status == status
            with pytest.raises(HTTPError):
                open_bounded(Request(address, headers={"Authorization": "Bearer xoxb-1"}))
        assert b"xoxb-1" in requests[0]
    assert heard == []


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/plain,x", "gopher://x/"]
)
def test_only_http_is_spoken(address: str) -> None:
    with pytest.raises(OSError, match="only http"):
        open_bounded(Request(address))


def test_a_call_is_made_once_whatever_happens() -> None:
    with listening(lambda _wire: None) as (address, heard), pytest.raises((OSError, HTTPException)):
        client_of("xoxb-1", f"{address}/api/").chat_postMessage(channel="C1", text="x")
    assert len(heard) == 1


def test_an_upload_has_an_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "UPLOADING", 0.2)
    hung = threading.Event()
    with listening(lambda _wire: silent(hung)) as (address, _):
        with pytest.raises(TimeoutError):
            files.send_content(address, io.BytesIO(b"x"), 1, proxy=None)
        hung.set()


SLACK, GOV, DEMO = "https://slack.com/api/", "https://slack-gov.com/api/", "http://127.0.0.1:8080/api/"


@pytest.mark.parametrize(
    ("url", "api_url"),
    [
        ("https://hooks.slack.com/commands/T1/2/x", SLACK),
        ("https://hooks.slack.com:443/actions/T1/2/x", SLACK),
        ("https://hooks.slack-gov.com/commands/T1/2/x", GOV),
        ("http://127.0.0.1:8080/response/1", DEMO),
    ],
)
def test_answers_go_to_slack(url: str, api_url: str) -> None:
    assert is_slacks(url, api_url=api_url)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.slack.com/commands/T1/2/x",
        "https://hooks.slack.com.evil.example/x",
        "https://evil.example/hooks.slack.com",
        "https://hooks.slack.com@evil.example/x",
        "https://user:pass@hooks.slack.com/x",
        "https://hooks.slack.com:8443/x",
        "https://hooks.slack.com:99999/x",
        "http://127.0.0.1:3000/metrics",
        "http://127.0.0.1/latest/meta-data",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "gopher://hooks.slack.com/x",
        "//hooks.slack.com/x",
        "hooks.slack.com",
        "https://",
        "",
    ],
)
def test_answers_go_nowhere_else(url: str) -> None:
    assert not is_slacks(url, api_url=SLACK)
    assert not is_slacks(url, api_url=DEMO)
