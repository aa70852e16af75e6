"""Whatever the other end does, a call is over in time, holds little memory and leaves no connection open."""

import gzip
import resource
import socket
import threading
import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import httpcore
import httpx
import msgspec
import pytest

from providers.anthropic.http import body
from providers.anthropic.http.admin_api import AdminApi, http_client
from providers.anthropic.http.deadline import Deadline, Network
from providers.anthropic.http.statuses import ME
from providers.anthropic.reports import cost_report
from providers.period import Period
from providers.provider import ProviderUnavailable
from tests.providers.anthropic.reports.test_paging import TODAY
from tests.providers.fake_admin_api import KEY, FakeAdminApi
from tests.providers.peer import HEAD, Behave, dripping, peer, pouring, saying, silent

T = TypeVar("T")
SOON = 0.3  # seconds of patience
LATE = 20.0  # a test that hangs fails by then
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"


class Me(msgspec.Struct):
    id: str


def in_time(ask: Callable[[], T]) -> T:
    """Ask, and fail where that never comes back."""
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(ask).result(timeout=LATE)
    finally:
        pool.shutdown(wait=False)


def fails(address: str, patience: float | None = SOON) -> str:
    """What asking an address comes to."""
    with http_client(address) as http, pytest.raises(ProviderUnavailable) as failed:
        in_time(lambda: AdminApi(KEY, http=http, patience=patience).one(ME, Me))
    return str(failed.value)


