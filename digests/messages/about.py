"""About the figures of an answer: their basis, their days, what they lack, how their owners are known."""

from collections.abc import Iterator
from datetime import datetime

from digests.layout.message import Message, notice
from digests.numbers.report import EngineersReport, Report
from digests.words import completeness, phrases, wording
from providers.period import Period

TITLE = "About these figures"  # of at most 24 characters: https://docs.slack.dev/reference/views/modal-views
_NO_RECORD = "No finished estimate has been compared with its bill yet."
_ACTIVITY = "Claude Code activity is by UTC day."
_MODELS = "By-model amounts are Claude Code's list-price estimates; they're already in the total."
_SEATS = "Cost per commit and per pull request includes usage covered by subscriptions."


def about(report: Report | EngineersReport, *, now: datetime, zone: str) -> Message:
    """Return everything that stands behind an answer; its small print has four facts at most."""
    return notice(
        "about",
        when=wording.period(period_of(report), today=phrases.day_of(now, period_of(report).zone)),
        total=_total(report),
        facts=[{"what": what, "words": words} for what, words in _facts(report, now, zone) if words],
    )


def details(report: Report | EngineersReport, *, now: datetime, zone: str) -> list[str]:
    """Return the same facts as lines, for a terminal, which has no button."""
    return [f"{what}: {words}" for what, words in _facts(report, now, zone) if words]


def period_of(report: Report | EngineersReport) -> Period:
    """Return the period of a report."""
    return report.question.period if isinstance(report, Report) else report.period


def _total(report: Report | EngineersReport) -> str:
    if isinstance(report, Report):
        return phrases.total(report)
    return wording.spend(report.total.cost, report.total.estimated)


Facts = Iterator[tuple[str, str]]
"""What a fact is about, and its words, "" if there is nothing to say."""


def _facts(report: Report | EngineersReport, now: datetime, zone: str) -> Facts:
    today = phrases.day_of(now, period_of(report).zone)
    yield "Basis", _sentences(phrases.basis(report, now, zone))
    yield "Estimates", _record(report)
    yield "Days", _days(report, now, zone)
    yield from _of_cost(report) if isinstance(report, Report) else _of_engineers(report)
    yield "Updated", phrases.freshness(report, now=now, zone=zone)
    yield "Missing", _sentences(_missing(report, now, zone))
    yield "Questionable bills", " ".join(phrases.doubts(report, today))
    yield "How engineers are identified", phrases.whose(report.total)


def _of_cost(report: Report) -> Facts:
    yield "Compared with", _compared(report)
    yield "Daily average", _average(report)
    yield "Discount", _sentences(phrases.discounted(report.discount))
    unbilled = [words.removeprefix("Not included: ") for words in phrases.unbilled(report.unbilled)]
    yield "Not in the total", _sentences(unbilled)


def _of_engineers(report: EngineersReport) -> Facts:
    yield "By model", _MODELS if report.models else ""
    yield "Subscriptions", _SEATS if report.total.subscription_cost else ""


def _sentences(parts: list[str]) -> str:
    return "".join(f"{part[:1].upper()}{part[1:]}. " for part in parts).strip()


def _record(report: Report | EngineersReport) -> str:
    """Say how good past estimates were, where anything is estimated."""
    if not report.total.estimated:
        return ""
    if report.band is None or not report.band_days:
        return _NO_RECORD
    days = wording.counted(report.band_days, "day")
    return f"By the record of {days}, 19 of 20 bills come within {wording.band(report.band)} of the estimate."


def _days(report: Report | EngineersReport, now: datetime, zone: str) -> str:
    days = period_of(report)
    calendar = phrases.calendar_of(days, now=now, zone=zone)
    billed = ", by which Anthropic bills" if days.zone == "UTC" else ""
    is_apart = not isinstance(report, Report) and days.zone != "UTC"
    return f"{calendar[:1].upper()}{calendar[1:]}{billed}. {_ACTIVITY if is_apart else ''}".strip()


def _compared(report: Report) -> str:
    before = report.previous
    if before.total is None or not phrases.is_comparable(report):
        return ""
    words = wording.period(before.period, today=report.question.period.end)
    words += ", up to the same time" if before.until else ""
    spikes = phrases.spikes(report)
    return f"{words}: {wording.billed(before.total)}.{f' {spikes}.' if spikes else ''}"


def _average(report: Report) -> str:
    elapsed = phrases.days_lived_through(report)
    if elapsed <= 1 or not report.lines or not report.extent.is_comparable:
        return ""
    return wording.spend(report.total.cost / elapsed, report.total.estimated / elapsed)


def _missing(report: Report | EngineersReport, now: datetime, zone: str) -> list[str]:
    if isinstance(report, Report):
        return phrases.missing_from(report, now=now, zone=zone)
    return completeness.missing_from(report, now=now, zone=zone)
