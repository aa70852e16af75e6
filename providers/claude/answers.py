"""What OTLP/HTTP answers a sender, in the encoding of its request.

https://opentelemetry.io/docs/specs/otlp/#otlphttp-response. Senders retry 429, 502, 503 and 504 alone,
and Claude Code gives up a batch for which it must wait beyond its own deadline: never ask for more than
RETRY_AFTER.
"""

from collections.abc import Mapping

import msgspec

from providers.claude.decode import FORMS, Form
from providers.claude.records import Batch, Signal

RETRY_AFTER = 1  # seconds
CONTENT_SENT = (
    "StackSpend dropped prompts, answers or tool input that came with these records. "
    "Turn off OTEL_LOG_USER_PROMPTS, OTEL_LOG_ASSISTANT_RESPONSES and OTEL_LOG_TOOL_DETAILS, "
    "or choose metadata only, at the sender."
)
_UNREADABLE = "Records that aren't objects were not kept. "
_REJECTED: Mapping[Signal, str] = {
    "metrics": "rejectedDataPoints",
    "logs": "rejectedLogRecords",
    "traces": "rejectedSpans",
}
_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 413: 8, 415: 3, 429: 8, 503: 14}
"""gRPC's code of a status: https://grpc.io/docs/guides/status-codes/"""
_UNKNOWN = 2
_VARINT, _BYTES = 0, 2  # wire types


def content_type(form: Form) -> str:
    """Return the content type of an answer."""
    return next(name for name, each in FORMS.items() if each == form)


def accepted(form: Form, batch: Batch) -> bytes:
    """Return the body of a 200: nothing to say, how many records were rejected, or that there was content."""
    remark = (_UNREADABLE if batch.rejected else "") + (CONTENT_SENT if batch.has_content else "")
    if not remark:
        return b"{}" if form == "json" else b""
    if form == "json":
        partial: dict[str, object] = {"errorMessage": remark.strip()}
        if batch.rejected:
            partial[_REJECTED[batch.signal]] = str(batch.rejected)  # 64 bits: a text in JSON
        return msgspec.json.encode({"partialSuccess": partial})
    rejected = _field(1, _VARINT, _varint(batch.rejected)) if batch.rejected else b""
    return _message(1, rejected + _message(2, remark.strip().encode()))


def refused(form: Form, status: int, message: str) -> bytes:
    """Return the body of any other answer, a `google.rpc.Status`."""
    code = _CODES.get(status, _UNKNOWN)
    if form == "json":
        return msgspec.json.encode({"code": code, "message": message})
    return _field(1, _VARINT, _varint(code)) + _message(2, message.encode())


def _message(number: int, inner: bytes) -> bytes:
    return _field(number, _BYTES, _varint(len(inner)) + inner)


def _field(number: int, wire_type: int, value: bytes) -> bytes:
    return _varint(number << 3 | wire_type) + value


def _varint(number: int) -> bytes:
    """Return a number in protobuf: seven bits a byte, the lowest first, the top bit set if more follow."""
    parts = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)
