"""Read a request to analytics/cost or analytics/usage, or refuse it.

https://platform.claude.com/docs/en/manage-claude/usage-cost-analytics-api; where that page and the types of
Anthropic's own client are silent, what the older reports do: times inside a bucket are rounded down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from demo.admin_api.faults import REFUSALS
from demo.admin_api.query import ApiError, Query, invalid
from demo.admin_api.rows import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

BETA = "analytics-usage-cost-2026-08-24"
WIDTHS = {"1m": MINUTE, "1h": HOUR, "1d": DAY}
FAN_OUT = ("cost_type", "token_type")
"""The dimensions that split a row of cost but do not count towards the limit of five."""
_PLAIN = (
    "actor", "actor_type", "agent_id", "api_key_id", "claude_tag_category", "claude_tag_user_id",
    "context_window", "deployment_id", "environment_id", "inference_geo", "model", "organization_id",
    "product", "rbac_group_id", "service_tier", "session_id", "slack_channel_id", "speed",
    "user_profile_id", "workspace_id",
)  # fmt: skip
DIMENSIONS = {"cost": tuple(sorted((*_PLAIN, *FAN_OUT))), "usage": _PLAIN}
ORDERS = {
    "cost": ("amount", "list_amount", "time"),
    "usage": ("total_tokens", "output_tokens", "uncached_input_tokens", "requests", "time"),
}
"""The orders of rows, the default first."""
_PRODUCTS = (
    "chat", "chat_cowork_unified", "claude_code", "claude_console", "claude_design", "claude_in_chrome",
    "claude_tag", "cowork", "managed_agents_api", "message_batches_api", "messages_api", "office_agent",
)  # fmt: skip
_ACTORS = ("user_actor", "service_account_actor", "federated_actor", "api_actor")
_TIERS = ("batch", "flex", "flex_discount", "priority", "priority_on_demand", "standard")
_FILTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "actor_ids[]": ("actor_id", ()),
    "actor_types[]": ("actor_type", _ACTORS),
    "api_key_ids[]": ("api_key_id", ()),
    "context_windows[]": ("context_window", ("0-200k", "200k-1M")),
    "inference_geos[]": ("inference_geo", ("global", "us", "not_available")),
    "models[]": ("model", ()),
    "products[]": ("product", _PRODUCTS),
    "service_tiers[]": ("service_tier", _TIERS),
    "speeds[]": ("speed", ("fast", "standard")),
    "workspace_ids[]": ("workspace_id", ()),
    **{
        f"{name}s[]": (name, ())
        for name in (
            "agent_id", "claude_tag_user_id", "deployment_id", "environment_id", "rbac_group_id",
            "session_id", "slack_channel_id", "user_profile_id",
        )
    },
    "claude_tag_categories[]": ("claude_tag_category", ()),
}  # fmt: skip
_FOR_NULL = {"api_key_id": "", "inference_geo": "not_available"}
"""The words by which a filter selects rows without a value."""
_KNOWN = (
    "starting_at", "ending_at", "time_bucket_width", "group_by[]", "limit", "page", "order", "order_by",
    "exclude_deleted_users", "organization_ids[]", *_FILTERS,
)  # fmt: skip
_EARLIEST, _REACH, _LONGEST = datetime(2026, 1, 1, tzinfo=UTC), 365 * DAY, 31 * DAY


@dataclass(frozen=True)
class Shape:
    """The parameters on which the rows of an hour depend; `fan_out` splits rows of cost further."""

    report: str
    group_by: tuple[str, ...]
    fan_out: tuple[str, ...] = ()
    kept: tuple[tuple[str, frozenset[str | None]], ...] = ()


class Window(NamedTuple):
    """Whole buckets `[start, end)`; without a width, one row covers all of it."""

    start: datetime
    end: datetime
    width: timedelta | None


@dataclass(frozen=True)
class Ask:
    """A request that can be answered."""

    shape: Shape
    window: Window
    order_by: str
    descending: bool
    limit: int
    without_deleted: bool


def read_ask(query: Query, report: str, now: datetime) -> Ask:
    """Read and check every parameter but the cursor."""
    query.check(_KNOWN)
    if query.many("organization_ids[]"):
        code = "parent_organization_required"
        raise ApiError(400, "invalid_request_error", REFUSALS[code], code=code)
    shape = _shape(query, report)
    if query.flag("exclude_deleted_users") and "actor" not in shape.group_by:
        raise invalid("exclude_deleted_users requires group_by[]=actor")
    orders = ORDERS[report]
    return Ask(
        shape,
        _window(query, now),
        query.choice("order_by", orders, default=orders[0]),
        query.choice("order", ("asc", "desc"), default="desc") == "desc",
        query.limit(default=20, maximum=1000),
        query.flag("exclude_deleted_users"),
    )


def _shape(query: Query, report: str) -> Shape:
    wanted = dict.fromkeys(query.choices("group_by[]", DIMENSIONS[report]))
    group_by = tuple(name for name in DIMENSIONS[report] if name in wanted and name not in FAN_OUT)
    if len(group_by) > 5:
        raise invalid("Cannot specify more than 5 group_by[] dimensions.")
    kept = tuple(_kept(query))
    names = {*group_by, *(name for name, _ in kept)}
    if {"claude_tag_user_id", "rbac_group_id"} <= names and "claude_tag_user_id" in group_by:
        raise invalid("claude_tag_user_id cannot be combined with rbac_group_id")
    return Shape(report, group_by, tuple(name for name in FAN_OUT if name in wanted), kept)


def _kept(query: Query) -> Iterator[tuple[str, frozenset[str | None]]]:
    for parameter, (name, allowed) in _FILTERS.items():
        values = query.choices(parameter, allowed) if allowed else query.many(parameter)
        if values:
            yield name, frozenset(None if value == _FOR_NULL.get(name) else value for value in values)


def _window(query: Query, now: datetime) -> Window:
    query.required("starting_at")
    start, requested_end = query.moment("starting_at") or now, query.moment("ending_at")
    if start < max(_EARLIEST, now - _REACH):
        raise invalid(
            "starting_at: must be within the last 365 days and no earlier than 2026-01-01T00:00:00Z"
        )
    text = query.one("time_bucket_width")
    width = None if text is None else WIDTHS[query.choice("time_bucket_width", tuple(WIDTHS), default="")]
    if width and requested_end is None:
        raise invalid("ending_at: Field required when time_bucket_width is set")
    end = requested_end or min(now, start + _LONGEST)
    if end <= start:
        raise invalid("Invalid date range: ending date must be after starting date", retryable=False)
    longest = DAY if width == MINUTE else _LONGEST
    if end - start > longest:
        raise invalid(f"Invalid date range: must span at most {longest // HOUR} hours")
    step = width or HOUR
    return Window(floor(start, step), floor(end, step), width)


def floor(moment: datetime, step: timedelta) -> datetime:
    """Round down to a whole bucket of the UTC day."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (moment - midnight) // step * step
