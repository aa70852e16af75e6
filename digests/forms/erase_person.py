"""The form in which an admin erases a person from telemetry."""

from collections.abc import Mapping
from typing import Any

from digests.layout import blocks, modals
from digests.layout.message import Message, text_message
from digests.words import wording

TITLE, CALLBACK = "Erase a person", "erase"
PERSON = "erase_person"
CONSEQUENCES = (
    "StackSpend deletes this person's name, accounts, installations, and commits from telemetry, and forgets "
    "which sessions were theirs. Their usage stays in the totals, attributed to nobody. This can't be undone."
)
REMAINS = (
    "What they use from now on is counted by name again: remove their settings or revoke their token first. "
    "Anthropic's own reports aren't changed. The audit log records that you did this, without the name."
)
HINT = "As `claude by engineer` shows it: usually an email address."
LONGEST = 320  # characters: of an e-mail address
DONE = ":white_check_mark: *{name}* is erased from telemetry."


def form(problem: str = "") -> blocks.Block:
    """Return the form, with the problem of the name that was tried."""
    text = {
        "type": "plain_text_input",
        "max_length": LONGEST,
        "placeholder": modals.plain("name@example.com"),
    }
    content = [
        *([blocks.section(f":warning: {wording.escape(problem)}")] if problem else []),
        blocks.section(CONSEQUENCES),
        modals.field(PERSON, "Person", text, hint=HINT),
        blocks.context(REMAINS),
    ]
    return modals.modal(TITLE, content, callback_id=CALLBACK, submit="Erase")


def person_in(view: Mapping[str, Any]) -> str:
    """Return whom an admin entered."""
    return str(modals.entered(view, PERSON).get("value") or "").strip()


def erasing() -> blocks.Block:
    """Return the modal that is shown until it is done."""
    return modals.notice(TITLE, text_message(":hourglass_flowing_sand: Erasing…"))


def erased(name: str) -> Message:
    """Say that a person is erased."""
    return text_message(DONE.format(name=wording.escape(wording.short(name))))
