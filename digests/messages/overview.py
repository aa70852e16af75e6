"""The answer to the bare command: the month and its forecast, yesterday, today, and what is wrong."""

from dataclasses import replace
from datetime import date, datetime

from digests.layout import blocks
from digests.layout.controls import Controls, groups_of
from digests.layout.message import Message, message, render_template
from digests.messages.about import TITLE
from digests.messages.biggest import biggest
from digests.messages.biggest import block as biggest_block
from digests.messages.home_tab.sparkline import sparkline
from digests.messages.status import backfill_progress
from digests.numbers import light
from digests.numbers.report import Question, Report, Summary
from digests.words import completeness, phrases, wording
from digests.words.incidents import WORDS, doubted
from providers.period import DAY

FACTS = 4  # in the small print, as under every answer


def summary(
    summary: Summary, *, now: datetime, zone: str, share: bool = True, named: bool = False
) -> Message:
    """Return the month and its forecast, yesterday, today so far, the last days, and what is wrong.

    A key or an engineer behind the biggest change has a name only if it is `named`.
    """
    today = phrases.day_of(now, summary.month.question.period.zone)
    facts, print_ = month_facts(summary, now=now, zone=zone), small_print(summary, now=now, zone=zone)
    sentence = biggest(summary.changed, today=today, named=named)
    rendered = render_template(
        "summary",
        organization=wording.short(summary.status.organization),
        figures=_spoken_figures(summary, zone, today),
        state=state_lines(summary, now=now, zone=zone),
        facts=print_,
        facts_spoken=list(map(wording.spoken, print_)),
        missing=missing(summary, now=now, zone=zone),
        biggest=sentence.text if sentence else "",
        updated=updated(summary, now=now, zone=zone),
        **facts,
    )
    return message(
        rendered,
        blocks.section(rendered.body) if rendered.body else None,
        blocks.section(rendered.headline),
        _figures(summary, zone, today),
        biggest_block(sentence, summary.changed) if sentence and summary.changed else None,
        _controls(summary.month.question, today, share=share),
        blocks.context(rendered.footnote),
    )


def month_facts(summary: Summary, *, now: datetime, zone: str) -> dict[str, object]:
    """Return the month's total, its change and its forecast for a headline; "" where one is not known."""
    month = summary.month
    today = phrases.day_of(now, month.question.period.zone)
    held, moved = completeness.in_part(month), phrases.change(month)
    is_first = month.question.period.length == 1  # of the month, which is not called today
    when = f"in {today:%B} so far" if is_first else phrases.when(month, today, zone)
    return {
        "total": phrases.total(month) if phrases.has_data(month) else "",
        "when": f"{when}{f' ({held})' if held else ''}",
        "change": f"{moved} {phrases.like(month, today)}" if moved else "",
        "end": wording.forecast(summary.forecast) if summary.forecast else "",
    }


def _figures(summary: Summary, zone: str, today: date) -> blocks.Block | None:
    """Return the forecast, yesterday, today and the last days; without those that nothing is known of."""
    pairs = day_figures(summary, zone, today)
    if summary.forecast:
        pairs = [(f"Forecast for {today:%B}", wording.forecast(summary.forecast)), *pairs]
    drawn = sparkline(summary.days, today) if summary.days else None
    if not pairs and not drawn:
        return None
    shown = blocks.figures(*pairs)
    return {**shown, "fields": [*shown["fields"], *([drawn.field] if drawn else [])]}


def day_figures(summary: Summary, zone: str, today: date) -> list[tuple[str, str]]:
    """Return yesterday and today with their labels, unless nothing is known of them."""
    yesterday = wording.day(today - DAY, today=today)
    days = ((f"Yesterday, {yesterday}", summary.yesterday), ("Today so far", summary.today))
    return [
        (label, phrases.with_change(report, zone, today))
        for label, report in days
        if phrases.has_data(report)
    ]


