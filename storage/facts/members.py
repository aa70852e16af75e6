"""Daily costs of several members of a dimension together: a model family, a team's callers."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from providers.period import Period
from storage.engine.fields import from_billionths, from_day, to_day
from storage.facts import text_ids, totals
from storage.facts.rollups import Dimension


def daily(
    connection_id: int, dimension: Dimension, members: Iterable[str | None], period: Period
) -> dict[date, Decimal]:
    """Return the members' combined cost on each UTC day of a period's dates that has any.

    The member None is the default workspace, or spend without a model.
    """
    numbers, first, last = text_ids.numbers(connection_id), to_day(period.start), to_day(period.end)
    days: dict[int, int] = defaultdict(int)
    for member in members:
        if member in numbers:
            for day, cost in totals.daily_costs_of_member(
                connection_id, dimension, numbers[member], first, last
            ):
                days[day] += cost
    return {from_day(day): from_billionths(cost) for day, cost in sorted(days.items()) if cost}
