"""The rows and buckets of the simulated reports: usage grouped and filtered, bills grouped, both encoded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from demo.admin_api.query import Query, invalid
from demo.company.organization import part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from demo.company.ledger import Line
    from demo.company.organization import Organization
    from demo.company.workload import UsageRow

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WIDTHS = {"1d": (DAY, 7, 31), "1h": (HOUR, 24, 168), "1m": (MINUTE, 60, 1440)}
"""Bucket widths of usage: their length, and how many a page holds by default and at most."""

_FAST_MODE = "fast-mode-2026-02-01"

_DIMENSIONS: dict[str, Callable[[UsageRow], str | None]] = {
    "account_id": lambda row: row.account_id,
    "api_key_id": lambda row: row.api_key_id,
    "context_window": lambda row: row.terms.context_window,
    "inference_geo": lambda row: row.terms.inference_geo,
    "model": lambda row: row.terms.model,
    "service_account_id": lambda row: row.service_account_id,
    "service_tier": lambda row: row.terms.service_tier,
    "workspace_id": lambda row: row.workspace_id,
    "speed": lambda row: row.terms.speed,
}
FILTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "account_ids[]": ("account_id", ()),
    "api_key_ids[]": ("api_key_id", ()),
    "models[]": ("model", ()),
    "service_account_ids[]": ("service_account_id", ()),
    "workspace_ids[]": ("workspace_id", ()),
    "context_window[]": ("context_window", ("0-200k", "200k-1M")),
    "inference_geos[]": ("inference_geo", ("global", "us", "not_available")),
    "service_tiers[]": (
        "service_tier", ("batch", "flex", "flex_discount", "priority", "priority_on_demand", "standard"),
    ),
    "speeds[]": ("speed", ("fast", "standard")),
}  # fmt: skip
_COST_FIELDS = (
    "cost_type",
    "description",
    "model",
    "token_type",
    "service_tier",
    "context_window",
    "inference_geo",
)


@dataclass(frozen=True)
class Shape:
    """The parameters on which a finished bucket of usage depends, besides its time."""

    width: str
    group_by: tuple[str, ...]
    kept: tuple[tuple[str, frozenset[str | None]], ...] = ()


def usage_shape(query: Query, organization: Organization) -> Shape:
    """Read and check what a usage query groups and filters by."""
    width = query.choice("bucket_width", tuple(WIDTHS), default="1d")
    if len(query.many("group_by[]")) > 5:
        raise invalid("Cannot specify more than 5 group_by[] dimensions.")
    group_by = tuple(sorted(set(query.choices("group_by[]", tuple(_DIMENSIONS)))))
    if ("speed" in group_by or query.many("speeds[]")) and _FAST_MODE not in query.betas:
        raise invalid(f"speed requires the {_FAST_MODE} beta header")
    default_id = organization.roster.default_workspace.id
    kept = tuple(
        (
            name,
            frozenset(
                None if value == default_id else value for value in _filter_values(query, filtered, allowed)
            ),
        )
        for filtered, (name, allowed) in FILTERS.items()
        if query.many(filtered)
    )
    return Shape(width, group_by, kept)


def _filter_values(query: Query, name: str, allowed: tuple[str, ...]) -> list[str]:
    return query.choices(name, allowed) if allowed else query.many(name)


def usage_buckets(
    organization: Organization, shape: Shape, start: datetime, span: timedelta, horizon: datetime
) -> Iterator[bytes]:
    """Encode every bucket of a day, or of an hour where buckets are minutes."""
    step, day = WIDTHS[shape.width][0], start.date()
    rows = [row for row in organization.usage(day, until=horizon) if _is_kept(row, shape)]
    if step == MINUTE:
        rows = [row for row in organization.usage(day) if row.hour == start.hour and _is_kept(row, shape)]
    for number in range(span // step):
        moment = start + number * step
        if step == HOUR:
            yield bucket(moment, step, _usage_rows((row for row in rows if row.hour == number), shape))
        elif step == MINUTE:
            past = rows if moment + step <= horizon else []
            yield bucket(moment, step, _usage_rows((part(row, number, number + 1) for row in past), shape))
        else:
            yield bucket(moment, step, _usage_rows(iter(rows), shape))


def _is_kept(row: UsageRow, shape: Shape) -> bool:
    return all(_DIMENSIONS[name](row) in values for name, values in shape.kept)


def _usage_rows(rows: Iterator[UsageRow], shape: Shape) -> list[dict[str, Any]]:
    getters = [_DIMENSIONS[name] for name in shape.group_by]
    sums: dict[tuple[str | None, ...], list[int]] = {}
    for row in rows:
        total = sums.setdefault(tuple(getter(row) for getter in getters), [0] * 6)
        for number, count in enumerate((*row.tokens, row.web_searches)):
            total[number] += count
    nothing = dict.fromkeys(name for name in _DIMENSIONS if name != "speed")
    return [
        {**_counts(total), **nothing, **dict(zip(shape.group_by, names, strict=True))}
        for names, total in sums.items()
        if any(total)
    ]


def _counts(total: list[int]) -> dict[str, Any]:
    plain, write_5m, write_1h, read, output, searches = total
    return {
        "uncached_input_tokens": plain,
        "cache_creation": {"ephemeral_1h_input_tokens": write_1h, "ephemeral_5m_input_tokens": write_5m},
        "cache_read_input_tokens": read,
        "output_tokens": output,
        "server_tool_use": {"web_search_requests": searches},
    }


def cost_rows(lines: Counter[Line], group_by: frozenset[str]) -> list[dict[str, Any]]:
    """Group the lines of a bill; what is not grouped by is null."""
    fields = (*_COST_FIELDS, "workspace_id")
    shown = (_COST_FIELDS if "description" in group_by else ()) + (
        ("workspace_id",) if "workspace_id" in group_by else ()
    )
    sums: Counter[tuple[str | None, ...]] = Counter()
    for line, nanos in lines.items():
        sums[tuple(getattr(line, name) if name in shown else None for name in fields)] += nanos
    return [
        {"amount": cents(nanos), "currency": "USD", **dict(zip(fields, names, strict=True))}
        for names, nanos in sums.items()
    ]


def cut_bill(lines: Counter[Line], lacking: str | None) -> Counter[Line]:
    """Take from a day's bill what it lacks: everything, half of every amount, or every other line."""
    if lacking == "empty":
        return Counter()
    if lacking == "amounts":
        return Counter({line: nanos // 2 for line, nanos in lines.items()})
    ordered = sorted(lines, key=str)
    return Counter({line: lines[line] for line in ordered[::2]}) if lacking == "lines" else lines


def cents(nanos: int) -> str:
    """Write billionths of a dollar as the report does: a decimal string of cents, no trailing zeros."""
    whole, fraction = divmod(nanos, 10**7)
    return f"{whole}.{fraction:07d}".rstrip("0").rstrip(".")


def bucket(start: datetime, step: timedelta, results: list[dict[str, Any]]) -> bytes:
    """Encode one bucket."""
    return msgspec.json.encode(
        {"starting_at": iso(start), "ending_at": iso(start + step), "results": results}
    )


def iso(moment: datetime) -> str:
    """Write a time the way buckets do."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
