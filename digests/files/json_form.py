"""The `--json` form of reports: money as exact decimal strings, ends of periods exclusive."""

import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import singledispatch
from typing import Any

from msgspec import structs

from digests.files.change_json import change_json
from digests.files.moments import rfc3339
from digests.files.outlook_json import outlook_json
from digests.numbers.change.report import Change
from digests.numbers.engineer_lines import EngineerLine
from digests.numbers.gaps import merge
from digests.numbers.lines import Line
from digests.numbers.outlook import Outlook
from digests.numbers.report import (
    Doubt,
    EngineersReport,
    Filter,
    Forecast,
    Gap,
    Previous,
    Progress,
    Question,
    Report,
    Status,
    Summary,
)
from digests.numbers.split import pairs
from digests.words import phrases
from digests.words.wording import exact
from providers.period import Period
from providers.usage import TOKEN_KINDS

PROVIDER, OTHER = "anthropic", "other"
_DIGITS = 6  # of a fraction: a ten-thousandth of a percent, and no float's tail of digits
_BILLED = ("cost", "estimated", "claude_code_cost")
_NOT_PLAIN = re.compile(r"[^\n\x20-\x7e]")


def json_text(value: object, *, indent: int | None = None) -> str:
    """Write plain values as JSON that is safe to print: control and invisible characters are escaped."""
    return _NOT_PLAIN.sub(_visible, json.dumps(value, ensure_ascii=False, indent=indent))


def _visible(match: re.Match[str]) -> str:
    character = match[0]
    return character if character.isprintable() else json.dumps(character)[1:-1]


@singledispatch
def as_json(answer: object) -> dict[str, Any]:
    """Turn a report, an engineers report, a status or a summary into plain JSON values."""
    raise TypeError(f"no JSON form for {type(answer).__name__}")


@as_json.register
def _(report: Report) -> dict[str, Any]:
    has_total = report.is_before or phrases.has_data(report)
    return {
        "provider": PROVIDER,
        "organization": report.organization,
        "period": _period(report.question.period),
        "currency": report.currency,
        "total": exact(report.total.cost) if has_total else None,
        "basis": report.basis,
        "estimated": exact(report.total.estimated) if has_total else None,
        "previous": _previous(report.previous, report.first_day),
        "dimension": report.question.dimension,
        **({"dimensions": list(report.question.dimensions)} if report.question.second else {}),
        "filters": [
            {"dimension": each.dimension, "value": name}
            for each, name in zip(report.question.filters, report.filter_names, strict=True)
        ],
        **_versus(report),
        **({"utc_days_before": f"{report.utc_days_before}"} if report.utc_days_before else {}),
        "lines": _lines(report),
        "coverage": _coverage(report.gaps, report.doubts),
        "unpriced": list(report.unpriced),
        "data_until": _moment(report.data_until),
        "told_until": _moment(report.hourly_until),
        "band": _fraction(report.band),
        "discount": _fraction(report.discount),
        "unbilled_tokens": dict(report.unbilled),
        "as_of": _moment(report.as_of),
    }


@as_json.register
def _(report: EngineersReport) -> dict[str, Any]:
    has_total = report.is_before or phrases.has_engineer_data(report)
    return {
        "provider": PROVIDER,
        "organization": report.organization,
        "period": _period(report.period),
        "currency": "USD",
        "basis": report.basis,
        "total": {**_engineer(report.total, report), **({} if has_total else dict.fromkeys(_BILLED))},
        "previous": _previous(
            Previous(report.period.before(), report.previous_cost, report.previous_until), report.first_day
        ),
        "dimension": "engineer",
        "lines": [_engineer(line, report) for line in report.lines],
        "models": [
            {"model": each.model, "estimated_cost": exact(each.estimated_cost), "tokens": each.tokens}
            for each in report.models
        ],
        "tools": [
            {
                "tool": each.tool,
                "accepted": each.accepted,
                "rejected": each.rejected,
                "acceptance": _fraction(each.acceptance),
            }
            for each in report.tools
        ],
        "coverage": _coverage(report.gaps, report.doubts),
        "data_until": _moment(report.data_until),
        "told_until": _moment(report.hourly_until),
        "band": _fraction(report.band),
        "as_of": _moment(report.as_of),
    }


