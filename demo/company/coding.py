"""Claude Code analytics of the simulated organization: one day's rows, several an engineer.

Counts are derived from the hours somebody worked, so a day in progress only ever grows. One engineer, who
signs in with OAuth, is never reported: a gap of the real endpoint. Costs are list prices, in cents.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from demo.company.ledger import nanos_of, prices_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.company.ledger import Prices
    from demo.company.organization import Organization
    from demo.company.rates import Terms
    from demo.company.roster import Person
    from demo.company.workload import UsageRow

_TERMINALS = ("vscode", "iTerm.app", "tmux", "WarpTerminal", "ghostty")
_TOOLS = ("edit_tool", "multi_edit_tool", "notebook_edit_tool", "write_tool", "skill_tool")


class _Seat(NamedTuple):
    """The fields that distinguish two rows of one engineer."""

    user_id: str
    terminal: str
    remote: bool
    customer_type: str


def coding_rows(organization: Organization, day: date, *, until: datetime) -> list[dict[str, Any]]:
    """Return the rows of a day from the whole hours that had ended by `until`."""
    ended = (until - datetime.combine(day, time(), UTC)) // timedelta(hours=1)
    people = {person.id: person for person in organization.roster.people}
    seats: dict[_Seat, list[UsageRow]] = defaultdict(list)
    for row, kind in _worked(organization, day):
        if row.hour < ended and not row.refused:
            seats[_seat(people[row.user_id or ""], row.hour, kind)].append(row)
    return [_row(organization, day, people[seat.user_id], seat, rows) for seat, rows in seats.items()]


def _worked(organization: Organization, day: date) -> Iterator[tuple[UsageRow, str]]:
    workspace_id = organization.roster.workspace_id("Claude Code")
    by_key = (
        (row, "api") for row in organization.usage(day) if row.workspace_id == workspace_id and row.api_key_id
    )
    return chain(by_key, ((row, "subscription") for row in organization.covered(day)))


def _seat(person: Person, hour: int, customer_type: str) -> _Seat:
    habit = len(person.email) + (1 if hour % 4 == 3 else 0)
    return _Seat(person.id, _TERMINALS[habit % len(_TERMINALS)], hour % 7 == 5, customer_type)


def _row(
    organization: Organization, day: date, person: Person, seat: _Seat, rows: list[UsageRow]
) -> dict[str, Any]:
    row = {
        "date": f"{day}T00:00:00Z",
        "actor": _actor(organization, person),
        "organization_id": organization.roster.organization_id,
        "customer_type": seat.customer_type,
        "terminal_type": seat.terminal,
        "is_remote": seat.remote,
        "core_metrics": _core_metrics(rows),
        "tool_actions": _tool_actions(rows),
        "model_breakdown": _model_breakdown(rows, day),
    }
    if seat.customer_type == "subscription":
        row["subscription_type"] = "team"
    elif person.signs_in == "key":
        row["subscription_type"] = None
    return row


def _actor(organization: Organization, person: Person) -> dict[str, str]:
    if person.signs_in != "key_by_name":
        return {"type": "user_actor", "email_address": person.email}
    key_id = organization.roster.coding_keys[person.id]
    name = next(key.name for key in organization.roster.keys if key.id == key_id)
    return {"type": "api_actor", "api_key_name": name}


def _core_metrics(rows: list[UsageRow]) -> dict[str, Any]:
    output = [row.tokens[4] for row in rows]
    return {
        "num_sessions": sum(1 + count % 3 for count in output),
        "lines_of_code": {
            "added": sum(count // 90 for count in output),
            "removed": sum(count // 260 for count in output),
        },
        "commits_by_claude_code": sum(count % 3 for count in output),
        "pull_requests_by_claude_code": sum(1 for count in output if count % 4 == 0),
    }


def _tool_actions(rows: list[UsageRow]) -> dict[str, dict[str, int]]:
    """Count edits by tool; the last tool came after the documentation, and only some use it."""
    output = sum(row.tokens[4] for row in rows)
    return {
        tool: {"accepted": output // (1_500 * number), "rejected": output % (3 * number)}
        for number, tool in enumerate(_TOOLS[: 5 if output % 2 else 4], start=1)
    }


def _model_breakdown(rows: list[UsageRow], day: date) -> list[dict[str, Any]]:
    tokens: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        plain, write_5m, write_1h, read, output = row.tokens
        listed = sum(map(nanos_of, row.tokens, _list_prices(row.terms, day)))
        tokens[row.terms.model].update(
            input=plain, output=output, cache_read=read, cache_creation=write_5m + write_1h, nanos=listed
        )
    return [_of_model(model, counts) for model, counts in tokens.items()]


@lru_cache(maxsize=4096)
def _list_prices(terms: Terms, day: date) -> Prices:
    return prices_of(terms, day)


def _of_model(model: str, counts: Counter[str]) -> dict[str, Any]:
    cents = round(counts.pop("nanos") / 10**7, 2)
    amount = int(cents) if cents.is_integer() else cents
    return {"model": model, "tokens": counts, "estimated_cost": {"amount": amount, "currency": "USD"}}
