"""From what is remembered to the numbers of an answer; reads rollups and asks no provider."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot import history
from digests import build
from digests.accuracy import Band
from digests.accuracy import band as band_of
from digests.forecast import forecast
from digests.report import (
    Compared,
    Dimension,
    EngineerLine,
    EngineersReport,
    Forecast,
    Gap,
    Incident,
    ModelLine,
    Progress,
    Question,
    Report,
    ReportName,
    Restatement,
    Status,
    Summary,
    ToolLine,
)
from providers.activity import CodeActivity
from providers.caller import Caller, caller
from providers.directory import Directory, Link, Owner
from providers.period import DAY, Period, runs
from providers.spend import Sum
from storage import accuracy, activity, coverage, directory, incidents, rollups, spend
from storage.connections import Connection

BAND_DAYS = 30
FORECAST_DAYS = 120
RECENT = timedelta(days=7)
DIFFERENCE = Caller(reason="difference").id or ""
DIFFERENCES_FROM = Decimal("0.01")
NO_TOKENS = (0, 0, 0, 0, 0, 0)
YEAR_ONE = date(2026, 1, 1)  # the first day of which spend is told by the hour
Links = Mapping[str | None, Mapping[Link, Decimal]]
_NAMED = ("workspace", "key", "engineer")  # the dimensions whose ids have names
STORED: dict[Dimension, rollups.Dimension] = {
    "day": "total",
    "model": "model",
    "workspace": "workspace",
    "token type": "kind",
    "product": "product",
    "key": "caller",
    "engineer": "caller",
}


def cost(connection: Connection, question: Question, *, now: datetime) -> Report:
    """What a period cost by one dimension, beside the like period."""
    period = question.period
    names = directory.read(connection.id) if question.dimension in _NAMED else Directory([])
    known_until = _known_until(connection.id, period, now)
    sums, links = _sums(connection.id, question, names)
    before, cut = period.before(), _same_moment(period, known_until)
    comparable = _is_known(connection, before, cut)
    earlier = Question(before, question.dimension)
    band = _band(connection.id, now)
    return build.cost_report(
        organization=connection.organization_name,
        question=question,
        sums=sums,
        previous=_earlier(connection.id, earlier, names, until=cut) if comparable else None,
        previous_until=cut,
        names=_names(question.dimension, names, sums),
        gaps=_gaps(connection, period, ("charges", "usage"), now),
        data_until=known_until,
        as_of=coverage.fetched_at(connection.id),
        band=band.half_width if band else None,
        band_days=band.days if band else None,
        in_utc_days=_in_utc_days(connection.id, period, known_until),
        unpriced=coverage.unpriced(connection.id, _touched(period, now)),
        told_until=_told_until(connection.id, known_until),
        discount=_discount(connection.id, period),
        unbilled={s.id: sum(s.quantities[:5]) for s in _unbilled(connection.id, period) if s.id},
        links=links,
    )


def _told_until(connection_id: int, known_until: datetime | None) -> datetime | None:
    """Up to when a running period is the provider's own hours, None where they are no part of it."""
    told = coverage.until(connection_id, "spend") if known_until else None
    return min(told, known_until) if told and known_until else None


def _discount(connection_id: int, period: Period) -> Decimal | None:
    """The part of the list price that was not paid, over the hours for which both are told."""
    both = {s.id: s.cost for s in spend.sums(connection_id, "listed", period)}
    listed = both.get(spend.LIST)
    return 1 - both.get(spend.PAID, Decimal(0)) / listed if listed else None


def _unbilled(connection_id: int, period: Period) -> list[Sum]:
    return spend.sums(connection_id, "unbilled", period)


def _in_utc_days(connection_id: int, period: Period, known_until: datetime | None) -> Decimal | None:
    """What the same dates were billed, for a zone that cuts days elsewhere than the bill does."""
    billed = Period(period.start, period.end)
    known = coverage.days(connection_id, "charges", billed)
    if period.starts_at == billed.starts_at or known_until or len(known) < billed.length:
        return None
    return spend.total(connection_id, billed).cost


def _sums(connection_id: int, question: Question, names: Directory) -> tuple[list[Sum], Links]:
    """What a period cost on a dimension, and for engineers how it is known."""
    if question.dimension == "day":
        return list(spend.daily(connection_id, question.period).values()), {}
    found = spend.sums(connection_id, STORED[question.dimension], question.period)
    if question.dimension == "key":
        return [Sum(_key(s.id), s.cost, s.estimated, s.quantities) for s in found], {}
    if question.dimension == "engineer":
        owned = [(names.owner_of(s.id), s) for s in found]
        return [Sum(_whose(o, s.id), s.cost, s.estimated, s.quantities) for o, s in owned], _links(owned)
    return found, {}


