"""The facts of a digest in words, for its template."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from digests.messages import cost
from digests.messages.digest_moved import moved
from digests.numbers.digest_report import Digest, Part
from digests.numbers.engineer_lines import EngineerLine, EngineerLines, is_person
from digests.numbers.report import Report
from digests.words import completeness, distinct, phrases, wording
from digests.words.shorter import Limits, Shortened, lines, name, names
from providers.period import DAY, WEEK, Period

ENGINEERS, NAMED, RESTATED, TOLD = 3, 3, 3, 5
_NAME = 24


def facts_of(told: Digest, *, set_up_by: str | None) -> dict[str, object]:
    """Everything that the template says."""
    report = told.report
    return {
        **_total(told),
        **_month(told),
        **_engineers(told),
        **moved(told),
        "organization": name(report.organization),
        "part": _part(told.part, report) if told.part else "",
        "most": _most(report) if not is_in_one(report) else "",
        "doubts": phrases.doubts(report, told.period.end - DAY),
        "missing": _missing(told),
        "restated": _restated(told),
        "as_of": _as_of(report.as_of, told.zone),
        "by": wording.short(set_up_by) if set_up_by else "",
        "first": told.first,
    }


def is_in_one(report: Report) -> bool:
    """Whether engineers are not told apart."""
    return report.question.dimension == "engineer" and list(report.lines.ids) == [None]


def _total(told: Digest) -> dict[str, object]:
    report, days = told.report, told.period
    before, change = report.previous.total, phrases.change(report)
    difference = report.total.cost - before if before is not None and report.basis == "billed" else None
    return {
        "when": _when(days),
        "total": phrases.total(report),
        "known_to": completeness.up_to(report.extent, days, told.zone),
        "in_part": completeness.in_part(report),
        "unsplit": completeness.unsplit(report.extent, report.question.dimension),
        "total_spoken": wording.spoken(phrases.total(report)),
        "known": phrases.has_data(report),
        "began": phrases.began(report),
        "is_estimated": report.basis != "billed",
        **_bill(told),
        "change": change,
        "is_new": change == "new",
        "change_spoken": phrases.change_spoken(report),
        "difference": wording.added(difference) if difference else "",
        "difference_spoken": wording.added_spoken(difference) if difference else "",
        "like": f"on {_like(report)}",
        "like_moved": _like(report),
        "band": cost.band(report),
    }


def _bill(told: Digest) -> dict[str, object]:
    """Say what of the bill is in, why not all of it, and what the figures rest on instead."""
    report, now = told.report, told.period.ends_at - timedelta(seconds=1)
    is_provisional = any(gap.why == "not whole yet" for gap in report.gaps)
    is_part = "billed" in report.rests_on
    return {
        "is_part": is_part,
        "is_provisional": is_provisional,
        "unread": completeness.why_no_bill(report.gaps, now=now, zone=told.zone),
        "rests_on": _rests_on(report, is_part=is_part, is_provisional=is_provisional),
    }


def _rests_on(report: Report, *, is_part: bool, is_provisional: bool) -> str:
    days = "the UTC day" if report.question.period.length == 1 else "UTC days"
    if report.basis == "billed":
        return f"Billed by Anthropic for {days}"
    if is_part and not report.total.estimated:
        return phrases.BILLED_SO_FAR
    part = wording.estimated(report.total.estimated)
    says = f"{'Provisional' if is_provisional else 'Estimated'} for {days}"
    says = (
        f"{part} of it is {'provisional' if is_provisional else 'estimated'}, the rest billed"
        if is_part
        else says
    )
    return f"{says}: usage × rates of the latest bill"


def _when(days: Period) -> str:
    """Name the days in the middle of a sentence."""
    words = wording.period(days, today=days.end - DAY)
    if days.length == 1:
        return f"on {words}"
    if days.length == WEEK.days:
        return f"in the week of {words}"
    return f"in {words}" if days == Period.month(days.start) else f"since {days.start:%A}, {words}"


def _like(report: Report) -> str:
    days = report.previous.period
    if days.length == WEEK.days:
        return "the week before"
    return wording.period(days, today=report.question.period.end - DAY)


def _month(told: Digest) -> dict[str, object]:
    month = told.month
    return {
        "month": wording.spoken(phrases.total_to(month, told.zone)) if month else "",
        "month_known": month is not None and phrases.has_data(month),
        "end": wording.spoken(wording.forecast(told.forecast)) if told.forecast else "",
    }


def _part(part: Part, report: Report) -> Shortened:
    """Name the part: `Only the workspace Production: 23% of the organization's $23,921.00`."""
    told = names(distinct.cut(part.names[:NAMED], _NAME), of=len(part.names))
    people = wording.counted(part.count, "person", "people")
    unknown = (
        f", {wording.number(part.unknown)} of them without a known e-mail address" if part.unknown else ""
    )
    share = ""
    if part.whole and phrases.has_data(report):
        whole = wording.spend(part.whole, report.total.estimated)
        share = f": {wording.share(report.total.cost / part.whole)} of the organization's {whole}"

    def said(limits: Limits) -> str:
        what = {
            "workspace": f"the workspace {told(limits)}",
            "model": f"models of the family {told(limits)}",
            "group": f"@{told(limits)}, {people}{unknown}",
            "engineers": told(limits) or people,
        }[part.kind]
        return f"Only {what}{share}"

    return said


def _most(report: Report) -> Shortened:
    """Tell the dearest lines, and what the others cost together."""
    costs = report.lines.costs
    ordered = replace(report.lines, ids=sorted(costs, key=costs.__getitem__, reverse=True))

    def figure(first: int, last: int) -> str:
        some = ordered[first:last].as_one_line()
        return wording.spoken(wording.spend(some.cost, some.estimated))

    return lines(phrases.names_of(report, list(ordered[:TOLD])), figure, of=len(ordered))


def _engineers(told: Digest) -> dict[str, object]:
    split = told.engineers if told.engineers and not told.engineers.extent.unsplit else None
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
        "active": wording.counted(len(people), "engineer"),
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
    return f"{wording.number(len(rest))} more, {cost.spent(rest.as_one_line())} together" if rest else ""


def _missing(told: Digest) -> list[str]:
    """Say what is missing of the days, the month and the engineers, each gap once."""
    of_month, of_people = (each.gaps if each else () for each in (told.month, told.engineers))
    gaps = (*told.report.gaps, *of_month, *of_people)
    return completeness.missing(gaps, now=told.period.ends_at - timedelta(seconds=1), zone=told.zone)


def _restated(told: Digest) -> list[str]:
    """Tell what changed of late; the bill does not say of which part it was."""
    changed = phrases.restated(
        told.restatements[:RESTATED], today=told.period.end - DAY, since="since reported"
    )
    return [f"the organization's bill of {words}" if told.part else words for words in changed]


def _as_of(at: datetime | None, zone: str) -> str:
    """Return the moment with its day, for what is read on another one."""
    if at is None:
        return ""
    day: date = phrases.day_of(at, zone)
    return f"as of {wording.day(day, today=day)}, {wording.clock(at, zone)} {wording.zone(zone)}"
