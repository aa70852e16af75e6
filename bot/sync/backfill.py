"""The walk through history: newest first, one window at a time, until there is nothing older.

The bill leads: each 31 days of it that were read make their usage (7 days a window) and their Claude Code
days due, and the 31 days before them. No report names the organization's first day: the walk goes on below
the oldest thing that is still listed until three windows in a row are empty.

Where no bill tells how far back there is anything (it may not be read, or tokens are not paid by it), usage
and Claude Code go on by themselves: to the oldest thing listed, and as long as the last 31 days held some.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime

from bot.sync.reports import CATCH_UP
from digests.numbers.report import Progress
from providers.directory import Directory
from providers.period import DAY, Period, runs
from storage.facts import activity, answer_notes, bills, charges, coverage, directory, spend, usage
from storage.facts.coverage import REPORTS, ReportName
from storage.state import connections, jobs, report_offers
from storage.state.connections import OFFERED, Connection

WIDTH = {"charges": 31, "usage": 7, "claude_code": 7, "spend": 3}  # days that are asked for together
EMPTY_WINDOWS = 3
STRETCH = 31 * DAY  # how much further back usage goes at once where it leads
_LED: Mapping[ReportName, Callable[[int], date | None]] = {
    "usage": usage.first_day,
    "claude_code": activity.first_day,
}
"""The reports that the bill leads, with what tells their oldest day with anything in it."""
NO_EARLIER = date(2023, 1, 1)  # before anybody could have been billed by this API
FIRST: Mapping[str, date] = {  # before Claude Code's first release, and before spend was told by the hour
    "claude_code": date(2025, 2, 24),
    "spend": date(2026, 1, 1),
}
SPEND_REACH = 363  # days back that spend by the hour is told
_ORDER = {"charges": 0, "usage": 3, "claude_code": 6}
LAST = 1000  # the priority of what is better known already than not at all, and of what comes after it


def begin(connection: Connection, *, now: datetime) -> None:
    """Make due what of history is not in; within the transaction that connects."""
    today = now.date()
    if connection.first_day is None:
        _add(connection.id, "charges", Period(today - 31 * DAY, today), now)
        return
    if connection.first_day < today:
        for report in REPORTS:
            _fill(connection.id, report, Period(connection.first_day, today), now)


def _fill(connection_id: int, report: ReportName, history: Period, now: datetime) -> None:
    if report in report_offers.not_offered_names(connection_id) or (
        report == "charges" and _no_bill(connection_id)
    ):
        return
    known = coverage.whole_days(connection_id, report, history)
    if report == "charges":
        known |= bills.provisional_days(connection_id, history)  # they are asked for often enough
    missing = [day for day in history.days() if day not in known and day >= FIRST.get(report, NO_EARLIER)]
    for gap in runs(missing):
        for window in _cut(gap, WIDTH[report]):
            _add(connection_id, report, window, now)


def fill_gaps(connection_id: int, _nothing: None, _names: Directory, now: datetime) -> None:
    """Make due what is missing between the first day and today, whatever the reason."""
    connection, today = connections.by_id(connection_id), now.date()
    if connection.first_day is None or connection.first_day >= today:
        return
    for report in (*REPORTS, "spend"):
        fill_report(connection, report, now=now)


def fill_report(connection: Connection, report: str, *, now: datetime) -> None:
    """Make due what is missing of one report, as far back as anything is known."""
    today, hourly_spend = now.date(), connections.by_id(connection.id).hourly_spend
    first = connection.first_day or charges.first_day(connection.id) or today
    if report == "spend" and hourly_spend == OFFERED:
        first = max(first, today - SPEND_REACH * DAY)
        if connection.first_day and first < today:
            _fill(connection.id, "spend", Period(first, today), now)
    for name in REPORTS:
        if name == report and first < today:
            _fill(connection.id, name, Period(first, today), now)


def catch_up(connection: Connection, *, now: datetime) -> None:
    """Make due what was missed in a pause longer than the reports look back by themselves."""
    known = coverage.until(connection.id, "usage")
    if known and known <= now - CATCH_UP:
        for window in _cut(Period(known.date(), now.date()), WIDTH["charges"]):
            _add(connection.id, "charges", window, now)


def go_on(connection: Connection, window: Period, *, now: datetime) -> None:
    """After a window of the bill: its usage and Claude Code become due, and the window before it.

    Below the oldest thing listed, a window without a charge is only there to make sure of that.
    """
    if _is_billed(connection.id, window) or not _is_below_all(connection.id, window.end):
        withheld = report_offers.not_offered_names(connection.id)
        for report in sorted(_LED.keys() - withheld, reverse=True):
            for part in _cut(window, WIDTH[report]):
                if part.start >= FIRST.get(report, NO_EARLIER):
                    _add(connection.id, report, part, now)
    if connection.first_day is None and window.start > NO_EARLIER and not _is_over(connection.id, window):
        older = Period(max(window.start - 31 * DAY, NO_EARLIER), window.start)
        _add(connection.id, "charges", older, now)


def _is_over(connection_id: int, window: Period) -> bool:
    """Below the oldest thing listed, and three windows without a charge."""
    recent = Period(window.start, window.start + EMPTY_WINDOWS * 31 * DAY)
    return _is_below_all(connection_id, window.start) and not _is_billed(connection_id, recent)


def _is_billed(connection_id: int, period: Period) -> bool:
    """Whether anything was billed in a period, be it in words that we cannot read."""
    unreadable = answer_notes.unreadable(connection_id, "charges", period)
    return bool(charges.totals(connection_id, period) or unreadable)


def _is_below_all(connection_id: int, day: date) -> bool:
    """Whether a day is not after the oldest thing that is still listed."""
    earliest = directory.read(connection_id).earliest()
    return earliest is not None and day <= earliest.date()


def _add(connection_id: int, report: str, window: Period, now: datetime) -> None:
    """Newest first; the bill of the last two windows before everything else, for this month and the last."""
    age = (now.date() - window.end).days // 31
    if report == "spend":
        jobs.add_window(connection_id, report, window, due=now, priority=LAST + age)
        return
    leads = report == "charges" and age < 2  # noqa: PLR2004 - the last two windows, as said above
    priority = 5 + age if leads else 10 + 10 * age + _ORDER[report]
    jobs.add_window(connection_id, report, window, due=now, priority=priority)


def _cut(period: Period, width: int) -> Iterator[Period]:
    """Windows of at most so many days, newest first."""
    end = period.end
    while end > period.start:
        start = max(end - width * DAY, period.start)
        yield Period(start, end)
        end = start


def finish(connection: Connection, *, now: datetime) -> bool:
    """Note the first day once nothing of history is due any more; whether that was just now, or more is due.

    A bill that may not be read keeps nothing from ending.
    """
    led = list(_LED) if _no_bill(connection.id) else REPORTS
    if connection.first_day is not None or jobs.windows_left(connection.id, led):
        return False
    if not _go_on_without_bill(connection.id, now):
        connections.set_first_day(connection.id, _first_day(connection))
    return True


def take_up(connection: Connection, report: str, *, now: datetime) -> None:
    """Fill a report that is offered now; it may tell of an older first day where no bill tells of one."""
    if report in _LED and _first_billed(connection.id) is None:
        connections.set_first_day(connection.id, None)
    else:
        fill_report(connection, report, now=now)


def take_up_bill(connection: Connection, *, now: datetime) -> None:
    """Walk anew now that the bill may be read, if the first day was found without it."""
    first, read = connections.by_id(connection.id).first_day, coverage.first_day(connection.id, "charges")
    if first is not None and (read is None or read > first):
        connections.set_first_day(connection.id, None)
        begin(connections.by_id(connection.id), now=now)


def _go_on_without_bill(connection_id: int, now: datetime) -> bool:
    """Make due of usage and Claude Code what the bill did not lead to; whether there is any."""
    offered = _LED.keys() - report_offers.not_offered_names(connection_id)
    left = {report: _not_led_to(connection_id, report, now.date()) for report in offered}
    for report, days in left.items():
        for window in _cut(days, WIDTH[report]) if days else ():
            _add(connection_id, report, window, now)
    return any(left.values())


def _not_led_to(connection_id: int, report: ReportName, today: date) -> Period | None:
    """The days before those that were asked for, as far as there may be anything that no bill tells of."""
    asked = (coverage.first_day(connection_id, report), answer_notes.first_unreadable(connection_id, report))
    edge = min(filter(None, asked), default=today)
    billed, first, start = _first_billed(connection_id), _LED[report](connection_id), edge
    listed = directory.read(connection_id).earliest()
    if listed and (billed is None or _no_bill(connection_id)):
        start = min(start, listed.date())
    if first and first < edge + STRETCH and (billed is None or first < billed):
        start = min(start, edge - STRETCH)
    start = max(start, FIRST.get(report, NO_EARLIER))
    return Period(start, edge) if start < edge else None


def _no_bill(connection_id: int) -> bool:
    """Whether the bill may not be read."""
    return bool(jobs.failing(connection_id, "permission"))


def _first_day(connection: Connection) -> date:
    """The oldest day of which any report tells something."""
    known = (_first_billed(connection.id), *(first(connection.id) for first in _LED.values()))
    return min(filter(None, known), default=connection.connected_at.date())


def _first_billed(connection_id: int) -> date | None:
    """The oldest day that was billed anything, or whose bill is not believed yet or cannot be read."""
    unreadable = answer_notes.first_unreadable(connection_id, "charges")
    known = (charges.first_day(connection_id), unreadable, *bills.awaited_days(connection_id))
    return min(filter(None, known), default=None)


def progress(connection: Connection, *, now: datetime) -> Progress:
    """How far the walk is, counted over all reports that are offered."""
    today, first = now.date(), charges.first_day(connection.id)
    start = connection.first_day or _likely_start(connection.id, first, today)
    whole = Period(start, today) if start < today else Period.day(today)
    withheld = report_offers.not_offered_names(connection.id) | (
        {"charges"} if _no_bill(connection.id) else set()
    )
    offered = [report for report in REPORTS if report not in withheld]
    read = sum(len(coverage.days(connection.id, report, whole)) for report in offered)
    return Progress(
        days_read=min(read // max(len(offered), 1), whole.length),
        days_total=whole.length,
        first_day=first,
        cost=spend.all_time(connection.id),
    )


def _likely_start(connection_id: int, first: date | None, today: date) -> date:
    listed = directory.read(connection_id).earliest()
    return min(first or today, listed.date() if listed else today - 31 * DAY)
