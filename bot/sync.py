"""What a sync does with each report: which span to ask for, how to ask, how to keep the answer.

    span | fetch | replace exactly that | attribute what is billed, estimate what is not | roll up

Keeping happens inside one transaction; nothing here asks the provider and writes at the same time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType

from msgspec import structs

from providers.activity import CodeActivity
from providers.anthropic.attribution import attribute
from providers.anthropic.estimate import LEARN_FROM, BilledDay, Rates, estimate, estimated_total, learn
from providers.anthropic.reconcile import reconcile
from providers.anthropic.reconcile import told as as_told
from providers.anthropic.unbilled import committed, unbilled
from providers.charge import Charge
from providers.directory import Directory, Entry, named_by_report
from providers.period import DAY, Period
from providers.provider import ChargesReported, NotOffered, Provider, UsageReported
from providers.reported import Place, SpendReported
from providers.spend import Attribution, together
from providers.usage import TokenUsage
from storage import (
    accuracy,
    activity,
    charges,
    connections,
    coverage,
    directory,
    jobs,
    reported,
    spend,
    usage,
)

USAGE_LAG = timedelta(minutes=5)  # documented: tokens appear within about five minutes
CODE_LAG = timedelta(hours=1)  # only activity older than an hour is served
LATE_USAGE = timedelta(hours=2)  # hours that may still grow
LATE_SPEND = timedelta(hours=2)
REVISED = 30  # days for which spend by the hour may be revised
HOUR = timedelta(hours=1)
CATCH_UP = 31 * DAY  # what a longer pause missed is history to be walked again
REVISED_FIRST = 65  # before the windows of history
ACCURACY_DAYS = 30
LEARN_AT_LEAST = 3


@dataclass(frozen=True)
class Span:
    """What is asked for, `[start, end)` in UTC, and when."""

    start: datetime
    end: datetime
    now: datetime

    @property
    def days(self) -> Period:
        """The UTC days it touches."""
        return _touched(self.start, self.end)


def whole_days(period: Period, now: datetime) -> Span:
    """All of a period's days."""
    return Span(period.starts_at, period.ends_at, now)


# Usage: the last hours, which may still grow, and whatever was missed since.


def usage_span(connection_id: int, now: datetime) -> Span:
    """From two hours before what is known, all of today at first, to the end of the running hour."""
    known = coverage.until(connection_id, "usage")
    start = _hour(known - LATE_USAGE) if known and known > now - CATCH_UP else _midnight(now.date())
    return Span(start, _hour(now) + HOUR, now)


def late_usage_span(_connection_id: int, now: datetime) -> Span:
    """The last three days whole, for what was counted late."""
    return Span(_midnight(now.date() - 3 * DAY), _midnight(now.date()), now)


def fetch_usage(provider: Provider, span: Span, names: Directory) -> UsageReported:
    """Ask for the tokens of a span."""
    return provider.usage(span.start, span.end, workspaces=names.workspaces_of_keys())


def keep_usage(connection_id: int, told: UsageReported, names: Directory, now: datetime) -> None:
    """Replace the hours that were reported and every day they are part of."""
    if told.start >= told.end:
        return
    until = min(told.end, now - USAGE_LAG)
    usage.replace(connection_id, told.start, told.end, told.usage, at=now, until=until)
    days, whole = list(_touched(told.start, told.end).days()), _whole_days(told)
    rebuild(connection_id, days, names, tokens=whole)
    _estimate_anew(connection_id, days, names, now)


def _whole_days(told: UsageReported) -> dict[date, list[TokenUsage]]:
    """The rows of each day that was reported from its first hour to its last."""
    days: dict[date, list[TokenUsage]] = {
        day: []
        for day in _touched(told.start, told.end).days()
        if told.start <= _midnight(day) and _midnight(day + DAY) <= told.end
    }
    for row in told.usage:
        if row.hour.date() in days:
            days[row.hour.date()].append(row)
    return days


