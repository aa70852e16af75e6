"""The receiver: who may send, what is answered to what, and that all that is answered 200 is kept."""

import gzip
import json
import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse

from bot.ingest.appender import PATIENCE as APPENDING
from bot.ingest.appender import Appender
from bot.ingest.count import TelemetryCounter
from bot.ingest.receiver import Receiver
from bot.ingest.token_limits import Allowance, TokenLimits
from bot.ingest.token_lookup import PATIENCE, THREADS, TokenLookup
from providers.claude.decode import LIMIT
from providers.period import Period
from storage.engine.database import is_sqlite, sqlite_path, transaction
from storage.facts.telemetry import batches, totals
from storage.state.ingest import attributes, tokens
from tests.bot.conftest import NOW
from tests.bot.ingest.wsgi import Answer, issued, post
from tests.providers.claude.bodies import AT, DATA, FILES, event, form_of, logs_body, signal_of

pytestmark = pytest.mark.usefixtures("store")
CALL: dict[str, Any] = {"model": "claude-opus-5-5", "input_tokens": 1000, "request_id": "req_1"}
BODY = logs_body(event(AT - 10**18 // 1000, **CALL))
PROTOBUF = "application/x-protobuf"


@pytest.fixture
def receiver() -> Receiver:
    return Receiver(lambda: NOW)


@pytest.fixture
def bearer(store: str) -> dict[str, str]:
    assert store
    return {"HTTP_AUTHORIZATION": f"Bearer {issued()}"}


def waiting() -> int:
    return sum(len(batches.oldest(number, limit=1000)) for number in batches.waiting())


def test_a_body_is_kept_before_it_is_answered(receiver: Receiver, bearer: dict[str, str]) -> None:
    answer = post(receiver, BODY, **bearer)
    assert (answer.status, answer.headers["Content-Type"]) == ("200 OK", "application/json")
    assert json.loads(answer.body) == {}
    assert waiting() == 1


def test_an_answer_is_in_the_encoding_of_its_request(receiver: Receiver, bearer: dict[str, str]) -> None:
    file = next(file for file in FILES if file.endswith("logs.otlp.pb"))
    answer = post(receiver, (DATA / file).read_bytes(), CONTENT_TYPE=PROTOBUF, **bearer)
    assert (answer.status, answer.headers["Content-Type"]) == ("200 OK", PROTOBUF)
    assert ExportLogsServiceResponse.FromString(answer.body) == ExportLogsServiceResponse()


@pytest.mark.parametrize("file", FILES)
def test_every_sample_is_taken_compressed_and_not(
    receiver: Receiver, bearer: dict[str, str], file: str
) -> None:
    body = (DATA / file).read_bytes()
    media = {"CONTENT_TYPE": PROTOBUF if form_of(file) == "protobuf" else "application/json"}
    signal = signal_of(file)
    assert post(receiver, body, signal, **media, **bearer).status == "200 OK"
    packed = post(receiver, gzip.compress(body), signal, HTTP_CONTENT_ENCODING="gzip", **media, **bearer)
    assert packed.status == "200 OK"
    assert waiting() == 2


def test_what_was_received_is_counted_once(receiver: Receiver, bearer: dict[str, str]) -> None:
    recent = logs_body(event(int(NOW.timestamp()) * 10**9, **CALL))
    for _ in range(2):
        post(receiver, recent, **bearer)
    TelemetryCounter(lambda: NOW).tick()
    token = tokens.authenticate(bearer["HTTP_AUTHORIZATION"].split()[1])
    assert token
    assert totals.total(token.connection_id, Period.last_days(1, until=NOW.date())).requests == 1
    assert waiting() == 0


def test_a_token_may_come_in_a_header_of_its_own(receiver: Receiver) -> None:
    assert post(receiver, HTTP_X_STACKSPEND_TOKEN=issued()).status == "200 OK"


def test_its_last_use_is_kept(receiver: Receiver, bearer: dict[str, str]) -> None:
    post(receiver, b"{}", **bearer)
    assert [token.used_at for token in tokens.of_team("T1")] == [NOW]


def test_a_test_span_is_no_use(receiver: Receiver, bearer: dict[str, str]) -> None:
    span = {"name": "anthropic.test", "traceId": "0" * 31 + "1", "spanId": "0" * 15 + "1"}
    scope = {"scope": {"name": "com.anthropic.claude-platform"}, "spans": [span]}
    body = json.dumps({"resourceSpans": [{"scopeSpans": [scope]}]}).encode()
    assert post(receiver, body, "traces", **bearer).status == "200 OK"
    assert [(token.used_at, token.tested_at) for token in tokens.of_team("T1")] == [(None, NOW)]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"HTTP_AUTHORIZATION": "Bearer "},
        {"HTTP_AUTHORIZATION": "Basic x"},
        {"HTTP_X_STACKSPEND_TOKEN": "ß\ud800"},
    ],
)
def test_without_a_good_token_nothing_is_taken(receiver: Receiver, headers: dict[str, str]) -> None:
    issued()
    answer = post(receiver, BODY, **headers)
    assert (answer.status, answer.headers["WWW-Authenticate"]) == ("401 Unauthorized", "Bearer")
    assert json.loads(answer.body)["code"] == 16
    assert waiting() == 0


