"""Where a period will end, what it cost so far, and the record of past forecasts."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from bot.reports.split.filters import matching, names_of, with_own
from bot.sync.forecasts import LEARN_FROM, Days, ahead, forecast_of, those_whole, whole_days
from digests.numbers.forecast import LEAST_DAYS, forecast
from digests.numbers.outlook import MOST, Outlook, PastForecast, at_the_same_point, kind_of, odd_day
from digests.numbers.report import Filter
from providers.money import dollars
from providers.period import DAY, Period
from storage.engine.database import snapshot
from storage.facts import cells, coverage, directory, forecasts, spend
from storage.state.connections import Connection

_RECORD = timedelta(days=3 * 366)  # how far back past forecasts are looked for: three years of them


@snapshot()
def outlook(
    connection: Connection,
    asked: Period,
    *,
    now: datetime,
    filters: tuple[Filter, ...] = (),
    own: str = "",
) -> Outlook:
    """Forecast a period by UTC days, whatever calendar it was asked in; `own` is the asker's address."""
    today, period, number = now.date(), Period(asked.start, asked.end), connection.id
    elapsed = min(max((today - period.start).days, 0), period.length)
    past = Period.last_days(LEARN_FROM, until=max(today - DAY, period.start))
    chosen, names = with_own(filters, own), directory.read(number)
    if chosen:
        wanted = matching(number, chosen, names)
        days, so_far = _days_of(connection, past, wanted), cells.total(number, period, wanted)
        cost, estimated = dollars(so_far.cost), bool(so_far.estimated)
        said = ahead(days, period, cost, now=now)
    else:
        days, whole = whole_days(connection, past), spend.total(number, period)
        cost, estimated = whole.cost, bool(whole.estimated)
        said = forecast_of(connection, period, now=now)
    return Outlook(
        organization=connection.organization_name,
        period=period,
        filters=filters,
        part=names_of(chosen, names),
        days=elapsed,
        so_far=cost,
        is_estimated=estimated,
        forecast=said if elapsed < period.length else None,
        previous=_previous(period, days),
        odd=odd_day(dict(days), period),
        record=_record(connection, period, elapsed, days, is_part=bool(chosen)),
        as_of=coverage.fetched_at(number),
    )


def _days_of(connection: Connection, past: Period, wanted: cells.Filters) -> Days:
    """Return the whole days of a part, from the first on that cost anything."""
    rows = cells.costs_by(connection.id, ("day",), past, wanted)
    costs = {date.fromisoformat(day): dollars(cost) for (day,), cost in rows if day}
    missing = cells.missing_days(connection.id, past)
    whole = those_whole(connection, past, costs)
    return [(day, cost) for day, cost in whole if day >= min(costs, default=past.end) and day not in missing]


def _previous(period: Period, days: Days) -> Decimal | None:
    """Return what the period before cost, None if some of it is not in."""
    known, earlier = dict(days), period.before()
    if not known.keys() >= set(earlier.days()):
        return None
    return sum((known[day] for day in earlier.days()), Decimal(0))


def _record(
    connection: Connection, period: Period, elapsed: int, days: Days, *, is_part: bool
) -> list[PastForecast]:
    """Return the latest forecasts of periods of this kind, made at the same point; kept ones first.

    Only those of the whole organization are kept.
    """
    kind = kind_of(period)
    if not kind:
        return []
    kept = [
        PastForecast(*each)
        for each in forecasts.record_of(connection.id, since=period.start - _RECORD)
        if kind_of(each.period) == kind and not is_part
    ]
    replayed = list(_replayed(period, elapsed, days))
    known = {each.period for each in kept}
    return at_the_same_point([*kept, *(each for each in replayed if each.period not in known)], elapsed)


def _replayed(period: Period, elapsed: int, days: Days) -> Iterator[PastForecast]:
    """Yield what we would have said of the periods before, from the days before that day alone."""
    known, earlier = dict(days), period
    for _ in range(MOST):
        earlier = earlier.before()
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
