"""What passes: names that are listed or configured, and plain short values; content never does."""

from typing import Any

import pytest

from providers.claude.allow_list import CONTENT, LONGEST
from providers.claude.decode import decode
from providers.claude.records import Batch
from tests.providers.claude.bodies import event, logs_body, span, traces_body

CALL: dict[str, Any] = {"model": "claude-opus-5-5", "input_tokens": 10}


def kept(**values: Any) -> Batch:
    return decode("logs", "json", logs_body(event(**{**CALL, **values})))


@pytest.mark.parametrize("name", sorted(CONTENT))
def test_content_never_passes_and_is_noticed(name: str) -> None:
    keyword: dict[str, Any] = {name.replace(".", "__"): "CONTENT"}
    of_event = kept(**keyword)
    of_span = decode("traces", "json", traces_body(span(gen_ai__usage__output_tokens=1, **keyword)))
    of_resource = decode("logs", "json", logs_body(event(**CALL), resource={name: "CONTENT"}))
    for batch in (of_event, of_span, of_resource):
        assert batch.has_content
        assert "CONTENT" not in repr(batch)


def test_content_cannot_be_configured() -> None:
    body = logs_body(event(prompt="CONTENT", squad="blue", **CALL))
    (record,) = decode("logs", "json", body, configured=("prompt", "squad")).records
    assert record.attributes == {**CALL, "squad": "blue"}


@pytest.mark.parametrize("name", ["workspace.host_paths", "bash_argv0", "host.name", "a.new.attribute"])
def test_an_attribute_that_is_not_listed_does_not_pass(name: str) -> None:
    assert "secret" not in repr(kept(**{name.replace(".", "__"): "secret"}))


def test_what_the_client_redacted_is_no_content() -> None:
    assert not kept(prompt="<REDACTED>", prompt_text="").has_content


def test_a_text_too_long_for_a_name_does_not_pass() -> None:
    (record,) = kept(skill__name="x" * (LONGEST + 1), team="y" * LONGEST).records
    assert "skill.name" not in record.attributes
    assert record.attributes["team"] == "y" * LONGEST


def test_content_of_a_record_that_is_not_counted_is_noticed_too() -> None:
    batch = decode("logs", "json", logs_body(event(name="assistant_response", response="CONTENT")))
    assert (batch.records, batch.has_content) == ([], True)


def test_the_text_of_a_log_record_does_not_pass() -> None:
    record = event(event__name="api_request", **CALL) | {"body": {"stringValue": "CONTENT"}}
    (result,) = decode("logs", "json", logs_body(record)).records
    assert "CONTENT" not in repr(result)
