"""Compute what days cost from the facts stored of them; every report that changes a day ends here.

the bill and hourly spend   reconcile(): the bill, split as the provider splits it
the bill alone              attribute(): the bill, split by usage
no bill                     hourly spend as far as it goes, then estimate(): usage × learned rates
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

from msgspec import structs

from providers.anthropic.cost.attribution import attribute
from providers.anthropic.cost.estimate import LEARN_FROM, BilledDay, Rates, estimate, learn
from providers.anthropic.cost.reconcile import as_reported as as_told
from providers.anthropic.cost.reconcile import reconcile
from providers.anthropic.cost.unbilled import committed, unbilled
from providers.directory import Directory
from providers.period import DAY, Period, midnight
from providers.spend import Attribution, merge
from providers.usage import TokenUsage
from storage.facts import bills, charges, coverage, provider_spend, spend, usage


def rebuild(
    connection_id: int,
    days: Sequence[date],
    names: Directory,
    *,
    tokens: Mapping[date, Sequence[TokenUsage]] = MappingProxyType({}),
) -> None:
    """Attribute the bill of each day that has one, and estimate the other days.

    `tokens` holds the usage rows of days that need not be read again.
    """
    if not days:
        return
    period = Period(min(days), max(days) + DAY)
    counted = coverage.days(connection_id, "usage", period)
    billed = coverage.days(connection_id, "charges", period)
    reported_until = coverage.covered_until_by_day(connection_id, "spend", period)
    lines, products = charges.by_day(connection_id, period), names.claude_code_workspaces()
    attributions: dict[date, tuple[Attribution, bool]] = {}
    for day in days:
        rows = tokens[day] if day in tokens else usage.on(connection_id, day) if day in counted else []
        bill = lines.get(day, [])
        if day not in billed:
            attribution = _unbilled_day(connection_id, day, rows, products, reported_until.get(day))
        elif reported_until.get(day) == midnight(day + DAY):
            attribution = reconcile(day, bill, *provider_spend.on(connection_id, day))
        else:
            attribution = attribute(day, bill, rows, claude_code=products)
        beside = unbilled(bill, rows) if day in billed else committed(rows)
        attributions[day] = structs.replace(attribution, unbilled=beside), day not in billed
    spend.replace_days(connection_id, attributions)


def _unbilled_day(
    connection_id: int,
    day: date,
    rows: Sequence[TokenUsage],
    products: frozenset[str],
    reported_until: datetime | None,
) -> Attribution:
    """Return a day without a bill: the provider's hourly spend, and an estimate of the later hours."""
    newer = [row for row in rows if reported_until is None or row.hour >= reported_until]
    guess = _estimated(connection_id, day, newer, products)
    return merge(as_told(*provider_spend.on(connection_id, day)), guess) if reported_until else guess


def _estimated(
    connection_id: int, day: date, rows: Sequence[TokenUsage], products: frozenset[str]
) -> Attribution:
    rates = learned_from(connection_id, billed_days(connection_id, day, count=LEARN_FROM))
    guess = estimate(day, rows, rates, claude_code=products)
    coverage.note_unpriced(connection_id, day, sorted(guess.unpriced))
    return guess.attribution


def estimate_anew(connection_id: int, changed: Iterable[date], names: Directory, now: datetime) -> None:
    """Estimate all unbilled days again if their rates were learned from a changed day."""
    learned = _rate_days(connection_id, now)
    if learned and set(changed) & set(learned):
        estimate_unbilled_days(connection_id, names, now)


def estimate_unbilled_days(connection_id: int, names: Directory, now: datetime) -> None:
    """Estimate again the days after the newest bill, and those whose bill is provisional."""
    learned = _rate_days(connection_id, now)
    first = learned[0] + DAY if learned else now.date()
    whole = Period(min([first, *bills.awaited_days(connection_id)]), now.date() + DAY)
    provisional = bills.provisional_days(connection_id, whole)
    counted = coverage.days(connection_id, "usage", whole)
    rebuild(connection_id, sorted(day for day in counted if day >= first or day in provisional), names)


def _rate_days(connection_id: int, now: datetime) -> Sequence[date]:
    return coverage.latest_days(connection_id, "charges", before=now.date(), count=LEARN_FROM)


def billed_days(connection_id: int, before: date, *, count: int) -> list[date]:
    """Return the newest days before one that have both a bill and usage, newest first."""
    billed = coverage.latest_days(connection_id, "charges", before=before, count=count)
    if not billed:
        return []
    counted = coverage.days(connection_id, "usage", Period(billed[-1], billed[0] + DAY))
    return [day for day in billed if day in counted]


def learned_from(connection_id: int, days: Sequence[date]) -> Rates:
    """Learn rates from the bill and usage of some days."""
    return learn(list(read_billed(connection_id, days).values()))


def read_billed(connection_id: int, days: Sequence[date]) -> dict[date, BilledDay]:
    """Return the bill and usage of some days, in their order."""
    if not days:
        return {}
    lines = charges.by_day(connection_id, Period(min(days), max(days) + DAY))
    return {day: BilledDay(day, lines.get(day, []), usage.cells_on(connection_id, day)) for day in days}
