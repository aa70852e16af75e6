"""From records to uses: what each is, so that a request is one however often and by whomever it is reported.

`event.sequence` begins at 0 in each process while a session goes on in the next, so it identifies nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b

import msgspec

from providers.anthropic.reports.names import undated
from providers.claude import values
from providers.claude.allow_list import ATTRIBUTES, REQUEST, REVISION, TEST_SPAN
from providers.claude.records import NANOSECONDS, Record, Value
from providers.claude.streams import Advance
from providers.claude.use import FIRST_PARTY, MANAGED, Commit, Origin, Product, Tokens, Use
from providers.money import billionths

AHEAD = 300 * NANOSECONDS  # a clock may be five minutes ahead of ours; later than that it is wrong
LATE = 30 * 86_400 * NANOSECONDS  # so late comes what a collector queued on its disk; so long we remember
BY_METRICS, BY_CLIENT_SPAN, BY_EVENT, BY_EVENT_WITH_WRITES, BY_API = range(5)
"""What tokens come from, by how exact it is: the last two tell the kinds of cache writes apart, and the API
counts no frame of a stream twice, as Claude Code did before 2.1.214."""

_TOKEN_TYPES = {"input": 0, "cacheCreation": 1, "cacheRead": 3, "output": 4}  # of metrics, in TOKEN_KINDS
_LINES = {"added": 0, "removed": 1}
_DECISIONS = {"accept": 4, "reject": 5}
_IDENTITY = """session.id user.id event.sequence event.timestamp prompt.id agent_id client_request_id
    model input_tokens output_tokens cache_read_tokens cache_creation_tokens cost_usd duration_ms ttft_ms
    query_source anthropic.provider"""
"""What tells an event without a request's id from all others, with its time. A list of its own, so that a
repetition is recognised after a team has configured other attributes."""


class Identified(msgspec.Struct):
    """The uses and commits of some records.

    `early` and `late` count records whose clock was ahead, and those that we do not count because we no
    longer know whether we had them; `tests` counts the Console's test spans.
    """

    uses: list[Use] = []
    commits: list[Commit] = []
    tests: int = 0
    early: int = 0
    late: int = 0


def identify(
    records: Iterable[Record],
    advance: Advance,
    *,
    received_at: int,
    configured: Collection[str] = ATTRIBUTES,
    is_managed: bool = False,
) -> Identified:
    """Return the uses of a body's records, received at some nanoseconds since 1970.

    `is_managed` says that only settings which nobody can override send with the ingest token.
    """
    result, points = Identified(), []
    for record in records:
        ended = record.ended or received_at
        if ended < received_at - LATE:
            result.late += 1
            continue
        result.early += ended > received_at + AHEAD
        if record.kind == "point":
            points.append(record)
        elif record.name == TEST_SPAN:
            result.tests += 1
        else:
            _add(result, record, received_at, configured)
    result.uses += _windows(points, advance, received_at, configured)
    return _managed(result) if is_managed else result


def _managed(identified: Identified) -> Identified:
    uses, commits = (
        [msgspec.structs.replace(each, origin=_from_managed(each.origin)) for each in every]
        for every in (identified.uses, identified.commits)
    )
    return msgspec.structs.replace(identified, uses=uses, commits=commits)


def _from_managed(origin: Origin) -> Origin:
    return msgspec.structs.replace(origin, settings=MANAGED)


def _add(result: Identified, record: Record, received_at: int, configured: Collection[str]) -> None:
    attributes = record.attributes
    origin, at = origin_of(record, configured), _counted_at(record.ended, received_at)
    if record.kind == "span" or record.name == REQUEST:
        tokens, exactness = _tokens_of_span(record) if record.kind == "span" else _tokens_of_event(attributes)
        if tokens and (origin.model or record.kind == "event"):
            cost = _dollars(attributes.get("cost_usd"))
            ended = record.ended or received_at
            key = _key_of_request(record, origin, at)
            result.uses.append(
                Use(key, True, _session(attributes), ended, ended, at, tokens, exactness, cost, origin)
            )
    else:
        result.commits.append(Commit(str(attributes[REVISION]), _session(attributes), at, origin))


def _counted_at(ended: int, received_at: int) -> int:
    return ended if 0 < ended <= received_at + AHEAD else received_at


def _key_of_request(record: Record, origin: Origin, at: int) -> str:
    """Return the request's id, the same from the client, its span and the API; else what tells it apart."""
    attributes = record.attributes
    for name in ("anthropic.request.id", "request_id", "gen_ai.response.id"):
        if text := values.text(attributes.get(name)):
            return _digest("id", origin.provider, text)
    if record.kind == "span":
        return _digest("span", record.span_id)
    return _digest(
        "event", record.name, record.ended or at, *[attributes.get(name) for name in _IDENTITY.split()]
    )


