"""Notices about a digest that was not posted as it was set up, with what its owner can do."""

from collections.abc import Sequence

from digests.layout import blocks
from digests.layout.blocks import button
from digests.layout.message import Message, message, notice, render_template
from digests.words import wording
from providers.period import DAY, Period

_READERS = {
    "shared": "The channel is shared with another company, or an invitation is open.",
    "public": "Everyone in this Slack workspace can see the channel.",
}
_UNTOLD = {
    "held": "a digest is waiting for a decision",
    "uncertain": "a digest might not have arrived",
    "unsent": "a digest couldn't be posted for a day",
    "fault": "a StackSpend error stopped a digest",
    "broken": "a StackSpend error keeps stopping a digest",
}
_MOST = 5  # matters in one remark
_PAUSED = "a digest is paused"


def digest_held(channel: str, days: Period, why: str, *, subscription_id: int) -> Message:
    """Ask what to do with a digest whose channel has other readers than when it was set up."""
    value = str(subscription_id)
    return notice(
        "digest_held",
        {
            **button("Post anyway", "digest:allow", value=value),
            "confirm": _confirmation(
                f"{_READERS[why]} They'll see your spend, now and from now on.", "Post it"
            ),
        },
        button("Change channel", "digest:edit", value=value),
        {**button("Remove digest", "digest:remove", value=value), "confirm": SURE_TO_REMOVE},
        channel=channel,
        day=_days(days),
        shared=why == "shared",
    )


def digest_fault(
    channel: str, *, subscription_id: int, days: Period | None = None, post_id: int = 0
) -> Message:
    """Say that a bug of ours stopped a digest: the one for some days, or all of them."""
    again = [button("Try again", "digest:post_again", value=str(post_id))] if post_id else []
    return notice(
        "digest_fault",
        *again,
        button("Edit digest", "digest:edit", value=str(subscription_id)),
        channel=channel,
        day=_days(days) if days else "",
    )


def digest_unsent(channel: str, days: Period, code: str, *, post_id: int, tables: bool = False) -> Message:
    """Say that a digest, or its tables, could not be posted for a day, with what came back last."""
    again = button("Post again", "digest:post_again", value=str(post_id))
    error = wording.excerpt(code, 100)
    return notice("digest_unsent", again, channel=channel, day=_days(days), error=error, tables=tables)


def digest_uncorrected(channel: str, days: Period, code: str) -> Message:
    """Say that a digest still shows an estimate after its bill; `code` is Slack's error or `fault`."""
    return notice(
        "digest_uncorrected",
        channel=channel,
        day=_days(days),
        error="" if code == "fault" else wording.excerpt(code, 100),
        first=days.start.isoformat(),
        last="" if days.length == 1 else (days.end - DAY).isoformat(),
    )


def digest_unconnected(channel: str, days: Period, *, instead: str, subscription_id: int) -> Message:
    """Say that a digest was not posted because its organization is not connected (any more)."""
    value = str(subscription_id)
    connect = [] if instead else [button("Connect Anthropic", "connect", primary=True)]
    return notice(
        "digest_unconnected",
        *connect,
        {**button("Remove digest", "digest:remove", value=value), "confirm": SURE_TO_REMOVE},
        channel=channel,
        day=_days(days),
        instead=wording.short(instead) if instead else "",
    )


def untold(matters: Sequence[tuple[str, str]]) -> Message:
    """Return the remark about alerts that nobody could be sent, as (words, channel or "")."""
    facts = [{"words": words, "channel": channel} for words, channel in matters[:_MOST]]
    more = wording.number(len(matters) - _MOST) if len(matters) > _MOST else ""
    rendered = render_template("untold", matters=facts, more=more)
    return message(rendered, blocks.context(rendered.headline))


def untold_digest(what: str) -> str:
    """Return what happened to a digest, in a few words."""
    return _UNTOLD.get(what, _PAUSED)


def _days(days: Period) -> str:
    return wording.period(days, today=days.end - DAY)


def _confirmation(text: str, confirm: str) -> blocks.Block:
    return {
        "title": _text("Post it anyway?"),
        "text": _text(text),
        "confirm": _text(confirm),
        "deny": _text("Cancel"),
    }


def _text(words: str) -> blocks.Block:
    return {"type": "plain_text", "text": words}


SURE_TO_REMOVE = {
    "title": _text("Remove this digest?"),
    "text": _text("No more digests will be posted. Past ones stay."),
    "confirm": _text("Remove"),
    "deny": _text("Cancel"),
}
SURE_TO_SEND = {
    "title": _text("Send it now?"),
    "text": _text("Everyone in the channel will see it. The next scheduled digest still goes out."),
    "confirm": _text("Send"),
    "deny": _text("Cancel"),
}
