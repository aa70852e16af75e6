"""The form for an ingest token, and what it becomes: the token, shown once, and what to paste.

form │ issuing │ issued, which says by itself when the first event has come
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, get_args

from digests.files.telemetry_settings import Sender, snippets
from digests.layout import blocks, modals
from digests.layout.message import Message, text_message
from digests.words import wording
from storage.state.ingest.tokens import IngestToken

TITLE, CALLBACK = "Connect telemetry", "connect:claude"
MANAGED_BLOCK, MANAGED = "token_managed", "managed"
NAME_BLOCK, TOKEN_BLOCK, SENDER = "token_name", "ingest_token", "claude:sender"
NO_ADDRESS = (
    "Telemetry needs an address that its senders can reach: "
    "set `STACKSPEND_PUBLIC_URL`, and restart the bot. Then try `/stackspend connect claude` again."
)
WHAT_FOR = (
    "Claude Code, Cowork, agents, and the Claude API can report what they use while they use it, "
    "subscriptions included. StackSpend counts it beside the bill, and never adds it to the bill."
)
WHAT_NEVER = (
    ":lock: Prompts, answers, commands, and paths are dropped before anything is stored. "
    "Of the token, only a hash and the last four characters are stored."
)
NAME_HINT = "What will send with it, such as laptops, ci, or cowork. Each token can be revoked on its own."
ONLY_MANAGED = "Only managed settings send it"
ONLY_MANAGED_HINT = "Then it's confirmed whose telemetry it is: nobody can pose as someone else."
ISSUING = ":hourglass_flowing_sand: Creating a token…"
SHOWN_ONCE = ":white_check_mark: *{name}* can send now. This is its token. Copy it: it's shown only here."
WAITING = ":hourglass_flowing_sand: Waiting for the first event…"
TESTED = ":white_check_mark: Test span from *{name}*, {ago}: sending works. Waiting for the first event…"
ARRIVED = ":white_check_mark: First event from *{name}*, {ago}"
REVOKED = "This token was revoked. `/stackspend connect claude` makes another."
_LONGEST_NAME = 60  # as of the tokens; Slack cuts the field there


def form(name: str, problem: str = "") -> blocks.Block:
    """Return the form for a token's name, with the `problem` of the name that was tried."""
    text = {"type": "plain_text_input", "initial_value": name, "max_length": _LONGEST_NAME}
    option = modals.option(ONLY_MANAGED, MANAGED)
    managed = modals.field(
        MANAGED_BLOCK, "Trust", {"type": "checkboxes", "options": [option]}, hint=ONLY_MANAGED_HINT
    )
    content = [
        *([blocks.section(f":warning: {wording.escape(problem)}")] if problem else []),
        blocks.section(WHAT_FOR),
        modals.field(NAME_BLOCK, "Name", text, hint=NAME_HINT),
        {**managed, "optional": True},
        blocks.context(WHAT_NEVER),
    ]
    return modals.modal(TITLE, content, callback_id=CALLBACK, submit="Create a token")


def name_in(view: Mapping[str, Any]) -> str:
    """Return the name that a person entered."""
    return str(modals.entered(view, NAME_BLOCK).get("value") or "").strip()


def is_managed_in(view: Mapping[str, Any]) -> bool:
    """Whether a person said that only managed settings send the token."""
    return bool(modals.entered(view, MANAGED_BLOCK).get("selected_options"))


def issuing() -> blocks.Block:
    """Return the modal that is shown until the token is made."""
    return modals.notice(TITLE, text_message(ISSUING))


def revoked() -> blocks.Block:
    """Return the modal that says that the token it showed is good no more."""
    return modals.notice(TITLE, text_message(REVOKED))


def issued(text: str, token: IngestToken, endpoint: str, sender: Sender, *, now: datetime) -> blocks.Block:
    """Return the modal with the token's text, what to paste for a sender, and whether something has come.

    The text is in the modal alone: choosing another sender reads it from there.
    """
    pasted = snippets(endpoint, text)
    chosen = pasted[sender]
    options = {each: modals.option(pasted[each].sender, each) for each in get_args(Sender)}
    select = {
        "type": "static_select",
        "action_id": SENDER,
        "options": [*options.values()],
        "initial_option": options[sender],
    }
    name = wording.escape(token.name)
    content = [
        blocks.section(SHOWN_ONCE.format(name=name)),
        {**blocks.preformatted([text]), "block_id": TOKEN_BLOCK},
        {**blocks.section("*What to paste* for"), "accessory": select},
        blocks.section(chosen.place),
        blocks.preformatted(chosen.text.splitlines()),
        *([blocks.context(chosen.note)] if chosen.note else []),
        blocks.section(_arrival(token, now)),
    ]
    shown = modals.notice(TITLE, Message("", content))
    return {**shown, "close": modals.plain("Done"), "private_metadata": str(token.id)}


def _arrival(token: IngestToken, now: datetime) -> str:
    """Return what has come with a token: a test span is shown as one, and is no event yet."""
    name = wording.escape(token.name)
    if token.used_at is not None:
        return ARRIVED.format(name=name, ago=_ago(token.used_at, now))
    return TESTED.format(name=name, ago=_ago(token.tested_at, now)) if token.tested_at else WAITING


def _ago(at: datetime, now: datetime) -> str:
    past = max(now - at, timedelta())
    return f"{past.seconds} s ago" if past < timedelta(minutes=1) else wording.ago(at, now=now)


def token_in(view: Mapping[str, Any]) -> tuple[int, str]:
    """Return the number and the text of the token that a modal shows."""
    (block,) = [each for each in view["blocks"] if each["block_id"] == TOKEN_BLOCK]
    return int(view["private_metadata"]), str(block["elements"][0]["elements"][0]["text"])


def sender_in(body: Mapping[str, Any]) -> Sender:
    """Return the sender that was chosen."""
    value = body["actions"][0]["selected_option"]["value"]
    return next(each for each in get_args(Sender) if each == value)