def _digest(*parts: object) -> str:
    return blake2b(repr(parts).encode(errors="replace"), digest_size=16).hexdigest()


def _tokens_of_event(attributes: Mapping[str, Value]) -> tuple[Tokens | None, int]:
    names = ("input_tokens", "cache_creation_tokens", "cache_read_tokens", "output_tokens")
    plain = [values.tokens(attributes.get(name)) for name in names]
    if all(count is None for count in plain):
        return None, 0
    uncached, written, read, output = (count or 0 for count in plain)
    apart = [values.tokens(attributes.get(f"cache_creation_{kind}_tokens")) for kind in ("5m", "1h")]
    tokens, has_writes = _with_writes(uncached, written, apart, read, output)
    return tokens, BY_EVENT_WITH_WRITES if has_writes else BY_EVENT


def _tokens_of_span(record: Record) -> tuple[Tokens | None, int]:
    """Return a span's tokens: `gen_ai.usage.input_tokens` includes the cache, `input_tokens` does not."""
    attributes = record.attributes
    if "input_tokens" in attributes:
        tokens, exactness = _tokens_of_event(attributes)
        return tokens, min(exactness, BY_CLIENT_SPAN)
    names = ("input_tokens", "cache_write.input_tokens", "cache_read.input_tokens", "output_tokens")
    plain = [values.tokens(attributes.get(f"gen_ai.usage.{name}")) for name in names]
    if all(count is None for count in plain):
        return None, 0
    whole, written, read, output = (count or 0 for count in plain)
    name = "anthropic.usage.cache_creation.ephemeral_{}_input_tokens"
    apart = [values.tokens(attributes.get(name.format(kind))) for kind in ("5m", "1h")]
    written = max(written, sum(count or 0 for count in apart))
    uncached = max(whole - written - read, 0)
    tokens, has_writes = _with_writes(uncached, written, apart, read, output)
    return tokens, BY_API if has_writes else BY_CLIENT_SPAN


def _with_writes(
    uncached: int, written: int, apart: Sequence[int | None], read: int, output: int
) -> tuple[Tokens, bool]:
    """Return tokens with both kinds of cache writes, and whether the sender tells them apart.

    Writes of which it does not tell the kind are of 5 minutes.
    """
    short, long = (count or 0 for count in apart)
    tells_apart = apart != [None, None] and short + long >= written
    return (uncached, short if tells_apart else max(written - long, 0), long, read, output), tells_apart


def _dollars(value: object) -> int | None:
    dollars = values.number(value)
    is_price = dollars is not None and 0 <= dollars <= values.MOST_DOLLARS
    return billionths(Decimal(repr(dollars))) if is_price else None


def _session(attributes: Mapping[str, Value]) -> str:
    names = ("session.id", "anthropic.session.id", "gen_ai.conversation.id")
    return next((text for name in names if (text := values.text(attributes.get(name)))), "")


