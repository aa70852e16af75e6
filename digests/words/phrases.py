"""The facts of a report in words, for the templates of answers and digests."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from digests.numbers.engineer_lines import EngineerLine
from digests.numbers.lines import Line
from digests.numbers.report import (
    TIMES,
    Dimension,
    EngineersReport,
    Extent,
    Filter,
    Question,
    Report,
    Restatement,
    Status,
)
from digests.numbers.split.buckets import days_of
from digests.words import completeness, distinct, wording
from providers.directory import Link
from providers.period import DAY, WEEK, Period
from providers.spend import Id

HEADINGS: dict[Dimension, str] = {
    "model": "Model",
    "engineer": "Engineer",
    "workspace": "Workspace",
    "key": "API key",
    "token type": "Token type",
    "product": "Product",
    "day": "Day",
    "week": "Week",
    "month": "Month",
}
VIEWS: tuple[tuple[Dimension, str], ...] = (
    ("model", "By model"),
    ("engineer", "By engineer"),
    ("workspace", "By workspace"),
    ("key", "By key"),
    ("day", "By day"),
)
"""The views that have a button, in their order."""
FIRST_HOURS = timedelta(hours=6)  # of a day, in which "today" may be yesterday for the reader
TICK = timedelta(microseconds=1)
NOTHING = "No usage"
PROVISIONAL = "Provisional"
BILLED_SO_FAR = "Billed by Anthropic so far"
_OF_OTHERS: tuple[Dimension, ...] = ("engineer", "workspace", "key")  # dimensions with names from outside
_UNBILLED = {
    "priority_tier": "Not included: Priority Tier ({tokens} tokens, billed separately)",
    "not_charged": "Not charged (refused or free requests): {tokens} tokens",
}
_LINKS: Mapping[Link, str] = {
    "actor": "named by Anthropic",
    "assigned": "assigned by an admin",
    "principal": "key owner",
    "claude_code_key": "Claude Code key",
    "creator": "key creator",
    "key_name": "key name",
}


def heading(question: Question) -> str:
    """Return the heading of the column of names: `Engineer × Model`."""
    return " × ".join(HEADINGS[each] for each in question.dimensions)


def question_text(question: Question, days: str = "") -> str:
    """Return a question as one would type it: `2026-10-01..2026-10-31 by model and day top 5 utc`.

    `days` are words for its period without their calendar: `last week`. Its filters follow by their ids,
    which need no names to be read: ` |model=opus |workspace=wrkspc_1`.
    """
    dates, _, zone = period_text(question.period).partition(" ")
    compare = question.compare
    is_own = days in ("", dates)  # other days are compared as usual
    other = f"vs {period_text(compare).partition(' ')[0]}" if isinstance(compare, Period) and is_own else ""
    by, top = " and ".join(question.dimensions), f"top {question.limit}" if question.limit else ""
    versus = [filter_text(compare).replace("|", "|vs.", 1)] if isinstance(compare, Filter) else []
    words = (days or dates, other, f"by {by}", top, zone, *map(filter_text, question.filters), *versus)
    return " ".join(word for word in words if word)


def filter_text(one: Filter) -> str:
    """Return a filter by its ids, with blanks and signs as in a URL: `|engineer=mina@acme.example`."""
    values = [quote(member, safe="@") for member in one.members]
    named = [f":{quote(one.name, safe='')}"] if one.name else []
    return f"|{one.dimension}={','.join([*values, *named])}"


def period_text(days: Period) -> str:
    """Return a period as one would type it, with its calendar: `2026-10-01..2026-10-31 utc`.

    Whoever presses a button with it gets the same days, whatever calendar their team has by then.
    """
    return f"{days.start}..{days.end - DAY} {days.zone.casefold()}"


def day_of(moment: datetime, zone: str) -> date:
    """Return the day a moment falls on in a zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def has_data(report: Report) -> bool:
    """Whether any part of a report's period is in; if not, its cost is unknown, not zero."""
    return bool(report.lines) or (
        not report.is_before and completeness.is_in(report.extent, report.question.period)
    )


