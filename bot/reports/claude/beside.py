"""The bill, telemetry and Claude Code's report of a period side by side, by day or by person."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from bot.reports.claude import use_by_day
from bot.reports.claude.blind import who_is_blind
from bot.reports.claude.telemetry import display_names, short
from digests.numbers.telemetry.beside import Beside, BesideReport, By
from providers.directory import Directory
from providers.period import Period
from storage.facts import coverage, directory, spend
from storage.facts.telemetry import totals
from storage.state.connections import Connection

_NONE = Decimal(0)


def beside_the_bill(
    present: Connection, telemetry: Connection, period: Period, by: By, *, now: datetime
) -> BesideReport:
    """Return the three reports of some UTC days; within a session.

    `present` is the connection to Anthropic, `telemetry` the one that clients send to.
    """
    names = directory.read(present.id)
    total = _whole(present, telemetry, period, names, now)
    lines: Iterable[Beside]
    if by == "day":
        days = [Period.day(day) for day in period.days() if day <= now.date()]
        lines = [_whole(present, telemetry, each, names, now) for each in days]
    else:
        lines = _people(present, telemetry, period, names)
    return BesideReport(
        organization=present.organization_name,
        period=period,
        by=by,
        total=total,
        lines=tuple(each for each in lines if _has_any(each)),
        blind=len(who_is_blind(present, telemetry, now=now)),
        as_of=now,
    )


def _whole(
    present: Connection, telemetry: Connection, period: Period, names: Directory, now: datetime
) -> Beside:
    """Return the figures of everybody over some days."""
    billed = spend.total(present.id, period)
    code = use_by_day.code_cost(present.id, period)
    reports = use_by_day.reported(present.id, period, names)
    parts = {line.name: line.cost for line in totals.by(telemetry.id, "part", period)}
    has_telemetry = period.end > telemetry.connected_at.date() or bool(parts)
    begun = period.until(now.date()) or period  # the report of today is never whole
    has_report = bool(coverage.days(present.id, "claude_code", begun))
    return Beside(
        id=f"{period.start}",
        name=f"{period.start}",
        billed=billed.cost if coverage.days(present.id, "usage", period) or billed.cost else None,
        estimated=billed.estimated,
        billed_code=code,
        telemetry=sum(parts.values(), _NONE) if has_telemetry else None,
        plan=parts.get("plan", _NONE),
        other_clouds=parts.get("other_clouds", _NONE),
        report=sum(reports.billed.values(), _NONE) if has_report else None,
        seats=sum(reports.seats.values(), _NONE) if has_report else None,
    )


def _people(present: Connection, telemetry: Connection, period: Period, names: Directory) -> Iterator[Beside]:
    """Yield a line for everybody who is named by any of the three, the dearest by the bill first."""
    bill, reports = (
        use_by_day.billed(present.id, period, names),
        use_by_day.reported(present.id, period, names),
    )
    told, called = use_by_day.told(telemetry.id, period, names), display_names(names)
    every = {*bill.people, *reports.billed, *reports.seats, *told}
    for who in sorted(every, key=lambda who: (-bill.people.get(who, _NONE), -told.get(who, _NONE), who)):
        yield Beside(
            id=who,
            name=called.get(who, short(who)),
            billed=bill.people.get(who, _NONE),
            billed_code=bill.code.get(who, _NONE),
            telemetry=told.get(who, _NONE),
            report=reports.billed.get(who, _NONE),
            seats=reports.seats.get(who, _NONE),
        )


def _has_any(line: Beside) -> bool:
    return any((line.billed, line.telemetry, line.reported))
