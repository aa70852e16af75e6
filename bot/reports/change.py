"""Why a period cost more or less than the one before: read from the days' cells, and explained.

cells of both periods ─┬─ explain │ effect_lines: what changed, in lines that add up
                       ├─ cause: the members behind most of it
                       └─ spike: the days on which a key or engineer among them stands out
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cache, partial

from bot.reports import horizon as reports_horizon
from bot.reports.split.filters import matching, names_of, with_own
from bot.reports.unique_names import distinct_names
from digests.numbers import cause as causes
from digests.numbers.cause import Cause
from digests.numbers.change.effect_lines import Subject, effect_lines
from digests.numbers.change.explanation import Cell, Cells, explain
from digests.numbers.change.report import Change, Lack, Part
from digests.numbers.change.spike import Spike, spike
from digests.numbers.engineer_lines import is_person
from digests.numbers.report import Filter
from providers.anthropic.cost.prices import relative_prices
from providers.caller import caller
from providers.directory import Directory
from providers.money import dollars
from providers.period import DAY, Period
from providers.spend import Id
from storage.engine.database import snapshot
from storage.facts import cells, coverage, directory
from storage.state.connections import Connection

_BEFORE = 28  # days before a period that show what is usual: each weekday four times
_AFTER = 7  # days after it that show whether it is over
_LEAST = 10**9  # a dollar: the days of a smaller rise are not looked at one by one


@snapshot()
def why(
    connection: Connection,
    asked: Period,
    *,
    now: datetime,
    filters: tuple[Filter, ...] = (),
    own: str = "",
) -> Change:
    """Explain the change of a period since its comparison period, by those of its UTC days that are over.

    `own` is the address of the person who asks.
    """
    period, names = _over(asked, now.date()), directory.read(connection.id)
    wanted = matching(connection.id, with_own(filters, own), names)
    say = partial(
        Change,
        organization=connection.organization_name,
        asked=asked,
        period=period,
        part=tuple(
            Part(each.dimension, name)
            for each, name in zip(filters, names_of(with_own(filters, own), names), strict=True)
        ),
        as_of=coverage.fetched_at(connection.id),
    )
    if lack := _lack(connection, period, now):
        return say(lack=lack)
    before, after = (_cells(connection.id, days, wanted) for days in (period.before(), period))
    explanation = explain(
        before,
        after,
        weights=cache(partial(relative_prices, day=period.end - DAY)),
        person=cache(partial(_person, names)),
    )
    lines = effect_lines(explanation, before, after, cache(partial(_member, names)))
    cause = causes.cause(_combined(after, names), [_combined(before, names)])
    return say(
        total=dollars(sum(each.cost for each in after.values())),
        previous=dollars(sum(each.cost for each in before.values())),
        is_estimated=any(each.estimated for found in (before, after) for each in found.values()),
        lines=lines,
        cause=cause,
        spike=_spike(connection, cause, period, {**wanted, **_callers(cause, after, names)}, now.date()),
        names=_names({line.subject for line in lines.lines} | _subjects(cause), names),
    )


def _over(asked: Period, today: date) -> Period:
    """Return the UTC days that are over; the day before if none is."""
    days = Period(asked.start, asked.end)
    return days.until(today) or Period.day(min(days.start, today) - DAY)


def _lack(connection: Connection, period: Period, now: datetime) -> Lack:
    """Return what keeps a period from being explained, "" if nothing does."""
    before = period.before()
    if connection.first_day and before.start < connection.first_day:
        return "nothing before"
    reached, earlier = (reports_horizon.days_of(connection, each, now=now) for each in (period, before))
    if reached.until(period.starts_at, period.ends_at) < period.ends_at:
        return "not in"
    if earlier.until(before.starts_at, before.ends_at) < before.ends_at:
        return "before not in"
    if reached.unsplit_days or earlier.unsplit_days:
        return "not split"
    return "not added up" if any(cells.missing_days(connection.id, each) for each in (period, before)) else ""


def _cells(connection_id: int, period: Period, wanted: cells.Filters) -> Cells:
    """Return a period's amounts by cell."""
    rows = cells.amounts_by(connection_id, ("caller", "workspace", "model", "product"), period, wanted)
    return {Cell._make(members): amounts for members, amounts in rows}


def _person(names: Directory, caller_id: Id) -> Id:
    """Return the engineer behind a caller; None for a service account, a reason, or nobody known."""
    owner = names.engineers[caller_id]
    return owner if is_person(owner) else None


def _member(names: Directory, caller_id: Id) -> Subject:
    """Return the engineer of a caller in Claude Code or without a key, else the key."""
    called, who = caller(caller_id), _person(names, caller_id)
    if who and (called.claude_code or not called.key):
        return Subject("engineer", who)
    return Subject("key", called.key or called.actor or caller_id)


def _combined(found: Cells, names: Directory) -> Iterator[tuple[causes.Cell, int]]:
    """Yield what each combination cost, among which a cause is looked for."""
    default = names.default_workspaces()
    for (caller_id, workspace, model, product), amounts in found.items():
        key, engineer = caller(caller_id).key, names.engineers[caller_id]
        where = None if workspace in default else workspace
        yield causes.Cell(key, engineer, product, model, where), amounts.cost


def _callers(cause: Cause | None, after: Cells, names: Directory) -> cells.Filters:
    """Return the callers of the key or engineer behind a change, as a filter; none of other causes."""
    members = cause.members if cause else {}
    if "key" in members:
        return {"caller": {cell.caller for cell in after if caller(cell.caller).key == members["key"]}}
    if "engineer" in members:
        engineer = members["engineer"]
        return {"caller": {cell.caller for cell in after if names.engineers[cell.caller] == engineer}}
    return {}


def _spike(
    connection: Connection, cause: Cause | None, period: Period, wanted: cells.Filters, today: date
) -> Spike | None:
    """Return the days on which some callers stand out, if a rise is theirs."""
    if cause is None or "caller" not in wanted or cause.cost - cause.before < _LEAST:
        return None
    first = min(period.start - _BEFORE * DAY, period.before().start)
    known = Period(max(first, connection.first_day or first), min(period.end + _AFTER * DAY, today))
    if cells.missing_days(connection.id, known):
        return None
    rows = cells.costs_by(connection.id, ("day",), known, wanted)
    return spike({date.fromisoformat(day): cost for (day,), cost in rows if day}, period, known)


def _subjects(cause: Cause | None) -> set[Subject]:
    members = cause.members.items() if cause else ()
    return {Subject(aspect, id_) for aspect, id_ in members if aspect != "model"}


def _names(subjects: Iterable[Subject], names: Directory) -> Mapping[Subject, str]:
    """Return the names of subjects, no two alike."""
    called = distinct_names((each.id for each in subjects if each.id), names)
    return {each: called[each.id] for each in subjects if each.id}