# Charges: finished days, asked again for restatements.


def charges_span(days: int) -> Callable[[int, datetime], Span]:
    """The last finished days, and whatever was missed since."""

    def span(connection_id: int, now: datetime) -> Span:
        today = now.date()
        known = coverage.last_day(connection_id, "charges") or today
        first = min(today - days * DAY, known - DAY)
        return Span(_midnight(max(first, today - CATCH_UP)), _midnight(today), now)

    return span


def fetch_charges(provider: Provider, span: Span, _names: Directory) -> ChargesReported:
    """Ask for the bill of a span."""
    return provider.charges(span.days)


def keep_charges(connection_id: int, told: ChargesReported, names: Directory, now: datetime) -> None:
    """Replace the days that were reported; note bills that changed and estimates that were replaced."""
    if not told.days:
        return
    period = Period(min(told.days), max(told.days) + DAY)
    known, before = coverage.days(connection_id, "charges", period), charges.by_day(connection_id, period)
    charges.replace(connection_id, told.days, told.charges, at=now)
    after = charges.by_day(
        connection_id, period
    )  # as it is kept: what is finer than a billionth is no change
    days = sorted(told.days)
    changed = [day for day in days if day not in known or before.get(day) != after.get(day)]
    for day in changed:
        lines = after.get(day, [])
        if day in known:
            _note_restatement(connection_id, day, before.get(day, []), lines, now)
        else:
            _note_accuracy(connection_id, day, lines, now)
    rebuild(connection_id, changed, names)
    _estimate_anew(connection_id, changed, names, now)


def _note_restatement(
    connection_id: int, day: date, before: Sequence[Charge], after: Sequence[Charge], now: datetime
) -> None:
    was, is_now = _total(before), _total(after)
    if was != is_now:
        accuracy.restate(connection_id, day, before=was, after=is_now, at=now)


def _note_accuracy(connection_id: int, day: date, lines: Sequence[Charge], now: datetime) -> None:
    """Compare what we said at the end of a day with its first bill."""
    said = spend.total(connection_id, Period.day(day))
    whole = (coverage.until(connection_id, "usage") or now) >= Period.day(day).ends_at
    if said.estimated and whole:
        accuracy.record(connection_id, day, estimated=said.estimated, billed=_total(lines))


def _total(lines: Sequence[Charge]) -> Decimal:
    return sum((line.billed_cost for line in lines), Decimal(0))


# Spend by the hour, where the provider tells it: what is complete since it was last asked.


def spend_span(connection_id: int, now: datetime) -> Span:
    """From what is complete, since midnight at first, to the running hour."""
    known = coverage.until(connection_id, "spend")
    start = known if known and known > now - CATCH_UP else _midnight(now.date())
    return Span(start, _hour(now), now)


def fetch_spend(provider: Provider, span: Span, names: Directory) -> SpendReported | NotOffered:
    """Ask for the hours that became complete and those just before; or learn that it is not offered."""
    try:
        if _hour(provider.spend_until(now=span.now)) <= span.start:
            return SpendReported(start=span.start, end=span.start, until=span.start, lines=[], kinds=[])
        start = max(span.start - LATE_SPEND, _midnight(span.start.date()))
        return provider.spend(start, span.end, names=names, now=span.now)
    except NotOffered as error:
        return error


def fetch_spend_of(provider: Provider, span: Span, names: Directory) -> SpendReported | NotOffered:
    """Ask for all hours of a span."""
    try:
        return provider.spend(span.start, span.end, names=names, now=span.now)
    except NotOffered as error:
        return error


def keep_spend(connection_id: int, told: SpendReported | NotOffered, names: Directory, now: datetime) -> None:
    """Replace the hours that were told and every day they are part of; remember whether they are offered."""
    if isinstance(told, NotOffered):
        connections.note_hourly_spend(connection_id, told.reason)
        jobs.drop_windows(connection_id, "spend")
        return
    connections.note_hourly_spend(connection_id, connections.OFFERED)
    if told.start >= told.end:
        return
    directory.mention(connection_id, told.people)
    reported.replace(connection_id, told, at=now)
    rebuild(connection_id, list(_touched(told.start, told.end).days()), names)


