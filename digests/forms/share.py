"""Sharing an answer: a form for the channel, and the question that names the channel's readers."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from digests.layout import blocks, modals
from digests.layout.message import text_message
from digests.words import wording

TITLE, CHOOSE, CONFIRM, CHANNEL = "Share", "share:choose", "share:confirm", "channel"
CHECKING, SHARING = ":hourglass_flowing_sand: Checking the channel…", ":hourglass_flowing_sand: Sharing…"
CHOOSING = "Everyone in the channel will see it. Before you share, we show you who that is."
ASK = "*Share in <#{channel}>?*\n{readers}"
DONE = ":white_check_mark: Shared in <#{channel}>."
_LONGEST_NAME = 40  # of the 100 characters that Slack shows as a dialog's title
READERS: Mapping[str, str] = {
    "public": "Everyone in this workspace can see it there, including guests in the channel.",
    "private": "Everyone in the channel will see it, including guests.",
    "shared": "This channel is shared with another company, or will be. They'll see it, too.",
    "unknown": "StackSpend isn't in this channel and can't tell who sees it. Outsiders might.",
}
"""By the channel's audience."""
GUESTS = "It includes guests, or might."
NAMELESS = "Without engineer and key names: we share it by model instead."
WIDER = (
    ":no_entry: Not shared: the people who can see <#{channel}> just changed. *{now}*\n"
    "Share again to see who they are."
)
ARCHIVED = ":no_entry: Not shared: <#{channel}> is archived."


class Chosen(msgspec.Struct):
    """The metadata of a form: the button's question, the channel, its readers, the address to post by."""

    value: str
    channel: str
    readers: str = msgspec.field(name="told")
    url: str


def looking() -> blocks.Block:
    """Return the modal that is shown while the channel is looked up."""
    return modals.notice(TITLE, text_message(CHECKING))


def sharing() -> blocks.Block:
    """Return the modal that is shown until it is shared."""
    return modals.notice(TITLE, text_message(SHARING))


def choosing(value: str) -> blocks.Block:
    """Return the form that asks for a channel, for the question in a button's value."""
    picker = {
        "type": "conversations_select",
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
        "response_url_enabled": True,  # lets us post where the bot is not a member
    }
    content = [modals.field(CHANNEL, "Channel", picker), blocks.context(CHOOSING)]
    return modals.modal(TITLE, content, callback_id=CHOOSE, submit="Next", metadata=value)


def asking(kept: Chosen, readers: Iterable[str]) -> blocks.Block:
    """Return the form that asks whether to share, and names the readers."""
    question = blocks.section(ASK.format(channel=kept.channel, readers=" ".join(readers)))
    metadata = msgspec.json.encode(kept).decode()
    return modals.modal(TITLE, [question], callback_id=CONFIRM, submit="Share", metadata=metadata)


def channel_in(view: Mapping[str, Any]) -> str:
    """Return the chosen channel, "" if there is none."""
    return str(modals.entered(view, CHANNEL).get("selected_conversation") or "")


def chosen_in(view: Mapping[str, Any]) -> Chosen:
    """Read what the form with the question keeps."""
    return msgspec.json.decode(view["private_metadata"], type=Chosen)


def question(name: str, audience: str, *, is_nameless: bool) -> blocks.Block:
    """Return the dialog that asks whether to share: https://docs.slack.dev/reference/block-kit/composition-objects."""
    where = f"#{wording.short(name, _LONGEST_NAME)}" if name else "this channel"
    return {
        "title": modals.plain(f"Share in {where}?"),
        "text": modals.plain(" ".join(readers(audience, is_nameless=is_nameless))),
        "confirm": modals.plain("Share"),
        "deny": modals.plain("Cancel"),
    }


def readers(audience: str, *, is_nameless: bool) -> list[str]:
    """Return sentences on who can read it there, and on what is left out because of that."""
    return [READERS[audience], *([NAMELESS] if is_nameless else [])]