def days_lived_through(report: Report) -> Decimal:
    """Return how many days of a period are in, from the organization's first day on, with fractions."""
    days, first = report.question.period, report.first_day
    start = max(days.starts_at, Period.day(first).starts_at) if first else days.starts_at
    return Decimal(((report.extent.until or days.ends_at) - start) / DAY)


def has_engineer_data(report: EngineersReport) -> bool:
    """Whether any part of the report's period is in."""
    return bool(report.lines) or (not report.is_before and completeness.is_in(report.extent, report.period))


def part(report: Report) -> str:
    """Return what a part of the costs is about: `Opus  ·  Jonas Weber`; "" for all of them."""
    return wording.REMARK.join(wording.short(name) for name in report.filter_names)


def began(report: Report | EngineersReport) -> str:
    """Return the organization's first day if the report lies before it, else ""."""
    return wording.date_full(report.first_day) if report.is_before and report.first_day else ""


def is_comparable(report: Report) -> bool:
    """Whether the total can be compared with another period's."""
    return has_data(report) and report.extent.is_comparable


def total(report: Report) -> str:
    """Return the total, a dash if nothing is known, or that nothing was used on days without a bill."""
    if not has_data(report):
        return wording.UNKNOWN
    if report.basis not in ("estimated", "provisional"):
        return wording.spend(report.total.cost, report.total.estimated)
    return wording.estimated(report.total.cost) if report.lines else NOTHING


def change(report: Report) -> str:
    """Return the change since the comparison period, "" if it cannot be compared."""
    if not report.previous.total or not is_comparable(report):
        return ""
    return wording.change(report.compared_cost, report.previous.total)


def change_spoken(report: Report) -> str:
    """Return the change since the comparison period for screen readers."""
    comparable = is_comparable(report)
    return wording.change_spoken(report.compared_cost, report.previous.total) if comparable else ""


def with_change(report: Report, zone: str, today: date) -> str:
    """Return the total, how much of the period is in, and the change: `$5,504.08  ·  ▲ 11% vs October`."""
    held = completeness.in_part(report) if has_data(report) else ""
    total = f"{total_to(report, zone)} ({held})" if held else total_to(report, zone)
    moved = f"{change(report)} {like(report, today)}" if change(report) else ""
    return wording.REMARK.join(filter(None, (total, moved)))


def total_to(report: Report, zone: str) -> str:
    """Return the total, with its end if the period is cut: `≈ $41 to 09:05 UTC`."""
    up_to = completeness.up_to(report.extent, report.question.period, zone) if has_data(report) else ""
    return f"{total(report)} {up_to}".rstrip()


def when(report: Report, today: date, zone: str) -> str:
    """Name the period in the middle of a sentence: `today so far`, `in October 2026`, `for Nov 1–7`.

    A period that is cut ends at a clock time of the reader's `zone`.
    """
    return when_of(report.question.period, report.extent, today, zone, is_known=has_data(report))


def when_of(days: Period, extent: Extent, today: date, zone: str, *, is_known: bool) -> str:
    """Name a period in the middle of a sentence; one without any data has no end but its own."""
    up_to = completeness.up_to(extent, days, zone) if is_known else ""
    words = _when(days, today, extent, so_far="so far" if is_known and not up_to else "")
    return (" " if days.length == 1 else ", ").join(filter(None, (words, up_to)))


def _when(days: Period, today: date, extent: Extent, *, so_far: str) -> str:
    if days.length == 1:
        return _day_when(days.start, today, so_far="" if extent.is_over else so_far)
    if days.start == today.replace(day=1) and not extent.is_over:
        return f"in {days.start:%B} {so_far}".rstrip()
    words = wording.period(days, today=today)
    if days.is_week and days.end <= today < days.end + WEEK:
        return f"last week ({words})"
    if days == Period.month(days.start, days.zone):
        return f"in {words}"
    return f"for {words} {so_far}" if so_far and not extent.is_over else f"for {words}"


