"""Who is blind: the evidence of the last finished days, from what is stored."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from bot.reports.claude import use_by_day
from bot.reports.claude.telemetry import display_names, identities_of
from digests.numbers.telemetry.blind import Blind, Evidence, blind
from providers.claude.people import person
from providers.claude.versions import newest
from providers.directory import ANYWHERE, Directory
from providers.period import DAY, Period
from storage.engine.fields import from_day
from storage.facts import coverage, directory
from storage.facts.telemetry import links, origins, sessions, totals
from storage.state.connections import Connection

DAYS = 7  # that are looked at; who uses Claude only now and then is heard of by then
ROLLOUT = DAY  # after the first token, in which settings spread and clients are started again; a collector
# that was there before sends earlier days


def who_is_blind(present: Connection, telemetry: Connection, *, now: datetime) -> list[Blind]:
    """Return who used Claude on the last finished UTC days and does not report it; within a session.

    `present` is the connection to Anthropic, `telemetry` the one that clients send to.
    """
    days = _days(present, telemetry, now)
    if not days:
        return []
    names = directory.read(present.id)
    return [
        _with_version(telemetry.id, each, names) for each in blind(_evidence(present, telemetry, days, names))
    ]


def _days(present: Connection, telemetry: Connection, now: datetime) -> list[date]:
    """Return the last finished days that telemetry was connected on, and whose use we know."""
    period = Period.last_days(DAYS, until=now.date() - DAY)
    queued = [from_day(number) + DAY for number in totals.days(telemetry.id, period)]
    first = min([telemetry.connected_at.date() + ROLLOUT + DAY, *queued])
    known = coverage.whole_days(present.id, "claude_code", period) | coverage.days(
        present.id, "charges", period
    )
    return sorted(day for day in known if day >= first)


def _evidence(
    present: Connection, telemetry: Connection, days: list[date], names: Directory
) -> Iterator[Evidence]:
    periods = [Period.day(day) for day in days]
    bills = [use_by_day.billed(present.id, each, names) for each in periods]
    reports = [use_by_day.reported(present.id, each, names) for each in periods]
    told = use_by_day.by_day(days, (use_by_day.told(telemetry.id, each, names) for each in periods))
    code = use_by_day.by_day(days, (each.code for each in bills))
    own = [
        use_by_day.by_day(days, each) for each in ([r.billed for r in reports], [r.seats for r in reports])
    ]
    called, seen = display_names(names), _last_events(telemetry.id, names)
    for who in sorted({*code, *own[0], *own[1]}):
        report = _added(own[0].get(who, {}), own[1].get(who, {}))
        used = {day: max(report.get(day, _NONE), code.get(who, {}).get(day, _NONE)) for day in days}
        yield Evidence(who, called.get(who, who), used, told.get(who, {}), seen.get(who))
    yield from _keys(telemetry, days, names, [each.keys for each in bills])


_NONE = Decimal(0)


def _added(one: Mapping[date, Decimal], other: Mapping[date, Decimal]) -> dict[date, Decimal]:
    return {day: one.get(day, _NONE) + other.get(day, _NONE) for day in {*one, *other}}


def _last_events(connection_id: int, names: Directory) -> dict[str, datetime]:
    """Return when something last came from each person, by address."""
    known, latest = links.of(connection_id), dict[str, datetime]()
    for identity, at in sessions.last_seen(connection_id).items():
        who = person(identity, names, known)
        latest[who] = max(at, latest.get(who, at))
    return latest


def _keys(
    telemetry: Connection, days: list[date], names: Directory, bills: list[use_by_day.Costs]
) -> Iterator[Evidence]:
    """Yield the keys of programs, in workspaces of which the API reports nothing."""
    period = Period(days[0], days[-1] + timedelta(days=1))
    reporting: set[str | None] = {
        line.name for line in totals.by(telemetry.id, "workspace", period) if line.name
    }
    if reporting:
        reporting.add(ANYWHERE)
    if reporting & names.default_workspaces():
        reporting.add(None)
    listed = names.keys()
    places = {key.id: key.workspace_id for key in listed}
    for key, used in use_by_day.by_day(days, bills).items():
        if key in places and places[key] not in reporting:
            yield Evidence(key, names.name(key), used, {}, is_api=True)


def _with_version(connection_id: int, one: Blind, names: Directory) -> Blind:
    """Add the last version of somebody who reported once, and what is known of it."""
    if one.last_event is None or one.is_api:
        return one
    every = identities_of(connection_id, [one.id], names)
    return replace(
        one, version=newest(filter(None, (origins.last_version(connection_id, each) for each in every)))
    )
