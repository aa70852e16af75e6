"""The facts of a digest in words, for its template."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from digests.messages import cost
from digests.messages.digest_movers import mover_facts
from digests.numbers.build import UNNAMED
from digests.numbers.digest_report import Digest, Part
from digests.numbers.engineer_lines import EngineerLine, EngineerLines, is_person
from digests.numbers.report import Report
from digests.words import completeness, distinct, phrases, wording
from digests.words.shorter import Limits, Shortened, lines, name, names
from providers.period import DAY, WEEK, Period

# Engineers, names of a part, restated days and lines that a digest has: a choice, so that it fits one screen
ENGINEERS, NAMED, RESTATED, LINES = 3, 3, 3, 5
_NAME = 24  # characters; three names and their figures fit a line on a phone


def facts_of(numbers: Digest, *, set_up_by: str | None) -> dict[str, object]:
    """Return the facts for the template."""
    report = numbers.report
    return {
        **_total(numbers),
        **_month(numbers),
        **_engineers(numbers),
        **mover_facts(numbers),
        "organization": name(report.organization),
        "part": _part(numbers.part, report) if numbers.part else "",
        "most": _most(report) if not is_in_one(report) else "",
        "doubts": phrases.doubts(report, numbers.period.end - DAY),
        "missing": _missing(numbers),
        "restated": _restated(numbers),
        "as_of": _as_of(report.as_of, numbers.zone),
        "by": wording.short(set_up_by) if set_up_by else "",
        "first": numbers.first,
    }


def is_in_one(report: Report) -> bool:
    """Whether all engineers are one line."""
    return report.question.dimension == "engineer" and list(report.lines.ids) == [None]


def _total(numbers: Digest) -> dict[str, object]:
    report, days = numbers.report, numbers.period
    before, change = report.previous.total, phrases.change(report)
    difference = report.total.cost - before if before is not None and report.basis == "billed" else None
    return {
        "when": _when(days),
        "days": wording.period(days, today=days.end - DAY),
        "calendar": "UTC" if wording.zone(days.zone) == "UTC" else phrases.zone_of(days),
        "total": phrases.total(report),
        "up_to": completeness.up_to(report.extent, days, numbers.zone),
        "in_part": completeness.in_part(report),
        "unsplit": completeness.unsplit(report.extent, report.question.dimension),
        "total_spoken": wording.spoken(phrases.total(report)),
        "has_data": phrases.has_data(report),
        "began": phrases.began(report),
        "is_estimated": report.basis != "billed",
        **_bill(numbers),
        "change": change,
        "is_new": change == "new",
        "change_spoken": phrases.change_spoken(report),
        "difference": wording.added(difference) if difference else "",
        "difference_spoken": wording.added_spoken(difference) if difference else "",
        "like": f"vs {_like(report)}",
        "like_moved": _like(report),
        "band": cost.band(report),
    }


def _bill(numbers: Digest) -> dict[str, object]:
    """Return how much of the bill is in, why not all of it, and what the figures rest on instead."""
    report, now = numbers.report, numbers.period.ends_at - timedelta(seconds=1)
    is_provisional = any(gap.why == "not whole yet" for gap in report.gaps)
    is_part = "billed" in report.rests_on
    return {
        "is_part": is_part,
        "is_provisional": is_provisional,
        "unread": completeness.why_no_bill(report.gaps, now=now, zone=numbers.zone),
        "rests_on": _rests_on(report, is_part=is_part, is_provisional=is_provisional),
    }


def _rests_on(report: Report, *, is_part: bool, is_provisional: bool) -> str:
    if report.basis == "billed":
        return "Billed by Anthropic"
    if is_part and not report.total.estimated:
        return phrases.BILLED_SO_FAR
    kind = "provisional" if is_provisional else "estimated"
    return (
        f"Includes {wording.about(report.total.estimated)} {kind}"
        if is_part
        else f"{kind.capitalize()} from usage"
    )


def _when(days: Period) -> str:
    """Name the days in the middle of a sentence."""
    words = wording.period(days, today=days.end - DAY)
    if days.length == 1:
        return f"on {words}"
    if days.length == WEEK.days:
        return f"in the week of {words}"
    return f"in {words}" if days.is_whole_month else f"since {days.start:%A}, {words}"


def _like(report: Report) -> str:
    days = report.previous.period
    if days.length == WEEK.days:
        return "the week before"
    if days.length == 1:
        return f"last {days.start:%A}"
    return wording.period(days, today=report.question.period.end - DAY)


def _month(numbers: Digest) -> dict[str, object]:
    month = numbers.month
    return {
        "month": wording.spoken(phrases.total_to(month, numbers.zone)) if month else "",
        "month_known": month is not None and phrases.has_data(month),
        "end": wording.spoken(wording.forecast(numbers.forecast)) if numbers.forecast else "",
        "month_name": f"{month.question.period.start:%B}" if month else "",
    }


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


def _most(report: Report) -> Shortened:
    """List the most expensive lines, and the sum of the others."""
    costs = report.lines.costs
    ordered = replace(report.lines, ids=sorted(costs, key=costs.__getitem__, reverse=True))

    def figure(first: int, last: int) -> str:
        some = ordered[first:last].as_one_line()
        return wording.spoken(wording.spend(some.cost, some.estimated))

    return lines(phrases.names_of(report, list(ordered[:LINES])), figure, of=len(ordered))


def _engineers(numbers: Digest) -> dict[str, object]:
    split = numbers.engineers if numbers.engineers and not numbers.engineers.extent.unsplit_days else None
    people = split.lines.filter(is_person) if split else None
    if people is None:
        return {"engineers": [], "engineers_told": "", "active": "", "more": ""}

    def figure(first: int, last: int) -> str:
        return wording.spoken(cost.spent(people[first:last].as_one_line()))

    first = list(people[:ENGINEERS])
    return {
        "engineers": [
            _engineer(line, name, has_activity=split is None or split.has_activity)
            for line, name in zip(first, distinct.cut([line.name for line in first]), strict=True)
        ],
        "engineers_told": lines([line.name for line in first], figure, of=len(people)),
        "active": f"{wording.number(len(people))} active",
        "more": _more(people[ENGINEERS:]),
    }


def _engineer(line: EngineerLine, name: str, *, has_activity: bool) -> dict[str, str]:
    done = f"{wording.counted(line.commits, 'commit')}, {wording.counted(line.pull_requests, 'PR')}"
    return {
        "name": name,
        "cost": cost.spent(line),
        "done": done if has_activity else f"{wording.UNKNOWN} commits, {wording.UNKNOWN} PRs",
    }


def _more(rest: EngineerLines) -> str:
    if not rest:
        return ""
    return f"{wording.counted(len(rest), 'other')}{wording.REMARK}{cost.spent(rest.as_one_line())}"


def _missing(numbers: Digest) -> list[str]:
    """List the gaps of the days, the month and the engineers, each once."""
    of_month, of_people = (each.gaps if each else () for each in (numbers.month, numbers.engineers))
    gaps = (*numbers.report.gaps, *of_month, *of_people)
    return completeness.missing(gaps, now=numbers.period.ends_at - timedelta(seconds=1), zone=numbers.zone)


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