def origin_of(record: Record, configured: Collection[str] = ATTRIBUTES) -> Origin:
    """Return for whom and what a record is."""
    attributes = record.attributes

    def text(*names: str) -> str:
        return next((str(attributes[name]) for name in names if attributes.get(name) not in (None, "")), "")

    product = _product(record)
    is_shared = text("cowork.surface") == "remote"  # each cloud session makes an installation of its own
    model = text("gen_ai.response.model", "model", "gen_ai.request.model").removesuffix("[1m]")
    speed = text("speed")
    return Origin(
        model=undated(model) or "",
        provider=text("anthropic.provider") or FIRST_PARTY,
        product=product,
        plan=text("anthropic.plan"),
        seat_type=text("anthropic.seat_type"),
        account_id=text("user.account_id"),
        account_uuid=text("user.account_uuid"),
        email=text("user.email").strip().casefold(),
        installation="" if is_shared else text("user.id"),
        gateway=text("identity.source"),
        organization=text("anthropic.organization.id", "organization.id"),
        workspace=text("anthropic.workspace.id"),
        service=text("service.name"),
        version=text("app.version", "service.version"),
        repository=text("vcs.repository.url.full").removesuffix(".git").rstrip("/"),
        branch=text("vcs.ref.head.name"),
        pull_request=text("vcs.change.id"),
        skill=text("skill.name"),
        subagent=text("agent.name"),
        plugin=text("plugin.name"),
        mcp_server=text("mcp_server.name"),
        speed=speed if speed == "fast" else "",
        tier=text("anthropic.response.service_tier"),
        geo=text("anthropic.response.inference_geo", "inference_geo"),
        attributes=tuple((name, text(name)) for name in sorted(configured) if text(name)),
    )


def _product(record: Record) -> Product:
    attributes, scope = record.attributes, record.scope
    if "cowork.surface" in attributes or attributes.get("service.name") == "cowork":
        return "cowork"
    if scope.startswith("com.anthropic.claude_code") or record.kind != "span":
        return "claude_code"
    if "office" in scope or "office.host" in attributes:
        return "office_agent"
    return "managed_agents_api" if "anthropic.session.id" in attributes else "messages_api"


# Metrics


def _windows(
    points: Iterable[Record], advance: Advance, received_at: int, configured: Collection[str]
) -> list[Use]:
    """Return what each session and origin used between two exports, all metrics of an export together."""
    exports: dict[tuple[Origin, str, int], list[tuple[Record, int, float]]] = defaultdict(list)
    for point in points:
        origin, session = origin_of(point, configured), _session(point.attributes)
        if point.is_cumulative:
            series = _digest(point.name, session, origin, point.attributes.get("type"), _more(point))
            started, value = advance(series, point)
        else:
            started, value = point.started, point.value
        if value > 0:
            exports[origin, session, point.ended].append((point, started, value))
    return [_window(*key, parts, received_at) for key, parts in exports.items()]


def _more(point: Record) -> list[object]:
    """Return what tells series of one origin apart: they must not be taken for one stream."""
    names = ("query_source", "effort", "tool_name", "decision", "source", "start_type", "mcp_tool.name")
    return [*(point.attributes.get(name) for name in names), point.attributes.get("app.entrypoint")]


def _window(
    origin: Origin, session: str, ended: int, parts: Sequence[tuple[Record, int, float]], received_at: int
) -> Use:
    tokens, deeds, dollars = [0] * 5, [0] * 7, 0.0
    has_cost = False
    for point, _started, value in parts:
        kind = values.text(point.attributes.get("type"))
        match point.name.removeprefix("claude_code."):
            case "token.usage" if kind in _TOKEN_TYPES:
                tokens[_TOKEN_TYPES[kind]] += _count(value)
            case "cost.usage":
                dollars, has_cost = dollars + value, True
            case "lines_of_code.count" if kind in _LINES:
                deeds[_LINES[kind]] += _count(value)
            case "commit.count":
                deeds[2] += _count(value)
            case "pull_request.count":
                deeds[3] += _count(value)
            case "code_edit_tool.decision" if point.attributes.get("decision") in _DECISIONS:
                deeds[_DECISIONS[str(point.attributes["decision"])]] += _count(value)
            case "active_time.total":
                deeds[6] += _count(value * 1000)
    key = _digest("window", origin, session, ended, sorted(_named(part) for part in parts))
    earliest = min(started for _point, started, _value in parts)
    at = _counted_at(ended, received_at)
    uncached, short, long, read, output = tokens
    return Use(
        key,
        False,
        session,
        earliest or ended,
        ended or received_at,
        at,
        (uncached, short, long, read, output),
        BY_METRICS,
        _dollars(dollars) if has_cost else None,
        origin,
        tuple(deeds),
    )


def _named(part: tuple[Record, int, float]) -> tuple[str, str, int, float]:
    point, started, value = part
    return point.name, repr(sorted(point.attributes.items())), started, value


def _count(value: float) -> int:
    return min(round(value), values.MOST_TOKENS)
