"""Where a period will end, what it cost so far, and the record of past forecasts."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from bot.sync.forecasts import LEARN_FROM, Days, forecast_of, whole_days
from digests.numbers.forecast import LEAST_DAYS, forecast
from digests.numbers.outlook import MOST, Outlook, PastForecast, at_the_same_point, before, kind_of, odd_day
from providers.period import DAY, Period
from storage.engine.database import snapshot
from storage.facts import coverage, forecasts, spend
from storage.state.connections import Connection

_RECORD = timedelta(days=3 * 366)  # how far back past forecasts are looked for: three years of them


@snapshot()
def outlook(connection: Connection, asked: Period, *, now: datetime) -> Outlook:
    """Forecast a period by UTC days, whatever calendar it was asked in."""
    today, period = now.date(), Period(asked.start, asked.end)
    elapsed = min(max((today - period.start).days, 0), period.length)
    so_far = spend.total(connection.id, period)
    past = Period.last_days(LEARN_FROM, until=max(today - DAY, period.start))
    days = whole_days(connection, past)
    return Outlook(
        organization=connection.organization_name,
        period=period,
        days=elapsed,
        so_far=so_far.cost,
        is_estimated=bool(so_far.estimated),
        forecast=forecast_of(connection, period, now=now) if elapsed < period.length else None,
        previous=_previous(connection, period, days),
        odd=odd_day(dict(days), period),
        record=_record(connection, period, elapsed, days),
        as_of=coverage.fetched_at(connection.id),
    )


def _previous(connection: Connection, period: Period, days: Days) -> Decimal | None:
    """Return what the period before cost, None if some of it is not in."""
    earlier = before(period)
    known = {day for day, _cost in days}
    if not known.issuperset(earlier.days()):
        return None
    return spend.total(connection.id, earlier).cost


def _record(connection: Connection, period: Period, elapsed: int, days: Days) -> list[PastForecast]:
    """Return the latest forecasts of periods of this kind, made at the same point; kept ones first."""
    kind = kind_of(period)
    if not kind:
        return []
    kept = [
        PastForecast(*each)
        for each in forecasts.record_of(connection.id, since=period.start - _RECORD)
        if kind_of(each.period) == kind
    ]
    replayed = list(_replayed(period, elapsed, days))
    known = {each.period for each in kept}
    return at_the_same_point([*kept, *(each for each in replayed if each.period not in known)], elapsed)


def _replayed(period: Period, elapsed: int, days: Days) -> Iterator[PastForecast]:
    """Yield what we would have said of the periods before, from the days before that day alone."""
    known, earlier = dict(days), period
    for _ in range(MOST):
        earlier = before(earlier)
        made_on = earlier.start + min(elapsed, earlier.length - 1) * DAY
        history = [(day, cost) for day, cost in days if day < made_on]
        if len(history) < LEAST_DAYS or not known.keys() >= set(earlier.days()):
            return
        so_far = sum((cost for day, cost in history if day in earlier), Decimal(0))
        said = forecast(history, earlier, so_far, made_on)
        if said:
            outcome = sum((known[day] for day in earlier.days()), Decimal(0))
            yield PastForecast(
                earlier, made_on, said.cost - said.band, said.cost + said.band, outcome, is_replayed=True
            )
