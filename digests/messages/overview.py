"""The answers to the bare command and to `status`."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from digests.layout import blocks
from digests.layout import buttons as layout_buttons
from digests.layout.blocks import button
from digests.layout.message import Message, message, render_template
from digests.numbers import light
from digests.numbers.report import Incident, Question, Report, Status, Summary
from digests.words import completeness, oddities, phrases, wording
from digests.words.failures import by_cause, shortened
from digests.words.incidents import WORDS, doubted, reason
from providers.period import DAY, Period
from storage.facts.coverage import ReportName
from storage.state.connections import OFFERED

_RECORDED, _MOST = 14, 5  # days of estimates beside bills, and differences, so that status fits a message
_USER = re.compile("[UW][A-Z0-9]+")


def summary(
    summary: Summary, *, now: datetime, zone: str, share: bool = True, export: bool = True
) -> Message:
    """Return today so far, yesterday, the month and its forecast, and the state of the data."""
    month = summary.month.question.period
    today = phrases.day_of(now, month.zone)
    end = wording.forecast(summary.forecast) if summary.forecast else ""
    fields = [
        ("Today so far", phrases.with_change(summary.today, zone, today)),
        ("Yesterday", phrases.with_change(summary.yesterday, zone, today)),
        (f"{month.start:%B} so far", phrases.with_change(summary.month, zone, today)),
        *([(f"Forecast for {month.start:%B}", end)] if end else []),
    ]
    rendered = render_template(
        "summary",
        organization=wording.short(summary.status.organization),
        figures=[f"{label} {_spoken(report, zone)}" for label, report in _reports(summary)],
        end=wording.spoken(end),
        month=f"{month.start:%B}",
        state=[*_in_short(summary.status, now=now), *filter(None, [backfill_progress(summary.status)])],
        wrong=_wrong(summary.status, now),
        light=light.of(summary.status, now=now),
        doubted=_doubted(summary.status, now=now, zone=zone),
        basis=phrases.basis(summary.today, now, zone) if summary.today.total.estimated else [],
        zone=phrases.calendar_of(summary.today.question.period, now=now, zone=zone),
        doubts=_doubts(summary, today),
        missing=phrases.missing_from(_all_gaps(summary), now=now, zone=zone),
        as_of=phrases.as_of(summary.today.as_of, now=now, zone=zone),
    )
    return message(
        rendered,
        blocks.header(f"{wording.short(summary.status.organization)} · Claude spend"),
        blocks.figures(*fields),
        blocks.section(rendered.body),
        blocks.context(rendered.footnote),
        layout_buttons.views(summary.month.question, without=None),
        _steps(summary.month.question, today, share=share, export=export),
    )


def status(status: Status, *, now: datetime, zone: str) -> Message:
    """Return what is connected, what is in, what is missing, and what to do about it."""
    today = phrases.day_of(now, zone)
    refused = any(incident.needs_a_key for incident in status.incidents)
    rendered = render_template(
        "status",
        organization=wording.short(status.organization),
        hint=wording.short(status.key_hint),
        by=wording.short(status.connected_by) if status.connected_by else "",
        by_user=_USER.fullmatch(status.connected_by or ""),
        connected=wording.date_full(phrases.day_of(status.connected_at, zone)),
        light=light.of(status, now=now),
        state=state(status, now=now),
        behind=_behind(status, now=now, zone=zone),
        doubted=_doubted(status, now=now, zone=zone),
        total=wording.billed(status.total) if status.first_day else "",
        since=wording.date_full(status.first_day) if status.first_day else "",
        incidents=[_incident(each, status, now=now, zone=zone) for each in status.incidents],
        reading=backfill_progress(status),
        doubts=phrases.doubts(status, today),
        missing=completeness.missing(status.gaps, now=now, zone=zone),
        not_offered=oddities.not_offered(status, now=now, zone=zone),
        unreadable=oddities.unreadable(status, today=today),
        noted=oddities.noted(status, today=today),
        accuracy=_accuracy(status),
        hourly=_hourly(status, now=now, zone=zone),
        discount=[f"{each} over 30 days" for each in phrases.discounted(status.discount)],
        differences=[
            _difference(day, cost, today) for day, cost in list(status.differences.items())[-_MOST:]
        ],
        changes=phrases.restated(status.restatements[:5], today=today),
        now=wording.moment(now, now=now, zone=zone),
    )
    has_failed = bool(status.incidents or status.failing or status.doubted_until)
    again = button("Try again" if has_failed else "Sync now", "sync")
    buttons = [button("Add a new key", "connect", primary=True)] if refused else []
    return message(
        rendered,
        blocks.section(rendered.headline),
        *blocks.sections(rendered.body),
        _record(status, today) if status.record else None,
        blocks.context(rendered.footnote),
        blocks.actions(*buttons, again),
    )


def _wrong(status: Status, now: datetime) -> list[str]:
    """Return what is wrong, unless the answer begins with it: see `outdated`."""
    if light.is_out_of_date(status, now=now) or any(incident.needs_a_key for incident in status.incidents):
        return []
    return [WORDS[incident.kind].what for incident in status.incidents]


def _doubted(status: Status, *, now: datetime, zone: str) -> str:
    return doubted(status.doubted_until, now=now, zone=zone) if status.doubted_until else ""


def _behind(status: Status, *, now: datetime, zone: str) -> list[str]:
    """Return why figures are old, if no incident says so."""
    failing = [f"{', '.join(each.names)}: {shortened(each.why)}" for each in by_cause(status.failing)]
    if status.incidents or failing or not light.is_out_of_date(status, now=now):
        return [] if status.incidents else failing
    until = status.as_of if status.lacks("usage") else status.freshness.get("usage")
    return [f"nothing newer than {wording.moment(until, now=now, zone=zone)}" if until else "no data yet"]


def _doubts(summary: Summary, today: date) -> list[str]:
    """Return the doubts about the month, and about yesterday if it is in the month before."""
    return list(
        dict.fromkeys(
            each for report in (summary.yesterday, summary.month) for each in phrases.doubts(report, today)
        )
    )


def backfill_progress(status: Status) -> str:
    """Return how far the backfill is, "" once it is over."""
    if status.backfill is None:
        return ""
    days = wording.counted(status.backfill.days_total, "day")
    return f"{wording.number(status.backfill.days_read)} of {days} of history imported"


def _all_gaps(summary: Summary) -> Report:
    """Return the month with the gaps of today and yesterday, which can be in another month."""
    gaps = [gap for report in (summary.month, summary.yesterday, summary.today) for gap in report.gaps]
    return replace(summary.month, gaps=tuple(gaps))


def _reports(summary: Summary) -> Sequence[tuple[str, Report]]:
    month = f"{summary.month.question.period.start:%B} so far"
    return (("Today so far", summary.today), ("yesterday", summary.yesterday), (month, summary.month))


def _spoken(report: Report, zone: str) -> str:
    figure, change = phrases.total_to(report, zone), phrases.change_spoken(report)
    words = "no data yet" if figure == wording.UNKNOWN else wording.spoken(figure)
    return ", ".join(filter(None, (f"{words} ({change})" if change else words, completeness.in_part(report))))


def _steps(month: Question, today: date, *, share: bool, export: bool) -> blocks.Block:
    """Return buttons to today, yesterday and the month before, to a file of the month, to the channel."""
    zone = month.period.zone
    days = {"Today": today, "Yesterday": today - DAY}
    questions = {words: Question(Period.day(day, zone)) for words, day in days.items()}
    before = Period.month(month.period.start - DAY, zone)
    return blocks.actions(
        *(
            button(words, f"view:{words.lower()}", value=phrases.question_text(each))
            for words, each in questions.items()
        ),
        button(
            wording.period(before, today=today), "previous", value=phrases.question_text(Question(before))
        ),
        *([button("Export CSV", "export", value=phrases.question_text(month))] if export else []),
        *([button("Share in channel", "share", value="summary")] if share else []),
    )


def state(status: Status, *, now: datetime) -> list[str]:
    """Return up to when each report is in: the bill by its last day, the others by their age."""
    reports: tuple[tuple[str, ReportName], ...] = (("usage", "usage"), ("Claude Code", "claude_code"))
    ages = [f"{label} {_age(status, report, now)}" for label, report in reports]
    last = status.last_billed_day
    bill = f"bill {wording.day(last, today=now.date())}" if last else "no bill yet"
    return [bill, *ages]


def _in_short(status: Status, *, now: datetime) -> list[str]:
    """Return up to when the bill is in, and how old the usage is."""
    last, at = status.last_billed_day, status.freshness.get("usage")
    bill = f"billed through {wording.day(last, today=now.date())}" if last else "no bill yet"
    return [bill, *([f"updated {wording.ago(at, now=now)}"] if at else [])]


def _age(status: Status, report: ReportName, now: datetime) -> str:
    if status.lacks(report):
        return "not offered"
    at = status.freshness.get(report)
    return wording.ago(at, now=now) if at else "not in yet"


def _incident(incident: Incident, status: Status, *, now: datetime, zone: str) -> dict[str, str]:
    causes = (
        ", ".join(each.why for each in by_cause(status.failing)) if incident.kind == "sync_failing" else ""
    )
    return {
        "what": WORDS[incident.kind].what,
        "to_do": WORDS[incident.kind].to_do,
        "alone": WORDS[incident.kind].alone,
        "since": wording.moment(incident.since, now=now, zone=zone),
        "reason": shortened(causes or reason(incident.kind, incident.detail)),
    }


def _hourly(status: Status, *, now: datetime, zone: str) -> str:
    """Return whether Anthropic reports spend by hour and person, and for how many days."""
    if status.hourly_spend != OFFERED:
        name = wording.short(status.organization)
        why = f" ({status.hourly_spend.replace('_', ' ')})" if status.hourly_spend else ""
        return f"estimated from token usage. Anthropic's hourly cost data isn't enabled for {name}{why}"
    until = status.freshness.get("spend")
    upto = f", to {wording.moment(until, now=now, zone=zone)}" if until else ""
    return f"from Anthropic's hourly cost data, {wording.counted(status.hourly_days, 'day')}{upto}"


def _difference(day: date, cost: Decimal, today: date) -> str:
    more = "more" if cost > 0 else "less"
    return f"{wording.day(day, today=today)}: billed {wording.billed(abs(cost))} {more} than the hourly data"


def _record(status: Status, today: date) -> blocks.Block:
    """Return a table of estimates beside bills, day by day."""
    rows = [
        [
            wording.day(each.day, today=today),
            wording.estimated(each.estimated),
            wording.billed(each.billed),
            wording.UNKNOWN if each.error is None else wording.signed(each.error),
        ]
        for each in status.record[:_RECORDED]
    ]
    return blocks.table(["Day", "Estimated", "Billed", "Off"], rows)


def _accuracy(status: Status) -> str:
    if status.accuracy is None:
        return ""
    error, days = status.accuracy
    return f"estimates off by {wording.percent(error)} on average over {wording.counted(days, 'day')}"
