"""Claude Code activity: replace whole days, and the rollups of them by engineer, by model and by tool."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import NamedTuple, cast

from providers.activity import CodeActivity
from providers.money import billionths
from providers.period import Period
from storage.engine import bulk_insert, time_buckets
from storage.engine.fields import from_billionths, from_day, to_day
from storage.engine.queries import Run, query
from storage.engine.tables import ActivityRow as Row
from storage.facts import coverage, text_ids

COUNTS = ("estimated_cost", *CodeActivity.__struct_fields__[7:])  # in the order of the table's columns
ENGINEER_COUNTS = ("estimated_cost", "tokens", *COUNTS[5:])  # an engineer's tokens are one number
KEY_PREFIX = "key "  # before a key's name; no e-mail address begins with it

Rows = list[tuple[int, ...]]


class _Dimension(NamedTuple):
    """The column a rollup groups by, the counts it sums, and the filter for the facts it sums."""

    number: int
    member: str
    counts: Sequence[str]
    of: str = "TRUE"


_ENGINEER = _Dimension(0, "who", COUNTS)
_MODEL = _Dimension(1, "model", COUNTS[:5], f"model != {text_ids.NONE}")
_TOOL = _Dimension(2, "tool", COUNTS[-2:], "accepted + rejected > 0")
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
    new = [to_day(day) for day, activity in days.items() if _replace_if_changed(connection_id, day, activity)]
    for day in new:
        _roll_up(connection_id, day)
    for block in time_buckets.blocks_containing(new):
        _delete_slot(connection_id, block.slot)
        _enter_block(block.slot, connection_id, block.start, block.end)
    coverage.mark(connection_id, "claude_code", days, at=at, until=until)


def _replace_if_changed(connection_id: int, day: date, activity: Sequence[CodeActivity]) -> bool:
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


_kept = query(
    f"SELECT {', '.join(bulk_insert.columns(Row))} FROM code_activity WHERE connection_id = ? AND day = ?"
)
_delete = query("DELETE FROM code_activity WHERE connection_id = ? AND day = ?")
# Naming each dimension lets the database search the key for each, not scan it.
_EVERY = f"connection_id = ? AND dimension IN ({', '.join(str(each.number) for each in _DIMENSIONS)})"
_delete_slot = query(f"DELETE FROM code_rollup WHERE {_EVERY} AND slot = ?")
_KEY = "connection_id, dimension, slot, member, plan"


def _sums(names: Iterable[str] = COUNTS, among: Sequence[str] = COUNTS) -> str:
    """Return the columns' sums as whole numbers on both engines, 0 for a column that is not `among` some."""
    return ", ".join(f"CAST(SUM({name}) AS BIGINT)" if name in among else "0" for name in names)


def _entered(dimension: _Dimension) -> Run:
    """Return the query that rolls up a day's facts on a dimension."""
    return query(f"""
        INSERT INTO code_rollup ({", ".join(COUNTS)}, {_KEY})
        SELECT {_sums(among=dimension.counts)},
            connection_id, {dimension.number}, day, {dimension.member}, plan
        FROM code_activity WHERE connection_id = ? AND day = ? AND {dimension.of}
        GROUP BY connection_id, day, {dimension.member}, plan
    """)


_enter_day = [_entered(dimension) for dimension in _DIMENSIONS]
_enter_block = query(f"""
    INSERT INTO code_rollup ({", ".join(COUNTS)}, slot, connection_id, dimension, member, plan)
    SELECT {_sums()}, CAST(? AS INTEGER), connection_id, dimension, member, plan
    FROM code_rollup WHERE {_EVERY} AND slot >= ? AND slot < ?
    GROUP BY connection_id, dimension, member, plan
""")


# Reading: the rows first, then the texts, which by then include every text the rows refer to


def first_day(connection_id: int) -> date | None:
    """Return the oldest UTC day with any Claude Code activity."""
    (day,) = _first(connection_id).fetchone()
    return None if day is None else from_day(day)


_first = query("SELECT MIN(day) FROM code_activity WHERE connection_id = ?")


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


def _added_up(queries: "_Queries", dimension: _Dimension, connection_id: int, period: Period) -> Rows:
    """Sum a period by member and plan, without those whose counts are all 0 after blocks are subtracted."""
    added, subtracted = _slots_of(connection_id, dimension, to_day(period.start), to_day(period.end))
    if len(added) == 1 and not subtracted:  # the rows of one day or block are never all 0
        return cast("Rows", queries.of_slot(connection_id, dimension.number, added[0]).fetchall())
    mine = (connection_id, dimension.number)
    rows = queries.of_slots(*mine, added, *mine, subtracted).fetchall()
    return [row for row in rows if any(row[2:])]


def _slots_of(connection_id: int, dimension: _Dimension, first: int, last: int) -> time_buckets.Decomposition:
    """Return the slots of some days, or of a longer period if it has the same sum and fewer slots."""
    exact = time_buckets.decompose(first, last)
    oldest, newest = (
        outermost(connection_id, dimension.number, time_buckets.WEEK).fetchone() for outermost in _outermost
    )
    if oldest is None:
        return exact
    recorded = oldest[0], newest[0]
    if time_buckets.covers_all(first, last, recorded):
        return time_buckets.Decomposition([time_buckets.ALL_TIME], [])
    wide = time_buckets.decompose(*time_buckets.extend_to_block_edges(first, last, recorded)).until(newest[0])
    return min(exact, wide, key=lambda slots: len(slots.added) + len(slots.subtracted))


_MINE = "connection_id = ? AND dimension = ?"
_outermost = [
    query(f"SELECT slot FROM code_rollup WHERE {_MINE} AND slot < ? ORDER BY slot {order} LIMIT 1")
    for order in ("ASC", "DESC")
]


class _Queries(NamedTuple):
    """Queries for counts by member and plan: one slot's rows as they are, or several slots' rows summed."""

    of_slot: Run
    of_slots: Run


def _queries(names: Sequence[str]) -> _Queries:
    def counted(times: int) -> str:
        """Select the rows of some slots, their counts multiplied by `times`."""
        counts = ", ".join(f"({_column(name)}) * {times} AS {name}" for name in names)
        return f"SELECT member, plan, {counts} FROM code_rollup WHERE {_MINE} AND slot IN (??)"

    columns = ", ".join(map(_column, names))
    return _Queries(
        query(f"SELECT member, plan, {columns} FROM code_rollup WHERE {_MINE} AND slot = ?"),
        query(f"""
            SELECT member, plan, {_sums(names, among=names)}
            FROM ({counted(1)} UNION ALL {counted(-1)}) AS slots GROUP BY member, plan
        """),
    )


def _column(name: str) -> str:
    """Return a count's column, or the sum of the token columns for `tokens`."""
    return " + ".join(COUNTS[1:5]) if name == "tokens" else name


_everything, _done = _queries(COUNTS), _queries(ENGINEER_COUNTS)


def _facts_of(dimension: _Dimension, connection_id: int, period: Period, email: str) -> Rows:
    """Sum one person's facts; naming each day lets the database search the key for each, not scan it."""
    days = list(range(to_day(period.start), to_day(period.end)))
    who = text_ids.numbers(connection_id).get(email)
    return cast("Rows", _facts[dimension](connection_id, days, who).fetchall()) if who else []


_facts = {
    dimension: query(f"""
        SELECT {dimension.member}, plan, {_sums(among=dimension.counts)} FROM code_activity
        WHERE connection_id = ? AND day IN (??) AND who = ? AND {dimension.of}
        GROUP BY {dimension.member}, plan
    """)
    for dimension in _DIMENSIONS
}


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
