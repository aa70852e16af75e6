"""Forecasts as they were made, and what the periods did cost: nothing here is ever improved afterwards."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from providers.money import billionths
from providers.period import Period
from storage.engine.fields import from_billionths, from_day, to_day
from storage.engine.queries import query


class KeptForecast(NamedTuple):
    """A forecast of a period that is over: the band, the day on which it was made, and the bill."""

    period: Period
    made_on: date
    low: Decimal
    high: Decimal
    outcome: Decimal


def keep(connection_id: int, period: Period, *, made_on: date, low: Decimal, high: Decimal) -> None:
    """Store a day's first forecast of a period; later ones of that day change nothing."""
    start, end = to_day(period.start), to_day(period.end)
    _keep(connection_id, start, end, to_day(made_on), billionths(low), billionths(high))


_keep = query("""
    INSERT INTO forecast (connection_id, start_day, end_day, made_on, low, high) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING
""")


def unscored(connection_id: int, *, ended_by: date) -> list[Period]:
    """Return the periods that are over by a day and whose outcome is not stored, oldest first."""
    rows = _unscored(connection_id, to_day(ended_by)).fetchall()
    return [Period(from_day(start), from_day(end)) for start, end in rows]


_unscored = query("""
    SELECT DISTINCT start_day, end_day FROM forecast
    WHERE connection_id = ? AND end_day <= ? AND outcome IS NULL ORDER BY start_day, end_day
""")


def score(connection_id: int, period: Period, outcome: Decimal) -> None:
    """Store what a period cost beside its forecasts that have no outcome yet."""
    _score(billionths(outcome), connection_id, to_day(period.start), to_day(period.end))


_score = query("""
    UPDATE forecast SET outcome = ?
    WHERE connection_id = ? AND start_day = ? AND end_day = ? AND outcome IS NULL
""")


def record_of(connection_id: int, *, since: date) -> list[KeptForecast]:
    """Return the forecasts with an outcome of periods that began on a day or later, the newest first."""
    rows = _scored(connection_id, to_day(since)).fetchall()
    return [
        KeptForecast(
            Period(from_day(start), from_day(end)),
            from_day(made_on),
            from_billionths(low),
            from_billionths(high),
            from_billionths(outcome),
        )
        for start, end, made_on, low, high, outcome in rows
    ]


_scored = query("""
    SELECT start_day, end_day, made_on, low, high, outcome FROM forecast
    WHERE connection_id = ? AND start_day >= ? AND outcome IS NOT NULL
    ORDER BY start_day DESC, end_day DESC, made_on DESC
""")