@as_json.register
def _(status: Status) -> dict[str, Any]:
    accuracy = status.accuracy
    return {
        "provider": PROVIDER,
        "organization": status.organization,
        "key_hint": status.key_hint,
        "connected_by": status.connected_by,
        "connected_at": _moment(status.connected_at),
        "currency": "USD",
        "first_day": status.first_day and status.first_day.isoformat(),
        "last_billed_day": status.last_billed_day and status.last_billed_day.isoformat(),
        "total": exact(status.total),
        "freshness": {report: _moment(at) for report, at in status.freshness.items()},
        "coverage": _coverage(status.gaps, status.doubts),
        "backfill": _progress(status.backfill),
        "incidents": [
            {"kind": each.kind, "since": _moment(each.since), "detail": each.detail}
            for each in status.incidents
        ],
        "hourly_spend": {"state": status.hourly_spend or None, "days": status.hourly_days},
        "discount": _fraction(status.discount),
        "differences": [
            {"day": day.isoformat(), "billed_more": exact(cost)} for day, cost in status.differences.items()
        ],
        "record": [
            {
                "day": each.day.isoformat(),
                "estimated": exact(each.estimated),
                "billed": exact(each.billed),
                "error": _fraction(each.error),
            }
            for each in status.record
        ],
        "accuracy": accuracy and {"mean_error": _fraction(accuracy[0]), "days": accuracy[1]},
        "restatements": [
            {"day": each.day.isoformat(), "before": exact(each.before), "after": exact(each.after)}
            for each in status.restatements
        ],
        **_problems(status),
    }


def _problems(status: Status) -> dict[str, Any]:
    """Return what fails, is not offered or was odd; and when we try a doubted key again."""
    return {
        "doubted_until": _moment(status.doubted_until),
        "failing": dict(status.failing),
        "not_offered": [
            {"report": each.report, "since": _moment(each.since), "detail": each.detail}
            for each in status.not_offered
        ],
        "oddities": [
            {
                "report": each.report,
                "days": [day.isoformat() for day in each.days],
                "what": each.what,
                "unreadable": each.is_unreadable,
            }
            for each in status.oddities
        ],
        "as_of": _moment(status.as_of),
    }


@as_json.register
def _(summary: Summary) -> dict[str, Any]:
    return {
        "today": as_json(summary.today),
        "yesterday": as_json(summary.yesterday),
        "month": as_json(summary.month),
        "forecast": _forecast(summary.forecast),
        "status": as_json(summary.status),
    }


@as_json.register
def _(outlook: Outlook) -> dict[str, Any]:
    return {"provider": PROVIDER, **outlook_json(outlook)}


@as_json.register
def _(change: Change) -> dict[str, Any]:
    return {"provider": PROVIDER, **change_json(change)}


def _line(line: Line, share: Decimal, *, has_usage: bool) -> dict[str, Any]:
    return {
        "name": line.name,
        "id": line.id,
        "cost": exact(line.cost),
        "estimated": exact(line.estimated),
        "previous": _money(line.previous),
        "share": _fraction(share),
        **({"links": {link: exact(cost) for link, cost in line.links.items()}} if line.links else {}),
        **_quantities(line.quantities, has_usage=has_usage),
    }


def _quantities(quantities: Sequence[int] | None, *, has_usage: bool) -> dict[str, Any]:
    """Return tokens and web searches, null if unknown; nothing if they were not read."""
    if quantities is None:
        return {}
    if not has_usage and not any(quantities):
        return {"tokens": None, "web_searches": None}
    tokens = {kind: count for kind, count in zip(TOKEN_KINDS, quantities, strict=False) if count}
    return {"tokens": tokens, "web_searches": quantities[-1]}


def _engineer(line: EngineerLine, report: EngineersReport) -> dict[str, Any]:
    activity = _activity(line)
    return {
        "name": line.name,
        "id": line.id,
        "cost": exact(line.cost),
        "estimated": exact(line.estimated),
        "claude_code_cost": exact(line.code_cost),
        "links": {link: exact(cost) for link, cost in line.links.items()},
        **(activity if report.has_activity else dict.fromkeys(activity)),
    }


