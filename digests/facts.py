"""What answers and digests have in common: the facts of a report in words, for templates."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from digests import wording
from digests.engineer_lines import EngineerLine
from digests.lines import Line
from digests.report import (
    Dimension,
    EngineersReport,
    Gap,
    Question,
    Report,
    ReportName,
    Restatement,
)
from providers.directory import Link
from providers.period import DAY, Period

HEADINGS: dict[Dimension, str] = {
    "model": "Model",
    "engineer": "Engineer",
    "workspace": "Workspace",
    "key": "API key",
    "token type": "Token type",
    "product": "Product",
    "day": "Day",
}
VIEWS: tuple[tuple[Dimension, str], ...] = (
    ("model", "By model"),
    ("engineer", "By engineer"),
    ("workspace", "By workspace"),
    ("key", "By key"),
    ("day", "By day"),
)
"""The views that have a button, in the order they have everywhere."""
_SOURCES: dict[ReportName, str] = {
    "charges": "the bill for",
    "usage": "usage of",
    "claude_code": "Claude Code of",
    "spend": "spend by the hour of",
}
_GAPS = 3
_UNBILLED = {
    "priority_tier": "Priority Tier, billed apart",
    "not_charged": "Not charged (refused or free)",
}
_LINKS: Mapping[Link, str] = {
    "actor": "named by Anthropic",
    "assigned": "assigned by an admin",
    "principal": "by the key's own person",
    "claude_code_key": "by their Claude Code key",
    "creator": "by who made the key",
    "key_name": "by the key's name",
}


def question_text(question: Question) -> str:
    """Write a question as one would type it: `2026-10-01..2026-10-31 by model utc`."""
    days, _, zone = period_text(question.period).partition(" ")
    return f"{days} by {question.dimension} {zone}".rstrip()


def period_text(days: Period) -> str:
    """Write a period as one would type it: `2026-10-01..2026-10-31 utc`; no zone is the reader's."""
    return f"{days.start}..{days.end - DAY}{' utc' if days.zone == 'UTC' else ''}"


def day_of(moment: datetime, zone: str) -> date:
    """Return the day a moment falls on in a zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def is_known(report: Report) -> bool:
    """Whether there is anything to say. Nothing read is not nothing spent."""
    return bool(report.lines) or not any(gap.report != "claude_code" for gap in report.gaps)


def is_told(report: EngineersReport) -> bool:
    """Whether there is anything to say about engineers."""
    return bool(report.lines) or not report.gaps


def is_partial(report: Report) -> bool:
    """Whether days of the bill are still to be read, so that the total will grow."""
    return any(gap.report == "charges" and gap.why == "not read yet" for gap in report.gaps)


def is_comparable(report: Report) -> bool:
    """Whether the total may be set beside another period's."""
    return is_known(report) and not is_partial(report)


def total(report: Report) -> str:
    """Return the total, or a dash where nothing is known."""
    known = is_known(report)
    return wording.spend(report.total.cost, report.total.estimated) if known else wording.UNKNOWN


def change(report: Report) -> str:
    """Return the change against the like period, "" where there is nothing to compare."""
    if report.previous.total is None or not is_comparable(report):
        return ""
    return wording.change(report.total.cost, report.previous.total)


def change_spoken(report: Report) -> str:
    """Say the same for the ear."""
    comparable = is_comparable(report)
    return wording.change_spoken(report.total.cost, report.previous.total) if comparable else ""


def with_change(report: Report) -> str:
    """Return the total and its change: `$5,504.08  ·  ▲ 11%`."""
    return "  ·  ".join(filter(None, (total(report), change(report))))


def when(report: Report, today: date) -> str:
    """Name the period in the middle of a sentence: `today so far`, `in October 2026`, `for Nov 1–7`."""
    days, running = report.question.period, report.data_until is not None
    if days.length == 1:
        return _day_when(days.start, today, running=running)
    if days.start == today.replace(day=1) and running:
        return f"in {days.start:%B} so far"
    words = wording.period(days, today=today)
    if days == Period.month(days.start, days.zone):
        return f"in {words}"
    return f"for {words}, so far" if running else f"for {words}"


def like(report: Report, today: date) -> str:
    """Name the like period of a report."""
    return like_of(report.question.period, cut=report.previous.until is not None, today=today)


def like_of(days: Period, *, cut: bool, today: date) -> str:
    """Name a like period: `on Fri, Nov 13`, `on Oct 1–22 by this time`, `on the 30 days before`."""
    named = days.length == 1 or days.is_month
    words = wording.period(days.before(), today=today) if named else f"the {days.length} days before"
    return f"on {words} by this time" if cut else f"on {words}"


def basis(report: Report | EngineersReport, now: datetime, zone: str) -> list[str]:
    """Tell what the figures rest on."""
    if report.basis == "billed":
        return ["Billed by Anthropic"]
    part = wording.estimated(report.total.estimated)
    says = "Estimated" if report.basis == "estimated" else f"{part} of it is estimated, the rest billed"
    return [f"{says}: {_rates(report.told_until, now, zone)}{_accuracy(report)}"]


