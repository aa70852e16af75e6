"""CodeActivity: one engineer's use of Claude Code on one UTC day."""

from datetime import date
from decimal import Decimal

import msgspec


class CodeActivity(msgspec.Struct, frozen=True, gc=False):
    """One person's (or one API key's, by its name) activity in Claude Code.

    A row per model holds its tokens and cost, a row per tool the edits accepted and rejected, and the row
    whose model and tool are "" everything else, including edits by an unknown tool. Rows do not overlap.
    `estimated_cost` is the report's own estimate at list prices. The bill contains these dollars already:
    never add the two. A `customer_type` of `subscription` is paid by seat, not by this bill.
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
