"""OTLP/HTTP bodies into records: inflate within a limit, decode by content type, strip on the way."""

import zlib
from collections.abc import Iterable
from typing import Literal

from providers.claude import json_body, protobuf_body
from providers.claude.allow_list import ATTRIBUTES, Sieve
from providers.claude.errors import UnreadableBody
from providers.claude.records import Batch, Signal

LIMIT = 8_000_000  # bytes of a body, before and after inflation; the server takes no more of any
FORMS: dict[str, "Form"] = {"application/x-protobuf": "protobuf", "application/json": "json"}

Form = Literal["protobuf", "json"]
_GZIP = 31  # zlib's window bits for a gzip stream with its header
_MOST_MEMBERS = 16  # senders make one; each more costs a copy of what follows it


def form_of(content_type: str) -> Form:
    """Return how a body is encoded, by its content type without parameters. Raises UnreadableBody."""
    form = FORMS.get(content_type.partition(";")[0].strip().casefold())
    if form is None:
        raise UnreadableBody(415, "the content type must be application/x-protobuf or application/json")
    return form


def decode(signal: Signal, form: Form, body: bytes, *, configured: Iterable[str] = ATTRIBUTES) -> Batch:
    """Return what we keep of a body. Raises UnreadableBody; nothing else, whatever the bytes are."""
    if len(body) > LIMIT:
        raise UnreadableBody(413, f"the body is larger than {LIMIT} bytes")
    sieve = Sieve(configured)
    read = json_body.read if form == "json" else protobuf_body.read
    every = list(read(signal, body, sieve))
    records = [record for record in every if record is not None]
    return Batch(signal, records, len(every) - len(records), sieve.has_content)


def inflate(body: bytes, encoding: str, *, limit: int = LIMIT) -> bytes:
    """Return a body without its content encoding, as far as the limit allows. Raises UnreadableBody."""
    match encoding.strip().casefold():
        case "" | "identity":
            return body
        case "gzip":
            return _unzipped(body, limit)
        case _:
            raise UnreadableBody(415, "the content encoding must be gzip or identity")


def _unzipped(body: bytes, limit: int) -> bytes:
    """Inflate the members of a gzip stream one after the other, and stop as soon as they are too large."""
    parts: list[bytes] = []
    room = limit + 1
    while body and len(parts) < _MOST_MEMBERS:
        member = zlib.decompressobj(_GZIP)
        try:
            parts.append(member.decompress(body, room))
        except zlib.error as error:
            raise UnreadableBody(400, "the body is not gzip") from error
        room -= len(parts[-1])
        if room <= 0:
            raise UnreadableBody(413, f"the body is larger than {limit} bytes once it is inflated")
        if not member.eof:
            raise UnreadableBody(400, "the body ends in the middle of its gzip stream")
        body = member.unused_data
    if body:
        raise UnreadableBody(400, "the body has too many gzip members")
    return b"".join(parts)