def _earlier(
    connection_id: int, question: Question, names: Directory, *, until: datetime | None
) -> list[Sum]:
    """The like period, of which nothing but the cost is told."""
    if question.dimension == "day":
        return list(spend.daily(connection_id, question.period, until=until).values())
    found = spend.costs(connection_id, STORED[question.dimension], question.period, until=until)
    if question.dimension == "key":
        ids: Iterable[str | None] = map(_key, found)
    elif question.dimension == "engineer":
        ids = (_whose(names.owner_of(each), each) for each in found)
    else:
        ids = found
    costs: dict[str | None, Decimal] = {}
    for id_, cost in zip(ids, found.values(), strict=True):
        costs[id_] = costs.get(id_, Decimal(0)) + cost
    return [Sum(id_, cost, Decimal(0), NO_TOKENS) for id_, cost in costs.items()]


def _key(caller_id: str | None) -> str | None:
    """The key of a caller; who called without one, and a reason why nobody can be named, stand for it."""
    called = caller(caller_id)
    return called.key or called.actor or (caller_id if called.reason else None)


def _whose(owner: Owner | None, caller_id: str | None) -> str | None:
    """The engineer of a caller, the reason why there is none, or None."""
    if owner:
        return owner.id
    return caller_id if caller(caller_id).reason else None


def _links(owned: Iterable[tuple[Owner | None, Sum]]) -> Links:
    """By engineer, how much is known to be theirs in which way."""
    found: dict[str | None, dict[Link, Decimal]] = defaultdict(dict)
    for owner, each in owned:
        if owner and each.cost:
            links = found[owner.id]
            links[owner.link] = links.get(owner.link, Decimal(0)) + each.cost
    return found


def _names(dimension: Dimension, names: Directory, sums: Iterable[Sum]) -> Callable[[str], str]:
    """Names as people say them; where two keys share one, each with the end of its id."""
    if dimension not in _NAMED:
        return str
    if dimension == "engineer":
        return names.name
    called = {s.id: names.name(s.id) for s in sums if s.id}
    shared = Counter(called.values())
    return lambda id_: called[id_] if shared[called[id_]] < 2 else f"{called[id_]} …{id_[-4:]}"  # noqa: PLR2004 - two of a name


def _known_until(connection_id: int, period: Period, now: datetime) -> datetime | None:
    """Up to when a running period is known; None for one that is over."""
    if period.ends_at <= now:
        return None
    return min(coverage.until(connection_id, "usage") or period.starts_at, now)


def _same_moment(period: Period, until: datetime | None) -> datetime | None:
    """The moment that cuts the like period as the running one is cut."""
    return None if until is None else period.before().starts_at + max(until - period.starts_at, timedelta(0))


def _is_known(connection: Connection, period: Period, until: datetime | None) -> bool:
    """Whether a period's dollars are in: every day billed or estimated, or before the first day."""
    end = min(period.ends_at, until or period.ends_at)
    if end <= period.starts_at:
        return False
    days = _utc_days(period.starts_at, end)
    known = coverage.days(connection.id, "charges", days) | coverage.days(connection.id, "usage", days)
    return all(day in known or _is_before(connection, day) for day in days.days())


def _is_before(connection: Connection, day: date, report: ReportName = "charges") -> bool:
    """Whether there was nothing to report yet."""
    earliest = history.FIRST.get(report, connection.first_day)
    return (connection.first_day is not None and day < connection.first_day) or (
        earliest is not None and day < earliest
    )


def _utc_days(start: datetime, end: datetime) -> Period:
    """The UTC days that a span touches."""
    return Period(start.astimezone(UTC).date(), (end - timedelta(seconds=1)).astimezone(UTC).date() + DAY)


def _touched(period: Period, now: datetime) -> Period:
    """The UTC days of a period so far; its first one at least."""
    return _utc_days(period.starts_at, max(min(period.ends_at, now), period.starts_at + timedelta(hours=1)))


def _gaps(connection: Connection, period: Period, reports: Sequence[ReportName], now: datetime) -> list[Gap]:
    """Which finished days of a period are not in, by report."""
    today = now.astimezone(UTC).date()
    touched = _touched(period, now)
    gaps: list[Gap] = []
    for report in reports:
        known = coverage.whole_days(connection.id, report, touched)
        known |= {today} & coverage.days(connection.id, report, touched)
        newest = coverage.last_day(connection.id, report)
        missing = [
            day
            for day in touched.days()
            if day not in known and not _is_before(connection, day, report)
            if day < today or report == "usage"
        ]
        gaps += [_gap(report, run, newest) for run in runs(missing)]
    return gaps


