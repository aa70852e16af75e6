"""The form for an Admin API key, and what it becomes.

form │ checking │ connected, failed, overtaken, or replacing: another organization, so the key again
"""

from collections.abc import Mapping
from typing import Any

from digests.layout import blocks, modals
from digests.layout.message import text_message
from digests.messages.notices import CONSOLE
from digests.words import wording
from digests.words.admin_key import AGAIN, HINT, OVERTAKEN, RENEWED, REPLACE, WHAT_CAME
from providers.provider import Organization
from storage.state.connections import Connection

TITLE = "Connect Anthropic"
NEEDS = (
    "StackSpend reads what Anthropic bills your organization. It needs an *Admin API key*; "
    "a regular API key cannot see billing."
)
SAFER = (
    "*Safer:* a page of ours that hides what you type and that Slack does not see. "
    "The link is yours alone, for ten minutes."
)
STORAGE_NOTE = (
    ":lock: Checked with Anthropic, then stored encrypted. Only its last four characters are ever shown. "
    f"<{CONSOLE}|Open the Console>"
)
WHAT_FOLLOWS = (
    "Afterwards: your whole billing history is read, newest first. First figures in about a minute; "
    "everybody here may ask, guests may not."
)
CHECKING = ":hourglass_flowing_sand: Checking with Anthropic…"
CONNECTED = ":large_green_circle: *{organization} is connected*, key `…{hint}`"
READING = (
    "Its billing history is being read now, newest days first. The first figures come within about a "
    "minute: try `/stackspend cost today`. I keep you informed in our direct message, and "
    "`/stackspend digest` sets up a daily digest."
)
_TRY_AGAIN = blocks.actions(blocks.button("Try again", "connect:again", primary=True))

KEY_BLOCK, CONFIRM_BLOCK = "admin_key", "admin_key_again"
CONNECT, REPLACING = "connect", "connect:replace"


def form(link: str = "") -> blocks.Block:
    """Return the form for the key, with a `link` to the page where it can be entered instead."""
    browser = blocks.button("Enter it in the browser", "connect:browser", url=link)
    content = [
        blocks.section(NEEDS),
        *([{**blocks.section(SAFER), "accessory": browser}] if link else []),
        _key_field(KEY_BLOCK, HINT),
        blocks.context(STORAGE_NOTE),
        blocks.context(WHAT_FOLLOWS),
    ]
    return modals.modal(TITLE, content, callback_id=CONNECT, submit="Connect")


def replacing(old: Connection, new: Organization, *, confirmation: str) -> blocks.Block:
    """Return the form that asks whether another organization replaces the present one.

    `confirmation` comes back with it.
    """
    names = {"old": wording.short(old.organization_name), "new": wording.short(new.name)}
    safe = {which: wording.escape(name) for which, name in names.items()}
    content = [blocks.section(REPLACE.format(**safe)), _key_field(CONFIRM_BLOCK, AGAIN.format(**names))]
    return modals.modal(
        "Replace organization",
        content,
        callback_id=REPLACING,
        submit="Replace",
        metadata=confirmation,
    )


def _key_field(block_id: str, hint: str) -> blocks.Block:
    text = {
        "type": "plain_text_input",
        "focus_on_load": True,
        "max_length": 600,
        "placeholder": modals.plain("sk-ant-admin01-…"),
    }
    return modals.field(block_id, "Admin API key", text, hint=hint)


def key_in(view: Mapping[str, Any]) -> tuple[str, str]:
    """Return the block id of a form's field, and the text in it."""
    block_id = KEY_BLOCK if KEY_BLOCK in view["state"]["values"] else CONFIRM_BLOCK
    return block_id, modals.entered(view, block_id).get("value") or ""


def checking() -> blocks.Block:
    """Return the modal that is shown until Anthropic answers."""
    return modals.notice(TITLE, text_message(CHECKING))


def overtaken() -> blocks.Block:
    """Return the modal that says that somebody else was faster."""
    return modals.notice(TITLE, text_message(OVERTAKEN, _TRY_AGAIN))


def connected(connection: Connection, *, is_renewed: bool) -> blocks.Block:
    """Return the modal that says that an organization is connected, and what happens now."""
    name = wording.escape(wording.short(connection.organization_name))
    headline = CONNECTED.format(organization=name, hint=wording.escape(connection.key_hint))
    return modals.notice(TITLE, text_message(f"{headline}\n{RENEWED if is_renewed else READING}"))


def failed(what: str, error: Exception) -> blocks.Block:
    """Return the modal that says what is wrong with a key, and offers another try."""
    detail = blocks.context(WHAT_CAME.format(message=wording.escape(wording.short(str(error), 200))))
    return modals.notice(TITLE, text_message(what, detail, _TRY_AGAIN))
