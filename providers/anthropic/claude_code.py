"""The Claude Code report: one UTC day a call, several rows an engineer, cents as numbers.

Shape: https://platform.claude.com/docs/en/api/admin/usage_report/retrieve_claude_code. An engineer has a
row per terminal, plan and machine; they are summed. Its costs are estimates of dollars that the bill
holds already.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import msgspec

from providers.activity import CodeActivity
from providers.anthropic.admin_api import AdminApi
from providers.anthropic.names import undated

PATH = "/v1/organizations/usage_report/claude_code"


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
    """The day's records, summed to one row a person, plan and model."""
    rows: dict[tuple[str | None, str | None, str, str], dict[str, int | Decimal]] = defaultdict(
        lambda: defaultdict(int)
    )
    for record in records:
        who = (_canonical(record.actor.email_address), record.actor.api_key_name, record.customer_type)
        _add(rows[*who, ""], _deeds(record))
        for use in record.model_breakdown:
            _add(rows[*who, undated(use.model) or ""], _model_use(use))
    return [
        msgspec.convert(
            {
                "day": day,
                "email": email,
                "api_key_name": key_name,
                "customer_type": customer_type,
                "model": model,
                "estimated_cost": Decimal(0),
                **counts,
            },
            CodeActivity,
        )
        for (email, key_name, customer_type, model), counts in rows.items()
    ]


def _canonical(email: str | None) -> str | None:
    return email.casefold() if email else None


def _add(row: dict[str, int | Decimal], more: dict[str, int | Decimal]) -> None:
    for name, value in more.items():
        row[name] += value


def _deeds(record: Record) -> dict[str, int | Decimal]:
    core = record.core_metrics
    return {
        "sessions": core.num_sessions,
        "lines_added": core.lines_of_code.added,
        "lines_removed": core.lines_of_code.removed,
        "commits": core.commits_by_claude_code,
        "pull_requests": core.pull_requests_by_claude_code,
        "accepted": sum(tool.accepted for tool in record.tool_actions.values()),
        "rejected": sum(tool.rejected for tool in record.tool_actions.values()),
    }


def _model_use(use: ModelUse) -> dict[str, int | Decimal]:
    return {
        "estimated_cost": use.estimated_cost.amount.scaleb(-2),
        "input_tokens": use.tokens.input,
        "output_tokens": use.tokens.output,
        "cache_read_tokens": use.tokens.cache_read,
        "cache_creation_tokens": use.tokens.cache_creation,
    }
