"""The client alone: what it sends, what it makes of answers, how long it waits, what it never says."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import msgspec
import pytest

from providers.anthropic.http import admin_api, pacing
from providers.anthropic.http.admin_api import AdminApi, http_client
from providers.anthropic.reports import lists
from providers.provider import ProviderError, ProviderRefused, ProviderUnavailable
from tests.garbage import garbage
from tests.providers.fake_admin_api import KEY, FakeAdminApi, problem

ME = "/v1/organizations/me"
MINUTE = timedelta(minutes=1)


class Me(msgspec.Struct):
    id: str


@pytest.fixture
def api() -> FakeAdminApi:
    return FakeAdminApi()


def ask(api: FakeAdminApi) -> Me:
    return api.client().one(ME, Me)


def refusal(api: FakeAdminApi) -> str:
    with pytest.raises(ProviderRefused) as refused:
        ask(api)
    return str(refused.value)


def unavailability(api: FakeAdminApi) -> ProviderUnavailable:
    with pytest.raises(ProviderUnavailable) as unavailable:
        ask(api)
    return unavailable.value


def test_every_request_names_the_key_the_version_and_us(api: FakeAdminApi) -> None:
    ask(api)
    sent = api.requests[0].headers
    assert sent["x-api-key"] == KEY
    assert sent["anthropic-version"] == "2023-06-01"
    assert sent["user-agent"].startswith("StackSpend/")


def test_the_key_tells_its_organization(api: FakeAdminApi) -> None:
    assert lists.organization(api.client()).name == "Acme"


@pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 504, 529])
def test_a_hiccup_is_asked_again_after_a_growing_pause(api: FakeAdminApi, status: int) -> None:
    api.answers(status, times=2)
    assert ask(api).id == "org"
    first, second = api.naps
    assert 0.25 <= first <= 0.75
    assert 0.5 <= second <= 1.5


def test_a_lasting_outage_is_unavailable_without_a_date(api: FakeAdminApi) -> None:
    error = unavailability(api.answers(529, problem("Overloaded", "overloaded_error"), times=9))
    assert str(error) == f"{ME}: 529 Overloaded"
    assert error.retry_after is None
    assert len(api.requests) == admin_api.TRIES


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ReadError, "the connection was lost"),
        (httpx.ConnectTimeout, "no connection in time"),
        (httpx.ReadTimeout, "no answer in time"),
        (httpx.RemoteProtocolError, "the connection ended before the answer did"),
        (httpx.LocalProtocolError, "it could not be asked"),
    ],
)
def test_a_broken_connection_is_asked_again_and_told_in_words(
    api: FakeAdminApi, error: type[httpx.HTTPError], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    assert ask(api.breaks(error, times=2)).id == "org"
    assert str(unavailability(api.breaks(error, times=3))) == f"{ME}: {words}"
    assert error.__name__ in caplog.text


def test_an_answer_that_is_nested_too_deep_is_described_in_words(api: FakeAdminApi) -> None:
    message = str(unavailability(api.answers(200, b'{"other": ' + b"[" * 100_000, times=3)))
    assert message == f"{ME}: the answer could not be read: it is nested too deep"


@pytest.mark.parametrize("body", [b'{"id": "o', b"<html>Bad Gateway</html>", b""])
def test_an_unreadable_answer_is_asked_again(api: FakeAdminApi, body: bytes) -> None:
    assert ask(api.answers(200, body, times=2)).id == "org"
    assert ME in str(unavailability(api.answers(200, body, times=3)))


def test_an_html_error_page_is_named_by_its_status(api: FakeAdminApi) -> None:
    error = unavailability(api.answers(502, b"<html>Bad Gateway</html>", times=3))
    assert str(error) == f"{ME}: 502 Bad Gateway"


def test_a_missing_field_names_endpoint_and_field(api: FakeAdminApi) -> None:
    error = unavailability(api.answers(200, {"name": "Acme"}, times=3))
    assert ME in str(error)
    assert "id is missing" in str(error)


def test_unknown_fields_pass(api: FakeAdminApi) -> None:
    assert ask(api.answers(200, {"id": "org", "brand_new": [1]})).id == "org"


def test_a_redirect_is_not_followed_with_the_key(api: FakeAdminApi) -> None:
    unavailability(api.answers(302, headers={"location": "https://elsewhere.example/me"}))
    assert [request.url.host for request in api.requests] == ["api.anthropic.com"]


@pytest.mark.parametrize("header", [{"retry-after-ms": "1500"}, {"retry-after": "1.5"}])
def test_a_short_wait_that_was_asked_for_is_kept(api: FakeAdminApi, header: dict[str, str]) -> None:
    ask(api.answers(429, headers=header))
    assert api.naps == [1.5]


def test_milliseconds_come_before_seconds(api: FakeAdminApi) -> None:
    ask(api.answers(429, headers={"retry-after-ms": "10", "retry-after": "4"}))
    assert api.naps == [0.01]


def test_a_long_wait_goes_back_to_the_schedule(api: FakeAdminApi) -> None:
    error = unavailability(api.answers(429, headers={"retry-after": "90"}))
    assert error.retry_after == timedelta(seconds=90)
    assert api.naps == []


@pytest.mark.parametrize("header", ["", "0", "-3", "soon", "nan", "Sun, 22 Nov 2026 10:31:00 GMT"])
def test_a_429_without_a_usable_date_waits_at_least_a_minute(api: FakeAdminApi, header: str) -> None:
    error = unavailability(api.answers(429, headers={"retry-after": header} if header else {}))
    assert error.retry_after is not None
    assert MINUTE <= error.retry_after <= MINUTE * 1.25


@pytest.mark.parametrize("header", ["1e9", "1e300"])
def test_no_header_makes_us_wait_for_ages(api: FakeAdminApi, header: str) -> None:
    error = unavailability(api.answers(429, headers={"retry-after": header}))
    assert error.retry_after is not None
    assert error.retry_after <= timedelta(hours=1)


@pytest.mark.parametrize("status", [429, 500, 529])
def test_an_answer_that_forbids_a_retry_is_left_alone(api: FakeAdminApi, status: int) -> None:
    error = unavailability(api.answers(status, headers={"x-should-retry": "false", "retry-after": "1"}))
    assert error.retry_after is not None
    assert error.retry_after >= MINUTE
    assert len(api.requests) == 1


def test_a_bad_request_of_ours_is_not_repeated_in_a_hurry(api: FakeAdminApi) -> None:
    error = unavailability(api.answers(400, problem("Cannot specify more than 5 group_by[] dimensions.")))
    assert "more than 5" in str(error)
    assert error.retry_after is not None
    assert len(api.requests) == 1


class ConcurrentCalls:
    """Counts how many calls are inside at once; each leaves when as many as `expected` have come, or soon."""

    def __init__(self, expected: int) -> None:
        self.most = self._inside = 0
        self._lock, self._full = threading.Lock(), threading.Event()
        self._expected = expected

    def __call__(self, _request: httpx.Request) -> httpx.Response:
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
            if self._inside == self._expected:
                self._full.set()
        self._full.wait(0.02)
        with self._lock:
            self._inside -= 1
        return httpx.Response(200, json={"id": "org"})


def most_at_once(api: FakeAdminApi, client: AdminApi, *, expected: int) -> int:
    """Make twelve calls from as many threads; return how many of them were in flight together."""
    calls = ConcurrentCalls(expected)
    api.answers_by(calls, times=12)
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda _: client.one(ME, Me), range(12)))
    return calls.most


def test_never_more_than_three_calls_are_in_flight(api: FakeAdminApi) -> None:
    assert most_at_once(api, api.client(), expected=4) == 3


def test_after_a_429_calls_go_one_by_one(api: FakeAdminApi) -> None:
    client = api.answers(429).client()
    with pytest.raises(ProviderUnavailable):
        client.one(ME, Me)
    assert most_at_once(api, client, expected=2) == 1


def test_when_it_has_been_calm_several_are_allowed_again(
    api: FakeAdminApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "NARROW_SECONDS", 0.0)
    client = api.answers(429).client()
    with pytest.raises(ProviderUnavailable):
        client.one(ME, Me)
    assert most_at_once(api, client, expected=3) == 3


@pytest.mark.parametrize("flaw", ["\n", "\r\nX-Evil: 1", "é", "\x00", " ", "–"])
def test_a_key_that_no_header_can_hold_is_refused_without_being_shown(flaw: str) -> None:
    with pytest.raises(ProviderRefused) as refused:
        AdminApi(KEY + flaw)
    assert "never-to-be-seen" not in repr(refused.value)


def test_no_key_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ProviderRefused):
        AdminApi("")


def everything_that_fails(api: FakeAdminApi) -> list[ProviderError]:
    messages = [
        (401, problem(f"no such key: {KEY}")),
        (429, problem(f"slow down, {KEY}")),
        (400, problem(KEY)),
        (500, {"error": {"type": KEY}}),
        (200, {"id": {"x-api-key": KEY}}),
        (200, b"<html>" + KEY.encode()),
    ]
    caught: list[ProviderError] = []
    for status, body in messages:
        with pytest.raises(ProviderError) as failed:
            ask(api.answers(status, body, times=3 if status in (200, 500) else 1))
        caught.append(failed.value)
    caught.append(unavailability(api.breaks(httpx.ReadError, times=3)))
    return caught


def test_the_key_is_in_no_exception_no_url_and_no_log(
    api: FakeAdminApi, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        caught = everything_that_fails(api)
        ask(api)
    texts = [repr(error) + str(error.__cause__) for error in caught]
    texts += [str(request.url) for request in api.requests]
    texts += [record.getMessage() for record in caplog.records]
    assert len(texts) > 20
    assert not [text for text in texts if "never-to-be-seen" in text]


class Loopback(BaseHTTPRequestHandler):
    """Answers once well, then hangs up."""

    def do_GET(self) -> None:
        body = b'{"id": "org"}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_the_key_is_in_no_log_of_the_real_transport(caplog: pytest.LogCaptureFixture) -> None:
    for name in ("", "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, name)
    with ThreadingHTTPServer(("127.0.0.1", 0), Loopback) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = AdminApi(KEY, base_url=f"http://127.0.0.1:{server.server_port}")
        assert client.one(ME, Me).id == "org"
        client.close()
        server.shutdown()
    assert {record.name.split(".")[0] for record in caplog.records} >= {"httpx", "httpcore"}
    assert "never-to-be-seen" not in caplog.text


def test_one_client_serves_many_keys_and_each_sends_its_own() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["x-api-key"])
        return httpx.Response(200, json={"id": "org", "name": "Acme"})

    http = http_client(transport=httpx.MockTransport(answer))
    one, other = AdminApi("one", http=http), AdminApi("other", http=http)
    one.one(ME, Me)
    one.close()
    other.one(ME, Me)
    assert seen == ["one", "other"]


def test_an_answer_that_was_read_is_gone(api: FakeAdminApi) -> None:
    client = api.client()
    with garbage() as left:
        assert client.one(ME, Me)
    assert not [each for each in left if isinstance(each, httpx.Response)]
