"""The Claude Code report: one UTC day a call, several rows an engineer, cents as numbers.

Shape: https://platform.claude.com/docs/en/api/admin/usage_report/retrieve_claude_code. An engineer has a
row per terminal, plan and machine; they are summed. Its costs are estimates of dollars that the bill
holds already.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from providers.activity import CodeActivity
from providers.anthropic.http.admin_api import AdminApi
from providers.anthropic.http.reading import (
    REPEATED,
    ContradictionError,
    Count,
    UnreadableError,
    check_sum,
    decode_json,
    fill_nulls,
    in_dollars,
    reason,
    remark_notes,
    unreadable_note,
)
from providers.anthropic.reports.names import undated
from providers.provider import ActivityReported

PATH = "/v1/organizations/usage_report/claude_code"

Key = tuple[str | None, str | None, str, str, str]  # e-mail, key name, customer type, model, tool
Counts = dict[str, int | Decimal]


class Actor(msgspec.Struct, frozen=True, gc=False):
    """A person by e-mail, or an API key by its name (names are not unique)."""

    email_address: str | None = None
    api_key_name: str | None = None


class LinesOfCode(msgspec.Struct, frozen=True, gc=False):
    """Lines that edits added and removed."""

    added: Count = 0
    removed: Count = 0


class CoreMetrics(msgspec.Struct, gc=False):
    """What was done, whatever the model."""

    num_sessions: Count = 0
    lines_of_code: LinesOfCode = LinesOfCode()
    commits_by_claude_code: Count = 0
    pull_requests_by_claude_code: Count = 0


class Decisions(msgspec.Struct, gc=False):
    """Proposed edits that were taken or not."""

    accepted: Count = 0
    rejected: Count = 0


class Tokens(msgspec.Struct, gc=False):
    """Tokens of one model; cache writes are not split by kind here."""

    input: Count = 0
    output: Count = 0
    cache_read: Count = 0
    cache_creation: Count = 0


class Amount(msgspec.Struct, gc=False):
    """Money in cents, a JSON number."""

    amount: Decimal
    currency: str = "USD"


class ModelUse(msgspec.Struct, gc=False):
    """What one model did and would have cost."""

    tokens: Tokens
    estimated_cost: Amount
    model: str | None = None


class Record(msgspec.Struct, gc=False):
    """One row as the API reports it. Each actor, terminal, plan and place has one a day."""

    actor: Actor
    core_metrics: CoreMetrics
    model_breakdown: list[ModelUse]
    tool_actions: dict[str, Decisions] = {}
    customer_type: str | None = None
    date: str = ""
    subscription_type: str | None = None
    terminal_type: str | None = None
    is_remote: bool | None = None

    @property
    def name(self) -> tuple[Actor, str, str | None, str | None, str | None, bool | None]:
        """What tells it apart."""
        plan = (self.customer_type, self.subscription_type)
        return (self.actor, self.date[:10], *plan, self.terminal_type, self.is_remote)


_REPORT = "Anthropic's Claude Code report"
_FIGURES = frozenset(("core_metrics", "tool_actions", "model_breakdown"))
_DECISIONS = {"accepted": 0, "rejected": 0}
_TOKENS = {"input": 0, "output": 0, "cache_read": 0, "cache_creation": 0}
_BLANK: Mapping[str, Any] = {
    "actor": {},
    "core_metrics": {
        "num_sessions": 0,
        "lines_of_code": {"added": 0, "removed": 0},
        "commits_by_claude_code": 0,
        "pull_requests_by_claude_code": 0,
    },
    "tool_actions": {},
    "model_breakdown": [],
}
_RECORD = msgspec.json.Decoder(Record)


def fetch(api: AdminApi, day: date) -> ActivityReported:
    """Get what Claude Code did on one UTC day.

    A record that cannot be read makes the day unreadable, as somebody's figures would be low without a word.
    """
    params = [("starting_at", day.isoformat()), ("limit", "1000")]
    try:
        return _settled(day, partial(api.records, PATH, params))
    except UnreadableError as error:
        return ActivityReported([], [unreadable_note(_REPORT, day, reason(error))])


def _settled(day: date, ask: Callable[[], Sequence[msgspec.Raw]]) -> ActivityReported:
    """Ask again where the answer contradicts itself. Raises UnreadableError."""
    try:
        return reported(day, ask())
    except ContradictionError:
        return reported(day, ask())


def reported(day: date, raw: Sequence[msgspec.Raw]) -> ActivityReported:
    """A day's records, each once, and what was odd about them. Raises UnreadableError."""
    remarks: set[str] = set()
    try:
        found = _plain(raw) or list(_once(raw, remarks))
    except msgspec.ValidationError as error:
        raise UnreadableError(str(error)) from error
    of_day = [record for record in found if record.date[:10] in ("", day.isoformat())]
    return ActivityReported(activities(day, of_day), remark_notes(_REPORT, day, remarks))


