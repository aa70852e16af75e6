"""Claude Code activity: replace whole days, and the rollups of them by engineer, by model and by tool."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import reduce
from operator import add, attrgetter
from typing import Any, NamedTuple, cast

from peewee import Value, fn

from providers.activity import CodeActivity
from providers.money import billionths
from providers.period import Period
from storage.engine import bulk_insert, time_buckets
from storage.engine.fields import from_billionths, from_day, to_day
from storage.engine.prepared import Run, prepared
from storage.engine.tables import ActivityRollup as Rollup
from storage.engine.tables import ActivityRow as Row
from storage.engine.tables import database
from storage.facts import coverage, text_ids

COUNTS = ("estimated_cost", *CodeActivity.__struct_fields__[7:])  # in the order of the table's columns
ENGINEER_COUNTS = ("estimated_cost", "tokens", *COUNTS[5:])  # an engineer's tokens are one number
KEY_PREFIX = "key "  # before a key's name; no e-mail address begins with it

Rows = list[tuple[int, ...]]


class _Dimension(NamedTuple):
    """The column a rollup groups by, the counts it sums, and the filter for the facts it sums."""

    number: int
    member: Any
    counts: Sequence[str]
    of: Sequence[Any] = ()


_ENGINEER = _Dimension(0, Row.who, COUNTS)
_MODEL = _Dimension(1, Row.model, COUNTS[:5], [Row.model != text_ids.NONE])
_TOOL = _Dimension(2, Row.tool, COUNTS[-2:], [Row.accepted + Row.rejected > 0])
_DIMENSIONS = (_ENGINEER, _MODEL, _TOOL)


# Writing


def replace(
    connection_id: int, day: date, activity: Sequence[CodeActivity], *, at: datetime, until: datetime
) -> None:
    """Replace one UTC day, covered up to `until`, unless nothing in it changed; within a transaction."""
    replace_days(connection_id, {day: activity}, at=at, until=until)


def replace_days(
    connection_id: int, days: Mapping[date, Sequence[CodeActivity]], *, at: datetime, until: datetime
) -> None:
    """Replace UTC days, covered to their ends or up to `until`, except those in which nothing changed."""
    new = [to_day(day) for day, activity in days.items() if _replaced(connection_id, day, activity)]
    for day in new:
        _roll_up(connection_id, day)
    for block in time_buckets.blocks_containing(new):
        _delete_slot(connection_id, block.slot)
        _enter_block(connection_id, *block)
    coverage.mark(connection_id, "claude_code", days, at=at, until=until)


def _replaced(connection_id: int, day: date, activity: Sequence[CodeActivity]) -> bool:
    """Store a day's facts if they differ from the stored ones; return whether they did."""
    number, rows = to_day(day), _rows(connection_id, activity)
    if set(rows) == set(_kept(connection_id, number).fetchall()):
        return False
    _delete(connection_id, number)
    bulk_insert.insert(Row, rows)
    return True


def _rows(connection_id: int, activity: Sequence[CodeActivity]) -> Rows:
    texts = [(_who(line), line.customer_type, line.model or None, line.tool or None) for line in activity]
    number = text_ids.ids(connection_id, {text for four in texts for text in four})
    return [
        (
            billionths(line.estimated_cost),
            *_counts(line),
            connection_id,
            to_day(line.day),
            *map(number.__getitem__, four),
        )
        for line, four in zip(activity, texts, strict=True)
    ]


_counts = attrgetter(*COUNTS[1:])


def _who(line: CodeActivity) -> str | None:
    if line.email or line.api_key_name is None:
        return line.email
    return KEY_PREFIX + line.api_key_name


def _roll_up(connection_id: int, day: int) -> None:
    _delete_slot(connection_id, day)
    for enter_day in _enter_day:
        enter_day(connection_id, day)


_kept = prepared(
    lambda connection_id, day: Row.select(*[getattr(Row, name) for name in bulk_insert.columns(Row)]).where(
        Row.connection_id == connection_id, Row.day == day
    )
)
_delete = prepared(
    lambda connection_id, day: Row.delete().where(Row.connection_id == connection_id, Row.day == day)
)
_EVERY = Rollup.dimension << [dimension.number for dimension in _DIMENSIONS]
_delete_slot = prepared(
    lambda connection_id, slot: Rollup.delete().where(
        Rollup.connection_id == connection_id, _EVERY, Rollup.slot == slot
    )
)


