"""The backfill: read all history, newest first, one window at a time.

The bill leads. Each window of 31 days of it, once read, enqueues the usage and Claude Code windows of the
same days, and the 31 days before them. Claude Code of older days waits until their bill and usage are in. No
report names the organization's first day, so the backfill goes on below the creation date of the oldest
member or key until three windows in a row are empty.

If the bill does not show where history begins (no permission for it, or other tokens than it bills), usage
and Claude Code go on alone: down to the oldest member or key, then while the last 31 days held anything.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime

from bot.sync.reports import CATCH_UP
from digests.numbers.report import Progress
from providers.period import DAY, Period, runs
from storage.facts import activity, answer_notes, bills, charges, coverage, directory, spend, usage
from storage.facts.coverage import REPORTS, ReportName
from storage.state import connections, jobs, report_offers
from storage.state.connections import OFFERED, Connection

# Days of a window: a page of the cost report, a page of hourly usage, a call a day of Claude Code; of hourly
# spend three, because each day is many calls
WINDOW_DAYS = {"charges": 31, "usage": 7, "claude_code": 7, "spend": 3}
# A choice: no report names the first day, and deleted keys are in no list, so history can begin before the
# oldest entry. We take three empty months, which are three calls, for its beginning; after a longer pause in
# the use of the API, we miss what came before the pause.
EMPTY_WINDOWS = 3
STEP_WITHOUT_BILL = 31 * DAY  # added at a time where usage leads, as much as a window of the bill
_LED_BY_BILL: Mapping[ReportName, Callable[[int], date | None]] = {
    "usage": usage.first_day,
    "claude_code": activity.first_day,
}
"""The reports that follow the bill, each with a function that returns its oldest day with data."""
NO_EARLIER = date(2023, 1, 1)  # before the API billed anybody
EARLIEST_DAY: Mapping[str, date] = {
    "claude_code": date(2025, 2, 24),  # its first release
    "spend": date(2026, 1, 1),  # the first hourly spend that the provider reports
}
SPEND_DAYS = 363  # how far back hourly spend is reported: a year, less a margin for zones and the running day
# Ten a month of age, and within it totals, then their split. The bill is a month ahead of the others, so that
# there is always usage to fetch beside it.
_PRIORITY_OF_REPORT = {"charges": -10, "usage": 3, "claude_code": 6}
# Claude Code before the last 31 days comes after every bill and its usage: it changes none of their figures,
# and its call for each day is three in four of all calls
OLD_CODE_PRIORITY = 900
SPEND_PRIORITY = 1000  # after everything else: hourly spend of past days only refines what is attributed


def begin(connection: Connection, *, now: datetime) -> None:
    """Enqueue the missing history of a connection. Call within the transaction that connects."""
    today = now.date()
    if connection.first_day is None:
        _enqueue(connection.id, "charges", Period(today - 31 * DAY, today), now)
        return
    if connection.first_day < today:
        for report in REPORTS:
            _fill(connection.id, report, Period(connection.first_day, today), now)


def _fill(connection_id: int, report: ReportName, history: Period, now: datetime) -> None:
    if report in report_offers.not_offered_names(connection_id) or (
        report == "charges" and _is_bill_forbidden(connection_id)
    ):
        return
    covered = coverage.whole_days(connection_id, report, history)
    if report == "charges":
        covered |= bills.provisional_days(connection_id, history)  # fetched every ten minutes anyway
    earliest = EARLIEST_DAY.get(report, NO_EARLIER)
    missing = [day for day in history.days() if day not in covered and day >= earliest]
    for gap in runs(missing):
        for window in _windows(gap, WINDOW_DAYS[report]):
            _enqueue(connection_id, report, window, now)


def fill_gaps(connection_id: int, now: datetime) -> None:
    """Enqueue every missing day between the first day and today, whatever the reason."""
    connection, today = connections.by_id(connection_id), now.date()
    if connection.first_day is None or connection.first_day >= today:
        return
    for report in (*REPORTS, "spend"):
        fill_report(connection, report, now=now)


def fill_report(connection: Connection, report: str, *, now: datetime) -> None:
    """Enqueue the missing days of one report, back to the first day with data."""
    today, hourly_spend = now.date(), connections.by_id(connection.id).hourly_spend
    first = connection.first_day or charges.first_day(connection.id) or today
    if report == "spend" and hourly_spend == OFFERED:
        first = max(first, today - SPEND_DAYS * DAY)
        if connection.first_day and first < today:
            _fill(connection.id, "spend", Period(first, today), now)
    for name in REPORTS:
        if name == report and first < today:
            _fill(connection.id, name, Period(first, today), now)


def catch_up(connection: Connection, *, now: datetime) -> None:
    """Enqueue what a pause missed, if it was longer than the regular reports look back."""
    covered = coverage.until(connection.id, "usage")
    if covered and covered <= now - CATCH_UP:
        for window in _windows(Period(covered.date(), now.date()), WINDOW_DAYS["charges"]):
            _enqueue(connection.id, "charges", window, now)


def enqueue_next_windows(connection: Connection, window: Period, *, now: datetime) -> None:
    """After a window of the bill, enqueue its usage and Claude Code, and the window before it.

    Below the oldest member or key, an empty window enqueues no usage: it only confirms the end.
    """
    if _is_billed(connection.id, window) or not _is_below_all(connection.id, window.end):
        withheld = report_offers.not_offered_names(connection.id)
        for report in sorted(_LED_BY_BILL.keys() - withheld, reverse=True):
            for part in _windows(window, WINDOW_DAYS[report]):
                if part.start >= EARLIEST_DAY.get(report, NO_EARLIER):
                    _enqueue(connection.id, report, part, now)
    if connection.first_day is None and window.start > NO_EARLIER and not _is_over(connection.id, window):
        older = Period(max(window.start - 31 * DAY, NO_EARLIER), window.start)
        _enqueue(connection.id, "charges", older, now)


def _is_over(connection_id: int, window: Period) -> bool:
    """Say whether the end is reached: EMPTY_WINDOWS without a charge below the oldest member or key."""
    recent = Period(window.start, window.start + EMPTY_WINDOWS * 31 * DAY)
    return _is_below_all(connection_id, window.start) and not _is_billed(connection_id, recent)


def _is_billed(connection_id: int, period: Period) -> bool:
    """Say whether anything was billed in a period, including bills that cannot be read."""
    unreadable = answer_notes.unreadable(connection_id, "charges", period)
    return bool(charges.totals(connection_id, period) or unreadable)


def _is_below_all(connection_id: int, day: date) -> bool:
    """Say whether a day is not after the creation of the oldest member or key."""
    earliest = directory.read(connection_id).earliest()
    return earliest is not None and day <= earliest.date()


def _enqueue(connection_id: int, report: str, window: Period, now: datetime) -> None:
    """Add a window; the newest come first, and the bill of the last two windows before everything else.

    Those two hold this month's and last month's totals. The other priorities are explained at jobs.REPORTS.
    """
    age = (now.date() - window.end).days // 31
    jobs.add_window(connection_id, report, window, due=now, priority=_priority(report, age))


def _priority(report: str, age: int) -> int:
    if report == "spend":
        return SPEND_PRIORITY + age
    if report == "claude_code" and age > 0:
        return OLD_CODE_PRIORITY + age
    if report == "charges" and age < 2:  # noqa: PLR2004 - the last two windows, as said above
        return 5 + age
    return 10 + 10 * age + _PRIORITY_OF_REPORT[report]


def _windows(period: Period, width: int) -> Iterator[Period]:
    """Yield the windows of a period, at most `width` days each, newest first."""
    end = period.end
    while end > period.start:
        start = max(end - width * DAY, period.start)
        yield Period(start, end)
        end = start


def finish(connection: Connection, *, now: datetime) -> bool:
    """Record the first day once no window is left; return True if that happened now or more became due.

    Without permission for the bill, its windows are not waited for.
    """
    led = list(_LED_BY_BILL) if _is_bill_forbidden(connection.id) else REPORTS
    if connection.first_day is not None or jobs.windows_left(connection.id, led):
        return False
    if not _enqueue_without_bill(connection.id, now):
        connections.set_first_day(connection.id, _first_day(connection))
    return True


def fill_offered(connection: Connection, report: str, *, now: datetime) -> None:
    """Enqueue a report that is offered now; if no bill shows the first day, look for an older one."""
    if report in _LED_BY_BILL and _first_billed(connection.id) is None:
        connections.set_first_day(connection.id, None)
    else:
        fill_report(connection, report, now=now)


def restart_with_bill(connection: Connection, *, now: datetime) -> None:
    """Restart the backfill now that the bill is permitted, if the first day was found without it."""
    first, billed = connections.by_id(connection.id).first_day, coverage.first_day(connection.id, "charges")
    if first is not None and (billed is None or billed > first):
        connections.set_first_day(connection.id, None)
        begin(connections.by_id(connection.id), now=now)


def _enqueue_without_bill(connection_id: int, now: datetime) -> bool:
    """Enqueue usage and Claude Code that the bill did not lead to; return True if there is any."""
    offered = _LED_BY_BILL.keys() - report_offers.not_offered_names(connection_id)
    left = {report: _not_led_to(connection_id, report, now.date()) for report in offered}
    for report, days in left.items():
        for window in _windows(days, WINDOW_DAYS[report]) if days else ():
            _enqueue(connection_id, report, window, now)
    return any(left.values())


def _not_led_to(connection_id: int, report: ReportName, today: date) -> Period | None:
    """Return the days below those fetched so far that may hold data without a bill."""
    fetched = (
        coverage.first_day(connection_id, report),
        answer_notes.first_unreadable(connection_id, report),
    )
    edge = min(filter(None, fetched), default=today)
    billed, first, start = _first_billed(connection_id), _LED_BY_BILL[report](connection_id), edge
    listed = directory.read(connection_id).earliest()
    if listed and (billed is None or _is_bill_forbidden(connection_id)):
        start = min(start, listed.date())
    if first and first < edge + STEP_WITHOUT_BILL and (billed is None or first < billed):
        start = min(start, edge - STEP_WITHOUT_BILL)
    start = max(start, EARLIEST_DAY.get(report, NO_EARLIER))
    return Period(start, edge) if start < edge else None


def _is_bill_forbidden(connection_id: int) -> bool:
    """Say whether the key has no permission for the bill."""
    return bool(jobs.failing(connection_id, "permission"))


def _first_day(connection: Connection) -> date:
    """Return the oldest day with data in any report."""
    days = (_first_billed(connection.id), *(first(connection.id) for first in _LED_BY_BILL.values()))
    return min(filter(None, days), default=connection.connected_at.date())


def _first_billed(connection_id: int) -> date | None:
    """Return the oldest day with a charge, an awaited bill or an unreadable one."""
    unreadable = answer_notes.first_unreadable(connection_id, "charges")
    days = (charges.first_day(connection_id), unreadable, *bills.awaited_days(connection_id))
    return min(filter(None, days), default=None)


def progress(connection: Connection, *, now: datetime) -> Progress:
    """Return how far the backfill is, averaged over the offered reports."""
    today, first = now.date(), charges.first_day(connection.id)
    start = connection.first_day or _likely_start(connection.id, first, today)
    whole = Period(start, today) if start < today else Period.day(today)
    withheld = report_offers.not_offered_names(connection.id) | (
        {"charges"} if _is_bill_forbidden(connection.id) else set()
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