def like(report: Report, today: date) -> str:
    """Name the comparison period of a report."""
    previous = report.previous
    if report.compared is not None and previous.until:
        whole = Period(previous.period.start, day_of(previous.until, previous.period.zone))
        return f"vs {wording.period(whole, today=today)}, without today"
    if report.versus_name:
        return f"vs {wording.short(report.versus_name)}"
    if report.question.compare:
        words = f"vs {wording.period(previous.period, today=today)}"
        is_running = report.extent.until is not None
        so_far = "up to the same time" if is_running else "so far"
        return f"{words} {so_far}" if previous.until else words
    return like_of(report.question.period, report.extent, report.previous.until, today=today)


def like_of(days: Period, extent: Extent, until: datetime | None, *, today: date) -> str:
    """Name a comparison period: `vs last Monday at this time`, `vs October`, `vs the previous 30 days`."""
    before = days.before()
    if days.length == 1:
        words = (
            f"last {before.start:%A}"
            if today - days.start < 2 * DAY
            else wording.day(before.start, today=today)
        )
        if until is None:
            return f"vs {words}"
        return f"vs {words} {'up to the same time' if extent.kind == 'cut' else 'at this time'}"
    if days.is_week:
        return "vs the week before"
    if days.is_month:
        return _like_of_month(before, until, today)
    if days.is_of_a_week:
        return "vs the same days of the week before"
    is_just_before = (before.length, before.end) == (days.length, days.start)
    return (
        f"vs {f'the previous {days.length} days' if is_just_before else wording.period(before, today=today)}"
    )


def _like_of_month(before: Period, until: datetime | None, today: date) -> str:
    month = f"{before.start:%B}{f' {before.start.year}' if before.start.year != today.year else ''}"
    return f"vs {month}" if until is None and before.is_whole_month else f"vs the same days in {month}"


def like_heading(report: Report, today: date) -> str:
    """Name the comparison period in the head of a column: `vs last Mon`, `vs Oct 1–22`, `vs week before`."""
    days, before = report.question.period, report.question.before
    if report.question.compare or report.question.dimension == "month":
        other = report.versus_name or wording.period(before, today=today)
        return f"vs {wording.short(other)}" if report.question.compare else "vs month before"
    if report.question.dimension in ("day", "week") or (days.is_of_a_week and not days.is_month):
        return "vs week before"
    if days.length == 1:
        is_recent = today - days.start < 2 * DAY
        return (
            f"vs last {before.start:%a}"
            if is_recent
            else f"vs {wording.date_short(before.start, today=today)}"
        )
    if (before.length, before.end) == (days.length, days.start) and not days.is_month:
        return f"vs {days.length} days before"
    if days.is_month and report.previous.until is None and before.is_whole_month:
        return f"vs {before.start:%B}"
    cut = report.previous.until
    last = min(day_of(cut - TICK, days.zone), before.end - DAY) if cut else before.end - DAY
    return f"vs {wording.period(Period(before.start, last + DAY), today=today)}"


def basis(report: Report | EngineersReport, now: datetime, zone: str) -> list[str]:
    """Return what the figures rest on."""
    is_told = report.basis == "provisional" or is_estimated(report)
    return [basis_in_short(report), *(_hourly(report.hourly_until, now, zone) if is_told else [])]


def is_estimated(report: Report | EngineersReport) -> bool:
    """Whether an estimate moves the total, as far as its digits are shown."""
    total = report.total
    is_whole = report.basis == "estimated" and bool(total.estimated)
    return is_whole or (report.basis != "billed" and wording.is_moved(total.cost, total.estimated))


def basis_in_short(report: Report | EngineersReport) -> str:
    """Return what the figures rest on as one remark: `Billed by Anthropic`, `Estimated from usage`."""
    if report.basis == "billed":
        return "Billed by Anthropic"
    if report.basis == "provisional":
        return f"{PROVISIONAL}{_accuracy(report)}"
    if not is_estimated(report):
        return "Not billed yet" if report.basis == "estimated" else BILLED_SO_FAR
    part = wording.about(report.total.estimated)
    says = "Estimated from usage" if "billed" not in report.rests_on else f"Includes {part} estimated"
    return f"{says}{_accuracy(report)}"