def test_a_revoked_token_is_none(receiver: Receiver, bearer: dict[str, str]) -> None:
    with transaction():
        tokens.revoke("T1", "laptops", at=NOW)
    assert post(receiver, BODY, **bearer).status == "401 Unauthorized"


@pytest.mark.parametrize(
    ("body", "environ", "status"),
    [
        (b"{", {}, "400 Bad Request"),
        (b"\xff", {"CONTENT_TYPE": PROTOBUF}, "400 Bad Request"),
        (b"{}", {"HTTP_CONTENT_ENCODING": "gzip"}, "400 Bad Request"),
        (b"{}", {"HTTP_CONTENT_ENCODING": "br"}, "415 Unsupported Media Type"),
        (b"{}", {"CONTENT_TYPE": "text/plain"}, "415 Unsupported Media Type"),
        (b"{}", {"PATH_INFO": "/otlp/v1/profiles"}, "404 Not Found"),
        (b"{}", {"PATH_INFO": "/otlp/v1/logs/v1/logs"}, "404 Not Found"),
        (b"{}", {"REQUEST_METHOD": "GET"}, "405 Method Not Allowed"),
        (bytes(LIMIT + 1), {}, "413 Content Too Large"),
        (gzip.compress(bytes(LIMIT + 1)), {"HTTP_CONTENT_ENCODING": "gzip"}, "413 Content Too Large"),
    ],
    ids=[
        "cut",
        "no protobuf",
        "no gzip",
        "another compression",
        "another type",
        "another signal",
        "a longer path",
        "GET",
        "too long",
        "too long once unpacked",
    ],
)
def test_what_is_no_telemetry_is_refused_with_its_status(
    receiver: Receiver, bearer: dict[str, str], body: bytes, environ: dict[str, str], status: str
) -> None:
    assert post(receiver, body, **bearer, **environ).status == status
    assert waiting() == 0


