"""The form for an Admin API key, and what it becomes.

form │ checking │ connected, failed, overtaken, or replacing: another organization, so the key again
"""

from collections.abc import Mapping
from typing import Any, Literal

from digests.layout import blocks, modals
from digests.layout.message import Message, text_message
from digests.messages.notices import CONSOLE
from digests.words import wording
from digests.words.admin_key import AGAIN, OVERTAKEN, RENEWED, REPLACE, WHAT_CAME
from providers.provider import Organization
from storage.state.access import ADMINS, EVERYBODY, Access
from storage.state.connections import Connection

TITLE = "Connect Anthropic"
NEEDS = (
    "You need an *Admin API key* (it starts with `sk-ant-admin`). Regular API keys can't read billing.\n"
    f"1. <{CONSOLE}|Open Admin keys in the Claude Console> and create a key named “StackSpend”\n"
    "2. Paste it below"
)
SAFER = "Prefer not to paste a key in Slack? This link is valid for 10 minutes."
STORAGE_NOTE = (
    "We check it with Anthropic and store it encrypted. Only its last four characters are shown later."
)
WHAT_FOLLOWS = (
    "Next, we import your billing history, newest first. Everyone here except guests can then see totals "
    "and their own spend; you can change that."
)
CHECKING = ":hourglass_flowing_sand: Checking with Anthropic…"
CONNECTED = ":white_check_mark: *Connected to {organization}* (key `…{hint}`)"
READING = (
    "We're importing your billing history, newest first. This month is ready in about a minute. "
    "We'll message you when it's done."
)
WHO_SEES_NAMES = "*Who can see engineer and API key names?* Everyone can see totals and their own spend."
ADMINS_ALONE, ANYBODY = "Admins only", "Everyone in this Slack workspace"
CHOSEN = ":white_check_mark: Saved. You can change it any time under *Access* on the Home tab."
NAMES = "connected:names"
_TRY_AGAIN = blocks.actions(blocks.button("Try again", "connect:again", primary=True))

KEY_BLOCK, CONFIRM_BLOCK = "admin_key", "admin_key_again"
CONNECT, REPLACING = "connect", "connect:replace"


def form(link: str = "") -> blocks.Block:
    """Return the form for the key, with a `link` to the page where it can be entered instead."""
    browser = blocks.button("Enter it in your browser", "connect:browser", url=link)
    content = [
        blocks.section(NEEDS),
        _key_field(KEY_BLOCK, STORAGE_NOTE),
        *([{**blocks.section(SAFER), "accessory": browser}] if link else []),
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


def connected(connection: Connection, settings: Access, *, is_renewed: bool) -> blocks.Block:
    """Return the modal that says that an organization is connected, and offers the next two choices.

    Who sees names is asked until somebody has decided it.
    """
    name = wording.escape(wording.short(connection.organization_name))
    headline = CONNECTED.format(organization=name, hint=wording.escape(connection.key_hint))
    said = f"{headline}\n{RENEWED if is_renewed else READING}"
    return {**modals.notice(TITLE, _with_choices(said, settings)), "close": modals.plain("Done")}


def names_chosen(view: Mapping[str, Any], settings: Access) -> blocks.Block:
    """Return the modal after the choice of who sees names: what it said, and that this is saved."""
    said = str(view["blocks"][0]["text"]["text"])
    return {**modals.notice(TITLE, _with_choices(said, settings)), "close": modals.plain("Done")}


def _with_choices(said: str, settings: Access) -> Message:
    nexts = blocks.actions(
        blocks.button("Add a daily digest", "digest:add", primary=True),
        blocks.button("Ask about today", "ask:today", value="cost today"),
    )
    asked = settings.decided_at is None
    names = [blocks.section(WHO_SEES_NAMES), _names_choice(settings)] if asked else [blocks.context(CHOSEN)]
    return Message(said, [blocks.section(said), *names, nexts])


def _names_choice(settings: Access) -> blocks.Block:
    options = {who: modals.option(text, who) for who, text in ((ADMINS, ADMINS_ALONE), (EVERYBODY, ANYBODY))}
    radio = {"type": "radio_buttons", "action_id": NAMES, "options": [*options.values()]}
    chosen = options.get(settings.names.who)
    return blocks.actions({**radio, **({"initial_option": chosen} if chosen else {})})


def names_in(body: Mapping[str, Any]) -> Literal["admins", "everybody"]:
    """Return who was chosen to see names."""
    return EVERYBODY if body["actions"][0]["selected_option"]["value"] == EVERYBODY else ADMINS


def failed(what: str, error: Exception) -> blocks.Block:
    """Return the modal that says what is wrong with a key, and offers another try."""
    detail = blocks.context(WHAT_CAME.format(message=wording.escape(wording.cut_at_end(str(error), 200))))
    return modals.notice(TITLE, text_message(what, detail, _TRY_AGAIN))