def basis_spoken(report: Report | EngineersReport) -> str:
    """Return what a total rests on, as a part of its sentence: `billed by Anthropic`."""
    first = basis_in_short(report).replace("Includes", "Including")
    return wording.spoken(f"{first[:1].lower()}{first[1:]}")


def missing_from(report: Report, *, now: datetime, zone: str) -> list[str]:
    """List what is missing from a report."""
    remarks = completeness.missing_from(report, now=now, zone=zone)
    if report.utc_days_before:
        first = wording.day(report.utc_days_before, today=day_of(now, report.question.period.zone))
        remarks = [*remarks, f"Days before {first} are UTC days"]
    names = ", ".join(wording.named(name, "model") for name in report.unpriced)
    if not names:
        return remarks
    is_, it = ("isn't", "it") if len(report.unpriced) == 1 else ("aren't", "them")
    return [*remarks, f"{names} {is_} in the total: Anthropic hasn't billed {it} yet, so there's no price"]


def doubts(report: Report | EngineersReport | Status, today: date) -> list[str]:
    """List the bills that fell, whose earlier figures still count."""
    return [
        f"Anthropic's bill for {wording.day(each.day, today=today)} fell from {wording.billed(each.kept)} to "
        f"{wording.billed(each.reported)}. The earlier bill counts until the new one is confirmed."
        for each in report.doubts
    ]


def zone_of(days: Period) -> str:
    """Name the calendar: `UTC days`, `days in Berlin time`; with a note if its days cut UTC hours."""
    name = wording.zone(days.zone)
    if name == "UTC":
        return "UTC days"
    cuts_hours = days.starts_at.minute or days.ends_at.minute
    return f"days in {name}{', rounded to the hour' if cuts_hours else ''}"


def calendar_of(days: Period, *, now: datetime, zone: str) -> str:
    """Name the calendar of an answer; in the first hours of today, with when that day began for the reader.

    `UTC days`, or `UTC day, since 7:00 PM your time`.
    """
    began = now - days.starts_at
    if days.length > 1 or not timedelta() <= began < FIRST_HOURS or _is_midnight(days.starts_at, zone):
        return zone_of(days)
    name = wording.zone(days.zone)
    day = "UTC day" if name == "UTC" else f"day in {name}"
    return f"{day}, since {wording.clock(days.starts_at, zone)} your time"


def _is_midnight(moment: datetime, zone: str) -> bool:
    return moment.astimezone(ZoneInfo(zone)).time() == time()


def discounted(fraction: Decimal | None) -> list[str]:
    """Return the discount from list prices, if Anthropic reports both."""
    return [f"{wording.percent(fraction)} below list prices"] if fraction and fraction > 0 else []


def unbilled(tokens: Mapping[str, int]) -> list[str]:
    """List usage that is on no bill: `Not charged (refused or free requests): 1.2M tokens`."""
    return [
        words.format(tokens=wording.tokens(tokens[reason]))
        for reason, words in _UNBILLED.items()
        if tokens.get(reason)
    ]


def whose(total: Line | EngineerLine) -> str:
    """Return how the dollars' owners are known: `key owner 82%, not identified 18%`; "" if nobody is."""
    if not total.cost:
        return ""
    parts = {words: total.links[link] for link, words in _LINKS.items() if total.links.get(link)}
    if not parts:
        return ""
    rest = total.cost - sum(parts.values())
    shown = {**parts, "not identified": rest} if rest > 0 else parts
    shares = [f"{words} {wording.share(part / total.cost)}" for words, part in shown.items()]
    return ", ".join(shares)


def spikes(report: Report) -> str:
    """Say which unusual days the comparison period has: `Mon, Nov 23's spike counts in the comparison`."""
    if not report.spikes or not is_comparable(report):
        return ""
    last = report.question.period.end - DAY
    days = [wording.day(each, today=last) for each in report.spikes]
    if len(days) == 1:
        return f"{days[0]}'s spike counts in the comparison"
    return f"{len(days)} spikes count in the comparison"