def revised_span(_connection_id: int, now: datetime) -> Span:
    """The finished days that may still be revised."""
    return Span(_midnight(now.date() - REVISED * DAY), _midnight(now.date()), now)


def fetch_revised(
    provider: Provider, span: Span, names: Directory
) -> Mapping[date, Mapping[Place, Decimal]] | NotOffered:
    """Ask what spend by the hour sums to by day."""
    try:
        return provider.spend_totals(span.days, names=names, now=span.now)
    except NotOffered as error:
        return error


def keep_revised(
    connection_id: int,
    totals: Mapping[date, Mapping[Place, Decimal]] | NotOffered,
    _names: Directory,
    now: datetime,
) -> None:
    """Make those days due again whose hours sum to something else by now."""
    if isinstance(totals, NotOffered):
        return
    period = revised_span(connection_id, now).days
    known, kept = coverage.whole_days(connection_id, "spend", period), reported.totals(connection_id, period)
    for day in sorted(known):
        if totals.get(day, {}) != kept.get(day, {}):
            jobs.add_window(connection_id, "spend", Period.day(day), due=now, priority=REVISED_FIRST)


# Claude Code: today and two days back, which may still grow.


def code_span(connection_id: int, now: datetime) -> Span:
    """Today and the two days before, and whatever was missed since."""
    today = now.date()
    known = coverage.last_day(connection_id, "claude_code") or today
    first = min(today - 2 * DAY, known - DAY)
    return Span(_midnight(max(first, today - CATCH_UP)), _midnight(today + DAY), now)


def fetch_code(
    provider: Provider, span: Span, _names: Directory
) -> list[tuple[date, Sequence[CodeActivity]]]:
    """Ask for every day of a span, newest first."""
    return [(day, provider.activity(day)) for day in reversed(list(span.days.days()))]


def keep_code(
    connection_id: int, days: list[tuple[date, Sequence[CodeActivity]]], names: Directory, now: datetime
) -> None:
    """Replace the days that were reported; remember whom they name and no list does."""
    emails = {line.email for _day, lines in days for line in lines if line.email}
    directory.mention(connection_id, [named_by_report(e) for e in sorted(emails) if not names.knows(e)])
    for day, lines in days:
        until = min(Period.day(day).ends_at, now - CODE_LAG)
        activity.replace(connection_id, day, lines, at=now, until=until)


# The directory: names, and who owns which key.


def no_span(_connection_id: int, now: datetime) -> Span:
    """For what has no period."""
    return Span(now, now, now)


def fetch_directory(provider: Provider, _span: Span, _names: Directory) -> Sequence[Entry]:
    """Ask for all names."""
    return provider.directory()


def keep_directory(connection_id: int, entries: Sequence[Entry], _names: Directory, _now: datetime) -> None:
    """Remember what is listed now beside what was."""
    directory.remember(connection_id, entries)


# Accuracy: what would have been estimated for days whose bill came before anybody asked.


def fetch_nothing(_provider: Provider, _span: Span, _names: Directory) -> None:
    """Ask nothing."""


def keep_accuracy(connection_id: int, _nothing: None, _names: Directory, now: datetime) -> None:
    """Estimate each of the last thirty billed days from the days before it and compare."""
    first = now.date() - ACCURACY_DAYS * DAY
    recorded = accuracy.recorded_days(connection_id, since=first)
    for billed in _billed_days(connection_id, now.date(), count=ACCURACY_DAYS + LEARN_FROM):
        earlier = _billed_days(connection_id, billed, count=LEARN_FROM)
        if billed < first or billed in recorded or len(earlier) < LEARN_AT_LEAST:
            continue
        said = estimated_total(billed, usage.cells_on(connection_id, billed), _learn(connection_id, earlier))
        total = charges.totals(connection_id, Period.day(billed)).get(billed, Decimal(0))
        accuracy.record(connection_id, billed, estimated=said, billed=total)


