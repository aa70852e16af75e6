"""The Claude Code report: one UTC day a request, several records an engineer, cents as numbers.

    fetch -> _ask_until_settled -> reported -> activities -> ActivityReported

Shape: https://platform.claude.com/docs/en/api/admin/usage_report/retrieve_claude_code. An engineer has a
record per terminal, plan and machine; we add them up. Its costs are estimates of dollars that the bill
contains already.
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
    """The work of a record, of all models together."""

    num_sessions: Count = 0
    lines_of_code: LinesOfCode = LinesOfCode()
    commits_by_claude_code: Count = 0
    pull_requests_by_claude_code: Count = 0


class Decisions(msgspec.Struct, gc=False):
    """The number of proposed edits that a person accepted or rejected."""

    accepted: Count = 0
    rejected: Count = 0


class Tokens(msgspec.Struct, gc=False):
    """Tokens of one model; this report does not split cache writes by their lifetime."""

    input: Count = 0
    output: Count = 0
    cache_read: Count = 0
    cache_creation: Count = 0


class Amount(msgspec.Struct, gc=False):
    """Cents, as a JSON number."""

    amount: Decimal
    currency: str = "USD"


class ModelUse(msgspec.Struct, gc=False):
    """The tokens of one model, and their estimated cost at list prices."""

    tokens: Tokens
    estimated_cost: Amount
    model: str | None = None


class Record(msgspec.Struct, gc=False):
    """One record of the API: one a day for each actor, terminal, plan and place (local or remote)."""

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
        """The fields that distinguish it from the other records of its day."""
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
    """Fetch Claude Code's activity on one UTC day.

    One unreadable record makes the whole day unreadable: without it, somebody's figures would be too low,
    and nothing would say so.
    """
    params = [("starting_at", day.isoformat()), ("limit", "1000")]
    try:
        return _ask_until_settled(day, partial(api.records, PATH, params))
    except UnreadableError as error:
        return ActivityReported([], [unreadable_note(_REPORT, day, reason(error))])


def _ask_until_settled(day: date, ask: Callable[[], Sequence[msgspec.Raw]]) -> ActivityReported:
    """Ask, and once more if the answer contradicts itself. Raises UnreadableError."""
    try:
        return reported(day, ask())
    except ContradictionError:
        return reported(day, ask())


def reported(day: date, raw: Sequence[msgspec.Raw]) -> ActivityReported:
    """Return the activity of a day's records, each once, with notes on oddities. Raises UnreadableError."""
    remarks: set[str] = set()
    try:
        records = _decode_all(raw) or list(_once(raw, remarks))
    except msgspec.ValidationError as error:
        raise UnreadableError(str(error)) from error
    of_day = [record for record in records if record.date[:10] in ("", day.isoformat())]
    return ActivityReported(activities(day, of_day), remark_notes(_REPORT, day, remarks))


def _decode_all(raw: Iterable[msgspec.Raw]) -> list[Record] | None:
    """Decode records in one go; None unless all are valid and no two have the same name."""
    try:
        records = [_RECORD.decode(record) for record in raw]
    except msgspec.ValidationError:
        return None
    return records if len({record.name for record in records}) == len(records) else None


def _once(raw: Iterable[msgspec.Raw], remarks: set[str]) -> Iterator[Record]:
    """Yield the records without exact repetitions. Raises ContradictionError.

    Every field but the figures distinguishes records, so fields of a later API version do, too.
    """
    seen: dict[bytes, bytes] = {}
    for record in map(decode_json, raw):
        whole = _without_nulls(msgspec.convert(record, dict[str, Any]), remarks)
        name = _canonical_json({key: value for key, value in whole.items() if key not in _FIGURES})
        if name not in seen:
            seen[name] = _canonical_json(whole)
            yield msgspec.convert(whole, Record)
        elif seen[name] == _canonical_json(whole):
            remarks.add(REPEATED)
        else:
            raise ContradictionError("a record is there twice, and differently")


def _without_nulls(record: Mapping[str, Any], remarks: set[str]) -> dict[str, Any]:
    """Return a record with empty breakdowns and counts of 0 for its nulls."""
    whole = fill_nulls(record, _BLANK, remarks)
    tools, models = whole.get("tool_actions"), whole.get("model_breakdown")
    if isinstance(tools, dict):
        whole["tool_actions"] = fill_nulls(tools, dict.fromkeys(tools, _DECISIONS), remarks)
    if isinstance(models, list):
        whole["model_breakdown"] = [_model(use, remarks) for use in models]
    return whole


def _model(use: Any, remarks: set[str]) -> Any:  # noqa: ANN401 - JSON
    return fill_nulls(use, {"tokens": _TOKENS}, remarks) if isinstance(use, dict) else use


def _canonical_json(value: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(value, order="sorted")


def activities(day: date, records: Iterable[Record]) -> list[CodeActivity]:
    """Add up a day's records: for each person and plan one row, and one more for each model and each tool.

    Raises UnreadableError for a cost that is invalid, and for a day that comes to more than LARGEST_COST.
    """
    rows: dict[Key, Counts] = defaultdict(lambda: defaultdict(int))
    for record in records:
        who = (*_actor(record.actor), record.customer_type or "api")
        _add(rows[*who, "", ""], _core_counts(record.core_metrics))
        for use in record.model_breakdown:
            _add(rows[*who, undated(use.model) or "", ""], _model_counts(use))
        for tool, decisions in record.tool_actions.items():
            if decisions.accepted or decisions.rejected:
                _add(rows[*who, "", tool], {"accepted": decisions.accepted, "rejected": decisions.rejected})
    activity = [_activity(day, key, counts) for key, counts in rows.items()]
    check_sum(row.estimated_cost for row in activity)
    return activity


def _actor(actor: Actor) -> tuple[str | None, str | None]:
    """Return (canonical e-mail, key name), one of which is None."""
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


def _model_counts(use: ModelUse) -> dict[str, int | Decimal]:
    return {
        "estimated_cost": in_dollars(use.estimated_cost.amount, use.estimated_cost.currency),
        "input_tokens": use.tokens.input,
        "output_tokens": use.tokens.output,
        "cache_read_tokens": use.tokens.cache_read,
        "cache_creation_tokens": use.tokens.cache_creation,
    }
