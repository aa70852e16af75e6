"""The list of digests: when each is posted where, with its buttons."""

from collections.abc import Callable, Sequence
from datetime import datetime

from digests.layout import blocks
from digests.layout.buttons import Page
from digests.layout.message import Message, text_message
from digests.messages.digest.notices import SURE_TO_REMOVE, SURE_TO_SEND
from digests.words import wording
from digests.words.subscriptions import SHARED_WARNING
from providers.period import DAY
from storage.state.pauses import (
    BY_HAND,
    CHANNEL_BARRED,
    FAULT,
    HELD,
    NOBODY,
    PUBLIC,
    SHARED,
    UNCERTAIN,
    UNCONNECTED,
    UNSENT,
)
from storage.state.scopes import Scope
from storage.state.subscriptions import LAST_DAY, Plan, Subscription

NONE_YET = "No digests yet. A digest posts yesterday's spend to a channel every morning."
LISTED = "*Digests*"
LINE = "{often} at {time}, {zone} → <#{channel}>{about}"
NEXT_POST = "next {at}"
PAUSED = ":double_vertical_bar: paused"
PAUSED_BY_SLACK = ":red_circle: paused, Slack error `{code}`"
PAUSED_BY_US = ":red_circle: paused, an admin turned off this channel"

PAUSED_NOBODY = ":red_circle: paused, the user group was deleted or has no members we can identify"
_DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
PAUSED_FAULT = ":red_circle: paused because of a StackSpend error"
HELD_SHARED = ":large_yellow_circle: on hold, this channel is shared with another company"
HELD_PUBLIC = ":large_yellow_circle: on hold, the channel was private and is now public"
PAUSES = {  # by the reason in the table
    BY_HAND: PAUSED,
    CHANNEL_BARRED: PAUSED_BY_US,
    NOBODY: PAUSED_NOBODY,
    FAULT: PAUSED_FAULT,
    SHARED: HELD_SHARED,
    PUBLIC: HELD_PUBLIC,
}
TROUBLES = {  # likewise, why the last one did not come
    UNCERTAIN: ":large_yellow_circle: the last one might not have arrived",
    UNSENT: ":red_circle: the last one couldn't be posted for a day",
    FAULT: ":red_circle: the last one wasn't posted because of a StackSpend error",
    UNCONNECTED: ":red_circle: the last one wasn't posted, its organization wasn't connected",
}
SKIPPED = "{days} was skipped at {cost}"
ABOVE = "only above ${minimum:,}"
IN_THREAD = "tables in the thread"
_NAME, _NAMED = 30, 2  # characters of a name, people who are named: a digest stays one line
MOST_ON_HOME = 10  # with the rest they stay below Slack's 100 blocks of a view
_PAGE = 8  # digests, so that a message stays short of what Slack refuses


Names = Callable[[str], str]
"""The name of a workspace or an engineer, by id."""


def listing(digests: Sequence[Subscription], names: Names, *, now: datetime, start: int = 0) -> Message:
    """Return a page of the list of digests from `start` on, each with its buttons."""
    add = blocks.button("Add a digest", "digest:add", primary=not digests)
    if not digests:
        return text_message(NONE_YET, blocks.actions(add))
    page = Page.at(start, size=_PAGE, count=len(digests))
    shown = digests[page.start : page.end]
    lines = [line(each, names, now) for each in shown]
    rows = [
        block
        for each, text in zip(shown, lines, strict=True)
        for block in (blocks.section(text), blocks.actions(*_buttons(each)))
    ]
    which = f"  ·  {page.start + 1}–{page.end} of {wording.number(page.count)}" if page.words else ""
    head = f"{LISTED}{which}"
    return Message(
        blocks.listed([head, *lines], blocks.TEXT),
        [blocks.section(head), *rows, blocks.actions(add, *_pages(page))],
    )


def set_up(digest: Subscription, summary: str, *, is_shared: bool) -> Message:
    """Confirm that a digest is set up, with a warning where another company reads its channel."""
    value = str(digest.id)
    warning = [blocks.section(SHARED_WARNING.format(channel=digest.channel_id))] if is_shared else []
    buttons = blocks.actions(
        blocks.button("Preview", "digest:preview", value=value),
        {**blocks.button("Send now", "digest:send_now", value=value), "confirm": SURE_TO_SEND},
        _edit("Edit digest", value),
    )
    return text_message(summary, *warning, buttons)