# Days' dollars, from whatever is known of them.


def rebuild(
    connection_id: int,
    days: Sequence[date],
    names: Directory,
    *,
    tokens: Mapping[date, Sequence[TokenUsage]] = MappingProxyType({}),
) -> None:
    """Attribute the bill of the days that have one, estimate the usage of the others.

    `tokens` are the rows of those days that are at hand.
    """
    if not days:
        return
    period = Period(min(days), max(days) + DAY)
    counted = coverage.days(connection_id, "usage", period)
    billed = coverage.days(connection_id, "charges", period)
    told_until = coverage.untils(connection_id, "spend", period)
    lines, products = charges.by_day(connection_id, period), names.claude_code_workspaces()
    made: dict[date, tuple[Attribution, bool]] = {}
    for day in days:
        rows = tokens[day] if day in tokens else usage.on(connection_id, day) if day in counted else []
        bill = lines.get(day, [])
        if day not in billed:
            found = _running(connection_id, day, rows, products, told_until.get(day))
        elif told_until.get(day) == _midnight(day + DAY):
            found = reconcile(day, bill, *reported.on(connection_id, day))
        else:
            found = attribute(day, bill, rows, claude_code=products)
        beside = unbilled(bill, rows) if day in billed else committed(rows)
        made[day] = structs.replace(found, unbilled=beside), day not in billed
    spend.replace_days(connection_id, made)


def _running(
    connection_id: int,
    day: date,
    rows: Sequence[TokenUsage],
    products: frozenset[str],
    told_until: datetime | None,
) -> Attribution:
    """A day without a bill: its hours as the provider told them, the newer ones estimated."""
    newer = [row for row in rows if told_until is None or row.hour >= told_until]
    guess = _estimated(connection_id, day, newer, products)
    return together(as_told(*reported.on(connection_id, day)), guess) if told_until else guess


def _estimated(
    connection_id: int, day: date, rows: Sequence[TokenUsage], products: frozenset[str]
) -> Attribution:
    rates = _learn(connection_id, _billed_days(connection_id, day, count=LEARN_FROM))
    guess = estimate(day, rows, rates, claude_code=products)
    coverage.note_unpriced(connection_id, day, sorted(guess.unpriced))
    return guess.attribution


def _estimate_anew(connection_id: int, changed: Iterable[date], names: Directory, now: datetime) -> None:
    """Estimate again what is not billed, where the days changed that its rates are learned from."""
    learned = coverage.latest_days(connection_id, "charges", before=now.date(), count=LEARN_FROM)
    if learned and set(changed) & set(learned):
        counted = coverage.days(connection_id, "usage", Period(learned[0] + DAY, now.date() + DAY))
        rebuild(connection_id, sorted(counted), names)


def _billed_days(connection_id: int, before: date, *, count: int) -> list[date]:
    """The newest days before one that have both a bill and usage, newest first."""
    billed = coverage.latest_days(connection_id, "charges", before=before, count=count)
    if not billed:
        return []
    counted = coverage.days(connection_id, "usage", Period(billed[-1], billed[0] + DAY))
    return [day for day in billed if day in counted]


def _learn(connection_id: int, days: Sequence[date]) -> Rates:
    if not days:
        return learn([])
    lines = charges.by_day(connection_id, Period(min(days), max(days) + DAY))
    return learn([BilledDay(day, lines.get(day, []), usage.cells_on(connection_id, day)) for day in days])


def _touched(start: datetime, end: datetime) -> Period:
    """The UTC days that a span touches."""
    return Period(start.date(), (end - timedelta(seconds=1)).date() + DAY)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
