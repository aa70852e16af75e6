"""The HTTP server over real sockets: strangers can neither fill it up nor hold its places, nor be misread."""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest

from bot.errors import Failed
from bot.runtime.http.requests import LIMITS, Limits
from bot.runtime.http.routes import HEALTH, LANES, READY, SLACK, Wsgi, application
from bot.runtime.http.server import Server
from tests.bot.conftest import NOW

QUICK = replace(LIMITS, head_within=0.3, body_within=0.3, linger=0.3)
DRIPS = 200  # far more than fit into the time that a request has
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
METRICS = b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n%s\r\n"


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Say how long a body was."""
    body = b"%d bytes" % len(environ["wsgi.input"].read())
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


@contextmanager
def serving(
    *, slack: Wsgi = echo, others: dict[str, Wsgi] | None = None, limits: Limits = QUICK
) -> Iterator[Server]:
    app = application(slack=slack, is_ready=lambda: True, now=lambda: NOW, others=others or {})
    server = Server(app, host="127.0.0.1", port=0, lanes=LANES, limits=limits)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def knock(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def heard(connection: socket.socket, *, until: bytes = b"nothing else") -> bytes:
    """Everything that comes until it ends so, or the other end closes."""
    received = b""
    try:
        while not received.endswith(until) and (data := connection.recv(65_536)):
            received += data
    except ConnectionResetError:
        pass
    return received


def send(server: Server, *pieces: bytes) -> bytes:
    """What comes back until the connection is closed."""
    with closing(knock(server)) as connection:
        for piece in pieces:
            connection.sendall(piece)
        return heard(connection)


def is_alive(server: Server) -> bool:
    with closing(knock(server)) as connection:
        return says_alive(connection)


def says_alive(connection: socket.socket) -> bool:
    """Ask on an open connection, which stays open."""
    connection.sendall(GET)
    return heard(connection, until=b"alive\n").endswith(b"alive\n")


def test_it_serves(server: Server) -> None:
    assert is_alive(server)


def test_a_taken_address_is_a_sentence(server: Server) -> None:
    with pytest.raises(Failed, match=f"cannot listen on 127.0.0.1:{server.port}: Address already in use"):
        Server(echo, host="127.0.0.1", port=server.port)


def test_a_host_that_is_nowhere_is_a_sentence() -> None:
    with pytest.raises(Failed, match=r"cannot listen on nowhere.invalid:3000: there is no such address"):
        Server(echo, host="nowhere.invalid", port=3000)


def test_it_says_when_it_does_not_listen_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(echo, host="127.0.0.1", port=0)
    monkeypatch.setattr(
        "waitress.wasyncore.poll2", lambda _pace, sockets: [each.close() for each in [*sockets.values()]]
    )
    with pytest.raises(ConnectionError, match="does not listen"):
        server.run()


# --- how much


def test_a_body_of_a_megabyte_is_taken(server: Server) -> None:
    with closing(knock(server)) as connection:
        connection.sendall(POST % LIMITS.body + b"a" * LIMITS.body)
        assert heard(connection, until=b"1000000 bytes").endswith(b"1000000 bytes")


@pytest.mark.parametrize("path", [b"/slack/events", b"/healthz", b"/key/x", b"/nowhere"])
@pytest.mark.parametrize("more", [b"", b"Expect: 100-continue\r\n"])
def test_a_longer_body_is_refused_by_its_length_before_it_is_read(
    server: Server, path: bytes, more: bytes
) -> None:
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%s\r\n" % (path, LIMITS.body + 1, more)
    answer = send(server, head)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"Connection: close" in answer


def test_whoever_sends_too_much_all_the_same_is_told_why(server: Server) -> None:
    with closing(knock(server)) as connection:
        connection.sendall(POST % 3_000_000)
        for _ in range(30):
            connection.sendall(b"a" * 100_000)
        assert heard(connection).startswith(b"HTTP/1.1 413 ")


def test_a_body_in_chunks_ends_where_it_gets_too_long(server: Server) -> None:
    head = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"186a0\r\n" + b"a" * 100_000 + b"\r\n"
    assert send(server, head, *[chunk] * 11).startswith(b"HTTP/1.1 413 ")


def test_a_long_head_is_refused(server: Server) -> None:
    answer = send(server, b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * LIMITS.head)
    assert answer.split(b" ", 2)[1] == b"431"


def test_half_sent_bodies_together_have_a_limit() -> None:
    with serving(limits=replace(LIMITS, most_bytes=300_000)) as server, ExitStack() as stack:
        greedy = [stack.enter_context(closing(knock(server))) for _ in range(10)]
        for connection in greedy:
            connection.sendall(POST % 200_000 + b"a" * 100_000)
        for connection in greedy:
            connection.settimeout(0.2)
        _until(lambda: sum(map(_is_over, greedy)) >= 7)
        assert is_alive(server)
        assert not all(map(_is_over, greedy))


def _is_over(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True


# --- how long


def dripping(connection: socket.socket, ended: threading.Event) -> None:
    """Send a byte now and then, as a client does that wants to hold a place, and at last go."""
    for _ in range(DRIPS):
        if ended.wait(0.05):
            return
        try:
            connection.send(b"a")
        except OSError:
            return
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("first", [b"GET /healthz HTTP/1.1\r\nX-A: ", POST % 1_000, b""])
def test_who_drips_is_shown_out(server: Server, first: bytes) -> None:
    ended = threading.Event()
    with closing(knock(server)) as connection:
        connection.sendall(first)
        thread = threading.Thread(target=dripping, args=(connection, ended))
        thread.start()
        heard(connection)
        is_holding_on = thread.is_alive()
        ended.set()
        thread.join()
    assert is_holding_on


def test_who_says_nothing_is_shown_out(server: Server) -> None:
    assert send(server) == b""


def test_a_connection_may_rest_between_requests(server: Server) -> None:
    with closing(knock(server)) as connection:
        assert says_alive(connection)
        time.sleep(3 * QUICK.head_within)
        assert says_alive(connection)


@pytest.mark.parametrize("first", [b"GET / HTTP/1.1\r\nX-A: ", POST % 1_000, b""])
def test_hundreds_who_hold_places_shut_nobody_out(first: bytes) -> None:
    with serving(limits=replace(LIMITS, most=20)) as server, ExitStack() as stack:
        for _ in range(300):
            connection = stack.enter_context(closing(knock(server)))
            connection.sendall(first)
        assert all(is_alive(server) for _ in range(5))


def test_who_was_answered_keeps_the_place_before_those_who_never_asked() -> None:
    with serving(limits=replace(LIMITS, most=20)) as server, ExitStack() as stack:
        proxy = stack.enter_context(closing(knock(server)))
        assert says_alive(proxy)
        for _ in range(100):
            stack.enter_context(closing(knock(server))).sendall(b"GET / HT")
        assert is_alive(server)
        assert says_alive(proxy)


# --- what takes long


def test_health_and_acknowledgements_have_room_while_pages_hang() -> None:
    goes_on = threading.Event()

    def hang(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        assert goes_on.wait(30)
        return echo(environ, start_response)

    with serving(others={"/key/": hang}) as server, ExitStack() as stack:
        stack.callback(goes_on.set)
        for _ in range(60):
            stack.enter_context(closing(knock(server))).sendall(GET.replace(b"/healthz", b"/key/x"))
        for path in (HEALTH, READY, SLACK):
            method = b"POST" if path == SLACK else b"GET"
            request = b"%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % (method, path.encode())
            assert send(server, request).startswith(b"HTTP/1.1 200 ")


def test_health_is_reported_while_every_acknowledgement_hangs() -> None:
    goes_on = threading.Event()

    def hang(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        assert goes_on.wait(30)
        return echo(environ, start_response)

    with serving(slack=hang) as server, ExitStack() as stack:
        stack.callback(goes_on.set)
        for _ in range(60):
            stack.enter_context(closing(knock(server))).sendall(POST % 0)
        assert is_alive(server)


def test_stopping_answers_what_is_under_way_and_takes_nothing_more() -> None:
    began, goes_on = threading.Event(), threading.Event()

    def slow(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began.set()
        assert goes_on.wait(30)
        return echo(environ, start_response)

    with serving(slack=slow) as server, closing(knock(server)) as connection:
        connection.sendall(POST % 0)
        assert began.wait(10)
        server.stop()
        _until(lambda: not _listens(server))
        goes_on.set()
        assert b"0 bytes" in heard(connection)


def _listens(server: Server) -> bool:
    try:
        knock(server).close()
    except ConnectionRefusedError:
        return False
    return True


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError


# --- requests that could be read in two ways


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 4",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4, 4",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +4",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -4",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x4",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5_000,
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 4",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\nContent-Length: 4",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \x0bchunked",
        b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked",
        b"GET http://elsewhere/healthz HTTP/1.1\r\nHost: x",
        b"GET healthz HTTP/1.1\r\nHost: x",
        b"OPTIONS * HTTP/1.1\r\nHost: x",
        b"CONNECT elsewhere:443 HTTP/1.1\r\nHost: x",
        b"GET /healthz HTTP/1.1",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y",
        b"GET /healthz HTTP/2.0\r\nHost: x",
        b"GET /healthz\r\nHost: x",
        b"get /healthz HTTP/1.1\r\nHost: x",
        b"GET  /healthz HTTP/1.1\r\nHost: x",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: b\nX-C: d",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n: nameless",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_and_the_connection_closed(
    server: Server, head: bytes
) -> None:
    answer = send(server, head + b"\r\n\r\n0\r\n\r\n" + GET)
    assert answer.split(b" ", 2)[1] in (b"400", b"501")
    assert answer.count(b"Server: StackSpend") == 1
    assert b"alive" not in answer


@pytest.mark.parametrize("method", [b"TRACE", b"PUT", b"BREW"])
def test_other_methods_are_not_allowed(server: Server, method: bytes) -> None:
    answer = send(
        server, method + b" /healthz HTTP/1.1\r\nHost: x\r\nX-Secret: a\r\nConnection: close\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"X-Secret" not in answer


@pytest.mark.parametrize(
    "path", [b"/healthz", b"/readyz", b"/metrics", b"/nowhere", b"/page", b"/slack/events"]
)
def test_after_head_the_next_answer_begins_where_it_should(path: bytes) -> None:
    def page(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/html")])
        return [b"<!doctype html>"]

    with serving(others={"/page": page}) as server:
        last = GET.replace(b"Host: x", b"Host: x\r\nConnection: close")
        answer = send(server, b"HEAD %s HTTP/1.1\r\nHost: x\r\n\r\n" % path + last)
    assert answer.count(b"HTTP/1.1 ") == 2
    assert answer.partition(b"\r\n\r\n")[2].startswith(b"HTTP/1.1 200 OK")


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    "header", [b"X-Forwarded-For: 203.0.113.9\r\n", b"Forwarded: for=1.2.3.4\r\n", b"X-Real-IP: 1.2.3.4\r\n"]
)
def test_metrics_are_reported_on_this_machine_and_through_no_proxy(server: Server, header: bytes) -> None:
    assert send(server, METRICS % b"").startswith(b"HTTP/1.1 200 ")
    assert send(server, METRICS % header).startswith(b"HTTP/1.1 404 ")
