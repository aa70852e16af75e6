"""Bodies: forms, encodings and limits; a wrong one is refused with its status, a wrong record alone."""

import gzip
import zlib
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from providers.claude.decode import LIMIT, decode, form_of, inflate
from providers.claude.errors import UnreadableBody
from tests.providers.claude.bodies import (
    AT,
    attributes,
    event,
    logs_body,
    metric,
    metrics_body,
    point,
    records,
)

BODY = logs_body(event(request_id="req_1", model="claude-opus-5-5", input_tokens=7))


def status(encoded: bytes, encoding: str, limit: int = LIMIT) -> int:
    with pytest.raises(UnreadableBody) as refusal:
        inflate(encoded, encoding, limit=limit)
    return refusal.value.status


@pytest.mark.parametrize(
    ("content_type", "form"),
    [
        ("application/json", "json"),
        ("application/json; charset=utf-8", "json"),
        (" Application/JSON ", "json"),
        ("application/x-protobuf", "protobuf"),
    ],
)
def test_a_content_type_says_the_form(content_type: str, form: str) -> None:
    assert form_of(content_type) == form


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/grpc", "json"])
def test_any_other_content_type_is_415(content_type: str) -> None:
    with pytest.raises(UnreadableBody) as refusal:
        form_of(content_type)
    assert refusal.value.status == 415


@pytest.mark.parametrize("encoding", ["", "identity", "Identity"])
def test_a_plain_body_is_itself(encoding: str) -> None:
    assert inflate(BODY, encoding) == BODY


def test_gzip_is_inflated_in_one_member_or_several() -> None:
    assert inflate(gzip.compress(BODY), "gzip") == BODY
    assert inflate(gzip.compress(BODY[:9]) + gzip.compress(BODY[9:]), " GZIP ") == BODY
    assert inflate(b"", "gzip") == b""


@pytest.mark.parametrize("encoding", ["deflate", "zstd", "gzip, gzip", "br"])
def test_any_other_encoding_is_415(encoding: str) -> None:
    assert status(BODY, encoding) == 415


@pytest.mark.parametrize(
    "encoded",
    [
        BODY,
        zlib.compress(BODY),
        gzip.compress(BODY)[:-9],
        gzip.compress(BODY) + b"more",
        gzip.compress(b"") * 17,
    ],
    ids=["plain", "zlib", "cut", "trailing", "members"],
)
def test_what_is_no_gzip_is_400(encoded: bytes) -> None:
    assert status(encoded, "gzip") == 400


def test_a_body_is_inflated_up_to_the_limit_and_no_further() -> None:
    assert inflate(gzip.compress(bytes(1000)), "gzip", limit=1000) == bytes(1000)
    assert status(gzip.compress(bytes(1001)), "gzip", limit=1000) == 413
    assert status(gzip.compress(bytes(600)) * 2, "gzip", limit=1000) == 413


def test_a_body_over_the_limit_is_413() -> None:
    with pytest.raises(UnreadableBody) as refusal:
        decode("logs", "json", bytes(LIMIT + 1))
    assert refusal.value.status == 413


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_object_is_400(body: bytes) -> None:
    with pytest.raises(UnreadableBody) as refusal:
        decode("logs", "json", body)
    assert refusal.value.status == 400


@pytest.mark.parametrize("body", [b"\x0a", b"\x0a\xff\xff\xff\xff\x0f", b"{}", b"\x0a\x03\x0a\xff\x01"])
def test_what_is_no_protobuf_is_400(body: bytes) -> None:
    with pytest.raises(UnreadableBody) as refusal:
        decode("logs", "protobuf", body)
    assert refusal.value.status == 400


def test_an_error_has_nothing_of_the_body_in_it() -> None:
    with pytest.raises(UnreadableBody) as refusal:
        decode("logs", "json", b'{"prompt": "CONTENT"')
    assert "CONTENT" not in str(refusal.value)


@pytest.mark.parametrize("body", [b"{}", b'{"resourceLogs": []}', b'{"resourceLogs": null, "more": 1}'])
def test_an_empty_request_has_no_records(body: bytes) -> None:
    assert decode("logs", "json", body).records == []
    assert decode("logs", "protobuf", b"").records == []


def test_a_record_that_is_no_object_is_rejected_alone() -> None:
    body = BODY.replace(b'"logRecords":[', b'"logRecords":[7,null,"x",[],')
    batch = decode("logs", "json", body)
    assert (len(batch.records), batch.rejected) == (1, 4)


@pytest.mark.parametrize("rename", [str.upper, str.lower], ids=["upper", "lower"])
def test_field_names_begin_with_a_small_or_a_capital_letter(rename: object) -> None:
    names = (b"resourceLogs", b"scopeLogs", b"logRecords", b"timeUnixNano", b"stringValue", b"attributes")
    body = BODY
    for name in names:
        first = name[:1].upper() if rename is str.upper else name[:1]
        body = body.replace(b'"' + name + b'"', b'"' + first + name[1:] + b'"')
    assert decode("logs", "json", body) == decode("logs", "json", BODY)


def test_field_names_with_underscores_are_read_too() -> None:
    body = BODY.replace(b"resourceLogs", b"resource_logs").replace(b"timeUnixNano", b"time_unix_nano")
    assert decode("logs", "json", body) == decode("logs", "json", BODY)


@pytest.mark.parametrize("value", [{"intValue": "7"}, {"intValue": 7}, {"intValue": 7.0}])
def test_whole_numbers_are_numbers_or_texts(value: Mapping[str, Any]) -> None:
    record = event() | {"attributes": attributes({"input_tokens": value})}
    (result,) = records("logs", logs_body(record))
    assert result.attributes == {"input_tokens": 7}


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "x",
        [],
        {},
        {"intValue": None},
        {"intValue": "9" * 5000},
        {"intValue": 2**64},
        {"doubleValue": "NaN"},
        {"doubleValue": 1e400},
        {"doubleValue": {}},
        {"arrayValue": {"values": [{"intValue": 1}]}},
        {"kvlistValue": {"values": []}},
        {"bytesValue": [1]},
    ],
    ids=repr,
)
def test_a_value_of_a_wrong_type_is_missing(value: object) -> None:
    pair = [{"key": "input_tokens", "value": value}, {"key": "model", "value": {"stringValue": "opus"}}]
    (result,) = records("logs", logs_body(event() | {"attributes": pair}))
    assert result.attributes == {"model": "opus"}


def test_a_point_is_a_number_of_either_kind() -> None:
    whole = point(AT, AT, 0) | {"asInt": "12"}
    del whole["asDouble"]
    body = metrics_body(metric("commit.count", whole, point(AT, AT, 1.5), point(AT, AT, float("nan"))))
    assert [each.value for each in records("metrics", body)] == [12, 1.5, 0]


def test_times_are_texts_or_numbers() -> None:
    body = logs_body(event(), event() | {"timeUnixNano": AT}, event() | {"timeUnixNano": "soon"})
    assert [each.ended for each in records("logs", body)] == [AT, AT, 0]


def test_no_more_attributes_of_a_record_are_read_than_any_sender_has() -> None:
    many = attributes({f"a{number}": 1 for number in range(1000)}) + attributes({"model": "late"})
    (result,) = records("logs", logs_body(event() | {"attributes": many}))
    assert result.attributes == {}


def test_a_body_of_a_million_parts_is_413() -> None:
    body = msgspec.json.encode({"resourceLogs": [{}] * 1_000_000})
    with pytest.raises(UnreadableBody) as refusal:
        decode("logs", "json", body)
    assert refusal.value.status == 413
