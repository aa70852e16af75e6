"""A digest: UTC days that are over, in a channel, told so that it stands alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from digests import answers, blocks, facts, wording
from digests import chart as charts
from digests.blocks import button
from digests.digest_report import Digest, Moved, Movers, Part
from digests.engineer_lines import EngineerLine, EngineerLines, is_person
from digests.message import Message, message, speak
from digests.report import Question, Report
from providers.period import DAY, WEEK, Period

MODELS, ENGINEERS, NAMED = 6, 3, 3
_NAME = 24
_MORE = {
    "preview": "Preview for me",
    "send_ask": "Send now…",
    "pause": "Pause",
    "resume": "Resume",
    "remove_ask": "Remove…",
}


def digest(
    told: Digest,
    *,
    chart: bool = True,
    set_up_by: str | None = None,
    subscription_id: int | None = None,
) -> Message:
    """Tell a period. Without `chart` its days are lines of text; `set_up_by` is a name, never a mention.

    A period whose bill is not in is marked as estimated; post the same digest again, by edit, when it is.
    """
    report, last = told.report, told.period.end - DAY
    people = told.engineers.lines.only(is_person) if told.engineers else None
    said = speak(
        "digest",
        **_total(told),
        **_month(told),
        **_moved(told),
        organization=wording.short(report.organization),
        part=_part(told.part, report),
        engineers=[_engineer(line) for line in people[:ENGINEERS]] if people else [],
        active=wording.counted(len(people or ()), "engineer"),
        more=_more(people[ENGINEERS:]) if people else "",
        most=answers.dearest(report) if not _is_in_one(report) else [],
        missing=_missing(told),
        restated=facts.restated(told.restatements[:3], today=last, since="since reported"),
        as_of=_as_of(report.as_of, told.zone),
        by=wording.short(set_up_by) if set_up_by else "",
        first=told.first,
    )
    return message(
        said,
        blocks.header(f"Claude spend · {_title(told.period)}"),
        blocks.section(said.headline),
        blocks.figures(*_figures(told)) if _figures(told) else None,
        _history(told, native=chart),
        answers.cost_table(report, rows=MODELS) if report.lines and not _is_in_one(report) else None,
        blocks.section(speak("digest_moved", **_moved(told)).body) if _has_moved(told) else None,
        blocks.section(said.body) if said.body else None,
        blocks.actions(*_buttons(told, subscription_id)),
        blocks.context(said.footnote),
    )


def _is_in_one(report: Report) -> bool:
    """Whether engineers are not told apart."""
    return report.question.dimension == "engineer" and list(report.lines.ids) == [None]


def _title(days: Period) -> str:
    last = days.end - DAY
    words = wording.period(days, today=last)
    if days.length == 1:
        return wording.day_long(last)
    if days.length == WEEK.days:
        return f"week of {words}"
    return words if days == Period.month(days.start) else f"since {days.start:%A}, {words}"


def _when(days: Period) -> str:
    """Name the days in the middle of a sentence."""
    words = wording.period(days, today=days.end - DAY)
    if days.length == 1:
        return f"on {words}"
    if days.length == WEEK.days:
        return f"in the week of {words}"
    return f"in {words}" if days == Period.month(days.start) else f"since {days.start:%A}, {words}"


def _total(told: Digest) -> dict[str, object]:
    report, days = told.report, told.period
    before = report.previous.total
    change = facts.change(report)
    difference = "" if before is None else wording.added(report.total.cost - before)
    return {
        "when": _when(days),
        "total": facts.total(report),
        "total_spoken": wording.spoken(facts.total(report)),
        "known": facts.is_known(report),
        "is_estimated": report.basis != "billed",
        "change": change,
        "change_spoken": facts.change_spoken(report),
        "difference": difference if report.basis == "billed" else "",
        "like": _like(report),
        "band": answers.band(report),
        "days": "the UTC day" if days.length == 1 else "UTC days",
    }


def _like(report: Report) -> str:
    days = report.previous.period
    if days.length == WEEK.days:
        return "on the week before"
    return f"on {wording.period(days, today=report.question.period.end - DAY)}"


def _month(told: Digest) -> dict[str, object]:
    month = told.month
    return {
        "month": wording.spoken(facts.total(month)) if month else "",
        "month_known": month is not None and facts.is_known(month),
        "end": wording.spoken(wording.forecast(told.forecast)) if told.forecast else "",
    }


def _part(part: Part | None, report: Report) -> str:
    """Name the part that it is about: `Only the workspace Production: 23% of $23,921.00`."""
    if part is None:
        return ""
    share = ""
    if part.whole and facts.is_known(report):
        whole = wording.spend(part.whole, report.total.estimated)
        share = f": {wording.share(report.total.cost / part.whole)} of the organization's {whole}"
    people = wording.counted(part.count, "person", "people") if part.count else ""
    unknown = (
        f", {wording.number(part.unknown)} of them without a known e-mail address" if part.unknown else ""
    )
    names = ", ".join(wording.short(name, _NAME) for name in part.names[:NAMED])
    if len(part.names) > NAMED:
        names = f"{names} and {wording.number(len(part.names) - NAMED)} more"
    what = {
        "workspace": f"the workspace {names}",
        "model": f"models of the family {names}",
        "group": f"@{names}, {people}{unknown}",
        "engineers": names or people,
    }[part.kind]
    return f"Only {what}{share}"


def _has_moved(told: Digest) -> bool:
    both = (told.models, told.people)
    return any((each.up or each.down) for each in both) or any(
        each.new or each.gone for each in (told.models, told.keys)
    )


def _moved(told: Digest) -> dict[str, object]:
    estimated = told.report.basis != "billed"
    return {
        "like_moved": _like(told.report).removeprefix("on "),
        "up": [words for each in (told.models, told.people) if (words := _changes(each.up, estimated))],
        "down": [words for each in (told.models, told.people) if (words := _changes(each.down, estimated))],
        "new": [*_names(told.models, "new", "model"), *_names(told.keys, "new", "key")],
        "gone": [*_names(told.models, "gone", "model"), *_names(told.keys, "gone", "key")],
    }


def _changes(moved: Sequence[Moved], estimated: bool) -> str:  # noqa: FBT001 - a word on all of them
    return ", ".join(
        f"{_shown(each)} {wording.moved(each.difference, estimated=estimated)}" for each in moved
    )


def _names(movers: Movers, which: str, what: str) -> list[str]:
    """Name what came or went: `model Fable 5.2`, `2 keys`."""
    found: Sequence[Moved] = movers.new if which == "new" else movers.gone
    if not found:
        return []
    named = [_shown(each) for each in [each for each in found if each.name][:NAMED]]
    if not named:
        return [wording.counted(len(found), what)]
    more = f" and {wording.number(len(found) - len(named))} more" if len(found) > len(named) else ""
    return [f"{what if len(found) == 1 else f'{what}s'} {', '.join(named)}{more}"]


def _shown(each: Moved) -> str:
    return wording.short(wording.model(each.name), _NAME)


def _figures(told: Digest) -> Sequence[tuple[str, str]]:
    month, report = told.month, told.report
    if month is None:
        if not facts.is_known(report):
            return ()
        each = report.total.cost / told.period.length
        return (("A day on average", wording.spend(each, report.total.estimated)),)
    like = f" {facts.like(month, told.period.end - DAY)}" if facts.change(month) else ""
    to_date = ("Month to date", f"{facts.with_change(month)}{like}")
    if told.forecast is None:
        return (to_date,)
    return (to_date, ("Month will end near", wording.forecast(told.forecast)))


def _history(told: Digest, *, native: bool) -> blocks.Block | None:
    by_month = told.month is None
    if not native:
        return charts.as_text(told.history, by_month=by_month)
    what = "months" if by_month else "days"
    title = f"Last {len(told.history)} {what}"
    return charts.native(title, told.history[-charts.MOST :], by_month=by_month)


def _engineer(line: EngineerLine) -> dict[str, str]:
    pull_requests = wording.counted(line.pull_requests, "PR")
    return {
        "name": wording.short(line.name),
        "cost": answers.spent(line),
        "cost_spoken": wording.spoken(answers.spent(line)),
        "done": f"{wording.counted(line.commits, 'commit')}, {pull_requests}",
    }


def _more(lines: EngineerLines) -> str:
    return f"{wording.number(len(lines))} more, {answers.spent(lines.together())} together" if lines else ""


def _missing(told: Digest) -> list[str]:
    days = told.period
    wide = (*(told.month.gaps if told.month else ()), *(told.engineers.gaps if told.engineers else ()))
    said = {(gap.report, each) for gap in wide for each in gap.days.days()}
    own = [gap for gap in told.report.gaps if any((gap.report, day) not in said for day in gap.days.days())]
    return facts.missing((*own, *wide), today=days.end - DAY)


def _as_of(at: datetime | None, zone: str) -> str:
    """Return the moment with its day, for what is read on another one."""
    if at is None:
        return ""
    day: date = facts.day_of(at, zone)
    return f"as of {wording.day(day, today=day)}, {wording.clock(at, zone)} {wording.zone(zone)}"


def _buttons(told: Digest, subscription_id: int | None) -> list[blocks.Block]:
    question = Question(told.period)
    month = Period.last_days(30, until=told.period.end - DAY)
    asked = {
        "By engineer": replace(question, dimension="engineer"),
        "By workspace": replace(question, dimension="workspace"),
        "30 days": Question(month, "day"),
    }
    if told.part:
        asked = {"Whole organization": question}
    elif told.period.length > 1:
        asked["By day"] = Question(told.period, "day")
        del asked["30 days"]
    views = [
        button(text, f"view:{each.dimension}", value=facts.question_text(each))
        for text, each in asked.items()
    ]
    if not subscription_id:
        return views
    more = {f"{act} {subscription_id}": words for act, words in _MORE.items()}
    return [
        *views,
        button("Edit digest", "digest:edit", value=str(subscription_id)),
        blocks.overflow("digest:more", more),
    ]
