"""The list of digests: each with when it comes where, and what can be done about it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.asking import sentence
from bot.channel import NOBODY
from bot.digest_form import SURE_TO_REMOVE, SURE_TO_SEND
from bot.outbox import BARRED
from bot.scopes import Scope
from digests import blocks, wording
from digests.message import Message
from storage import connections, directory
from storage.database import session
from storage.subscriptions import LAST_DAY, Plan, Subscription

NONE_YET = "There is no digest yet. One tells a channel every morning what yesterday cost, and why."
LISTED = "*Digests*"
LINE = "{often} at {time}, {zone} → <#{channel}>{about}"
NEXT = "next {at}"
MORE = "{count} more are not shown; remove one of these to see another."
PAUSED = ":double_vertical_bar: paused"
PAUSED_BY_SLACK = ":red_circle: paused, Slack says `{code}`"
PAUSED_BY_US = ":red_circle: paused, an admin decided that this channel is not told"

PAUSED_NOBODY = ":red_circle: paused, the user group is gone or nobody in it is known"
_DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
BY_HAND = "by hand"
_WHY = {BY_HAND: PAUSED, BARRED: PAUSED_BY_US, NOBODY: PAUSED_NOBODY, "no_such_subteam": PAUSED_NOBODY}
_NAME, _NAMED = 30, 2
_MOST_LISTED = 22  # two blocks each, of the fifty that a message may have


Names = Callable[[str], str]
"""What a workspace or an engineer is called, by id."""


def names_in(team_id: str) -> Names:
    """Read what a team's workspaces and engineers are called; their ids where it is not connected."""
    with session():
        connection = connections.of_team(team_id)
        return directory.read(connection.id).name if connection else str


def listing(set_up: Sequence[Subscription], names: Names, *, now: datetime) -> Message:
    """Say which digests there are, each with what can be done about it."""
    add = blocks.actions(blocks.button("Add a digest", "digest:add", primary=not set_up))
    if not set_up:
        return sentence(NONE_YET, add)
    lines = [line(each, names, now) for each in set_up]
    rows: list[blocks.Block] = []
    for each, said in zip(set_up[:_MOST_LISTED], lines, strict=False):
        rows += [blocks.section(said), blocks.actions(*_buttons(each))]
    if len(set_up) > _MOST_LISTED:
        rows.append(blocks.context(MORE.format(count=len(set_up) - _MOST_LISTED)))
    return Message(blocks.listed([LISTED, *lines], blocks.TEXT), [blocks.section(LISTED), *rows, add])


def line(each: Subscription, names: Names, now: datetime) -> str:
    """Say when a digest comes where, or why it does not."""
    what = LINE.format(
        often=_often(each.plan),
        time=each.time,
        zone=wording.escape(wording.zone(each.zone)),
        channel=each.channel_id,
        about=_about(Scope.read(each.scope), names),
    )
    if each.paused:
        why = _WHY.get(each.paused) or PAUSED_BY_SLACK.format(code=wording.escape(each.paused))
        return f"{what}  ·  {why}"
    return f"{what}  ·  {NEXT.format(at=wording.moment(each.next_at, now=now, zone=each.zone))}"


def _often(plan: Plan) -> str:
    working = " on working days" if plan.working_days_only else ""
    if plan.kind == "weekly":
        return f"Weekly on {_DAYS[plan.weekday]}"
    if plan.kind == "daily":
        return f"Daily{working}"
    day = "on the last day" if plan.month_day >= LAST_DAY else f"on day {plan.month_day}"
    return f"Monthly {day}{', or the working day next to it,' if plan.working_days_only else ''}"


def _about(scope: Scope, names: Names) -> str:
    """Say which part it is about."""
    if scope.kind == "whole":
        return ""
    value = scope.values[-1] if scope.values else ""
    about = {
        "workspace": f"the workspace {_short(names(value))}" if value else "the default workspace",
        "model": f"{wording.family_name(value)} models",
        "group": f"the team @{_short(value)}",
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
    resting = (
        blocks.button("Resume", "digest:resume", value=value)
        if each.paused
        else blocks.button("Pause", "digest:pause", value=value)
    )
    return [
        blocks.button("Edit", "digest:edit", value=value),
        resting,
        blocks.button("Preview", "digest:preview", value=value),
        {**blocks.button("Send now", "digest:send_now", value=value), "confirm": SURE_TO_SEND},
        {**blocks.button("Remove", "digest:remove", value=value), "confirm": SURE_TO_REMOVE},
    ]
