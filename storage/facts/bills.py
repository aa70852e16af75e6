"""Bills that the provider reported and we do not trust yet, one row a day.

    unread    empty, and the day's usage is not in yet, so we cannot tell whether it should be empty
    lacking   lower than the day's usage must have cost; we show the estimate meanwhile
    fallen    lower than an earlier bill, which we keep meanwhile
    held      unexplained, but trusted because it stayed the same; its lines are in `charge`

An unread or lacking day has no coverage of `charges`, so that nothing treats it as billed.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal

import msgspec
from peewee import Value

from providers.charge import Charge
from providers.period import Period
from storage.engine.fields import from_day, to_day
from storage.engine.queries import cached_in_snapshot, query
from storage.engine.tables import UnsettledBillRow as Row

Why = Literal["unread", "lacking", "fallen", "held"]
PROVISIONAL: tuple[Why, ...] = ("unread", "lacking")


class UnsettledBill(msgspec.Struct, frozen=True):
    """A bill as last reported, since when we have waited for it, and since when it has not changed."""

    day: date
    why: Why
    first_seen_at: datetime
    unchanged_since: datetime
    charges: Sequence[Charge]

    @property
    def total(self) -> Decimal:
        """The sum of its charges."""
        return sum((charge.billed_cost for charge in self.charges), Decimal(0))


def save(connection_id: int, bill: UnsettledBill) -> None:
    """Store a bill in place of the one for its day."""
    row = {
        "connection_id": connection_id,
        "day": bill.day,
        "why": bill.why,
        "first_seen_at": bill.first_seen_at,
        "unchanged_since": bill.unchanged_since,
        "lines": msgspec.json.encode(bill.charges).decode(),
    }
    kept = [Row.why, Row.first_seen_at, Row.unchanged_since, Row.lines]
    query = Row.insert(**row).on_conflict(conflict_target=(Row.connection_id, Row.day), preserve=kept)
    query.as_rowcount().execute()


def settle(connection_id: int, day: date) -> None:
    """Remove a day's bill from those we wait for."""
    _settle(connection_id, to_day(day))


_settle = query("DELETE FROM unsettled_bill WHERE connection_id = ? AND day = ?")


def wait_longer(by: timedelta) -> None:
    """Shift the start of every wait by the jump of a clock that was set ahead; within a transaction."""
    seconds = Value(int(by.total_seconds()), converter=False)
    moved = {"first_seen_at": Row.first_seen_at + seconds, "unchanged_since": Row.unchanged_since + seconds}
    Row.update(**moved).execute()


def forget_held(connection_id: int, *, before: date) -> None:
    """Delete the older `held` bills: nothing judges them again."""
    where = (Row.connection_id == connection_id) & (Row.why == "held") & (Row.day < before)
    Row.delete().where(where).execute()


def in_period(connection_id: int, period: Period) -> Mapping[date, UnsettledBill]:
    """Return the unsettled bills of a period by day, oldest first, including those that are held."""
    return _in(connection_id, to_day(period.start), to_day(period.end))


@cached_in_snapshot
def _in(connection_id: int, first: int, last: int) -> Mapping[date, UnsettledBill]:
    return {bill.day: bill for bill in map(_bill, _rows(connection_id, first, last).fetchall())}


_rows = query("""
    SELECT day, why, first_seen_at, unchanged_since, lines FROM unsettled_bill
    WHERE connection_id = ? AND day >= ? AND day < ? ORDER BY day
""")


def _bill(row: tuple[int, Why, int, int, str]) -> UnsettledBill:
    day, why, first_seen_at, unchanged_since, lines = row
    return UnsettledBill(
        from_day(day),
        why,
        datetime.fromtimestamp(first_seen_at, UTC),
        datetime.fromtimestamp(unchanged_since, UTC),
        msgspec.json.decode(lines, type=list[Charge]),
    )


def provisional_days(connection_id: int, period: Period) -> set[date]:
    """Return the days of a period whose bill is reported but not trusted, so that we show an estimate."""
    return {day for day, bill in in_period(connection_id, period).items() if bill.why in PROVISIONAL}


def in_doubt(connection_id: int, period: Period) -> list[UnsettledBill]:
    """Return the `fallen` bills of a period, oldest first."""
    return [bill for bill in in_period(connection_id, period).values() if bill.why == "fallen"]


def awaited_days(connection_id: int) -> list[date]:
    """Return every day with an unsettled bill other than `held`, oldest first."""
    return [from_day(day) for (day,) in _awaited(connection_id).fetchall()]


_awaited = query("SELECT day FROM unsettled_bill WHERE connection_id = ? AND why != 'held' ORDER BY day")
