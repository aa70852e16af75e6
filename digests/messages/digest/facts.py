"""The facts of a digest in words, for its templates."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from digests.layout import chart
from digests.messages import cost
from digests.messages.digest.compared import compared_facts, like_of
from digests.messages.digest.lines import line_facts
from digests.messages.telemetry.state import blind_line, live_line
from digests.numbers.build import UNNAMED
from digests.numbers.digest_report import Digest, Part
from digests.numbers.report import Gap, Report
from digests.words import completeness, distinct, phrases, wording
from digests.words.shorter import Limits, Shortened, name, names
from providers.period import DAY, WEEK, Period

NAMED, RESTATED = 3, 3  # names of a part, restated days: a choice, so that each fits a line
_NAME = 24  # characters; three names fit a line on a phone


def facts_of(numbers: Digest, *, set_up_by: str | None) -> dict[str, object]:
    """Return the facts for the templates."""
    report = numbers.report
    return {
        **_total(numbers),
        **_bill(numbers),
        **compared_facts(numbers),
        **_month(numbers),
        **line_facts(numbers),
        "organization": name(report.organization),
        "part": _part(numbers.part, report) if numbers.part else "",
        "trend": "" if numbers.is_loud else chart.in_line(numbers.history),
        "doubts": phrases.doubts(report, numbers.period.end - DAY),
        "missing": _missing(numbers),
        "restated": _restated(numbers),
        "as_of": _as_of(report.as_of, numbers.zone) if report.basis != "billed" else "",
        "by": wording.short(set_up_by) if set_up_by else "",
        "first": numbers.first,
        "live": live_line(numbers.live) if numbers.live else "",
        "blind": blind_line(numbers.live) if numbers.live else "",
    }


def _total(numbers: Digest) -> dict[str, object]:
    report, days = numbers.report, numbers.period
    return {
        "when": _when(days),
        "days": wording.period(days, today=days.end - DAY),
        "calendar": _calendar(days),
        "total": phrases.total(report),
        "up_to": completeness.up_to(report.extent, days, numbers.zone),
        "in_part": completeness.in_part(report),
        "unsplit": completeness.unsplit(report.extent, report.question.dimension),
        "total_spoken": wording.spoken(phrases.total(report)),
        "has_data": phrases.has_data(report),
        "began": phrases.began(report),
        "like_moved": like_of(report),
        "band": cost.band(report),
    }


def _calendar(days: Period) -> str:
    is_utc = wording.zone(days.zone) == "UTC"
    return "UTC day" if is_utc and days.length == 1 else phrases.zone_of(days)


def _bill(numbers: Digest) -> dict[str, object]:
    """Return how much of the bill is in, why not all of it, and what the figures rest on instead."""
    report, now = numbers.report, numbers.period.ends_at - timedelta(seconds=1)
    is_provisional = any(gap.why == "not whole yet" for gap in report.gaps)
    is_part = "billed" in report.rests_on
    return {
        "is_estimated": report.basis != "billed",
        "is_part": is_part,
        "is_provisional": is_provisional,
        "unread": completeness.why_no_bill(report.gaps, now=now, zone=numbers.zone),
        "rests_on": _rests_on(report, is_part=is_part, is_provisional=is_provisional),
    }


def _rests_on(report: Report, *, is_part: bool, is_provisional: bool) -> str:
    """Return what the figures rest on, "" where the headline says that all of it is estimated."""
    if report.basis == "billed":
        return "Billed by Anthropic"
    if is_part and not report.total.estimated:
        return phrases.BILLED_SO_FAR
    kind = "provisional" if is_provisional else "estimated"
    return f"Includes {wording.about(report.total.estimated)} {kind}" if is_part else ""


def _when(days: Period) -> str:
    """Name the days in the middle of a sentence."""
    words = wording.period(days, today=days.end - DAY)
    if days.length == 1:
        return f"on {words}"
    if days.length == WEEK.days:
        return f"in the week of {words}"
    return f"in {words}" if days.is_whole_month else f"since {days.start:%A}, {words}"


def _month(numbers: Digest) -> dict[str, object]:
    """Return the month so far and its forecast; for a whole month its average day."""
    month = numbers.month
    total = phrases.total_to(month, numbers.zone) if month else ""
    end = wording.forecast(numbers.forecast) if numbers.forecast else ""
    return {
        "month": total,
        "month_spoken": wording.spoken(total),
        "month_known": month is not None and phrases.has_data(month),
        "end": end,
        "end_spoken": wording.spoken(end),
        "month_name": f"{month.question.period.start:%B}" if month else "",
        "average": _average(numbers.report) if month is None else "",
    }


def _average(report: Report) -> str:
    if not phrases.has_data(report):
        return ""
    return wording.spend(report.total.cost / phrases.days_lived_through(report), report.total.estimated)


def _part(part: Part, report: Report) -> Shortened:
    """Name the part: `Production workspace only (23% of Acme's $23,921.00)`."""
    named = names(distinct.cut(part.names[:NAMED], _NAME), of=len(part.names))
    people = wording.counted(part.count, "person", "people")
    unknown = (
        f", {wording.number(part.unknown)} of them without a known email address" if part.unknown else ""
    )
    share = ""
    if part.whole and phrases.has_data(report):
        whole = wording.spend(part.whole, report.total.estimated)
        of_whole = wording.share(report.total.cost / part.whole)
        share = f" ({of_whole} of {wording.short(report.organization)}'s {whole})"

    is_default = list(part.names) == [UNNAMED["workspace"]]

    def words(limits: Limits) -> str:
        what = {
            "workspace": f"{named(limits)}{'' if is_default else ' workspace'} only",
            "model": f"{named(limits)} models only",
            "group": f"@{named(limits)} only, {people}{unknown}",
            "engineers": f"{named(limits) or people} only",
        }[part.kind]
        return f"{what}{share}"

    return words


def _missing(numbers: Digest) -> list[str]:
    """List the gaps of the days, the month and the engineers, each once; the headline tells of the bill."""
    of_month, of_people = (each.gaps if each else () for each in (numbers.month, numbers.engineers))
    gaps = _untold(numbers, (*numbers.report.gaps, *of_month, *of_people))
    return completeness.missing(gaps, now=numbers.period.ends_at - timedelta(seconds=1), zone=numbers.zone)


def _untold(numbers: Digest, gaps: Sequence[Gap]) -> list[Gap]:
    """Leave out what the headline says: that the bill of these days is not in."""
    report, days = numbers.report, numbers.period
    if report.basis == "billed" or not phrases.has_data(report):
        return list(gaps)
    return [
        gap
        for gap in gaps
        if gap.report != "charges" or gap.days.start < days.start or gap.days.end > days.end
    ]


def _restated(numbers: Digest) -> list[str]:
    """List late changes of bills; a bill does not say which part of it changed."""
    changed = phrases.restated(numbers.restatements[:RESTATED], today=numbers.period.end - DAY)
    return [f"the organization's bill for {words}" if numbers.part else words for words in changed]


def _as_of(at: datetime | None, zone: str) -> str:
    """Return a moment with its day, because a digest is read on another day."""
    if at is None:
        return ""
    day: date = phrases.day_of(at, zone)
    words = f"{wording.day(day, today=day)}, {wording.clock(at, zone)} {wording.zone(zone)}"
    return wording.Moment.of(words, at, "{date_short}, {time}")