def missing(gaps: Iterable[Gap], *, today: date, known_until: date | None = None) -> list[str]:
    """Tell what is not in yet; the running day, which nobody expects in the bill, goes without saying."""
    said = []
    for gap in gaps:
        expected = gap.report != "charges" or gap.why == "not read yet" or known_until is None
        days = gap.days if expected or known_until is None else gap.days.until(known_until)
        if days:
            said.append(f"{_SOURCES[gap.report]} {wording.period(days, today=today)} {gap.why}")
    if len(said) > _GAPS:
        said[_GAPS:] = [f"{len(said) - _GAPS} more gaps"]
    return said


def missing_from(report: Report, today: date) -> list[str]:
    """Tell what a report lacks."""
    until = report.data_until
    said = missing(report.gaps, today=today, known_until=None if until is None else day_of(until, "UTC"))
    names = ", ".join(wording.named(name, "model") for name in report.unpriced)
    return [*said, f"No price is known for {names}, so it is not in the total"] if names else said


def zone_of(days: Period) -> str:
    """Name the calendar: `UTC days`, `days in Berlin time`; where it cuts hours, that it cannot."""
    name = wording.zone(days.zone)
    if name == "UTC":
        return "UTC days"
    cuts_hours = days.starts_at.minute or days.ends_at.minute
    return f"days in {name}{', cut at the nearest whole hour of UTC' if cuts_hours else ''}"


def calendar_of(report: Report) -> str:
    """Name the calendar; for another than the bill's, what the bill says of the same dates."""
    named = zone_of(report.question.period)
    if report.in_utc_days is None:
        return named
    return f"{named} (the UTC days that Anthropic bills: {wording.billed(report.in_utc_days)})"


def discounted(fraction: Decimal | None) -> list[str]:
    """Tell how far below list prices the organization pays, where Anthropic tells both."""
    return [f"{wording.percent(fraction)} below list prices"] if fraction and fraction > 0 else []


def unbilled(tokens: Mapping[str, int]) -> list[str]:
    """Tell what was used and is in no bill: `Priority Tier, billed apart: 1.2 M tokens`."""
    return [
        f"{words}: {wording.tokens(tokens[reason])} tokens"
        for reason, words in _UNBILLED.items()
        if tokens.get(reason)
    ]


def whose(total: Line | EngineerLine) -> list[str]:
    """Tell how it is known whose the dollars are: `Known by: 82% Anthropic names them, …`."""
    shares = [
        f"{wording.share(total.links[link] / total.cost)} {words}"
        for link, words in _LINKS.items()
        if total.cost and total.links.get(link)
    ]
    return [f"Whose it is: {', '.join(shares)}"] if shares else []


def freshness(report: Report | EngineersReport, *, now: datetime, zone: str) -> str:
    """Tell up to when: a running period by its newest figures, another by when they were fetched."""
    if report.data_until is None:
        return as_of(report.as_of, now=now, zone=zone)
    lag = wording.lasted_short(now - report.data_until)
    return f"{as_of(report.data_until, now=now, zone=zone)} (billing lag {lag})"


def as_of(at: datetime | None, *, now: datetime, zone: str) -> str:
    """Tell when the newest figures were fetched: `as of 14:42 Berlin time`."""
    return f"as of {wording.moment(at, now=now, zone=zone)} {wording.zone(zone)}" if at else ""


def names_of(report: Report, lines: Sequence[Line]) -> list[str]:
    """Return the names of some of its lines; ids where two models of the report would share a name."""
    dimension, days = report.question.dimension, report.question.period
    alike: Sequence[Line] = report.lines if dimension == "model" else ()
    times = Counter(name_of(line, dimension, days) for line in alike)
    names = [name_of(line, dimension, days) for line in lines]
    return [
        wording.short(line.name) if times[name] > 1 else name for line, name in zip(lines, names, strict=True)
    ]


def name_of(line: Line, dimension: Dimension, days: Period) -> str:
    """Return the name of a line."""
    if line.id is None:
        return wording.short(line.name)
    if dimension == "day":
        return wording.day(date.fromisoformat(line.id), today=days.end - DAY)
    return wording.named(line.name, dimension)


def restated(changes: Sequence[Restatement], *, today: date, since: str) -> list[str]:
    """Tell which finished days changed: `Nov 18 rose $3.10 since reported`."""
    return [
        f"{wording.day(each.day, today=today)} {'rose' if each.after > each.before else 'fell'} "
        f"{wording.billed(abs(each.after - each.before))} {since}".rstrip()
        for each in changes
        if each.after != each.before
    ]


def _day_when(day: date, today: date, *, running: bool) -> str:
    if day == today:
        return "today so far" if running else "today"
    words = wording.day(day, today=today)
    return f"yesterday, {words}" if today - day == timedelta(days=1) else f"on {words}"


def _rates(told_until: datetime | None, now: datetime, zone: str) -> str:
    rates = "usage × rates of the latest bill"
    if told_until is None:
        return rates
    return f"Anthropic's own hours to {wording.moment(told_until, now=now, zone=zone)}, then {rates}"


def _accuracy(report: Report | EngineersReport) -> str:
    if report.band is None:
        return ""
    days = f", from {wording.counted(report.band_days, 'day')}" if report.band_days else ""
    return f", {wording.band(report.band)}{days}"
