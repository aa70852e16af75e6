"""The figures of the Home tab: the month and its forecast, today, yesterday, the last week and month."""

from dataclasses import dataclass
from datetime import datetime

from digests.layout import blocks
from digests.layout.message import Rendered, render_template
from digests.messages import overview
from digests.messages.biggest import biggest
from digests.messages.biggest import block as biggest_block
from digests.messages.status import backfill_progress
from digests.numbers.report import Report, Summary
from digests.words import phrases, wording

WHAT_IT_DOES = (
    "See what your team spends on Claude: by model, engineer, workspace, and API key, "
    "with a digest every morning."
)


@dataclass(frozen=True)
class HomeFigures:
    """The numbers of the tab; all by the days of one calendar."""

    summary: Summary
    last_week: Report
    last_month: Report


def title(organization: str) -> blocks.Block:
    """Return the heading of the tab."""
    return blocks.header(f"Claude spend at {wording.short(organization)}")


def top(shown: HomeFigures, *, now: datetime, zone: str, named: bool) -> list[blocks.Block]:
    """Return the month in a sentence, what is wrong, the periods beside it, and the biggest change.

    A key or an engineer behind the change has a name only if it is `named`.
    """
    rendered = _rendered(shown.summary, now=now, zone=zone)
    if shown.summary.status.backfill is not None:
        return [blocks.section(rendered.headline), *_small_print(rendered)]
    pairs = _periods(shown, zone=zone, now=now)
    fields = [blocks.figures(*pairs)] if pairs else []
    changed, today = shown.summary.changed, phrases.day_of(now, shown.summary.month.question.period.zone)
    sentence = biggest(changed, today=today, named=named)
    why = [biggest_block(sentence, changed)] if sentence and changed else []
    return [blocks.section(rendered.headline), *fields, *why, *_small_print(rendered)]


def _rendered(summary: Summary, *, now: datetime, zone: str) -> Rendered:
    facts = overview.month_facts(summary, now=now, zone=zone)
    is_importing = summary.status.backfill is not None
    return render_template(
        "home",
        state=[
            each for each in overview.state_lines(summary, now=now, zone=zone) if each["kind"] != "reading"
        ],
        reading=backfill_progress(summary.status),
        facts=overview.small_print(summary, now=now, zone=zone) if facts["total"] else [],
        missing=[] if is_importing else overview.missing(summary, now=now, zone=zone),
        updated=overview.updated(summary, now=now, zone=zone) if facts["total"] else "",
        **facts,
    )


def _small_print(rendered: Rendered) -> list[blocks.Block]:
    return [blocks.context(rendered.footnote)] if rendered.footnote else []


def _periods(shown: HomeFigures, *, now: datetime, zone: str) -> list[tuple[str, str]]:
    """Return today, yesterday, the last week and month with their labels, unless nothing is known of them."""
    today = phrases.day_of(now, shown.last_month.question.period.zone)
    days = reversed(overview.day_figures(shown.summary, zone, today))
    longer = (
        ("Last week", shown.last_week),
        (f"{shown.last_month.question.period.start:%B}", shown.last_month),
    )
    return [
        *days,
        *(
            (label, phrases.with_change(report, zone, today))
            for label, report in longer
            if phrases.has_data(report) and not report.is_before
        ),
    ]
