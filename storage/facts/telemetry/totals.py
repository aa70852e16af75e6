"""Totals of telemetry over any UTC days, by the lines of a dimension."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal, cast

import msgspec

from providers.claude.measures import MEASURES, Dimension
from providers.claude.people import TRUSTS, Trust, person
from providers.directory import Directory
from providers.period import Period
from providers.usage import TOKEN_KINDS
from storage.engine import time_buckets
from storage.engine.fields import from_billionths, to_day
from storage.engine.queries import query
from storage.facts.telemetry import lines, links

_LENGTH = 8  # lists of slots are lengthened to a multiple of it, so that few queries are compiled
_NOWHERE = -1  # no slot's number


class Line(msgspec.Struct, frozen=True):
    """A line of a dimension. `name` is "" for what has none; `others` counts the lines that are one, `other`.

    `by_list` and `by_client` are the parts of the cost that our list and the clients priced. `unpriced` uses
    have tokens and no price: where it is not 0, the cost is too low. The last seven count what was done;
    `active_ms` is time at work. `trust` is how far to believe an engineer's name, None for any other line.
    """

    name: str
    tokens: tuple[int, ...]  # in the order of TOKEN_KINDS
    by_list: Decimal
    by_client: Decimal
    client_cost: Decimal
    unpriced: int
    requests: int
    sessions: int
    lines_added: int
    lines_removed: int
    commits: int
    pull_requests: int
    accepted: int
    rejected: int
    active_ms: int
    others: int = 0
    trust: Trust | None = None

    @property
    def cost(self) -> Decimal:
        """Return what we say that it cost."""
        return self.by_list + self.by_client

    @property
    def priced_by(self) -> Literal["list", "client"]:
        """Return whose prices most of the cost is at."""
        return "client" if self.by_client > self.by_list else "list"


def nothing(name: str) -> Line:
    """Return the line of somebody who has used nothing."""
    return _line(name, _NOTHING)


def total(connection_id: int, period: Period) -> Line:
    """Return the total of some UTC days."""
    sums = _sums(connection_id, lines.NUMBERS["total"], period)
    return _line("", sums.get(lines.UNKNOWN, _NOTHING))


def by(connection_id: int, dimension: Dimension | str, period: Period) -> list[Line]:
    """Return the lines of a dimension, or of a resource attribute, dearest first; they sum to the total.

    A line without a name is what the senders do not tell; the last is `other`, if there are more lines than
    are kept apart.
    """
    number = lines.number_of(connection_id, dimension)
    sums = {} if number is None else _sums(connection_id, number, period)
    names = lines.names(connection_id)
    others = sums.pop(lines.OTHER, None)
    result = [_line(names.get(line, ""), each) for line, each in sums.items()]
    named = [*sums.values(), *([others] if others else [])]
    whole = _sums(connection_id, lines.NUMBERS["total"], period).get(lines.UNKNOWN, _NOTHING)
    unknown = [amount - sum(each[place] for each in named) for place, amount in enumerate(whole)]
    unknown[_SESSIONS] = max(unknown[_SESSIONS], 0)  # a session can be in several lines
    if dimension != "total" and any(unknown):
        result.append(_line("", unknown))
    result.sort(key=lambda line: (-line.cost, -line.requests, line.name))
    if others:
        count = lines.count_others(connection_id, cast("int", number))
        result.append(_line("other", others, others=count))
    return result


def by_engineer(connection_id: int, period: Period, directory: Directory) -> list[Line]:
    """Return the lines of engineers, each person's identities in one; `name` is an e-mail or an identity."""
    emails = links.of(connection_id)
    people: dict[tuple[str, int], list[Line]] = {}
    for line in by(connection_id, "engineer", period):
        trusted = msgspec.structs.replace(line, trust=lines.trust_in(connection_id, line.name))
        people.setdefault((person(line.name, directory, emails), line.others), []).append(trusted)
    result = [_added(name, each) for (name, _others), each in people.items()]
    return sorted(result, key=lambda line: (bool(line.others), -line.cost, -line.requests, line.name))


