"""A stand-in Messages API: every answer is short, and has usage and a request id of its own."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any


class MessagesApi:
    """Answers each message; `usages` are what it said, in the order of the answers."""

    def __init__(self) -> None:
        self.usages: list[dict[str, int]] = []

    def __call__(self, environ: Mapping[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        asked = environ["wsgi.input"].read(length) if length else environ["wsgi.input"].read()
        if not environ["PATH_INFO"].endswith("/v1/messages") or environ["REQUEST_METHOD"] != "POST":
            return _send(start, "404 Not Found", b'{"type":"error","error":{"type":"not_found_error"}}')
        request = json.loads(asked)
        number = len(self.usages) + 1
        usage = {
            "input_tokens": 1000 + number,
            "cache_creation_input_tokens": 300 * number,
            "cache_read_input_tokens": 2000 * number,
            "output_tokens": 40 + number,
        }
        self.usages.append(usage)
        writes = {"ephemeral_5m_input_tokens": 200 * number, "ephemeral_1h_input_tokens": 100 * number}
        message = {
            "id": f"msg_{number}",
            "type": "message",
            "role": "assistant",
            "model": request["model"],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {**usage, "cache_creation": writes},
        }
        identity = ("request-id", f"req_standin_{number}")
        if not request.get("stream"):
            content = {**message, "content": [{"type": "text", "text": "Hello."}]}
            return _send(start, "200 OK", json.dumps(content).encode(), identity)
        return _send(start, "200 OK", _streamed(message), identity, media="text/event-stream")


def _streamed(message: Mapping[str, Any]) -> bytes:
    begun = {**message, "content": [], "stop_reason": None}
    text = {"type": "text_delta", "text": "Hello."}
    done = {"stop_reason": "end_turn", "stop_sequence": None}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": text},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": done, "usage": message["usage"]},
        {"type": "message_stop"},
    ]
    return b"".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in events)


def _send(
    start: Callable[..., Any],
    status: str,
    content: bytes,
    *headers: tuple[str, str],
    media: str = "application/json",
) -> list[bytes]:
    start(status, [("Content-Type", media), ("Content-Length", str(len(content))), *headers])
    return [content]
