"""Whatever bytes come: a batch, or a refusal that has a status; and memory in proportion to the body."""

import gzip
import json
import tracemalloc
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from providers.claude.counting import count
from providers.claude.decode import Form, decode, inflate
from providers.claude.errors import UnreadableBody
from providers.claude.records import Batch, Signal
from tests.providers.claude.bodies import DATA, FILES, SAMPLED, event, form_of, logs_body, signal_of

STATUSES = {400, 413, 415}
signals = some.sampled_from(get_args(Signal))
forms = some.sampled_from(get_args(Form))
files = some.sampled_from(FILES)


def assert_settles(signal: Signal, form: Form, body: bytes) -> Batch | None:
    """Decode a body to the end, through counting and storage; None if it is refused."""
    batch = decoded(signal, form, body)
    if isinstance(batch, int):
        assert batch in STATUSES
        return None
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(batch), type=Batch) == batch
    counted = count([batch], received_at=SAMPLED)
    assert all(tokens >= 0 for tokens in counted.tokens)
    return batch


def decoded(signal: Signal, form: Form, body: bytes) -> Batch | int:
    """Return a body's batch, or the status with which it is refused."""
    try:
        return decode(signal, form, body)
    except UnreadableBody as refusal:
        return refusal.status


def inflated(body: bytes) -> bytes | int:
    try:
        return inflate(body, "gzip")
    except UnreadableBody as refusal:
        return refusal.status


@given(signal=signals, form=forms, body=some.binary(max_size=200))
def test_any_bytes_are_a_batch_or_refused(signal: Signal, form: Form, body: bytes) -> None:
    assert_settles(signal, form, body)


@given(body=some.binary(max_size=200))
def test_any_bytes_are_inflated_or_refused(body: bytes) -> None:
    assert inflated(gzip.compress(body)) == body
    assert not body or inflated(body) == 400


@settings(max_examples=300)
@given(file=files, share=some.floats(0, 1), junk=some.binary(max_size=8), at=some.floats(0, 1))
def test_a_sample_cut_or_overwritten_anywhere_is_a_batch_or_refused(
    file: str, share: float, junk: bytes, at: float
) -> None:
    body = (DATA / file).read_bytes()
    place = int(len(body) * at)
    assert_settles(signal_of(file), form_of(file), body[: int(len(body) * share)])
    assert_settles(signal_of(file), form_of(file), body[:place] + junk + body[place + len(junk) :])


scalars = (
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats(allow_nan=False, allow_infinity=False)
    | some.text(max_size=9)
)
anything = some.recursive(
    scalars,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner),
    max_leaves=6,
)


@settings(max_examples=300)
@given(
    data=some.data(),
    file=some.sampled_from([each for each in FILES if each.startswith("written-") and each.endswith("json")]),
)
def test_a_sample_with_anything_anywhere_is_a_batch(data: some.DataObject, file: str) -> None:
    whole = msgspec.json.decode((DATA / file).read_bytes())
    for _ in range(3):
        parent, key = data.draw(some.sampled_from(list(places(whole))))
        parent[key] = data.draw(anything)
    assert assert_settles(signal_of(file), "json", json.dumps(whole).encode()) is not None


def places(value: Any) -> Any:
    """Every place of a JSON value that can have another value: its container and its key or index."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


@given(name=some.text(max_size=300), value=some.text(max_size=300))
def test_any_text_can_be_kept(name: str, value: str) -> None:
    body = logs_body(event(model=value, session__id=name, input_tokens=1))
    batch = assert_settles("logs", "json", body)
    assert batch is not None
    (kept,) = batch.records
    assert all(str(text).isprintable() and len(str(text)) <= 255 for text in kept.attributes.values())


@pytest.mark.parametrize(
    "text", ["\x00", "a\ud800b".encode("utf-8", "surrogatepass").decode("utf-8", "replace"), "\u202ename"]
)
def test_what_cannot_be_printed_is_left_out(text: str) -> None:
    (kept,) = decode("logs", "json", logs_body(event(model=text))).records
    assert str(kept.attributes["model"]).isprintable()


BOMBS = {
    "empty objects": b'{"resourceLogs":[' + b"{}," * 490_000 + b"{}]}",
    "one text": b'{"a":"' + b"x" * 7_900_000 + b'"}',
    "numbers": b'{"a":[' + b"1.5," * 1_900_000 + b"1]}",
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS)
def test_a_body_takes_no_more_than_some_times_its_size(body: bytes) -> None:
    tracemalloc.start()
    try:
        assert_settles("logs", "json", body)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


def test_a_bomb_is_not_inflated_beyond_the_limit() -> None:
    bomb = gzip.compress(bytes(200_000_000), 1)
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableBody) as refusal:
            inflate(bomb, "gzip")
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()
    assert refusal.value.status == 413


def test_a_million_attributes_of_one_record_are_not_read() -> None:
    attributes = b"\x32\x00" * 1_000_000
    body = b""
    for field in (attributes, None, None):
        inner = body if field is None else field
        body = b"\x12" + varint(len(inner)) + inner
    batch = assert_settles("logs", "protobuf", b"\x0a" + varint(len(body)) + body)
    assert batch is not None


def varint(number: int) -> bytes:
    low = number & 0x7F
    return bytes([low]) if number < 0x80 else bytes([low | 0x80]) + varint(number >> 7)
