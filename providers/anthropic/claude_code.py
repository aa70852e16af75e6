"""The Claude Code report: one UTC day a call, several rows an engineer, cents as numbers.

Shape: https://platform.claude.com/docs/en/api/admin/usage_report/retrieve_claude_code. An engineer has a
row per terminal, plan and machine; they are summed. Its costs are estimates of dollars that the bill
holds already.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

import msgspec

from providers.activity import CodeActivity
from providers.anthropic.admin_api import AdminApi
from providers.anthropic.names import undated

PATH = "/v1/organizations/usage_report/claude_code"

Key = tuple[str | None, str | None, str, str, str]  # e-mail, key name, customer type, model, tool
Counts = dict[str, int | Decimal]


class Actor(msgspec.Struct, gc=False):
    """A person by e-mail, or an API key by its name (names are not unique)."""

    type: str
    email_address: str | None = None
    api_key_name: str | None = None


class LinesOfCode(msgspec.Struct, frozen=True, gc=False):
    """Lines that edits added and removed."""

    added: int = 0
    removed: int = 0


class CoreMetrics(msgspec.Struct, gc=False):
    """What was done, whatever the model."""

    num_sessions: int = 0
    lines_of_code: LinesOfCode = LinesOfCode()
    commits_by_claude_code: int = 0
    pull_requests_by_claude_code: int = 0


class Decisions(msgspec.Struct, gc=False):
    """Proposed edits that were taken or not."""

    accepted: int = 0
    rejected: int = 0


class Tokens(msgspec.Struct, gc=False):
    """Tokens of one model; cache writes are not split by kind here."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_creation: int = 0


class Amount(msgspec.Struct, gc=False):
    """Money in cents, a JSON number."""

    amount: Decimal
    currency: str = "USD"


class ModelUse(msgspec.Struct, gc=False):
    """What one model did and would have cost."""

    model: str
    tokens: Tokens
    estimated_cost: Amount


class Record(msgspec.Struct, gc=False):
    """One row as the API reports it."""

    actor: Actor
    core_metrics: CoreMetrics
    model_breakdown: list[ModelUse]
    tool_actions: dict[str, Decisions] = {}
    customer_type: str = "api"


def fetch(api: AdminApi, day: date) -> list[CodeActivity]:
    """Get what Claude Code did on one UTC day."""
    params = [("starting_at", day.isoformat()), ("limit", "1000")]
    return activities(day, api.pages(PATH, params, Record))


def activities(day: date, records: Iterable[Record]) -> list[CodeActivity]:
    """The day's records, summed to one row a person and plan, and one more a model and a tool."""
    rows: dict[Key, Counts] = defaultdict(lambda: defaultdict(int))
    for record in records:
        who = (*_actor(record.actor), record.customer_type)
        _add(rows[*who, "", ""], _deeds(record.core_metrics))
        for use in record.model_breakdown:
            _add(rows[*who, undated(use.model) or "", ""], _model_use(use))
        for tool, decided in record.tool_actions.items():
            if decided.accepted or decided.rejected:
                _add(rows[*who, "", tool], {"accepted": decided.accepted, "rejected": decided.rejected})
    return [_activity(day, key, counts) for key, counts in rows.items()]


def _actor(actor: Actor) -> tuple[str | None, str | None]:
    """A person's canonical e-mail, or else a key's name."""
    return (actor.email_address.casefold(), None) if actor.email_address else (None, actor.api_key_name)


def _activity(day: date, key: Key, counts: Counts) -> CodeActivity:
    email, key_name, customer_type, model, tool = key
    cost = Decimal(counts.get("estimated_cost", 0))
    whole = {name: int(count) for name, count in counts.items() if name != "estimated_cost"}
    return CodeActivity(day, email, key_name, customer_type, model, cost, tool=tool, **whole)


def _add(row: Counts, more: Mapping[str, int | Decimal]) -> None:
    for name, value in more.items():
        row[name] += value


def _deeds(core: CoreMetrics) -> dict[str, int]:
    return {
        "sessions": core.num_sessions,
        "lines_added": core.lines_of_code.added,
        "lines_removed": core.lines_of_code.removed,
        "commits": core.commits_by_claude_code,
        "pull_requests": core.pull_requests_by_claude_code,
    }


def _model_use(use: ModelUse) -> dict[str, int | Decimal]:
    return {
        "estimated_cost": use.estimated_cost.amount.scaleb(-2),
        "input_tokens": use.tokens.input,
        "output_tokens": use.tokens.output,
        "cache_read_tokens": use.tokens.cache_read,
        "cache_creation_tokens": use.tokens.cache_creation,
    }
