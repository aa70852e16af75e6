"""The answer to `status`: what is connected, up to when each report is in, what is missing, what to do."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from digests.layout import blocks
from digests.layout.blocks import button
from digests.layout.message import Message, message, render_template, text_message
from digests.numbers import light
from digests.numbers.report import Incident, Status
from digests.words import completeness, oddities, phrases, wording
from digests.words.failures import by_cause, shortened
from digests.words.incidents import WORDS, doubted, reason
from storage.facts.coverage import ReportName
from storage.state.connections import OFFERED

NO_RECORD = "No day has had both an estimate and a bill yet."
_RECORDED, _MOST = 14, 5  # days of estimates beside bills, and differences, so that each fits a message
_USER = re.compile("[UW][A-Z0-9]+")


def status(status: Status, *, now: datetime, zone: str, admin: bool = True) -> Message:
    """Return what is connected, up to when each report is in, what is missing, and what to do about it."""
    today = phrases.day_of(now, zone)
    rendered = render_template(
        "status",
        organization=wording.short(status.organization),
        hint=wording.short(status.key_hint),
        by=wording.short(status.connected_by) if status.connected_by else "",
        by_user=is_slacks_id(status.connected_by or ""),
        connected=wording.date_full(phrases.day_of(status.connected_at, zone)),
        light=light.of(status, now=now),
        reports=[each.spoken for each in _reports(status, now=now, zone=zone)],
        behind=_behind(status, now=now, zone=zone),
        doubted=_doubted(status, now=now, zone=zone),
        total=wording.billed(status.total) if status.first_day else "",
        since=wording.date_full(status.first_day) if status.first_day else "",
        incidents=[_incident(each, status, now=now, zone=zone) for each in status.incidents],
        reading=backfill_progress(status),
        doubts=phrases.doubts(status, today),
        missing=completeness.missing(status.gaps, now=now, zone=zone),
        not_offered=[*_hourly_not_offered(status), *oddities.not_offered(status, now=now, zone=zone)],
        unreadable=oddities.unreadable(status, today=today),
        noted=oddities.noted(status, today=today),
        accuracy=_accuracy(status),
        discount=[f"{each} over 30 days" for each in phrases.discounted(status.discount)],
        differences=[
            _difference(day, cost, today) for day, cost in list(status.differences.items())[-_MOST:]
        ],
        changes=phrases.restated(status.restatements[:5], today=today),
    )
    return message(
        rendered,
        blocks.section(rendered.headline),
        _reports_table(status, now=now, zone=zone),
        *blocks.sections(rendered.body),
        blocks.actions(*_status_buttons(status, admin=admin)),
        blocks.context(rendered.footnote),
    )


def _status_buttons(status: Status, *, admin: bool) -> list[blocks.Block]:
    refused = any(incident.needs_a_key for incident in status.incidents)
    has_failed = bool(status.incidents or status.failing or status.doubted_until)
    return [
        *([button("Add a new key", "connect", primary=True)] if refused and admin else []),
        button("Try again" if has_failed else "Sync now", "sync"),
        *([button("Estimates vs. bills", "status:record")] if status.record else []),
        *([button("Replace key…", "connect")] if admin and not refused else []),
    ]


def record(status: Status, *, now: datetime, zone: str) -> Message:
    """Return past estimates beside the bills, day by day."""
    today, accuracy = phrases.day_of(now, zone), _accuracy(status)
    head = f"*Estimates vs. bills*{f'{wording.REMARK}{wording.escape(accuracy)}' if accuracy else ''}"
    if not status.record:
        return text_message(NO_RECORD)
    return text_message(head, _record(status, today))


_LATE, _NOT_OFFERED, _BY_TOKENS = "not in yet", "not offered", "by tokens"
_NO_TIMES = (_LATE, _NOT_OFFERED, _BY_TOKENS)


class ReportState(NamedTuple):
    """A report, and up to when it is in."""

    what: str
    until: str

    @property
    def spoken(self) -> str:
        """Return it for screen readers."""
        return f"{self.what} {self.until if self.until in _NO_TIMES else f'up to {self.until}'}"


def _reports(status: Status, *, now: datetime, zone: str) -> list[ReportState]:
    last = status.last_billed_day
    bill = wording.day(last, today=now.date()) if last else _LATE
    return [
        ReportState("Billing", bill),
        ReportState("Usage (today's estimate)", _age(status, "usage", now)),
        ReportState("Claude Code activity", _age(status, "claude_code", now)),
        ReportState("Cost per person", _hourly(status, now=now, zone=zone)),
    ]


def _reports_table(status: Status, *, now: datetime, zone: str) -> blocks.Block:
    rows = [[each.what, each.until] for each in _reports(status, now=now, zone=zone)]
    return blocks.table(["Data", "Up to"], rows)


def _doubted(status: Status, *, now: datetime, zone: str) -> str:
    return doubted(status.doubted_until, now=now, zone=zone) if status.doubted_until else ""


def _behind(status: Status, *, now: datetime, zone: str) -> list[str]:
    """Return why figures are old, if no incident says so."""
    failing = [f"{', '.join(each.names)}: {shortened(each.why)}" for each in by_cause(status.failing)]
    if status.incidents or failing or not light.is_out_of_date(status, now=now):
        return [] if status.incidents else failing
    until = status.as_of if status.lacks("usage") else status.freshness.get("usage")
    return [f"nothing newer than {wording.moment(until, now=now, zone=zone)}" if until else "no data yet"]


def backfill_progress(status: Status) -> str:
    """Return how far the backfill is, "" once it is over."""
    if status.backfill is None:
        return ""
    days = wording.counted(status.backfill.days_total, "day")
    return f"{wording.number(status.backfill.days_read)} of {days} of history imported"


def is_slacks_id(person: str) -> bool:
    """Whether it is the id of a person in Slack, who can be mentioned."""
    return bool(_USER.fullmatch(person))


def state(status: Status, *, now: datetime) -> list[str]:
    """Return up to when each report is in: the bill by its last day, the others by their age."""
    reports: tuple[tuple[str, ReportName], ...] = (("usage", "usage"), ("Claude Code", "claude_code"))
    ages = [f"{label} {_age(status, report, now)}" for label, report in reports]
    last = status.last_billed_day
    bill = f"bill {wording.day(last, today=now.date())}" if last else "no bill yet"
    return [bill, *ages]


def _age(status: Status, report: ReportName, now: datetime) -> str:
    if status.lacks(report):
        return _NOT_OFFERED
    at = status.freshness.get(report)
    return wording.ago(at, now=now) if at else _LATE


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
    """Return up to when Anthropic reports spend by hour and person, or what is used where it does not."""
    if status.hourly_spend != OFFERED:
        return _BY_TOKENS
    until = status.freshness.get("spend")
    return wording.moment(until, now=now, zone=zone) if until else _LATE


def _hourly_not_offered(status: Status) -> list[str]:
    """Return why there is no spend by hour and person; nothing while we have not asked."""
    if status.hourly_spend in (OFFERED, ""):
        return []
    return [f"hourly cost data ({wording.short(status.hourly_spend.replace('_', ' '))})"]


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
    return f"Estimates off by {wording.percent(error)} on average over {wording.counted(days, 'day')}"
