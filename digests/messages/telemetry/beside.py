"""The answer that sets the bill, telemetry and Claude Code's report side by side, and why they differ."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from digests.layout import blocks, buttons
from digests.layout.buttons import Page
from digests.layout.message import Message, message, render_template
from digests.numbers.telemetry.beside import Beside, BesideReport, Why, is_alike, reasons
from digests.words import phrases, wording

ROWS = 15  # of a page, which fit on two screens of a phone
IN_WORDS: Mapping[Why, str] = {
    "api": "{cost} is API use outside Claude Code, which reports only through a telemetry destination",
    "subscription": "{cost} is under subscriptions: worth at API prices, on no bill by the token",
    "other clouds": "{cost} is with other clouds, which bill it themselves",
    "blind": "{cost} is use of Claude Code that no client reported",
}
IN_SHORT: Mapping[Why, str] = {
    "api": "API keys",
    "subscription": "subscription",
    "other clouds": "other clouds",
    "blind": "not reported",
}


def beside(report: BesideReport, *, start: int = 0, has_buttons: bool = True) -> Message:
    """Return the three reports side by side, and what explains their differences."""
    page = Page.at(start, size=ROWS, count=len(report.lines))
    total, today = report.total, report.as_of.date()
    rendered = render_template(
        "telemetry_beside",
        period=wording.period(report.period, today=today),
        billed=_money(total.billed, total.estimated),
        telemetry=_about(total.telemetry),
        reported=_about(total.reported),
        reasons=[IN_WORDS[each.why].format(cost=wording.estimated(each.cost)) for each in reasons(total)],
        blind=wording.counted(report.blind, "person or key", "people and keys") if report.blind else "",
        lines=page.words,
    )
    return message(
        rendered,
        blocks.section(rendered.headline),
        *blocks.sections(rendered.body),
        _table(report, page) if report.lines else None,
        blocks.context(rendered.footnote),
        *(_buttons(report, page) if has_buttons else ()),
    )


def _table(report: BesideReport, page: Page) -> blocks.Block:
    head = ["Day" if report.by == "day" else "Engineer", "Bill", "Telemetry", "Claude Code's report", "Why"]
    rows = [
        [
            _name(line, report),
            _money(line.billed, line.estimated),
            _about(line.telemetry),
            _about(line.reported),
            _why(line),
        ]
        for line in report.lines[page.start : page.end]
    ]
    return blocks.table(head, rows)


def _why(line: Beside) -> str:
    """Return what explains the difference in a few words: `alike` if there is none, else a dash."""
    words = ", ".join(IN_SHORT[each.why] for each in reasons(line))
    return words or ("alike" if is_alike(line.billed, line.telemetry) else wording.UNKNOWN)


def _name(line: Beside, report: BesideReport) -> str:
    if report.by == "day":
        return wording.day(date.fromisoformat(line.id), today=report.as_of.date())
    return wording.short(line.name)


def _money(cost: Decimal | None, estimated: Decimal) -> str:
    return wording.UNKNOWN if cost is None else wording.spend(cost, estimated)


def _about(cost: Decimal | None) -> str:
    return wording.UNKNOWN if cost is None else wording.estimated(cost)


def _buttons(report: BesideReport, page: Page) -> list[blocks.Block]:
    days = phrases.period_text(report.period)
    other, text = ("engineer", "By engineer") if report.by == "day" else ("day", "By day")
    views = blocks.actions(
        blocks.button(text, f"view:{other}", value=f"claude beside {days} by {other}"),
        blocks.button("Who doesn't report", "view:blind", value="claude blind"),
        blocks.button("Telemetry", "view:model", value=f"claude {days} by model"),
    )
    moving = buttons.navigation(
        lambda days: f"claude beside {phrases.period_text(days)} by {report.by}",
        report.period,
        today=report.as_of.date(),
        page=page,
        share=False,
    )
    return [views, *moving]