def _plain(raw: Iterable[msgspec.Raw]) -> list[Record] | None:
    """The records where all are as they should be and each is there once; None where not."""
    try:
        found = [_RECORD.decode(record) for record in raw]
    except msgspec.ValidationError:
        return None
    return found if len({record.name for record in found}) == len(found) else None


def _once(raw: Iterable[msgspec.Raw], remarks: set[str]) -> Iterator[Record]:
    """Records without those that repeat another; fields of a later version tell them apart, too."""
    seen: dict[bytes, bytes] = {}
    for record in map(decode_json, raw):
        whole = _filled(msgspec.convert(record, dict[str, Any]), remarks)
        name = _text({key: value for key, value in whole.items() if key not in _FIGURES})
        if name not in seen:
            seen[name] = _text(whole)
            yield msgspec.convert(whole, Record)
        elif seen[name] == _text(whole):
            remarks.add(REPEATED)
        else:
            raise ContradictionError("a record is there twice, and differently")


def _filled(record: Mapping[str, Any], remarks: set[str]) -> dict[str, Any]:
    """A record whose null breakdowns are empty, and whose null counts are 0."""
    whole = fill_nulls(record, _BLANK, remarks)
    tools, models = whole.get("tool_actions"), whole.get("model_breakdown")
    if isinstance(tools, dict):
        whole["tool_actions"] = fill_nulls(tools, dict.fromkeys(tools, _DECISIONS), remarks)
    if isinstance(models, list):
        whole["model_breakdown"] = [_model(use, remarks) for use in models]
    return whole


def _model(use: Any, remarks: set[str]) -> Any:  # noqa: ANN401 - JSON
    return fill_nulls(use, {"tokens": _TOKENS}, remarks) if isinstance(use, dict) else use


def _text(value: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(value, order="sorted")


def activities(day: date, records: Iterable[Record]) -> list[CodeActivity]:
    """A day's records, summed to one row a person and plan, and one more a model and a tool.

    Raises UnreadableError where the costs of a record are none, or are too much.
    """
    rows: dict[Key, Counts] = defaultdict(lambda: defaultdict(int))
    for record in records:
        who = (*_actor(record.actor), record.customer_type or "api")
        _add(rows[*who, "", ""], _core_counts(record.core_metrics))
        for use in record.model_breakdown:
            _add(rows[*who, undated(use.model) or "", ""], _model_use(use))
        for tool, decided in record.tool_actions.items():
            if decided.accepted or decided.rejected:
                _add(rows[*who, "", tool], {"accepted": decided.accepted, "rejected": decided.rejected})
    found = [_activity(day, key, counts) for key, counts in rows.items()]
    check_sum(row.estimated_cost for row in found)
    return found


def _actor(actor: Actor) -> tuple[str | None, str | None]:
    """A person's canonical e-mail, or else a key's name."""
    email = (actor.email_address or "").strip().casefold()
    return (email, None) if email else (None, actor.api_key_name)


def _activity(day: date, key: Key, counts: Counts) -> CodeActivity:
    email, key_name, customer_type, model, tool = key
    cost = Decimal(counts.get("estimated_cost", 0))
    whole = {name: int(count) for name, count in counts.items() if name != "estimated_cost"}
    return CodeActivity(day, email, key_name, customer_type, model, cost, tool=tool, **whole)


def _add(row: Counts, more: Mapping[str, int | Decimal]) -> None:
    for name, value in more.items():
        row[name] += value


def _core_counts(core: CoreMetrics) -> dict[str, int]:
    return {
        "sessions": core.num_sessions,
        "lines_added": core.lines_of_code.added,
        "lines_removed": core.lines_of_code.removed,
        "commits": core.commits_by_claude_code,
        "pull_requests": core.pull_requests_by_claude_code,
    }


def _model_use(use: ModelUse) -> dict[str, int | Decimal]:
    return {
        "estimated_cost": in_dollars(use.estimated_cost.amount, use.estimated_cost.currency),
        "input_tokens": use.tokens.input,
        "output_tokens": use.tokens.output,
        "cache_read_tokens": use.tokens.cache_read,
        "cache_creation_tokens": use.tokens.cache_creation,
    }