def test_content_does_not_reach_the_disk_and_its_sender_is_told(
    receiver: Receiver, bearer: dict[str, str], store: str, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "CONTENT that nobody may see"
    answer = post(receiver, logs_body(event(prompt=secret, **CALL)), **bearer)
    assert "OTEL_LOG_USER_PROMPTS" in json.loads(answer.body)["partialSuccess"]["errorMessage"]
    post(receiver, b'{"prompt": "' + secret.encode(), **bearer)
    file = sqlite_path(store)
    folder = list(file.parent.iterdir()) if file else []
    assert not [path for path in folder if path.is_file() and secret.encode() in path.read_bytes()]
    assert secret not in caplog.text + repr(batches.oldest(1, limit=9))


def test_an_attribute_that_the_team_chose_has_its_lines(receiver: Receiver, bearer: dict[str, str]) -> None:
    token = tokens.authenticate(bearer["HTTP_AUTHORIZATION"].split()[1])
    assert token
    with transaction():
        attributes.choose(token.connection_id, ["squad"])
    post(receiver, logs_body(event(int(NOW.timestamp()) * 10**9, squad="blue", **CALL)), **bearer)
    TelemetryCounter(lambda: NOW).tick()
    (line,) = totals.by(token.connection_id, "squad", Period.last_days(1, until=NOW.date()))
    assert (line.name, line.requests) == ("blue", 1)


def test_a_sender_that_sends_too_much_waits_a_second(bearer: dict[str, str]) -> None:
    elapsed = [0.0]
    receiver = Receiver(lambda: NOW, limits=TokenLimits(Allowance(bodies=2, size=1000), lambda: elapsed[0]))

    def status(body: bytes = b"{}") -> str:
        return post(receiver, body, **bearer).status

    assert [status() for _ in range(3)] == ["200 OK", "200 OK", "429 Too Many Requests"]
    other = {"HTTP_AUTHORIZATION": f"Bearer {issued('ci')}"}
    assert post(receiver, b"{}", **other).status == "200 OK"
    elapsed[0] = 60
    assert status(b"{" + b" " * 999 + b"}") == "429 Too Many Requests"
    assert status() == "200 OK"


def test_a_database_that_is_busy_for_too_long_costs_a_second_try(bearer: dict[str, str]) -> None:
    appender = Appender(patience=0.05)
    receiver = Receiver(lambda: NOW, appender=appender)
    writing, done = threading.Event(), threading.Event()

    def write() -> None:
        with transaction():
            writing.set()
            done.wait(5)

    holder = threading.Thread(target=write)
    holder.start()
    writing.wait(5)
    status = post(receiver, BODY, **bearer).status
    done.set()
    holder.join()
    appender.stop()
    assert waiting() == 1  # it is kept, though later than its sender waited
    assert status == "503 Service Unavailable" or not is_sqlite()  # PostgreSQL's writers do not wait


def test_a_fault_of_ours_is_503_and_in_the_log(
    bearer: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Appender):
        def append(self, *_arguments: Any, **_named: Any) -> None:
            raise ZeroDivisionError

    answer = post(Receiver(lambda: NOW, appender=Broken()), BODY, **bearer)
    assert (answer.status, answer.headers["Retry-After"]) == ("503 Service Unavailable", "1")
    assert "ZeroDivisionError" in caplog.text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=some.binary(max_size=60),
    coding=some.sampled_from(["", "gzip", "x"]),
    media=some.sampled_from([PROTOBUF, "application/json", ""]),
)
def test_any_request_has_an_answer_that_is_not_500(
    receiver: Receiver, bearer: dict[str, str], body: bytes, coding: str, media: str
) -> None:
    answer: Answer = post(receiver, body, CONTENT_TYPE=media, HTTP_CONTENT_ENCODING=coding, **bearer)
    assert answer.status[:3] in ("200", "400", "415")
    assert answer.headers["Content-Length"] == str(len(answer.body))


def test_many_senders_at_once_are_all_kept(receiver: Receiver, bearer: dict[str, str]) -> None:
    answers: list[Answer] = []

    def send() -> None:
        answers.extend(post(receiver, BODY, **bearer) for _ in range(10))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == ["200 OK"] * 80
    assert waiting() == 80


def test_a_database_that_hangs_has_the_batch_sent_again(bearer: dict[str, str]) -> None:
    goes_on = threading.Event()

    def hang(_given: str) -> None:
        assert goes_on.wait(30)

    hanging = Receiver(lambda: NOW, lookup=TokenLookup(hang, patience=0.05))
    answers = [post(hanging, BODY, **bearer) for _ in range(THREADS + 2)]
    goes_on.set()
    assert {(answer.status, answer.headers["Retry-After"]) for answer in answers} == {
        ("503 Service Unavailable", "1")
    }
    assert PATIENCE + APPENDING < 2  # seconds until Claude Code gives up


def test_a_web_view_may_send(receiver: Receiver, bearer: dict[str, str]) -> None:
    asked = {
        "HTTP_ORIGIN": "https://pivot.example.com",
        "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST",
        "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "authorization,content-type",
    }
    preflight = post(receiver, b"", "traces", REQUEST_METHOD="OPTIONS", **asked)
    assert (preflight.status, preflight.body) == ("204 No Content", b"")
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert "authorization" in preflight.headers["Access-Control-Allow-Headers"]
    sent = post(receiver, b"{}", "traces", HTTP_ORIGIN="https://pivot.example.com", **bearer)
    assert (sent.status, sent.headers["Access-Control-Allow-Origin"]) == ("200 OK", "*")
    refused = post(receiver, b"{}", "traces", HTTP_ORIGIN="https://pivot.example.com")
    assert (refused.status[:3], refused.headers["Access-Control-Allow-Origin"]) == ("401", "*")