def _added(name: str, parts: Sequence[Line]) -> Line:
    if len(parts) == 1:
        return msgspec.structs.replace(parts[0], name=name)
    tokens = tuple(map(sum, zip(*(part.tokens for part in parts), strict=True)))
    sums = {field: sum(getattr(part, field) for part in parts) for field in Line.__struct_fields__[2:-1]}
    trust = max((part.trust or "unknown" for part in parts), key=TRUSTS.index)
    return Line(name, tokens, **sums, trust=trust)


def days(connection_id: int, period: Period) -> dict[int, Decimal]:
    """Return the cost of each UTC day, by its number."""
    rows = _by_day(connection_id, lines.NUMBERS["total"], to_day(period.start), to_day(period.end))
    return {day: from_billionths(cost) for day, cost in rows.fetchall() if cost}


_NOTHING: Sequence[int] = (0,) * len(MEASURES)
_SESSIONS = MEASURES.index("sessions")
_DOLLARS = ("by_list", "by_client", "client_cost")


def _line(name: str, sums: Sequence[int], *, others: int = 0) -> Line:
    values: dict[str, Any] = dict(zip(MEASURES, sums, strict=True))
    tokens = tuple(values.pop(kind) for kind in TOKEN_KINDS)
    values |= {field: from_billionths(values[field]) for field in _DOLLARS}
    return Line(name=name, tokens=tokens, others=others, **values)


def _sums(connection_id: int, dimension: int, period: Period) -> dict[int, Sequence[int]]:
    """Return the measures of each line over a period, by its number."""
    slots = _slots_of(connection_id, dimension, to_day(period.start), to_day(period.end))
    if len(slots.added) == 1 and not slots.subtracted:
        rows = _one_slot(connection_id, dimension, slots.added[0]).fetchall()
    else:
        added, subtracted = map(_pad, slots)
        mine = (connection_id, dimension)
        rows = _several_slots(*mine, added, *mine, subtracted).fetchall()
    return {line: tuple(map(int, sums)) for line, *sums in rows if any(sums)}


def _slots_of(connection_id: int, dimension: int, first: int, last: int) -> time_buckets.Decomposition:
    """Return the slots of some days, or of a longer period if it has the same sum and fewer slots."""
    exact = time_buckets.decompose(first, last)
    oldest, newest = (
        outermost(connection_id, dimension, time_buckets.WEEK).fetchone() for outermost in _outermost
    )
    if oldest is None or len(exact.added) + len(exact.subtracted) == 1:
        return exact
    recorded = oldest[0], newest[0]
    if time_buckets.covers_all(first, last, recorded):
        return time_buckets.Decomposition([time_buckets.ALL_TIME], [])
    wide = time_buckets.decompose(*time_buckets.extend_to_block_edges(first, last, recorded)).until(newest[0])
    return min(exact, wide, key=lambda slots: len(slots.added) + len(slots.subtracted))


def _pad(slots: list[int]) -> list[int]:
    return slots + [_NOWHERE] * (-len(slots) % _LENGTH)


_MEASURES = ", ".join(MEASURES)
_MINE = "connection_id = ? AND dimension = ?"
_outermost = [
    query(f"SELECT slot FROM telemetry_rollup WHERE {_MINE} AND slot < ? ORDER BY slot {order} LIMIT 1")
    for order in ("ASC", "DESC")
]
_one_slot = query(f"SELECT line, {_MEASURES} FROM telemetry_rollup WHERE {_MINE} AND slot = ?")
_several_slots = query(f"""
    SELECT line, {", ".join(f"CAST(SUM({name}) AS BIGINT)" for name in MEASURES)} FROM (
        SELECT line, {_MEASURES} FROM telemetry_rollup WHERE {_MINE} AND slot IN (??)
        UNION ALL
        SELECT line, {", ".join(f"-{name}" for name in MEASURES)} FROM telemetry_rollup
        WHERE {_MINE} AND slot IN (??)
    ) AS slots GROUP BY line
""")
_by_day = query(f"""
    SELECT slot, by_list + by_client FROM telemetry_rollup WHERE {_MINE} AND slot >= ? AND slot < ?
""")
