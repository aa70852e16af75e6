"""The form in which an admin says whose a key is: what it offers, and what a person chose."""

from collections.abc import Iterable, Mapping
from typing import Any

from digests.layout import blocks, modals
from digests.layout.message import Message, text_message
from digests.words import wording
from providers.directory import Directory, Entry

TITLE, CALLBACK = "Assign a key", "assign"
KEY, PERSON = "assign_key", "assign_person"
INTRODUCTION = (
    "Anthropic names the person behind most calls. For other keys, StackSpend goes by the key's owner or "
    "creator. Where that is wrong or unknown, choose the owner here. Past days change, too."
)
NOBODY, NOBODY_TEXT = "nobody", "Default (as Anthropic lists it)"
ASSIGNED = ":white_check_mark: *{key}* is now assigned to {person}, including past days."
UNASSIGNED = ":white_check_mark: *{key}* is back to the owner that Anthropic lists."
_MOST, _LONGEST = 100, 75  # Slack's limits: options of a search, and characters of one
_OWNER_BY_LINK = {
    "assigned": "assigned to {}",
    "principal": "owned by {}",
    "claude_code_key": "{}'s Claude Code",
    "creator": "created by {}",
    "key_name": "looks like {}'s, from its name",
}


def form() -> blocks.Block:
    """Return the modal."""
    search = {"type": "external_select", "min_query_length": 0}
    content = [
        blocks.section(INTRODUCTION),
        modals.field(KEY, "Key", {**search, "placeholder": modals.plain("Name or last four characters")}),
        modals.field(PERSON, "Owner", {**search, "placeholder": modals.plain("Name or email address")}),
    ]
    return modals.modal(TITLE, content, callback_id=CALLBACK, submit="Assign")


def assigning() -> blocks.Block:
    """Return the modal that is shown until it is done."""
    return modals.notice(TITLE, text_message("Assigning…"))


def chosen_in(view: Mapping[str, Any]) -> tuple[str, str]:
    """Return the ids of the chosen key and of the person, or NOBODY."""
    key, person = (modals.entered(view, block_id)["selected_option"]["value"] for block_id in (KEY, PERSON))
    return str(key), str(person)


def options(block_id: str, names: Directory, *, typed: str) -> list[blocks.Block]:
    """Return the keys or the people that contain the typed text."""
    choices = _keys(names) if block_id == KEY else _people(names)
    fitting = [each for each in choices if typed.casefold() in " ".join(each).casefold()]
    return [modals.option(blocks.cut(text, _LONGEST), value) for text, value in fitting[:_MOST]]


def _keys(names: Directory) -> Iterable[tuple[str, str]]:
    """Return (text, id) of every key, those without an owner first."""
    ranked = sorted(names.keys(), key=lambda key: (names.owner_of(key.id) is not None, key.name, key.id))
    return [(_key_text(key, names), key.id) for key in ranked]


def _key_text(key: Entry, names: Directory) -> str:
    owner = names.owner_of(key.id)
    owner_text = _OWNER_BY_LINK[owner.link].format(names.name(owner.id)) if owner else "no owner"
    return f"{wording.short(key.name, 36)} …{(key.hint or key.id)[-4:]}, {owner_text}"


def _people(names: Directory) -> Iterable[tuple[str, str]]:
    everybody = sorted(names.people(), key=lambda person: person.name.casefold())
    return [*[(f"{person.name}, {person.email}", person.id) for person in everybody], (NOBODY_TEXT, NOBODY)]


def assigned(key: str, person: str) -> Message:
    """Say whose a key is now."""
    return text_message(ASSIGNED.format(key=_name(key), person=_name(person)))


def unassigned(key: str) -> Message:
    """Say that a key is again whose Anthropic lists it as."""
    return text_message(UNASSIGNED.format(key=_name(key)))


def _name(name: str) -> str:
    return wording.escape(wording.short(name))
