"""What an admin pastes into each sender of telemetry, so that it sends to us.

Names and values are those of https://code.claude.com/docs/en/monitoring-usage; how each sender reads them:
https://code.claude.com/docs/en/agent-sdk/observability, https://claude.com/docs/cowork/monitoring,
https://platform.claude.com/docs/en/manage-claude/opentelemetry.
"""

import json
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Sender = Literal[
    "managed",
    "person",
    "keys",
    "rotating",
    "vscode",
    "jetbrains",
    "sdk_python",
    "sdk_typescript",
    "actions",
    "cowork",
    "office",
    "console",
]
Language = Literal["json", "python", "typescript", "yaml", "text"]
HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"
SECRET = "${{ secrets.STACKSPEND_TOKEN }}"  # noqa: S105 - the name of a secret, not one


class Snippet(NamedTuple):
    """What to paste for a sender: its name, where the text goes, the text, and what else to know.

    `place` and `note` are marked up as both Markdown and Slack read it.
    """

    sender: str
    place: str
    text: str
    language: Language
    note: str = ""


def endpoint(public_url: str) -> str:
    """Return the address to which senders add `/v1/metrics` and so on."""
    return f"{public_url.rstrip('/')}/otlp"


def variables(endpoint: str, token: str) -> dict[str, str]:
    """Return the environment variables of Claude Code."""
    return {
        "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        HEADERS: f"Authorization=Bearer {token}",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        "OTEL_METRICS_INCLUDE_REPOSITORY": "1",
        "OTEL_METRICS_INCLUDE_VERSION": "1",
        "OTEL_METRICS_INCLUDE_ENTRYPOINT": "1",
        "OTEL_LOG_USER_PROMPTS": "0",
        "OTEL_LOG_ASSISTANT_RESPONSES": "0",
    }


def snippets(endpoint: str, token: str) -> Mapping[Sender, Snippet]:
    """Return what to paste, by sender."""
    env = variables(endpoint, token)
    return {**_of_people(env), **_of_editors(env), **_of_programs(env), **_of_services(endpoint, token)}


def _of_people(env: Mapping[str, str]) -> dict[Sender, Snippet]:
    settings = _json({"env": env})
    anonymous = {**env, "OTEL_RESOURCE_ATTRIBUTES": "user.email=dev%40example.com,team=payments"}
    without_token = {name: value for name, value in env.items() if name != HEADERS}
    helper = {"otelHeadersHelper": "/usr/local/bin/stackspend-headers", "env": without_token}
    return {
        "managed": Snippet(
            "Claude Code, everyone",
            "Managed settings: in the claude.ai admin console, or the file `managed-settings.json` by MDM.",
            settings,
            "json",
            "Put the whole block in one place, and restart Claude Code. People confirm the address once.",
        ),
        "person": Snippet(
            "Claude Code, one person",
            "`~/.claude/settings.json` of that person, not the settings of a repository.",
            settings,
            "json",
            "Restart Claude Code afterward.",
        ),
        "keys": Snippet(
            "Claude Code with an API key, Bedrock, Vertex or Foundry",
            "`~/.claude/settings.json` of each person, by MDM or a launch script.",
            _json({"env": anonymous}),
            "json",
            "Without an account, telemetry says whose it is only by this attribute: "
            "write each person's own address, with %40 for @ and without spaces.",
        ),
        "rotating": Snippet(
            "Claude Code, with a token that changes",
            "Managed settings, beside a program that prints the header as JSON.",
            _json(helper),
            "json",
            'The program prints `{"Authorization": "Bearer …"}`; '
            "Claude Code runs it at the start and every 29 minutes.",
        ),
    }


def _of_editors(env: Mapping[str, str]) -> dict[Sender, Snippet]:
    listed = [{"name": name, "value": value} for name, value in env.items()]
    return {
        "vscode": Snippet(
            "VS Code",
            "The Claude Code settings above work here. Where an old extension ignores them: "
            "the `settings.json` of VS Code.",
            _json({"claudeCode.environmentVariables": listed}),
            "json",
            "Reload the window afterward.",
        ),
        "jetbrains": Snippet(
            "JetBrains",
            "Managed settings of Claude Code.",
            _json({"env": env}),
            "json",
            "Restart the IDE afterward.",
        ),
    }


def _of_programs(env: Mapping[str, str]) -> dict[Sender, Snippet]:
    quick = {"OTEL_METRIC_EXPORT_INTERVAL": "1000", "OTEL_LOGS_EXPORT_INTERVAL": "1000"}  # ms: runs are short
    agent = {**env, **quick, "OTEL_SERVICE_NAME": "my-agent", "OTEL_RESOURCE_ATTRIBUTES": "team=payments"}
    job = {
        **env,
        HEADERS: f"Authorization=Bearer {SECRET}",
        "CLAUDE_CODE_OTEL_SHUTDOWN_TIMEOUT_MS": "10000",  # the usual two seconds can lose the last metrics
        "OTEL_RESOURCE_ATTRIBUTES": "team=ci",
    }
    return {
        "sdk_python": Snippet(
            "Agent SDK, Python",
            "The options of your agent.",
            "options = ClaudeAgentOptions(\n    env={\n"
            + "".join(f"        {json.dumps(name)}: {json.dumps(value)},\n" for name, value in agent.items())
            + "    }\n)",
            "python",
        ),
        "sdk_typescript": Snippet(
            "Agent SDK, TypeScript",
            "The options of your agent. They replace the environment, so pass it on.",
            "const options = {\n  env: {\n    ...process.env,\n"
            + "".join(f"    {name}: {json.dumps(value)},\n" for name, value in agent.items())
            + "  },\n};",
            "typescript",
        ),
        "actions": Snippet(
            "GitHub Actions",
            "The step that uses `anthropics/claude-code-action`; the token as the secret `STACKSPEND_TOKEN`.",
            "env:\n" + "\n".join(f"  {name}: {json.dumps(value)}" for name, value in job.items()),
            "yaml",
        ),
    }


def _of_services(endpoint: str, token: str) -> dict[Sender, Snippet]:
    host = endpoint.partition("://")[2].partition("/")[0]
    return {
        "cowork": Snippet(
            "Cowork",
            "claude.ai: Organization settings → Cowork.",
            f"OTLP endpoint: {endpoint}\nProtocol: HTTP/protobuf\nHeaders: Authorization=Bearer {token}",
            "text",
            f"Also allow {host} under Capabilities → Network egress: without it Cowork drops its events and "
            "says nothing. It applies to sessions that start afterward.",
        ),
        "office": Snippet(
            "Office agents",
            "claude.ai: Organization settings → Office agents.",
            f"otlp_endpoint: {endpoint}\notlp_headers: Authorization=Bearer {token}",
            "text",
            "They also send prompts and answers, which are dropped before anything is stored.",
        ),
        "console": Snippet(
            "Claude API and Managed Agents",
            "Claude Console: OpenTelemetry → Add destination.",
            f"Type: Custom\nURL: {endpoint}\nHeader name: Authorization\nHeader value: Bearer {token}\n"
            "Content mode: Metadata only\nWorkspaces: All",
            "text",
            "Then press Test. The address must be public, with HTTPS.",
        ),
    }


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
