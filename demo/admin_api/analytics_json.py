"""The rows of analytics/cost and analytics/usage as they are written, one or several a cell."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from demo.admin_api.analytics_cells import KINDS
from demo.admin_api.analytics_query import DIMENSIONS
from demo.admin_api.rows import iso

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from demo.admin_api.analytics_cells import Cell, Counts
    from demo.admin_api.analytics_query import Shape


class Split(NamedTuple):
    """One row of cost out of a cell, in billionths of a dollar."""

    cost_type: str | None
    token_type: str | None
    paid: int
    listed: int


def splits(counts: Counts, fan_out: tuple[str, ...]) -> list[Split]:
    """Split what a cell cost; by token type alone there is nothing but tokens."""
    paid, listed = counts[: len(KINDS)], counts[len(KINDS) : 2 * len(KINDS)]
    each = [Split(*kind, *both) for kind, *both in zip(KINDS, paid, listed, strict=True)]
    if fan_out == ():
        each = [Split(None, None, sum(paid), sum(listed))]
    elif fan_out == ("cost_type",):
        each = [Split("tokens", None, sum(paid[:5]), sum(listed[:5])), *each[5:]]
    elif fan_out == ("token_type",):
        each = each[:5]
    return [split for split in each if split.paid or split.listed]


def encoded(cell: Cell, shape: Shape) -> Iterator[bytes]:
    """Write the rows of a cell."""
    span = b'{"starting_at":"%b","ending_at":"%b","group":' % (_iso(cell.start), _iso(cell.end))
    if shape.report == "usage":
        yield b'%b%b,"usage":%b}' % (span, _group_json(shape, cell.group, None, None), _usage(cell.counts))
        return
    requests = b"null" if shape.fan_out else b"%d" % cell.counts[-1]
    for split in splits(cell.counts, shape.fan_out):
        yield b'%b%b,"cost":{"amount":"%b","list_amount":"%b","currency":"USD","requests":%b}}' % (
            span, _group_json(shape, cell.group, split.cost_type, split.token_type),
            _cents(split.paid), _cents(split.listed), requests,
        )  # fmt: skip


def _usage(counts: Counts) -> bytes:
    plain, write_5m, write_1h, read, output, searches, requests = counts
    return msgspec.json.encode(
        {
            "uncached_input_tokens": plain,
            "cache_creation": {"ephemeral_5m_input_tokens": write_5m, "ephemeral_1h_input_tokens": write_1h},
            "cache_read_input_tokens": read,
            "output_tokens": output,
            "server_tool_use": {"web_search_requests": searches},
            "total_tokens": sum(counts[:5]),
            "requests": requests,
        }
    )


@lru_cache(maxsize=65_536)
def _group_json(
    shape: Shape, group: tuple[str | None, ...], cost_type: str | None, token_type: str | None
) -> bytes:
    values: dict[str, object] = dict.fromkeys(DIMENSIONS[shape.report])
    values |= dict(zip(shape.group_by, group, strict=True))
    if values["actor"]:
        values["actor"] = msgspec.Raw(str(values["actor"]).encode())
    if shape.report == "cost":
        values |= {"cost_type": cost_type, "token_type": token_type}
    return msgspec.json.encode(values)


@lru_cache(maxsize=4096)
def _iso(moment: datetime) -> bytes:
    return iso(moment).encode()


def _cents(nanos: int) -> bytes:
    """Write cents with six decimals, or with the seven that a billionth of a dollar takes."""
    text = b"%d.%07d" % divmod(nanos, 10**7)
    return text[:-1] if text.endswith(b"0") else text
