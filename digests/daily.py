"""The daily digest: one UTC day in a channel, told so that it stands alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from digests import answers, blocks, facts, wording
from digests import chart as charts
from digests.blocks import button
from digests.build import engineers_together
from digests.message import Message, message, speak
from digests.report import DailyDigest, EngineerLine, Question
from providers.period import DAY, Period

MODELS, ENGINEERS = 6, 3


def daily_digest(
    digest: DailyDigest,
    *,
    chart: bool = True,
    set_up_by: str | None = None,
    subscription_id: int | None = None,
) -> Message:
    """Tell a day. Without `chart` the days are lines of text; `set_up_by` is a name, never a mention.

    A day whose bill is not in is marked as estimated; post the same digest again, by edit, when it is.
    """
    report, day = digest.day, digest.day.question.period.start
    people = [line for line in digest.engineers.lines if line.is_somebody]
    said = speak(
        "daily",
        **_day(digest),
        **_month(digest),
        organization=wording.short(report.organization),
        engineers=[_engineer(line) for line in people[:ENGINEERS]],
        active=wording.counted(len(people), "engineer"),
        more=_more(people[ENGINEERS:]),
        most=answers.dearest(report),
        missing=_missing(digest, day),
        restated=facts.restated(digest.restatements[:3], today=day, since="since reported"),
        as_of=_as_of(report.as_of, digest.zone),
        by=wording.short(set_up_by) if set_up_by else "",
        first=digest.first,
    )
    return message(
        said,
        blocks.header(f"Claude spend · {wording.day_long(day)}"),
        blocks.section(said.headline),
        blocks.figures(*_figures(digest)),
        _days(digest, native=chart),
        answers.cost_table(report, rows=MODELS) if report.lines else None,
        blocks.section(said.body) if said.body else None,
        blocks.actions(*_buttons(report.question, subscription_id)),
        blocks.context(said.footnote),
    )


def _day(digest: DailyDigest) -> dict[str, object]:
    report, day = digest.day, digest.day.question.period.start
    before = report.previous.total
    difference = "" if before is None else wording.added(report.total.cost - before)
    return {
        "day": wording.day(day, today=day),
        "total": facts.total(report),
        "total_spoken": wording.spoken(facts.total(report)),
        "known": facts.is_known(report),
        "is_estimated": report.basis != "billed",
        "change": facts.change(report),
        "change_spoken": facts.change_spoken(report),
        "difference": difference if report.basis == "billed" else "",
        "like": facts.like(report, day),
        "band": answers.band(report),
    }


def _month(digest: DailyDigest) -> dict[str, object]:
    return {
        "month": wording.spoken(facts.total(digest.month)),
        "month_known": facts.is_known(digest.month),
        "end": wording.spoken(wording.forecast(digest.forecast)) if digest.forecast else "",
    }


def _figures(digest: DailyDigest) -> Sequence[tuple[str, str]]:
    today = digest.day.question.period.start
    like = f" {facts.like(digest.month, today)}" if facts.change(digest.month) else ""
    to_date = ("Month to date", f"{facts.with_change(digest.month)}{like}")
    if digest.forecast is None:
        return (to_date,)
    return (to_date, ("Month will end near", wording.forecast(digest.forecast)))


def _days(digest: DailyDigest, *, native: bool) -> blocks.Block | None:
    if not native:
        return charts.as_text(digest.history)
    return charts.native(f"Last {len(digest.history)} days", digest.history[-charts.MOST :])


def _engineer(line: EngineerLine) -> dict[str, str]:
    pull_requests = wording.counted(line.pull_requests, "PR")
    return {
        "name": wording.short(line.name),
        "cost": answers.spent(line),
        "cost_spoken": wording.spoken(answers.spent(line)),
        "done": f"{wording.counted(line.commits, 'commit')}, {pull_requests}",
    }


def _more(lines: Sequence[EngineerLine]) -> str:
    if not lines:
        return ""
    together = engineers_together(lines)
    return f"{wording.number(len(lines))} more, {answers.spent(together)} together"


def _missing(digest: DailyDigest, day: date) -> list[str]:
    wide = (*digest.month.gaps, *digest.engineers.gaps)
    told = {(gap.report, each) for gap in wide for each in gap.days.days()}
    only_day = [gap for gap in digest.day.gaps if (gap.report, day) not in told]
    return facts.missing((*only_day, *wide), today=day)


def _as_of(at: datetime | None, zone: str) -> str:
    """Return the moment with its day, for what is read on another one."""
    if at is None:
        return ""
    day = facts.day_of(at, zone)
    return f"as of {wording.day(day, today=day)}, {wording.clock(at, zone)} {wording.zone(zone)}"


def _buttons(question: Question, subscription_id: int | None) -> list[blocks.Block]:
    month = Period.last_days(30, until=question.period.end - DAY, zone=question.period.zone)
    asked = {
        "By engineer": replace(question, dimension="engineer"),
        "By workspace": replace(question, dimension="workspace"),
        "30 days": Question(month, "day"),
    }
    views = [
        button(text, f"view:{each.dimension}", value=facts.question_text(each))
        for text, each in asked.items()
    ]
    edit = button("Edit digest", "digest:edit", value=str(subscription_id)) if subscription_id else None
    return [*views, *([edit] if edit else [])]
