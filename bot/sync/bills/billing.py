"""Incoming bills: store those that are accepted, and remember the others until they are.

    store → _looks → unchanged, or too old to judge → _accept
                   → otherwise EvidenceReader.evidence → belief.decide → _accept, or bills.save (awaited)

Oldest first, so that an accepted bill provides the rates for the next.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from msgspec import structs

from bot.sync.bills.belief import Evidence, Look, decide
from bot.sync.bills.evidence import JUDGED, EvidenceReader
from providers.charge import Charge
from providers.money import billionths, dollars
from providers.period import DAY, Period
from providers.provider import ChargesReported
from storage.facts import bills, charges, coverage, usage
from storage.facts.bills import UnsettledBill
from storage.state import jobs

EVERY_WHILE_AWAITED = timedelta(minutes=10)  # instead of an hour: people wait for the bill


@dataclass(frozen=True)
class Change:
    """A day whose accepted bill changed; `before` None: there was none, `after` None: it was withdrawn."""

    day: date
    before: Sequence[Charge] | None
    after: Sequence[Charge] | None


def store(connection_id: int, reported: ChargesReported, now: datetime) -> list[Change]:
    """Store the accepted days of a report and remember the others. Call within a transaction."""
    accepted: list[Look] = []
    unclear: list[Look] = []
    for look in _looks(connection_id, reported, now):
        (accepted if _needs_no_judging(look) else unclear).append(look)
    _accept(connection_id, accepted, now)
    changes = [Change(look.day, None, look.reported) for look in accepted if look.kept is None]
    reader = EvidenceReader(connection_id)
    for look in unclear:
        changes += _accept_or_await(connection_id, look, reader.evidence(look.day))
    bills.forget_held(connection_id, before=now.date() - JUDGED)
    return sorted(changes, key=lambda change: change.day)


def _looks(connection_id: int, reported: ChargesReported, now: datetime) -> Iterator[Look]:
    """Yield every reported day, oldest first, with its accepted and its awaited bill."""
    period = Period(min(reported.days), max(reported.days) + DAY)
    billed, kept = coverage.days(connection_id, "charges", period), charges.by_day(connection_id, period)
    waiting, lines = bills.in_period(connection_id, period), defaultdict(list)
    for charge in reported.charges:  # rounded as they are stored, so that less than a billionth is no change
        lines[charge.day].append(structs.replace(charge, billed_cost=dollars(billionths(charge.billed_cost))))
    for day in sorted(reported.days):
        yield Look(day, lines[day], kept.get(day, []) if day in billed else None, waiting.get(day), now)


def _needs_no_judging(look: Look) -> bool:
    """Say whether a bill needs no judging: unchanged, or new and too old."""
    is_new = look.kept is None and look.waiting is None
    return look.is_unchanged or (is_new and look.day < look.now.date() - JUDGED)


def _accept(connection_id: int, looks: Sequence[Look], now: datetime) -> None:
    """Store accepted bills; an awaited bill that equals the accepted one is dropped."""
    days = [look.day for look in looks]
    if days:
        charges.replace(connection_id, days, [line for look in looks for line in look.reported], at=now)
    for look in looks:
        if look.waiting and look.waiting.why != "held":
            bills.settle(connection_id, look.day)


def _accept_or_await(connection_id: int, look: Look, evidence: Evidence) -> list[Change]:
    """Accept a bill or await it."""
    remembered = decide(look, evidence)
    if remembered is None or remembered.why == "held":
        _accept(connection_id, [look], look.now)
        _save_or_settle(connection_id, look.day, remembered)
        return [Change(look.day, look.kept, look.reported)]
    bills.save(connection_id, remembered)
    if look.kept is None or remembered.why == "fallen":
        return []
    charges.withdraw(connection_id, look.day)
    return [Change(look.day, look.kept, None)]


def _save_or_settle(connection_id: int, day: date, bill: UnsettledBill | None) -> None:
    if bill:
        bills.save(connection_id, bill)
    else:
        bills.settle(connection_id, day)


def used(connection_id: int, period: Period, now: datetime) -> Mapping[date, int]:
    """Return the token counts of the days of a period whose bills are judged."""
    judged = list(_judged(period, now))
    return usage.counts(connection_id, Period(judged[0], judged[-1] + DAY)) if judged else {}


def _judged(period: Period, now: datetime) -> Iterator[date]:
    return (day for day in period.days() if now.date() - JUDGED <= day < now.date())


def judge_again(
    connection_id: int, period: Period, before: Mapping[date, int], now: datetime
) -> list[Change]:
    """Judge again the bills of days whose usage changed. Call within a transaction."""
    after, unread = used(connection_id, period, now), bills.provisional_days(connection_id, period)
    reader = EvidenceReader(connection_id)
    return [
        change
        for day in _judged(period, now)
        if before.get(day) != after.get(day) or day in unread
        for change in _judge_again(connection_id, day, reader, now)
    ]


def ask_soon(connection_id: int, now: datetime) -> None:
    """Fetch the bill again within EVERY_WHILE_AWAITED if any day awaits one."""
    if bills.awaited_days(connection_id):
        jobs.bring_forward(connection_id, "charges", due=now + EVERY_WHILE_AWAITED)


def _judge_again(connection_id: int, day: date, reader: EvidenceReader, now: datetime) -> Iterator[Change]:
    only = Period.day(day)
    waiting = bills.in_period(connection_id, only).get(day)
    if waiting is None and coverage.days(connection_id, "charges", only):
        kept = charges.by_day(connection_id, only).get(day, [])
        if reader.evidence(day).verdict(kept) == "lacking":
            bills.save(connection_id, UnsettledBill(day, "lacking", now, now, kept))
            charges.withdraw(connection_id, day)
            yield Change(day, kept, None)
    elif waiting and waiting.why == "unread":
        verdict = reader.evidence(day).verdict(waiting.charges)
        if verdict == "lacking":
            bills.save(connection_id, structs.replace(waiting, why="lacking"))
        elif verdict == "whole":
            charges.replace(connection_id, [day], waiting.charges, at=now)
            bills.settle(connection_id, day)
            yield Change(day, None, waiting.charges)
