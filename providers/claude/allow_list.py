"""What may be kept of telemetry: an allow list, because new content attributes appear unannounced.

Prompts, answers, bodies, tool input, commands and paths are in no list here, so they never get past `Sieve`.
Names are those of Claude Code 2.1.332, its documentation of August 2026, and Anthropic's SDK 1.14.0.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from providers.claude.records import Value

LONGEST = 255  # characters of a text; OTEL_RESOURCE_ATTRIBUTES allows no longer values, and names are shorter
MOST = 1000  # attributes of a record; an SDK's own limit is 128
GROUP = "team"  # the resource attribute that names a group of people
ATTRIBUTES = (GROUP, "cost_center", "department", "project", "enduser.id", "tenant.id", "ci.pipeline.name")
"""Resource attributes that we keep before a team configures its own."""

REQUEST, TOOL_RESULT = "api_request", "tool_result"
REVISION = "vcs.ref.head.revision"  # on the result of a successful `git commit`: the only result we count
METRICS = frozenset(
    f"claude_code.{name}"
    for name in (
        "session.count",
        "lines_of_code.count",
        "pull_request.count",
        "commit.count",
        "cost.usage",
        "token.usage",
        "code_edit_tool.decision",
        "active_time.total",
    )
)
_SCOPE = "com.anthropic."  # nobody can rename a scope, as OTEL_SERVICE_NAME renames a service
_PREFIXES = frozenset(("claude_code", "cowork"))
_USAGE = frozenset(("output_tokens", "gen_ai.usage.output_tokens"))
TEST_SPAN = "anthropic.test"  # what the Console sends when an admin presses Test

_WHO = """user.id user.email user.account_uuid user.account_id organization.id user.groups identity.source
    anthropic.organization.id anthropic.workspace.id"""
_WHERE = """session.id anthropic.session.id gen_ai.conversation.id prompt.id agent_id event.name
    event.timestamp event.sequence app.version app.entrypoint terminal.type service.name service.version
    cowork.surface office.host vcs.repository.url.full vcs.repository.name vcs.owner.name vcs.provider.name
    vcs.ref.head.revision vcs.ref.head.name vcs.ref.head.type vcs.change.id"""
_WHAT = """model input_tokens output_tokens cache_read_tokens cache_creation_tokens cache_creation_5m_tokens
    cache_creation_1h_tokens cost_usd cost_usd_micros duration_ms ttft_ms request_id client_request_id speed
    query_source effort agent.name skill.name plugin.name marketplace.name mcp_server.name mcp_tool.name
    anthropic.provider anthropic.plan anthropic.seat_type inference_geo anthropic.response.inference_geo
    type start_type tool_name decision success"""
_SPAN = """gen_ai.provider.name gen_ai.system gen_ai.request.model gen_ai.response.model gen_ai.response.id
    gen_ai.usage.input_tokens gen_ai.usage.output_tokens gen_ai.usage.cache_read.input_tokens
    gen_ai.usage.cache_write.input_tokens anthropic.request.id anthropic.response.service_tier
    anthropic.usage.cache_creation.ephemeral_5m_input_tokens
    anthropic.usage.cache_creation.ephemeral_1h_input_tokens"""
NAMES = frozenset(f"{_WHO} {_WHERE} {_WHAT} {_SPAN}".split())

_CONTENT = """prompt prompt_text response body body_ref tool_input tool_parameters error system_prompt
    user_system_prompt new_context user_prompt user.message document.url gen_ai.input.messages
    gen_ai.output.messages gen_ai.system_instructions gen_ai.tool.call.arguments
    gen_ai.tool.call.result mcp.servers"""
CONTENT = frozenset(_CONTENT.split())
"""Attributes that hold what people and Claude wrote. They are dropped like every other name that is not in
NAMES; the list is for telling the sender that it sent them."""
_REDACTED = "<REDACTED>"  # what Claude Code sends in their place by default
_CREDENTIALS = re.compile(r"(?<=://)[^/@]*@")  # a remote with a user and password; old clients do not strip


class Sieve:
    """Takes from attributes what may be kept, and notes whether there was content among the rest."""

    def __init__(self, configured: Iterable[str] = ATTRIBUTES) -> None:
        """`configured` are a team's own resource attributes; content cannot be configured."""
        self._names = (NAMES | frozenset(configured)) - CONTENT
        self.has_content = False

    def take(self, pairs: Iterable[tuple[str, Callable[[], object]]]) -> dict[str, Value]:
        """Return the allowed attributes that have a plain value; look at no other value than is needed."""
        kept: dict[str, Value] = {}
        for name, read in pairs:
            if name in self._names:
                value = _plain(read())
                if value is not None:
                    kept[name] = value
            elif name in CONTENT and not self.has_content:
                self.has_content = read() not in (None, "", _REDACTED)
        return kept

    @staticmethod
    def name(value: object) -> str:
        """Return the name of a scope or span, "" for what is none."""
        return (_text(value) or "") if isinstance(value, str) else ""


def _plain(value: object) -> Value | None:
    """Return a plain value that can be stored, None for lists, maps and long texts."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool | int | float):
        return value
    return None


def _text(value: str) -> str | None:
    if len(value) > LONGEST:
        return None  # a name is shorter, and what is not a name may be content
    if not value.isprintable():  # PostgreSQL stores no NUL, and nobody half a surrogate pair
        value = "".join(filter(str.isprintable, value))
    return _CREDENTIALS.sub("", value) if "@" in value and "://" in value else value


def event_name(scope: str, body: object, attributes: Mapping[str, Value]) -> str | None:
    """Return the name of an event that we count, without its prefix; None for any other record.

    A body is a name with a prefix (`claude_code.api_request`, `cowork.api_request`) or somebody's log text.
    """
    prefix, _, name = body.rpartition(".") if isinstance(body, str) else ("", "", "")
    if not (scope.startswith(_SCOPE) or prefix in _PREFIXES):
        return None
    names = (name, attributes.get("event.name"))
    if REQUEST in names:
        return REQUEST
    return TOOL_RESULT if TOOL_RESULT in names and REVISION in attributes else None


def is_counted_span(scope: str, name: str, attributes: Mapping[str, Value]) -> bool:
    """Whether a span is a call of Claude that tells its tokens, or the Console's test."""
    if name == TEST_SPAN:
        return True
    vendors = {attributes.get("gen_ai.provider.name"), attributes.get("gen_ai.system")}
    is_claude = scope.startswith(_SCOPE) or "anthropic" in vendors
    return is_claude and not _USAGE.isdisjoint(attributes)