def _edit(text: str, value: str) -> blocks.Block:
    return blocks.button(text, "digest:edit", value=value)


def page_around(digests: Sequence[Subscription], number: int) -> int:
    """Return the position of a digest in the list, or of one that was removed from it."""
    return sum(each.id < number for each in digests)


def _pages(page: Page) -> list[blocks.Block]:
    back = blocks.button("Back", "digest:list:back", value=str(page.start - page.size))
    more = blocks.button("More", "digest:list:more", value=str(page.end))
    return [*([back] if page.start else []), *([more] if page.end < page.count else [])]


def line(each: Subscription, names: Names, now: datetime) -> str:
    """Return the line of a digest: when it is posted where, or why it is not."""
    what = LINE.format(
        often=_often(each.plan),
        time=wording.half_day(each.time),
        zone=wording.escape(wording.zone(each.zone)),
        channel=each.channel_id,
        about=_about(each.scope, names),
    )
    following = NEXT_POST.format(at=wording.moment(each.next_at, now=now, zone=each.zone))
    paused = PAUSES.get(each.paused) or PAUSED_BY_SLACK.format(code=wording.escape(each.paused))
    rest = [paused] if each.paused else [following, _trouble(each)]
    return wording.REMARK.join(filter(None, [what, *_settings(each), *rest]))


def _settings(each: Subscription) -> list[str]:
    above = ABOVE.format(minimum=each.minimum) if each.minimum else ""
    return [above, IN_THREAD if each.in_thread else ""]


def _trouble(each: Subscription) -> str:
    """Return why the last one was not posted, "" if it was."""
    if each.skipped is None:
        return TROUBLES.get(each.trouble, "")
    days, cost = each.skipped
    return SKIPPED.format(days=wording.period(days, today=days.end - DAY), cost=wording.billed(cost))


def _often(plan: Plan) -> str:
    working = " on weekdays" if plan.working_days_only else ""
    if plan.kind == "weekly":
        return f"Weekly on {_DAYS[plan.weekday]}"
    if plan.kind == "daily":
        return f"Daily{working}"
    day = "on the last day" if plan.month_day >= LAST_DAY else f"on day {plan.month_day}"
    return f"Monthly {day}{', or the nearest weekday,' if plan.working_days_only else ''}"


def often(plan: Plan) -> str:
    """Say how often a digest comes, within a sentence."""
    day = "every weekday" if plan.working_days_only else "every day"
    return {"daily": day, "weekly": "every week", "monthly": "every month"}[plan.kind]


def _about(scope: Scope, names: Names) -> str:
    """Name the part that a digest is about."""
    if scope.kind == "whole":
        return ""
    value = scope.values[-1] if scope.values else ""
    about = {
        "workspace": f"{_short(names(value))} workspace" if value else "default workspace",
        "model": f"{wording.family_name(value)} models",
        "group": f"@{_short(value)}",
        "engineers": _people([_short(names(each)) for each in scope.values]),
    }[scope.kind]
    return f"  ·  {wording.escape(about)}"


def _short(name: str) -> str:
    return wording.short(name, _NAME)


def _people(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def _buttons(each: Subscription) -> list[blocks.Block]:
    value = str(each.id)
    return [
        _edit("Edit", value),
        _pause_or_resume(each, value),
        blocks.button("Preview", "digest:preview", value=value),
        {**blocks.button("Send now", "digest:send_now", value=value), "confirm": SURE_TO_SEND},
        {**blocks.button("Remove", "digest:remove", value=value), "confirm": SURE_TO_REMOVE},
    ]


def _pause_or_resume(each: Subscription, value: str) -> blocks.Block:
    """Return the button that pauses or resumes a digest; a held one needs a decision first."""
    if each.paused in HELD:
        return blocks.button("Decide…", "digest:resume", value=value)
    if each.paused:
        return blocks.button("Resume", "digest:resume", value=value)
    return blocks.button("Pause", "digest:pause", value=value)