def freshness(report: Report | EngineersReport, *, now: datetime, zone: str) -> str:
    """Return up to when a report is in, or else when it was fetched."""
    until = report.extent.until
    has_figures = has_data(report) if isinstance(report, Report) else has_engineer_data(report)
    if until is None or report.extent.kind == "gappy" or not has_figures:
        return as_of(report.as_of, now=now, zone=zone)
    return as_of(until, now=now, zone=zone)


def as_of(at: datetime | None, *, now: datetime, zone: str) -> str:
    """Return when the newest figures were fetched, "" if none were."""
    return wording.moment(at, now=now, zone=zone) if at else ""


def names_of(report: Report, lines: Sequence[Line], zone: str = "") -> list[str]:
    """Return the names of some lines of a report; ids if two of its models share a name.

    A day that is cut ends at a clock time of the reader's `zone`, of the calendar's if there is no reader.
    """
    if report.question.second:
        return [line.name for line in lines]
    dimension, days = report.question.dimension, report.question.period
    alike: Sequence[Line] = report.lines if dimension == "model" else ()
    times = Counter(name_of(line, dimension, days) for line in alike)
    if dimension in _OF_OTHERS:
        return distinct.cut([line.name for line in lines])
    clock = zone or days.zone
    names = [_as_far_as_in(report, line, name_of(line, dimension, days), clock) for line in lines]
    return [
        wording.short(line.name) if times[name] > 1 else name for line, name in zip(lines, names, strict=True)
    ]


def _as_far_as_in(report: Report, line: Line, name: str, clock: str) -> str:
    """Return a line's name, for an unfinished day with its end: `Sat, Nov 21 to 9:05 AM`."""
    if report.question.dimension != "day" or line.id is None or report.extent.kind == "running":
        return name
    day, calendar = date.fromisoformat(line.id), report.question.period.zone
    until = report.extent.unfinished.get(day)
    if until is None:
        return name
    is_begun = until > Period.day(day, calendar).starts_at
    return f"{name} to {wording.clock(until, clock)}" if is_begun else f"{name}, incomplete"


def name_of(line: Line, dimension: Dimension, days: Period) -> str:
    """Return the name of a line."""
    return member_name(line.id, line.name, dimension, days)


def member_name(id_: Id, name: str, dimension: Dimension, days: Period) -> str:
    """Return the name of a member of a dimension; of a week, its days within the period."""
    if id_ is None:
        return wording.short(name)
    if dimension not in TIMES:
        return wording.named(name, dimension)
    first, today = date.fromisoformat(id_), days.end - DAY
    if dimension == "day":
        return wording.day(first, today=today)
    if dimension == "month":
        return f"{first:%B %Y}"
    whole = days_of(dimension, first)
    return wording.period(Period(max(whole.start, days.start), min(whole.end, days.end)), today=today)


def restated(changes: Sequence[Restatement], *, today: date) -> list[str]:
    """List finished days whose bill changed: `Wed, Nov 18 is now $3.10 higher`."""
    return [
        f"{wording.day(each.day, today=today)} is now {wording.billed(abs(each.after - each.before))} "
        f"{'higher' if each.after > each.before else 'lower'}"
        for each in changes
        if each.after != each.before
    ]


def _day_when(day: date, today: date, *, so_far: str) -> str:
    if day == today:
        return f"today {so_far}".rstrip()
    words = wording.day(day, today=today)
    return f"yesterday, {words}" if today - day == timedelta(days=1) else f"on {words}"


def _hourly(until: datetime | None, now: datetime, zone: str) -> list[str]:
    if until is None:
        return []
    return [f"Anthropic's hourly data to {wording.moment(until, now=now, zone=zone)}, then an estimate"]


def _accuracy(report: Report | EngineersReport) -> str:
    return "" if report.band is None else f" ({wording.band(report.band)})"
