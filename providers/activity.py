"""CodeActivity: Claude Code, one engineer, one UTC day."""

from datetime import date
from decimal import Decimal

import msgspec


class CodeActivity(msgspec.Struct, frozen=True, gc=False):
    """What one person (or one API key, by its name) did with Claude Code.

    A row a model holds the tokens and their cost, a row a tool the edits accepted and rejected, and the row
    whose model and tool are "" the rest, and edits whose tool is not known; no row repeats another's.
    `estimated_cost` is the report's own estimate at list prices: the same dollars as the bill's, seen a
    second time, never to be added to it. A `subscription` is paid by seat, not by this bill.
    """

    day: date
    email: str | None
    api_key_name: str | None
    customer_type: str
    model: str
    estimated_cost: Decimal
    tool: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_creation_tokens: int = 0
    sessions: int = 0
    lines_added: int = 0
    lines_removed: int = 0
    commits: int = 0
    pull_requests: int = 0
    accepted: int = 0
    rejected: int = 0