def _activity(line: EngineerLine) -> dict[str, Any]:
    """Return an engineer's activity in Claude Code."""
    return {
        "estimated_cost": exact(line.estimated_cost),
        "subscription_cost": exact(line.subscription_cost),
        "tokens": line.tokens,
        "sessions": line.sessions,
        "lines_added": line.lines_added,
        "lines_removed": line.lines_removed,
        "commits": line.commits,
        "pull_requests": line.pull_requests,
        "accepted": line.accepted,
        "rejected": line.rejected,
        "acceptance": _fraction(line.acceptance),
        "cost_per_commit": _money(line.cost_per_commit),
        "cost_per_pull_request": _money(line.cost_per_pull_request),
    }


def _lines(report: Report) -> list[dict[str, Any]]:
    """Return every line; of a limited list the first ones, and what the others sum to."""
    has_usage = "usage" in report.read
    shown = report.lines[: report.question.limit]
    lines = [_line(line, report.share(line.cost), has_usage=has_usage) for line in shown]
    if report.question.second:
        lines = [{**line, **_pair(report.question, line["id"])} for line in lines]
    hidden = report.lines[len(shown) :]
    if not hidden:
        return lines
    other = structs.replace(hidden.as_one_line(), name=OTHER)
    return [*lines, {**_line(other, report.share(other.cost), has_usage=has_usage), "count": len(hidden)}]


def _versus(report: Report) -> dict[str, Any]:
    """Return the members that a report is compared with; `previous` has their total."""
    if not isinstance(report.question.compare, Filter):
        return {}
    return {"versus": {"dimension": report.question.compare.dimension, "value": report.versus_name}}


def _pair(question: Question, id_: str) -> dict[str, Any]:
    """Return the members of a line by two dimensions, which together are its id."""
    members = dict(zip(question.dimensions, pairs.split(id_), strict=True))
    return {"id": None, "ids": members}


def _previous(before: Previous, first_day: date | None) -> dict[str, Any] | None:
    if first_day and before.period.end <= first_day:
        return None
    return {**_start_and_end(before.period), "total": _money(before.total), "until": _moment(before.until)}


def _coverage(gaps: Sequence[Gap], doubts: Sequence[Doubt]) -> dict[str, Any]:
    """Return the missing days, and the former and the present bill of each day whose bill fell."""
    fallen = [
        {"day": each.day.isoformat(), "kept": exact(each.kept), "reported": exact(each.reported)}
        for each in doubts
    ]
    missing = [_gap(gap) for gap in merge(gaps)]
    return {"complete": not gaps, "missing": missing, **({"in_doubt": fallen} if fallen else {})}


def _gap(gap: Gap) -> dict[str, Any]:
    """Return missing days; `from` is the moment on the first of them, `since` is when the reason began."""
    moments = {"from": gap.begins, "since": gap.since}
    return {
        "report": gap.report,
        **_start_and_end(gap.days),
        **{name: _moment(at) for name, at in moments.items() if at},
        "why": gap.why,
        **({"detail": gap.detail} if gap.detail else {}),
    }


def _start_and_end(period: Period) -> dict[str, str]:
    return {"start": period.start.isoformat(), "end": period.end.isoformat()}


def _period(period: Period) -> dict[str, str]:
    return {**_start_and_end(period), "timezone": period.zone}


def _progress(progress: Progress | None) -> dict[str, Any] | None:
    if progress is None:
        return None
    return {
        "days_read": progress.days_read,
        "days_total": progress.days_total,
        "first_day": progress.first_day and progress.first_day.isoformat(),
        "cost": exact(progress.cost),
    }


def _forecast(forecast: Forecast | None) -> dict[str, str] | None:
    return None if forecast is None else {"cost": exact(forecast.cost), "band": exact(forecast.band)}


def _money(cost: Decimal | None) -> str | None:
    return None if cost is None else exact(cost)


def _fraction(part: Decimal | None) -> float | None:
    return None if part is None else round(float(part), _DIGITS) + 0.0  # + 0.0 turns -0.0 into 0.0


def _moment(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)