def _gap(report: ReportName, days: Period, newest: date | None) -> Gap:
    """A bill's newest days are awaited; anything else we have not read yet."""
    awaited = report == "charges" and newest is not None and days.start > newest
    return Gap(report, days, "not published yet" if awaited else "not read yet")


def _band(connection_id: int, now: datetime) -> Band | None:
    return band_of(accuracy.errors(connection_id, since=now.date() - BAND_DAYS * DAY))


def engineers(connection: Connection, period: Period, *, now: datetime) -> EngineersReport:
    """Who spent how much, and what Claude Code did for them, by UTC days."""
    names, days = directory.read(connection.id), Period(period.start, period.end)
    known_until, band = _known_until(connection.id, days, now), _band(connection.id, now)
    before, cut = days.before(), _same_moment(days, known_until)
    comparable = _is_known(connection, before, cut)
    return build.engineers_report(
        organization=connection.organization_name,
        period=days,
        rows=[
            *_spenders(spend.shares(connection.id, "caller", days), names),
            *(_engineer(row, names) for row in activity.by_engineer(connection.id, days)),
        ],
        previous_cost=spend.total(connection.id, before, until=cut).cost if comparable else None,
        previous_until=cut,
        gaps=_gaps(connection, days, ("charges", "usage", "claude_code"), now),
        as_of=coverage.fetched_at(connection.id),
        data_until=known_until,
        told_until=_told_until(connection.id, known_until),
        band=band.half_width if band else None,
        band_days=band.days if band else None,
        models=_models(activity.by_model(connection.id, days)),
        tools=_tools(activity.by_tool(connection.id, days)),
    )


def own(connection: Connection, period: Period, email: str, *, now: datetime) -> EngineersReport:
    """One person's part of it, with their own models and tools."""
    report, days = engineers(connection, period, now=now), Period(period.start, period.end)
    lines = tuple(line for line in report.lines if line.id == email)
    return replace(
        report,
        lines=lines,
        total=build.engineers_together(lines),
        previous_cost=None,
        models=tuple(_models(activity.by_model(connection.id, days, email=email))),
        tools=tuple(_tools(activity.by_tool(connection.id, days, email=email))),
    )


def _models(rows: Iterable[CodeActivity]) -> Iterable[ModelLine]:
    """Claude Code by model, whatever pays for it."""
    found: dict[str, tuple[Decimal, int]] = {}
    for row in rows:
        cost, tokens = found.get(row.model, (Decimal(0), 0))
        found[row.model] = cost + row.estimated_cost, tokens + _tokens(row)
    return [
        ModelLine(model=name, estimated_cost=cost, tokens=tokens) for name, (cost, tokens) in found.items()
    ]


def _tools(rows: Iterable[CodeActivity]) -> Iterable[ToolLine]:
    """Edits by the tool that proposed them, whatever pays for it."""
    found: dict[str, tuple[int, int]] = {}
    for row in rows:
        accepted, rejected = found.get(row.tool, (0, 0))
        found[row.tool] = accepted + row.accepted, rejected + row.rejected
    return [ToolLine(tool=name, accepted=a, rejected=r) for name, (a, r) in found.items()]


def _tokens(row: CodeActivity) -> int:
    return row.input_tokens + row.output_tokens + row.cache_read_tokens + row.cache_creation_tokens


def _spenders(
    shares: Iterable[tuple[str | None, Decimal, Decimal]], names: Directory
) -> Iterable[EngineerLine]:
    """The callers of a period as the engineers' shares; what nobody can be named for as well."""
    found: dict[str | None, EngineerLine] = {}
    for caller_id, cost, estimated in shares:
        owner = names.owner_of(caller_id)
        id_ = _whose(owner, caller_id)
        line = EngineerLine(
            id=id_,
            name=names.name(owner.id) if owner else build.name_of_nobody(id_),
            cost=cost,
            estimated=estimated,
            code_cost=cost if caller(caller_id).claude_code else Decimal(0),
            links={owner.link: cost} if owner else {},
        )
        found[id_] = _both(found[id_], line) if id_ in found else line
    return found.values()


def _both(one: EngineerLine, other: EngineerLine) -> EngineerLine:
    """Two shares of one engineer."""
    links = dict(one.links)
    for link, cost in other.links.items():
        links[link] = links.get(link, Decimal(0)) + cost
    return EngineerLine(
        id=one.id,
        name=one.name,
        cost=one.cost + other.cost,
        estimated=one.estimated + other.estimated,
        code_cost=one.code_cost + other.code_cost,
        links=links,
    )