def _entered(dimension: _Dimension) -> Run:
    """Return the query that rolls up a day's facts on a dimension."""
    key = (Row.connection_id, Value(dimension.number), Row.day, dimension.member, Row.plan)
    return prepared(
        lambda connection_id, day: _into_rollup(
            Row.select(*_sums(Row, dimension.counts), *key)
            .where(Row.connection_id == connection_id, Row.day == day, *dimension.of)
            .group_by(Row.connection_id, Row.day, dimension.member, Row.plan)
        )
    )


def _into_rollup(query: Any) -> Any:
    columns = [getattr(Rollup, name) for name in bulk_insert.columns(Rollup)]
    return Rollup.insert_from(query, columns).as_rowcount()


def _sums(table: Any, counts: Sequence[str] = COUNTS) -> list[Any]:
    """Return the columns' sums as whole numbers on both engines, 0 for a column not among `counts`."""
    return [fn.SUM(getattr(table, name)).cast("BIGINT") if name in counts else Value(0) for name in COUNTS]


_enter_day = [_entered(dimension) for dimension in _DIMENSIONS]
_enter_block = prepared(
    lambda connection_id, slot, start, end: _into_rollup(
        Rollup.select(
            *_sums(Rollup), Rollup.connection_id, Rollup.dimension, slot, Rollup.member, Rollup.plan
        )
        .where(Rollup.connection_id == connection_id, _EVERY, Rollup.slot >= start, Rollup.slot < end)
        .group_by(Rollup.connection_id, Rollup.dimension, Rollup.member, Rollup.plan)
    )
)


# Reading: the rows first, then the texts, which by then include every text the rows refer to


def first_day(connection_id: int) -> date | None:
    """Return the oldest UTC day with any Claude Code activity."""
    day = Row.select(fn.MIN(Row.day)).where(Row.connection_id == connection_id).scalar()
    return None if day is None else from_day(day)


def by_engineer(connection_id: int, period: Period) -> list[tuple[str | None, str | None, Sequence[int]]]:
    """Return (who, plan, counts) for a period; the counts are whole numbers in the order of ENGINEER_COUNTS.

    `who` is an e-mail address, or KEY_PREFIX and a key's name.
    """
    rows = _added_up(_done, _ENGINEER, connection_id, period)
    text = text_ids.texts(connection_id)
    return [(text[row[0]], text[row[1]], row[2:]) for row in rows]


def by_model(connection_id: int, period: Period, *, email: str | None = None) -> list[CodeActivity]:
    """Return tokens and their estimated cost by model and plan: everybody's, or one person's."""
    rows = _everybodys_or_ones(_MODEL, connection_id, period, email)
    text = text_ids.texts(connection_id)
    return [_line(period, text[plan], sums, email=email, model=text[member]) for member, plan, *sums in rows]


def by_tool(connection_id: int, period: Period, *, email: str | None = None) -> list[CodeActivity]:
    """Return edits accepted and rejected by tool ("": unknown) and plan: everybody's, or one person's."""
    rows = _everybodys_or_ones(_TOOL, connection_id, period, email)
    text = text_ids.texts(connection_id)
    return [_line(period, text[plan], sums, email=email, tool=text[member]) for member, plan, *sums in rows]


def _everybodys_or_ones(dimension: _Dimension, connection_id: int, period: Period, email: str | None) -> Rows:
    if email is None:
        return _added_up(_everything, dimension, connection_id, period)
    return _facts_of(dimension, connection_id, period, email.casefold())


def _added_up(query: "_Query", dimension: _Dimension, connection_id: int, period: Period) -> Rows:
    """Sum a period by member and plan, without those whose counts are all 0 after blocks are subtracted."""
    added, subtracted = _slots_of(connection_id, dimension, to_day(period.start), to_day(period.end))
    if len(added) == 1 and not subtracted:  # the rows of one day or block are never all 0
        return cast("Rows", query.of_slot(connection_id, dimension.number, added[0]).fetchall())
    rows = query.of_slots(connection_id, dimension.number, added, subtracted).fetchall()
    return [row for row in rows if any(row[2:])]


