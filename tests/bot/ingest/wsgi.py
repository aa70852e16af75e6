"""Requests of telemetry senders, as the server hands them on."""

from io import BytesIO
from typing import Any, NamedTuple

from bot.ingest.receiver import Receiver
from storage.engine.database import transaction
from storage.state.ingest import tokens
from tests.bot.conftest import NOW


class Answer(NamedTuple):
    """What a sender gets."""

    status: str
    headers: dict[str, str]
    body: bytes


def issued(name: str = "laptops", team: str = "T1") -> str:
    with transaction():
        return tokens.issue(team, name, by="U1", at=NOW)[0]


def post(receiver: Receiver, body: bytes = b"{}", signal: str = "logs", **environ: Any) -> Answer:
    """Send a body; headers and so on by their names in `environ`."""
    usual = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"/otlp/v1/{signal}",
        "CONTENT_TYPE": "application/json",
        "wsgi.input": BytesIO(body),
    }
    answers: list[tuple[str, dict[str, str]]] = []
    parts = receiver({**usual, **environ}, lambda status, headers: answers.append((status, dict(headers))))
    return Answer(*answers[0], b"".join(parts))