def _engineer(row: CodeActivity, names: Directory) -> EngineerLine:
    who = row.email.casefold() if row.email else names.engineer_of_key_named(row.api_key_name or "")
    by_seat = row.customer_type == "subscription"
    return EngineerLine(
        id=who or f"key {row.api_key_name}",
        name=names.name(who) if who else row.api_key_name or "",
        estimated_cost=Decimal(0) if by_seat else row.estimated_cost,
        subscription_cost=row.estimated_cost if by_seat else Decimal(0),
        tokens=_tokens(row),
        sessions=row.sessions,
        lines_added=row.lines_added,
        lines_removed=row.lines_removed,
        commits=row.commits,
        pull_requests=row.pull_requests,
        accepted=row.accepted,
        rejected=row.rejected,
    )


def summary(connection: Connection, *, now: datetime, zone: str) -> Summary:
    """Today so far, yesterday, the month, where it will end, and whether all is well."""
    today = now.astimezone(ZoneInfo(zone)).date()
    month = Period(today.replace(day=1), today + DAY, zone)
    so_far = cost(connection, Question(month), now=now)
    return Summary(
        today=cost(connection, Question(Period.day(today, zone)), now=now),
        yesterday=cost(connection, Question(Period.day(today - DAY, zone)), now=now),
        month=so_far,
        forecast=forecast_of(connection, Period.month(today, zone), so_far.total.cost, today, now),
        status=status(connection, now=now),
    )


def forecast_of(
    connection: Connection, month: Period, so_far: Decimal, today: date, now: datetime
) -> Forecast | None:
    """Where a month will end, None where it cannot be told."""
    past = Period.last_days(FORECAST_DAYS, until=today - DAY, zone=month.zone)
    if not _is_known(connection, Period(month.start, today + DAY, month.zone), now):
        return None
    days = spend.daily(connection.id, past)
    return forecast([(day, found.cost) for day, found in days.items()], month, so_far, today)


def status(connection: Connection, *, now: datetime) -> Status:
    """The state of a connection."""
    errors = accuracy.errors(connection.id, since=now.date() - BAND_DAYS * DAY)
    reports: tuple[ReportName, ...] = ("charges", "usage", "claude_code")
    start = connection.first_day or now.date() - DAY
    return Status(
        organization=connection.organization_name,
        key_hint=connection.key_hint,
        connected_by=connection.connected_by or None,
        connected_at=connection.connected_at,
        first_day=connection.first_day,
        last_billed_day=coverage.last_day(connection.id, "charges"),
        total=spend.all_time(connection.id),
        freshness={report: coverage.until(connection.id, report) for report in (*reports, "spend")},
        gaps=tuple(_gaps(connection, Period(min(start, now.date()), now.date() + DAY), reports, now)),
        backfill=None if connection.first_day else history.progress(connection, now=now),
        incidents=tuple(
            Incident(incident.kind, incident.opened_at, incident.detail)
            for incident in incidents.open_ones(connection.id)
            if incident.kind != "key_refused" or connection.state == "refused"  # a new key is in already
        ),
        accuracy=(sum(map(abs, errors), Decimal(0)) / len(errors), len(errors)) if errors else None,
        restatements=restatements(connection.id, now),
        record=tuple(
            Compared(*day) for day in accuracy.record_of(connection.id, since=now.date() - BAND_DAYS * DAY)
        ),
        hourly_spend=connection.hourly_spend,
        hourly_days=len(coverage.days(connection.id, "spend", Period(YEAR_ONE, now.date() + DAY))),
        discount=_discount(connection.id, Period.last_days(BAND_DAYS, until=now.date())),
        differences=_differences(connection.id, Period.last_days(BAND_DAYS, until=now.date())),
    )


def _differences(connection_id: int, period: Period) -> dict[date, Decimal]:
    """By how much the bill of a day is more than the provider's own hours, from a cent on."""
    found = spend.of_caller(connection_id, DIFFERENCE, period)
    return {day: cost for day, cost in sorted(found.items()) if abs(cost) > DIFFERENCES_FROM}


def restatements(connection_id: int, now: datetime) -> tuple[Restatement, ...]:
    """What changed in the last week, one line a day: from the first figure to the last."""
    by_day: dict[date, list[Decimal]] = defaultdict(list)
    for day, before, after in accuracy.restatements(connection_id, since=now - RECENT):
        by_day[day] += [before, after]
    return tuple(
        Restatement(day, amounts[0], amounts[-1])
        for day, amounts in sorted(by_day.items())
        if amounts[0] != amounts[-1]
    )


def progress(connection: Connection, *, now: datetime) -> Progress | None:
    """How far the walk through history is; None once it is done."""
    return None if connection.first_day else history.progress(connection, now=now)