def _slots_of(connection_id: int, dimension: _Dimension, first: int, last: int) -> time_buckets.Decomposition:
    """Return the slots of some days, or of a longer period if it has the same sum and fewer slots."""
    exact = time_buckets.decompose(first, last)
    oldest, newest = (
        query(connection_id, dimension.number, time_buckets.WEEK).fetchone() for query in _outermost
    )
    if oldest is None:
        return exact
    recorded = oldest[0], newest[0]
    if time_buckets.covers_all(first, last, recorded):
        return time_buckets.Decomposition([time_buckets.ALL_TIME], [])
    wide = time_buckets.decompose(*time_buckets.extend_to_block_edges(first, last, recorded)).until(newest[0])
    return min(exact, wide, key=lambda slots: len(slots.added) + len(slots.subtracted))


_outermost = [
    prepared(
        lambda connection_id, dimension, end, order=order: (
            Rollup.select(Rollup.slot)
            .where(Rollup.connection_id == connection_id, Rollup.dimension == dimension, Rollup.slot < end)
            .order_by(order)
            .limit(1)
        )
    )
    for order in (Rollup.slot, Rollup.slot.desc())
]


class _Query(NamedTuple):
    """Queries for counts by member and plan: one slot's rows as they are, or several slots' rows summed."""

    of_slot: Run
    of_slots: Run


def _query(names: Sequence[str]) -> _Query:
    def counted(connection_id: Any, dimension: Any, slots: Any, times: int) -> Any:
        """Select the rows of some slots, their counts multiplied by `times`."""
        counts = [(_column(name) * Value(times, converter=False)).alias(name) for name in names]
        return Rollup.select(Rollup.member, Rollup.plan, *counts).where(
            Rollup.connection_id == connection_id, Rollup.dimension == dimension, Rollup.slot << slots
        )

    def of_slots(connection_id: Any, dimension: Any, added: Any, subtracted: Any) -> Any:
        every = counted(connection_id, dimension, added, 1)
        if subtracted:
            every += counted(connection_id, dimension, subtracted, -1)
        key = (every.c.member, every.c.plan)
        sums = [fn.SUM(getattr(every.c, name)).cast("BIGINT") for name in names]
        return every.select_from(*key, *sums).group_by(*key)

    columns = [Rollup.member, Rollup.plan, *map(_column, names)]
    of_slot = prepared(
        lambda connection_id, dimension, slot: Rollup.select(*columns).where(
            Rollup.connection_id == connection_id, Rollup.dimension == dimension, Rollup.slot == slot
        )
    )
    return _Query(of_slot, prepared(of_slots))


def _column(name: str) -> Any:
    """Return a count's column, or the sum of the token columns for `tokens`."""
    return reduce(add, map(_column, COUNTS[1:5])) if name == "tokens" else getattr(Rollup, name)


_everything, _done = _query(COUNTS), _query(ENGINEER_COUNTS)


def _facts_of(dimension: _Dimension, connection_id: int, period: Period, email: str) -> Rows:
    """Sum one person's facts; naming each day lets the database search the key for each, not scan it."""
    days = list(range(to_day(period.start), to_day(period.end)))
    who = text_ids.numbers(connection_id).get(email)
    query = Row.select(dimension.member, Row.plan, *_sums(Row, dimension.counts)).where(
        Row.connection_id == connection_id, Row.day << days, Row.who == who, *dimension.of
    )
    return _fetched(query.group_by(dimension.member, Row.plan)) if who else []


def _fetched(query: Any) -> Rows:
    """Fetch (member, plan, *counts) as the driver returns them: peewee would convert every cell."""
    return cast("Rows", database.execute(query).fetchall())


def _line(
    period: Period,
    plan: str | None,
    sums: Sequence[int],
    *,
    email: str | None,
    model: str | None = None,
    tool: str | None = None,
) -> CodeActivity:
    cost, *counts = sums
    return CodeActivity(
        period.start, email, None, plan or "", model or "", from_billionths(cost), tool or "", *counts
    )
