"""The list of digests: each with when it comes where, and what can be done about it."""

from datetime import datetime

from bot import modals
from bot.asking import sentence
from bot.posting import BARRED
from digests import blocks, wording
from digests.message import Message
from storage.subscriptions import Subscription

NONE_YET = "There is no digest yet. One tells a channel every morning what yesterday cost, and why."
LISTED = "*Digests*"
LINE = "Daily at {time}, {zone} → <#{channel}>"
NEXT = "next {at}"
MORE = "{count} more are not shown; remove one of these to see another."
PAUSED = ":double_vertical_bar: paused"
PAUSED_BY_SLACK = ":red_circle: paused, Slack says `{code}`"
PAUSED_BY_US = ":red_circle: paused, an admin decided that this channel is not told"

BY_HAND = "by hand"
_WHY = {BY_HAND: PAUSED, BARRED: PAUSED_BY_US}
_MOST_LISTED = 22  # two blocks each, of the fifty that a message may have


def listing(set_up: list[Subscription], *, now: datetime) -> Message:
    """Say which digests there are, each with what can be done about it."""
    add = blocks.actions(blocks.button("Add a digest", "digest:add", primary=not set_up))
    if not set_up:
        return sentence(NONE_YET, add)
    lines = [line(each, now) for each in set_up]
    rows: list[blocks.Block] = []
    for each, said in zip(set_up[:_MOST_LISTED], lines, strict=False):
        rows += [blocks.section(said), blocks.actions(*_buttons(each))]
    if len(set_up) > _MOST_LISTED:
        rows.append(blocks.context(MORE.format(count=len(set_up) - _MOST_LISTED)))
    return Message(blocks.cut("\n".join([LISTED, *lines]), blocks.TEXT), [blocks.section(LISTED), *rows, add])


def line(each: Subscription, now: datetime) -> str:
    """Say when a digest comes where, or why it does not."""
    what = LINE.format(time=each.time, zone=wording.escape(wording.zone(each.zone)), channel=each.channel_id)
    if each.paused:
        why = _WHY.get(each.paused) or PAUSED_BY_SLACK.format(code=wording.escape(each.paused))
        return f"{what}  ·  {why}"
    return f"{what}  ·  {NEXT.format(at=wording.moment(each.next_at, now=now, zone=each.zone))}"


def _buttons(each: Subscription) -> list[blocks.Block]:
    value = str(each.id)
    resting = (
        blocks.button("Resume", "digest:resume", value=value)
        if each.paused
        else blocks.button("Pause", "digest:pause", value=value)
    )
    confirm = {
        "title": modals.plain("Remove this digest?"),
        "text": modals.plain("Nothing is posted any more. What was posted stays."),
        "confirm": modals.plain("Remove"),
        "deny": modals.plain("Keep"),
    }
    return [
        blocks.button("Edit", "digest:edit", value=value),
        resting,
        blocks.button("Preview", "digest:preview", value=value),
        blocks.button("Post now", "digest:post_now", value=value),
        {**blocks.button("Remove", "digest:remove", value=value), "confirm": confirm},
    ]
