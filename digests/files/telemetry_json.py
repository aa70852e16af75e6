"""What telemetry says of a period, as JSON: the form of the answers about costs."""

from typing import Any

from digests.files.moments import rfc3339
from digests.numbers.telemetry.figures import TelemetryLine, TelemetryReport, cost_of
from digests.words.wording import exact
from providers.period import Period
from providers.usage import TOKEN_KINDS

_DIGITS = 6  # of a share, as in the other answers


def telemetry_json(report: TelemetryReport) -> dict[str, Any]:
    """Return a report as plain values; what is unknown is null, never 0."""
    total = cost_of(report.total) if report.has_data else None
    before = report.period.before()
    return {
        "provider": "claude",
        "organization": report.organization,
        "period": {**_days(report.period), "timezone": report.period.zone},
        "currency": "USD",
        "total": None if total is None else exact(total),
        "client_total": None if total is None else exact(report.total.client_cost),
        "basis": "estimated",
        "parts": {name: None if total is None else exact(cost) for name, cost in report.parts.items()},
        "previous": None if report.previous is None else {**_days(before), "total": exact(report.previous)},
        "dimension": report.dimension,
        "filters": [],
        "lines": [_line(line, report) for line in report.lines],
        "sessions": report.total.sessions,
        "requests": report.total.requests,
        "coverage": {
            "complete": not report.missing,
            "missing": [{"report": "telemetry", **_days(days), "why": why} for days, why in report.missing],
        },
        "as_of": rfc3339(report.as_of),
    }


def _line(line: TelemetryLine, report: TelemetryReport) -> dict[str, Any]:
    figures, cost, whole = line.figures, cost_of(line.figures), report.total.cost
    tokens = dict(zip(TOKEN_KINDS, figures.tokens, strict=True))
    return {
        "name": line.name,
        "id": line.id,
        "cost": None if cost is None else exact(cost),
        "client_cost": exact(figures.client_cost),
        "priced_by": figures.priced_by,
        "share": round(float(figures.cost / whole), _DIGITS) if whole else None,
        "tokens": {kind: count for kind, count in tokens.items() if count},
        "sessions": figures.sessions,
        "requests": figures.requests,
        "commits": figures.commits,
        "pull_requests": figures.pull_requests,
        **({"count": figures.others} if figures.others else {}),
    }


def _days(period: Period) -> dict[str, str]:
    return {"start": period.start.isoformat(), "end": period.end.isoformat()}
