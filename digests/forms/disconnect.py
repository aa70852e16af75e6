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
    "*{organization}* is connected with key `…{hint}`. Disconnecting deletes the key and stops syncing."
)
_KEEPING = "You can still ask about it. Connect again to continue."
_DELETING = "Everything is deleted. If you reconnect, it's imported again."


def form(connection: Connection) -> blocks.Block:
    """Return the form."""
    name = wording.escape(wording.short(connection.organization_name))
    question = _QUESTION.format(organization=name, hint=wording.escape(connection.key_hint))
    keep = modals.option("Keep it", "keep", description=_KEEPING)
    delete = modals.option("Delete everything", "delete", description=_DELETING)
    radio = {"type": "radio_buttons", "initial_option": keep, "options": [keep, delete]}
    content = [
        blocks.section(question),
        modals.field(HISTORY_BLOCK, "What should happen to your history?", radio),
    ]
    metadata = str(connection.id)
    return modals.modal(_TITLE, content, callback_id=CALLBACK, submit="Disconnect", metadata=metadata)


def keeps_history(view: Mapping[str, Any]) -> bool:
    """Whether a person chose to keep the history."""
    return bool(modals.entered(view, HISTORY_BLOCK)["selected_option"]["value"] == "keep")


def disconnecting() -> blocks.Block:
    """Return the modal that is shown until it is done."""
    return modals.notice(_TITLE, text_message("Disconnecting…"))