ENDLESS: dict[str, Behave] = {
    "says nothing": silent,
    "drips its status line": dripping(b"HTTP/1.1", b"1"),
    "drips its headers": dripping(HEAD + b"x-slow: ", b"a"),
    "drips its body": dripping(HEAD + b"content-length: 100000\r\n\r\n{"),
    "drips chunks": dripping(CHUNKED, b"1\r\n \r\n"),
    "drips gzip": dripping(HEAD + b"content-encoding: gzip\r\ncontent-length: 100000\r\n\r\n", b"\x1f"),
    "drips hints": dripping(b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
}


@pytest.mark.parametrize("behave", ENDLESS.values(), ids=ENDLESS)
def test_a_call_is_over_in_time_and_its_connection_closed(behave: Behave) -> None:
    with peer(behave) as other:
        assert "/me" in fails(f"http://127.0.0.1:{other.port}")
        assert other.ended.wait(LATE)
        assert other.accepted == 1


@pytest.mark.parametrize(
    "behave", [silent, dripping(b"\x16\x03\x03\x40\x00\x02")], ids=["silent", "dripping"]
)
def test_a_handshake_that_never_ends_is_over_in_time(behave: Behave) -> None:
    with peer(behave) as other:
        assert "no connection in time" in fails(f"https://127.0.0.1:{other.port}")
        assert other.ended.wait(LATE)


def test_a_name_that_is_never_found_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    is_resolved = threading.Event()

    def look_up(*_: object, **__: object) -> list[object]:
        is_resolved.wait(LATE)
        return []

    monkeypatch.setattr("providers.anthropic.http.deadline.socket.getaddrinfo", look_up)
    assert fails("http://api.anthropic.test") == f"{ME}: no connection in time"
    is_resolved.set()


def test_a_name_without_a_host_is_unavailable() -> None:
    assert fails("http://nobody.invalid") == f"{ME}: no connection could be made"


def test_where_nobody_listens_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    assert fails(f"http://127.0.0.1:{port}") == f"{ME}: no connection could be made"


class Deaf(httpcore.NetworkBackend):
    """A network on which nobody answers; it remembers how long each was waited for."""

    def __init__(self) -> None:
        self.waited: list[tuple[str, float]] = []
        self.now = 0.0

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        self.waited.append((host, timeout or 0))
        self.now += timeout or 0
        raise httpcore.ConnectTimeout(f"{host}:{port} {local_address} {socket_options}")


def test_an_address_that_does_not_answer_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    deaf, addresses = Deaf(), [(0, 0, 0, "", (host, 443)) for host in ("::1", "127.0.0.1")]
    monkeypatch.setattr("providers.anthropic.http.deadline.socket.getaddrinfo", lambda *_, **__: addresses)
    with pytest.raises(httpcore.ConnectTimeout):
        Network(deaf).connect_tcp("two.test", 443, Deadline(10, lambda: deaf.now))
    assert deaf.waited == [("::1", 5), ("127.0.0.1", 5)]


def test_tries_and_pauses_are_part_of_one_total() -> None:
    now: list[float] = [0]
    naps: list[float] = []

    def answer(_request: httpx.Request) -> httpx.Response:
        now[0] += 70
        return httpx.Response(529)

    client = AdminApi(KEY, transport=httpx.MockTransport(answer), sleep=naps.append, clock=lambda: now[0])
    with pytest.raises(ProviderUnavailable):
        client.one(ME, Me)
    assert now == [140]  # a third try would begin after the total
    assert len(naps) == 1


def test_what_somebody_waits_for_is_asked_once() -> None:
    api = FakeAdminApi().answers(529, times=2)
    with pytest.raises(ProviderUnavailable):
        api.client(patience=10).one(ME, Me)
    assert (len(api.requests), api.naps) == (1, [])


def test_patience_is_for_all_that_is_asked_together() -> None:
    now = [0.0]

    def answer(_request: httpx.Request) -> httpx.Response:
        now[0] += 4
        return httpx.Response(200, json={"id": "org"})

    client = AdminApi(KEY, transport=httpx.MockTransport(answer), clock=lambda: now[0], patience=10)
    assert [client.one(ME, Me).id, client.one(ME, Me).id] == ["org", "org"]
    with pytest.raises(ProviderUnavailable, match="no answer in time"):
        client.one(ME, Me)
    with pytest.raises(ProviderUnavailable, match="no time is left"):
        client.one(ME, Me)


def bomb(megabytes: int) -> bytes:
    """Spaces, packed: every megabyte is the same block again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(b" " * 2**20) + packer.flush(zlib.Z_FULL_FLUSH)
    return gzip.compress(b"")[:10] + block * megabytes


def test_a_small_answer_that_unpacks_to_a_huge_one_takes_little_memory() -> None:
    packed = bomb(600)
    head = HEAD + f"content-encoding: gzip\r\ncontent-length: {len(packed)}\r\n\r\n".encode()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with peer(saying(head + packed)) as other:
        assert "more than 50 MB" in fails(f"http://127.0.0.1:{other.port}", patience=15)
        assert other.ended.wait(LATE)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024


def test_a_body_without_an_end_is_cut() -> None:
    with peer(pouring(CHUNKED, b"10000\r\n" + b" " * 0x10000 + b"\r\n")) as other:
        assert "more than 50 MB" in fails(f"http://127.0.0.1:{other.port}", patience=15)


@pytest.mark.parametrize("packing", ["gzip, gzip", "br", "zstd", "deflate", "x" * 5000])
def test_a_packing_that_nobody_asked_for_is_not_unpacked(packing: str) -> None:
    with pytest.raises(body.UnreadableBody) as refused:
        body.read([b"x"], packing)
    assert len(str(refused.value)) < 100


@pytest.mark.parametrize(
    "packed", [b"no gzip", gzip.compress(b"{}" * 99)[:-9], b""], ids=["none", "cut", "nothing"]
)
def test_gzip_that_is_broken_or_cut_is_no_answer(packed: bytes) -> None:
    with pytest.raises(body.UnreadableBody):
        body.read([packed], "gzip")


def test_an_answer_is_the_same_however_it_is_cut_and_packed() -> None:
    text = msgspec.json.encode({"id": "org", "x": list(range(5000))})
    packed = gzip.compress(text)
    for width in (1, 7, 1000, len(packed)):
        assert body.read([packed[n : n + width] for n in range(0, len(packed), width)], "GZIP") == text
    assert body.read([text[:9], text[9:]], "") == text
    assert body.read([gzip.compress(b"")], "gzip") == b""


def never_ending() -> tuple[AdminApi, list[int]]:
    """A client whose every page has another one behind it, and how many were asked for."""
    requests: list[int] = []

    def answer(_request: httpx.Request) -> httpx.Response:
        requests.append(1)
        more = {
            "data": [],
            "has_more": True,
            "next_page": f"p{len(requests)}",
            "last_id": f"p{len(requests)}",
        }
        return httpx.Response(200, json=more)

    transport = httpx.MockTransport(answer)
    return AdminApi(KEY, transport=transport, sleep=lambda _: None), requests


def test_a_report_has_at_most_as_many_pages_as_its_span_has_intervals() -> None:
    client, requests = never_ending()
    with pytest.raises(ProviderUnavailable, match="more than there can be"):
        cost_report.fetch(client, Period.last_days(10, until=TODAY))
    assert len(requests) <= 11


@pytest.mark.parametrize("walk", ["records", "listing"])
def test_pages_without_an_end_are_left(walk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.anthropic.http.admin_api.MAX_PAGES", 50)
    client, requests = never_ending()
    with pytest.raises(ProviderUnavailable, match="more than there can be"):
        getattr(client, walk)("users", ())
    assert len(requests) == 50


def test_a_walk_is_over_in_time_however_quick_its_pages() -> None:
    now: list[float] = [0]

    def answer(_request: httpx.Request) -> httpx.Response:
        now[0] += 50
        return httpx.Response(200, json={"data": [], "has_more": True, "next_page": f"p{now[0]}"})

    client = AdminApi(KEY, transport=httpx.MockTransport(answer), clock=lambda: now[0])
    with pytest.raises(ProviderUnavailable, match="no end after 10 minutes"):
        client.records("/v1/organizations/usage_report/claude_code", ())
    assert now == [600]


def test_json_as_deep_as_a_well_is_no_answer() -> None:
    for deep in (b"[" * 200_000, b'{"id": "org", "x": ' + b"[" * 200_000):
        api = FakeAdminApi().answers(200, deep, times=3)
        with pytest.raises(ProviderUnavailable) as failed:
            api.client().one(ME, Me)
        assert len(str(failed.value)) < 200
