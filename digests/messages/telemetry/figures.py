"""The answer about telemetry of a period: the total, how it is paid for, and the lines of a dimension."""

from digests.layout import blocks
from digests.layout.message import Message, message, render_template
from digests.numbers.telemetry import TelemetryReport, cost_of
from digests.words import wording
from providers.period import DAY, Period
from storage.facts.telemetry.totals import Line

UNKNOWN = "Not known"
NO_PRICE = "no price known"
MOST = 40  # lines: a choice; JSON has all of them
_HEADS = {"mcp server": "MCP server"}


def telemetry(report: TelemetryReport) -> Message:
    """Return what telemetry says of a period."""
    today = report.as_of.date()
    missing = [f"{_days(days, report)}: {why}" for days, why in report.missing]
    rendered = render_template(
        "telemetry",
        total=_cost(report.total) if report.has_data else UNKNOWN,
        period=wording.period(report.period, today=today),
        has_data=report.has_data,
        requests=wording.counted(report.total.requests, "request"),
        sessions=wording.counted(report.total.sessions, "session"),
        missing="; ".join(missing),
        **{name: wording.estimated(cost) for name, cost in report.parts.items()},
    )
    return message(
        rendered,
        blocks.section(rendered.headline),
        blocks.section(rendered.body),
        _table(report) if report.lines and report.has_data else None,
        blocks.context(rendered.footnote),
    )


def _table(report: TelemetryReport) -> blocks.Block:
    head = _HEADS.get(report.dimension, report.dimension.capitalize())
    rows = [
        [
            wording.short(_name(line.name, line.figures)),
            _cost(line.figures),
            wording.number(line.figures.requests),
            wording.number(line.figures.sessions),
        ]
        for line in report.lines[:MOST]
    ]
    return blocks.table([head, "Cost", "Requests", "Sessions"], rows)


def _name(name: str, figures: Line) -> str:
    return f"{name} ({wording.number(figures.others)} lines)" if figures.others else name


def _cost(line: Line) -> str:
    cost = cost_of(line)
    return NO_PRICE if cost is None else wording.estimated(cost)


def _days(days: Period, report: TelemetryReport) -> str:
    today = report.as_of.date()
    last = days.end - DAY
    if days.length == 1:
        return wording.day(days.start, today=today)
    return f"{wording.day(days.start, today=today)} to {wording.day(last, today=today)}"
