"""The answer that says who uses Claude and does not report it, since when, and what is known about why."""

from collections.abc import Mapping, Sequence
from datetime import date

from digests.layout import blocks
from digests.layout.message import Message, message, render_template
from digests.numbers.telemetry.blind import Blind
from digests.words import wording
from providers.claude.versions import Cause

MOST = 15  # people and keys that are listed; the dearest come first
CAUSES: Mapping[Cause, str] = {
    "no release sends": "2.0.64 to 2.0.67 send no telemetry; update Claude Code",
    "not from editors": "that version sends nothing from VS Code, JetBrains and scripts (-p); update it",
    "loses long sessions": "long sessions are known to stop reporting; restarting Claude Code helps",
}
NEVER = "never reported: no settings there, or an app that can't report"
SILENT = "reported until then"
PARTLY = "reports less than half of it"
API = "API key"


def blind_ones(every: Sequence[Blind], *, today: date, has_buttons: bool = True) -> Message:
    """Return who is blind, what they used, since when, and why."""
    total = sum((each.cost for each in every[1:]), every[0].cost) if every else None
    rendered = render_template(
        "telemetry_blind",
        count=wording.counted(len(every), "person or key", "people and keys") if every else "",
        cost=wording.estimated(total) if total is not None else "",
        listed=[_line(each, today) for each in every[:MOST]],
        has_keys=any(each.is_api for each in every[:MOST]),
        more=wording.number(len(every) - MOST) if len(every) > MOST else "",
    )
    return message(
        rendered,
        blocks.section(rendered.headline),
        *blocks.sections(rendered.body),
        blocks.context(rendered.footnote),
        _buttons() if has_buttons else None,
    )


def _line(one: Blind, today: date) -> dict[str, str]:
    return {
        "name": wording.short(one.name),
        "cost": wording.estimated(one.cost),
        "since": wording.day(one.since, today=today),
        "version": wording.short(one.version) if one.version else "",
        "why": why(one),
    }


def why(one: Blind) -> str:
    """Return what is known about why somebody does not report."""
    if one.is_api:
        return API
    if one.cause:
        return CAUSES[one.cause]
    return {"never": NEVER, "silent": SILENT, "partly": PARTLY}[one.how]


def _buttons() -> blocks.Block:
    return blocks.actions(blocks.button("Beside the bill", "view:beside", value="claude beside 7d by day"))
