"""Answers to senders, as OpenTelemetry's own library reads them."""

import json

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse

from providers.claude.answers import accepted, content_type, refused
from providers.claude.records import Batch


def test_a_batch_that_is_kept_whole_is_answered_with_nothing() -> None:
    batch = Batch("logs", [])
    assert json.loads(accepted("json", batch)) == {}
    assert not ExportLogsServiceResponse.FromString(accepted("protobuf", batch)).HasField("partial_success")


def test_rejected_records_are_counted() -> None:
    batch = Batch("metrics", [], rejected=300)
    partial = ExportMetricsServiceResponse.FromString(accepted("protobuf", batch)).partial_success
    assert partial.rejected_data_points == 300
    assert partial.error_message
    in_json = json.loads(accepted("json", batch))["partialSuccess"]
    assert in_json == {"rejectedDataPoints": "300", "errorMessage": partial.error_message}


def test_content_is_remarked_on_and_nothing_is_rejected() -> None:
    batch = Batch("logs", [], has_content=True)
    partial = ExportLogsServiceResponse.FromString(accepted("protobuf", batch)).partial_success
    assert partial.rejected_log_records == 0
    assert "OTEL_LOG_USER_PROMPTS" in partial.error_message
    assert json.loads(accepted("json", batch)) == {"partialSuccess": {"errorMessage": partial.error_message}}


@pytest.mark.parametrize(("status", "code"), [(400, 3), (401, 16), (413, 8), (503, 14), (405, 2)])
def test_a_refusal_is_a_status(status: int, code: int) -> None:
    assert json.loads(refused("json", status, "no")) == {"code": code, "message": "no"}
    assert refused("protobuf", status, "no") == bytes([0x08, code, 0x12, 2]) + b"no"


def test_an_answer_has_the_content_type_of_its_request() -> None:
    assert content_type("json") == "application/json"
    assert content_type("protobuf") == "application/x-protobuf"
