"""The form that confirms disconnecting, and asks what becomes of the history."""

from collections.abc import Mapping
from typing import Any

from digests.layout import blocks, modals
from digests.layout.message import text_message
from digests.words import wording
from storage.state.connections import Connection

CALLBACK, HISTORY_BLOCK = "disconnect", "history"
_TITLE = "Disconnect"
_QUESTION = (
    "*{organization}* is connected with key `…{hint}`. Disconnecting deletes the key and stops reading."
)
_KEEPING = "It can still be asked for, and a new key goes on from there."
_DELETING = "All figures go; they are read anew if you ever connect again."


def form(connection: Connection) -> blocks.Block:
    """Return the form."""
    name = wording.escape(wording.short(connection.organization_name))
    question = _QUESTION.format(organization=name, hint=wording.escape(connection.key_hint))
    keep = modals.option("Keep the history", "keep", description=_KEEPING)
    delete = modals.option("Delete everything", "delete", description=_DELETING)
    radio = {"type": "radio_buttons", "initial_option": keep, "options": [keep, delete]}
    content = [
        blocks.section(question),
        modals.field(HISTORY_BLOCK, "What shall become of the history?", radio),
    ]
    metadata = str(connection.id)
    return modals.modal(_TITLE, content, callback_id=CALLBACK, submit="Disconnect", metadata=metadata)


def keeps_history(view: Mapping[str, Any]) -> bool:
    """Whether a person chose to keep the history."""
    return bool(modals.entered(view, HISTORY_BLOCK)["selected_option"]["value"] == "keep")


def disconnecting() -> blocks.Block:
    """Return the modal that is shown until it is done."""
    return modals.notice(_TITLE, text_message("Disconnecting…"))
