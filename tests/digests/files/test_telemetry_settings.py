"""What is pasted into each sender is valid in its language, and leads to us with the token."""

import ast
import json
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from digests.files.telemetry_settings import SECRET, Sender, endpoint, snippets, variables

ENDPOINT, TOKEN = "https://spend.example.com/otlp", "AbC_-0123456789abcdefghijklmnopqrstuvwxyzABCDE"
GUIDE = Path(__file__).parents[3] / "docs" / "telemetry.md"
PASTED = snippets(ENDPOINT, TOKEN)
COMMON = variables(ENDPOINT, TOKEN)


def env_in(sender: Sender) -> Any:
    """Read a snippet as its sender would."""
    snippet = PASTED[sender]
    if snippet.language == "yaml":
        return yaml.safe_load(snippet.text)["env"]
    if snippet.language == "python":
        (call,) = [node for node in ast.walk(ast.parse(snippet.text)) if isinstance(node, ast.Call)]
        return ast.literal_eval(call.keywords[0].value)
    if snippet.language == "typescript":
        lines = snippet.text.partition("...process.env,\n")[2].partition("\n  },")[0].splitlines()
        pairs = [line.strip().removesuffix(",").partition(": ") for line in lines]
        return {name: json.loads(value) for name, _, value in pairs}
    settings: dict[str, Any] = json.loads(snippet.text)
    if "claudeCode.environmentVariables" in settings:
        return {each["name"]: each["value"] for each in settings["claudeCode.environmentVariables"]}
    return settings["env"]


WITH_VARIABLES: list[Sender] = [
    name for name in get_args(Sender) if name not in ("cowork", "office", "console")
]


def test_every_sender_has_its_settings() -> None:
    assert set(PASTED) == set(get_args(Sender))


@pytest.mark.parametrize("sender", WITH_VARIABLES)
def test_variables_lead_to_us_in_an_encoding_that_we_take(sender: Sender) -> None:
    env = env_in(sender)
    assert env["CLAUDE_CODE_ENABLE_TELEMETRY"] == "1"
    assert env["OTEL_EXPORTER_OTLP_ENDPOINT"] == ENDPOINT
    assert env["OTEL_EXPORTER_OTLP_PROTOCOL"] == "http/protobuf"
    assert {env["OTEL_METRICS_EXPORTER"], env["OTEL_LOGS_EXPORTER"]} == {"otlp"}


@pytest.mark.parametrize("sender", WITH_VARIABLES)
def test_all_values_are_texts_that_no_parser_changes(sender: Sender) -> None:
    for name, value in env_in(sender).items():
        assert isinstance(value, str), name
        assert value.isascii(), name


@pytest.mark.parametrize("sender", WITH_VARIABLES)
def test_prompts_and_answers_stay_where_they_are(sender: Sender) -> None:
    env = env_in(sender)
    assert (env["OTEL_LOG_USER_PROMPTS"], env["OTEL_LOG_ASSISTANT_RESPONSES"]) == ("0", "0")
    assert not [name for name in env if name in ("OTEL_LOG_TOOL_DETAILS", "OTEL_LOG_TOOL_CONTENT")]


@pytest.mark.parametrize("sender", [*WITH_VARIABLES, "cowork", "office", "console"])
def test_the_token_is_where_the_sender_reads_it(sender: Sender) -> None:
    text = PASTED[sender].text
    if sender == "actions":
        assert (f"Bearer {SECRET}" in text, TOKEN in text) == (True, False)
    elif sender == "rotating":
        assert ("otelHeadersHelper" in text, TOKEN in text) == (True, False)
    else:
        assert f"Bearer {TOKEN}" in text


def test_resource_attributes_have_no_spaces_which_clients_drop() -> None:
    with_attributes = [env_in(each).get("OTEL_RESOURCE_ATTRIBUTES", "") for each in WITH_VARIABLES]
    assert any(with_attributes)
    assert not [text for text in with_attributes if " " in text or "@" in text]


def test_services_are_given_the_address_without_a_signal() -> None:
    for sender in ("cowork", "office", "console"):
        assert ENDPOINT in PASTED[sender].text.splitlines()[int(sender == "console")]
        assert "/v1" not in PASTED[sender].text
    assert "spend.example.com under Capabilities" in PASTED["cowork"].note


def test_an_address_with_a_slash_at_the_end_is_the_same_address() -> None:
    assert endpoint("https://spend.example.com/") == endpoint("https://spend.example.com") == ENDPOINT


@pytest.mark.parametrize("sender", get_args(Sender))
def test_the_guide_has_the_same_settings(sender: Sender) -> None:
    snippet = snippets("https://HOST/otlp", "TOKEN")[sender]
    guide = GUIDE.read_text(encoding="utf-8")
    assert f"```{snippet.language}\n{snippet.text}\n```" in guide
    assert snippet.sender in guide
