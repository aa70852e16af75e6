"""Repair rows that a clock running ahead wrote, once that clock is right again.

Rows say when a job is due, until when it is claimed, up to when a report covers a day. A row written with a
time an hour ahead would block its job for an hour.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from peewee import fn

from providers.period import DAY
from storage.engine.tables import (
    AccessRow,
    ActivityRow,
    AssignmentRow,
    ChargeRow,
    Connection,
    Coverage,
    DeclinedOfferRow,
    HomeViewRow,
    IncidentRow,
    InquiryRow,
    InstallationRow,
    Job,
    NoteRow,
    NotOfferedRow,
    OneTimeTokenRow,
    PostRow,
    RestatementRow,
    UnsettledBillRow,
    UsageRow,
    WitnessRow,
)
from storage.state.one_time_tokens import CLAIM, LIFE

KEPT = timedelta(days=30)  # a machine that wrote nothing for so long is gone
_NO_WINDOW = date(1970, 1, 1)  # the start of recurring jobs


class _Ahead(NamedTuple):
    """A column, and how far ahead of now its values can be."""

    column: Any
    by: timedelta


_NOTHING = timedelta()
_CLIPPED = (
    _Ahead(AccessRow.decided_at, _NOTHING),
    _Ahead(AssignmentRow.assigned_at, _NOTHING),
    _Ahead(Connection.connected_at, _NOTHING),  # no alert goes out for an incident that began before
    _Ahead(Connection.not_before, _NOTHING),  # a provider that we ask too early says so again
    _Ahead(Connection.refused_at, _NOTHING),
    _Ahead(Coverage.fetched_at, _NOTHING),
    _Ahead(DeclinedOfferRow.declined_at, _NOTHING),
    _Ahead(HomeViewRow.shown_at, _NOTHING),
    _Ahead(IncidentRow.opened_at, _NOTHING),
    _Ahead(IncidentRow.closed_at, _NOTHING),
    _Ahead(InquiryRow.asked_at, _NOTHING),
    _Ahead(InstallationRow.checked_at, _NOTHING),
    _Ahead(InstallationRow.installed_at, _NOTHING),  # Slack's events from before it do not concern it
    _Ahead(NotOfferedRow.since, _NOTHING),
    _Ahead(RestatementRow.noticed_at, _NOTHING),
    _Ahead(OneTimeTokenRow.claimed_until, CLAIM),
    _Ahead(OneTimeTokenRow.expires_at, LIFE),
    _Ahead(UnsettledBillRow.first_seen_at, _NOTHING),
    _Ahead(UnsettledBillRow.unchanged_since, _NOTHING),
)


def behind(machine: str, now: datetime) -> timedelta:
    """Return how far `now` is before the latest moment this machine (if new: any machine) recorded."""
    own = WitnessRow.select(WitnessRow.seen_at).where(WitnessRow.machine == machine).scalar()
    latest = own or WitnessRow.select(fn.MAX(WitnessRow.seen_at)).scalar()
    return max(latest - now, _NOTHING) if latest else _NOTHING


def last_seen() -> datetime | None:
    """Return the latest moment that any machine recorded, None if none has."""
    latest: datetime | None = WitnessRow.select(fn.MAX(WitnessRow.seen_at)).scalar()
    return latest


def witness(machine: str, now: datetime) -> None:
    """Record that a machine saw this moment; within a transaction."""
    query = WitnessRow.insert(machine=machine, seen_at=now)
    query.on_conflict(conflict_target=(WitnessRow.machine,), preserve=(WitnessRow.seen_at,)).execute()
    WitnessRow.delete().where(WitnessRow.seen_at < now - KEPT).execute()


def pull_back(now: datetime, *, lease: timedelta, every: Mapping[str, timedelta]) -> None:
    """Correct every value that is further ahead of `now` than it can be; within a transaction.

    `every` is the interval of each recurring kind of job; all other jobs become due at once. Coverage of the
    future is deleted, so that we ask for those days again.
    """
    today = now.astimezone(UTC).date()
    leased = (Connection.leased_until, PostRow.claimed_until, InquiryRow.claimed_until)
    leases = tuple(_Ahead(column, lease) for column in leased)
    for column, by in (*_CLIPPED, *leases):
        column.model.update({column: now + by}).where(column > now + by).execute()
    for kind, length in every.items():
        Job.update(due_at=now).where((Job.kind == kind) & (Job.due_at > now + length)).execute()
    Job.update(due_at=now).where(Job.kind.not_in(list(every)) & (Job.due_at > now)).execute()
    Job.delete().where((Job.start_day != _NO_WINDOW) & (Job.end_day > today + DAY)).execute()
    Coverage.delete().where(Coverage.until > now).execute()
    NoteRow.delete().where(NoteRow.ends_at > now).execute()  # an answer of today would not replace them
    UnsettledBillRow.delete().where(UnsettledBillRow.day > today).execute()
    Connection.update(first_day=today).where((Connection.first_day > today) & ~_has_figures()).execute()


def _has_figures() -> Any:
    """Whether anything was read of a connection: then its first day is true, and the present clock is not."""
    tables: tuple[Any, ...] = (ChargeRow, UsageRow, ActivityRow)
    rows = [each.select(each.connection_id).where(each.connection_id == Connection.id) for each in tables]
    return reduce(or_, [fn.EXISTS(each) for each in rows])
