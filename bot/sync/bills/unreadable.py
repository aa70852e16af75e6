"""Leave days out of an answer whose figures are too large to store."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from msgspec import structs

from bot.sync.reports import CodeDays
from bot.sync.spans import HOUR
from providers.money import billionths
from providers.note import Note
from providers.period import midnight
from providers.provider import ChargesReported, UsageReported
from providers.reported import SpendReported

TOO_LARGE = "a figure of this day is larger than anything that can be kept"
Reported = ChargesReported | UsageReported | SpendReported | CodeDays


def without_heaviest_day(reported: object) -> Reported | None:
    """Return an answer without its day of largest figures, with a note; None if there is no such day."""
    if not isinstance(reported, Reported):
        return None
    weights = _weights(reported)
    if not weights:
        return None
    ((day, _weight),) = Counter(weights).most_common(1)
    return _without(reported, day)


def _weights(reported: Reported) -> Mapping[date, int]:
    """Return the sum of the absolute figures of each day."""
    weights: Counter[date] = Counter()
    if isinstance(reported, ChargesReported):
        for charge in reported.charges:
            weights[charge.day] += abs(billionths(charge.billed_cost))
    elif isinstance(reported, UsageReported):
        for row in reported.usage:
            weights[row.hour.date()] += sum(map(abs, row.quantities))
    elif isinstance(reported, SpendReported):
        for line in reported.lines:
            weights[line.hour.date()] += abs(billionths(line.cost)) + abs(billionths(line.list_cost))
            weights[line.hour.date()] += sum(map(abs, line.quantities))
        for kind in reported.kinds:
            weights[kind.hour.date()] += abs(billionths(kind.cost)) + abs(billionths(kind.list_cost))
    else:
        for day, lines in reported.days.items():
            weights[day] += sum(abs(billionths(line.estimated_cost)) + line.sessions for line in lines)
    return weights


def _without(reported: Reported, day: date) -> Reported:
    notes = [*reported.notes, Note(TOO_LARGE, day, is_unreadable=True)]
    if isinstance(reported, ChargesReported):
        days = [each for each in reported.days if each != day]
        charges = [each for each in reported.charges if each.day != day]
        return structs.replace(reported, days=days, charges=charges, notes=notes)
    if isinstance(reported, UsageReported):
        usage = [row for row in reported.usage if row.hour.date() != day]
        hours = {midnight(day) + n * HOUR for n in range(24)}
        reported_hours = {hour for hour in hours if reported.start <= hour < reported.end}
        return structs.replace(reported, usage=usage, notes=notes, missing=reported.missing | reported_hours)
    if isinstance(reported, SpendReported):
        lines = [each for each in reported.lines if each.hour.date() != day]
        kinds = [each for each in reported.kinds if each.hour.date() != day]
        days_missing = reported.missing | {day}
        return structs.replace(reported, lines=lines, kinds=kinds, notes=notes, missing=days_missing)
    return CodeDays({each: lines for each, lines in reported.days.items() if each != day}, notes)
