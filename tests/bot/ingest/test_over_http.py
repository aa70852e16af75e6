"""Telemetry over real sockets: large bodies in memory alone, in pieces or whole, and small ones elsewhere."""

import gzip
import http.client
import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from random import Random
from typing import Any

import pytest

from bot.ingest.receiver import LANES, PATH, Receiver
from bot.runtime.http.requests import LARGE
from bot.runtime.http.routes import application
from bot.runtime.http.server import Server
from storage.facts.telemetry import batches
from tests.bot.conftest import NOW
from tests.bot.ingest.wsgi import issued
from tests.providers.claude.bodies import event, logs_body

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def server(store: str) -> Iterator[Server]:
    assert store
    others = {PATH: Receiver(lambda: NOW)}
    app = application(slack=None, is_ready=lambda: True, now=lambda: NOW, others=others)
    running = Server(app, host="127.0.0.1", port=0, lanes=LANES)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    yield running
    running.stop()
    thread.join(10)


names = count()


def post(server: Server, body: Any, path: str = "/otlp/v1/logs", **headers: str) -> tuple[int, bytes]:
    token = issued(f"token {next(names)}")
    usual = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)) as connection:
        connection.request("POST", path, body, {**usual, **named})
        answer = connection.getresponse()
        return answer.status, answer.read()


def body_of(size: int) -> bytes:
    """A body of about a size, with content that does not compress."""
    content = Random(1).randbytes(size // 2).hex()
    return logs_body(event(model="claude-opus-5-5", input_tokens=1, prompt=content))


def test_a_large_body_is_taken_whole_and_in_pieces(server: Server) -> None:
    body = body_of(LARGE - 10_000)
    for sent in (body, iter([body[:1000], body[1000:]])):
        status, answer = post(server, sent)
        assert status == 200
        assert "errorMessage" in json.loads(answer)["partialSuccess"]
    assert len(batches.oldest(1, limit=9)) == 2


def test_no_body_is_written_to_a_file_before_it_is_stripped(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: Any, **_named: Any) -> None:
        raise AssertionError("a temporary file was opened")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    assert post(server, body_of(2_000_000))[0] == 200


def test_a_compressed_body_is_taken(server: Server) -> None:
    assert post(server, gzip.compress(body_of(100_000)), Content_Encoding="gzip")[0] == 200


def test_a_body_that_is_too_large_is_413(server: Server) -> None:
    assert post(server, bytes(LARGE + 1))[0] == 413


def test_elsewhere_bodies_are_small(server: Server) -> None:
    assert post(server, bytes(1_000_001), "/otlp")[0] == 413
    assert post(server, bytes(1_000_001), "/slack/events")[0] == 413
