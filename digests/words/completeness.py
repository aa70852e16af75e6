"""The extent of a period's data in words: up to when, how many days, what is missing and why."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from digests.numbers.gaps import merge
from digests.numbers.report import Dimension, EngineersReport, Extent, Gap, Reason, Report
from digests.words import failures, wording
from providers.period import DAY, Period, runs
from storage.facts.coverage import ReportName

_SOURCES: dict[ReportName, str] = {
    "charges": "the bill for",
    "usage": "usage for",
    "claude_code": "Claude Code activity for",
    "spend": "hourly spend for",
}
_EXPLAINED: frozenset[Reason] = frozenset(
    {"key refused", "key lost", "reading fails", "disconnected", "not offered", "unreadable"}
)
_IS_OUT, _ARE_OUT = "isn't in", "aren't in"
_GAPS = 3  # gaps that fit into small print
_DETAIL = 100  # characters of an error


def is_in(extent: Extent, days: Period) -> bool:
    """Whether any part of a period is in."""
    return extent.until is None or extent.kind == "gappy" or extent.until > days.starts_at


def up_to(extent: Extent, days: Period, zone: str) -> str:
    """Return the end of a period that is cut: `to 9:05 AM UTC`, `through Fri, Nov 20`; "" for others."""
    if extent.kind != "cut" or extent.until is None:
        return ""
    first_missing, last = extent.until.astimezone(ZoneInfo(days.zone)).date(), days.end - DAY
    if first_missing > days.start and extent.until == Period.day(first_missing, days.zone).starts_at:
        return f"through {wording.day(first_missing - DAY, today=last)}"
    local = extent.until.astimezone(ZoneInfo(zone))
    is_named = days.length == 1 and local.date() == days.start
    named = "" if is_named else f"{wording.day(local.date(), today=last)}, "
    return f"to {named}{wording.clock(local, zone)} {wording.zone(zone)}"


def in_part(report: Report | EngineersReport) -> str:
    """Return how much of a period with gaps is in: `20 of 31 days imported`; "" for others.

    If all of it is billed, only the hours are missing that cut a zone's days out of UTC days.
    """
    extent = report.extent
    if extent.kind != "gappy":
        return ""
    is_split = all(gap.why != "not split yet" for gap in report.gaps)
    if report.basis == "billed" and is_split:
        return "some hours aren't in yet"
    if extent.begun_days == 1:
        return "part of the day isn't in yet"
    days_in = extent.begun_days - extent.late_days
    words = f"{wording.number(days_in)} of {wording.counted(extent.begun_days, 'day')}"
    return f"{words} {'imported' if is_split else 'split'}"


def unsplit(extent: Extent, dimension: Dimension) -> str:
    """Return on how many days dollars are not split yet; "" if all are."""
    if not extent.unsplit_days:
        return ""
    return f"{wording.counted(extent.unsplit_days, 'day')} not split by {dimension} yet"


def missing(gaps: Iterable[Gap], *, now: datetime, zone: str, covered_until: date | None = None) -> list[str]:
    """List what is missing and why, each day once, without the bill of the running day."""
    missed = [gap for gap in merge(gaps) if gap.why != "in doubt"]  # `phrases.doubts` lists those
    expected = [each for each in (_expected(gap, covered_until) for gap in missed) if each]
    importing = _days_of("Still importing", filter(_is_import, expected), now, zone)
    splitting = _days_of(
        "Still splitting", (gap for gap in expected if gap.why == "not split yet"), now, zone
    )
    late = [gap for gap in expected if gap.why not in _EXPLAINED and gap.why != "not split yet"]
    plain = [_late(gap, now, zone) for gap in late if not _is_import(gap)]
    explained = _explained([gap for gap in expected if gap.why in _EXPLAINED], now, zone)
    remarks = [*explained, *importing, *splitting, *plain]
    if len(remarks) > _GAPS:
        remarks[_GAPS:] = [f"and {len(remarks) - _GAPS} more"]
    return remarks


def missing_from(report: Report | EngineersReport, *, now: datetime, zone: str) -> list[str]:
    """List what is missing from a report."""
    until = report.extent.until if report.extent.kind == "running" else None
    covered_until = None if until is None else until.astimezone(ZoneInfo("UTC")).date()
    return missing(report.gaps, now=now, zone=zone, covered_until=covered_until)


def in_one(remarks: Sequence[str]) -> str:
    """Return what is missing as one remark: the first, and whether there is more; "" for nothing."""
    return f"{remarks[0]}, and more is missing" if len(remarks) > 1 else "".join(remarks)


def _expected(gap: Gap, covered_until: date | None) -> Gap | None:
    if covered_until is None or gap.report != "charges" or gap.why != "not published yet":
        return gap
    days = gap.days.until(covered_until)
    return Gap(gap.report, days, gap.why) if days else None


def _is_import(gap: Gap) -> bool:
    """Whether it is history on its way; a single day is only late."""
    is_history = gap.report in ("charges", "usage") and gap.days.length > 1 and gap.begins is None
    return is_history and gap.why == "not read yet"


def _days_of(doing: str, gaps: Iterable[Gap], now: datetime, zone: str) -> list[str]:
    """Say once which days are on their way, by bill or usage: `Still importing Nov 1–7`."""
    days, today = (
        sorted({day for gap in gaps for day in gap.days.days()}),
        now.astimezone(ZoneInfo(zone)).date(),
    )
    return [f"{doing} {wording.period(run, today=today)}" for run in runs(days)]


def _late(gap: Gap, now: datetime, zone: str) -> str:
    """Say that a gap closes by itself: `The bill for Fri, Nov 20 isn't in yet`."""
    what = _what(gap, now, zone)
    return f"{_capital(what)} isn't {'complete' if gap.why == 'not whole yet' else 'in'} yet"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _explained(gaps: Sequence[Gap], now: datetime, zone: str) -> list[str]:
    """Return one sentence per reason, with all that is missing because of it."""
    reasons = dict.fromkeys(_reason(gap, now, zone) for gap in gaps)
    missed = {
        reason: [_what(gap, now, zone) for gap in gaps if _reason(gap, now, zone) == reason]
        for reason in reasons
    }
    return [
        f"{_capital(_listed(what))} {_IS_OUT if len(what) == 1 else _ARE_OUT}, because {reason}"
        for reason, what in missed.items()
    ]


def _reason(gap: Gap, now: datetime, zone: str) -> str:
    since = f" since {wording.moment(gap.since, now=now, zone=zone)}" if gap.since else ""
    if gap.why == "key refused":
        return f"Anthropic has rejected the key{since}" if since else "Anthropic rejects the key"
    if gap.why == "key lost":
        return f"the stored key can't be decrypted{since}"
    if gap.why == "reading fails":
        why = failures.shortened(failures.in_words(gap.detail))
        return f"syncing has failed{since}{f': {why}' if why else ''}"
    if gap.why == "not offered":
        return "Anthropic doesn't offer it to this key"
    if gap.why == "unreadable":
        return wording.excerpt(gap.detail, _DETAIL)
    return "Anthropic is disconnected"


def why_no_bill(gaps: Iterable[Gap], *, now: datetime, zone: str) -> str:
    """Return why an existing bill cannot be read; "" if it is only late, or all of it is in."""
    reasons = [_reason(gap, now, zone) for gap in gaps if gap.report == "charges" and gap.why in _EXPLAINED]
    return " and ".join(dict.fromkeys(reasons))


def _listed(parts: Sequence[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def _what(gap: Gap, now: datetime, zone: str) -> str:
    """Name a gap: `usage for Nov 21–29`, `usage for Sat, Nov 21 from 9:05 AM`."""
    source, today = _SOURCES[gap.report], now.astimezone(ZoneInfo(zone)).date()
    words = wording.period(gap.days, today=today)
    if gap.begins is None:
        return f"{source} {words}"
    begins, clock = gap.begins.astimezone(ZoneInfo(zone)), wording.clock(gap.begins, zone)
    if gap.days.length == 1 and begins.date() == gap.days.start:
        return f"{source} {words} from {clock}"
    last = wording.day(gap.days.end - DAY, today=today)
    return f"{source} {wording.day(begins.date(), today=today)}, {clock} to {last}"