def _spoken_figures(summary: Summary, zone: str, today: date) -> list[str]:
    """Return the figures as sentences without signs, for screen readers."""
    month = f"{today:%B}"
    end = f"Forecast for {month}: {wording.forecast(summary.forecast)}" if summary.forecast else ""
    named = (
        (f"{month} so far", summary.month),
        (f"Yesterday, {today - DAY:%A}", summary.yesterday),
        ("Today so far", summary.today),
    )
    said = [f"{label}: {_spoken(report, zone, today)}" for label, report in named]
    return [wording.spoken(each) for each in (said[0], end, *said[1:]) if each]


def _spoken(report: Report, zone: str, today: date) -> str:
    figure, change = phrases.total_to(report, zone), phrases.change_spoken(report)
    if figure == wording.UNKNOWN:
        return "no data yet"
    moved = f"{change} {phrases.like(report, today)}" if change else ""
    return ", ".join(filter(None, (figure, moved, completeness.in_part(report))))


def state_lines(summary: Summary, *, now: datetime, zone: str) -> list[dict[str, str]]:
    """Return what is wrong, by its kind, unless the answer begins with it (see `outdated`)."""
    status = summary.status
    today, shown = phrases.day_of(now, zone), light.of(status, now=now)
    is_told = light.is_out_of_date(status, now=now) or any(each.needs_a_key for each in status.incidents)
    wrong = [] if is_told else [WORDS[incident.kind].what for incident in status.incidents]
    lines = [{"kind": "wrong", "what": what} for what in wrong]
    if status.doubted_until:
        lines.append({"kind": "late", "what": doubted(status.doubted_until, now=now, zone=zone)})
    elif shown == "yellow" and not is_told:
        lines.append({"kind": "partly", "what": ""})
    if reading := backfill_progress(status):
        lines.append({"kind": "reading", "what": reading})
    return [*lines, *({"kind": "doubt", "what": each} for each in _doubts(summary, today))]


def small_print(summary: Summary, *, now: datetime, zone: str) -> list[str]:
    """Return what the figures rest on: the bill, today's estimate, the calendar."""
    today, last = summary.today, summary.status.last_billed_day
    is_estimated = bool(today.total.estimated) and phrases.has_data(today)
    band = f" ({wording.band(today.band)})" if today.band is not None else ""
    facts = (
        f"Billed through {wording.day(last, today=now.date())}" if last else "Nothing billed yet",
        f"today is an estimate{band}" if is_estimated else "",
        phrases.calendar_of(today.question.period, now=now, zone=zone),
    )
    return list(filter(None, facts))


def missing(summary: Summary, *, now: datetime, zone: str) -> list[str]:
    """Return what is not in yet of the month, today and yesterday, as one remark; none for nothing."""
    remark = completeness.in_one(phrases.missing_from(_all_gaps(summary), now=now, zone=zone))
    return [remark] if remark else []


def updated(summary: Summary, *, now: datetime, zone: str) -> str:
    """Return when the newest figures came, "" if there are none or the small print is full."""
    others = (*small_print(summary, now=now, zone=zone), *missing(summary, now=now, zone=zone))
    if len(others) >= FACTS:
        return ""
    at = summary.status.freshness.get("usage") or summary.today.as_of
    return phrases.as_of(at, now=now, zone=zone)


def _doubts(summary: Summary, today: date) -> list[str]:
    """Return the doubts about the month, and about yesterday if it is in the month before."""
    return list(
        dict.fromkeys(
            each for report in (summary.yesterday, summary.month) for each in phrases.doubts(report, today)
        )
    )


def _all_gaps(summary: Summary) -> Report:
    """Return the month with the gaps of today and yesterday, which can be in another month."""
    gaps = [gap for report in (summary.month, summary.yesterday, summary.today) for gap in report.gaps]
    return replace(summary.month, gaps=tuple(gaps))


def _controls(month: Question, today: date, *, share: bool) -> blocks.Block:
    """Return the menus of the month's groupings and of periods, the button that shares, and one menu more."""
    own = phrases.question_text(month)
    return Controls(
        ask=lambda days: phrases.question_text(month, days),
        days=month.period,
        today=today,
        groups=groups_of(month),
        menu={f"export {own}": "Export CSV", f"about {own}": TITLE},
        is_shareable=share,
        shared="summary",
    ).row()
