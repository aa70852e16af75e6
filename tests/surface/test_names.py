"""Names in right-to-left scripts leave the figures beside them alone, wherever a name is shown."""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from digests.words.direction import CLOSE, OPEN, is_right_to_left
from tests.surface.everything import ELSEWHERE, MESSAGES, MODALS

NAMES = ("محمد علي", "دانيال 7 كوهين", "\u202b\u05e8\u05d5\u05ea\u202c \u05db\u05d4\u05df")
COUNT = 12
UNREAD = {"value", "action_id", "block_id", "private_metadata", "callback_id", "type", "url"}
UNREAD |= {"initial_value"}  # what a person edits stays as it is


def loose(text: str) -> bool:
    """Whether any right-to-left letter is outside an isolate, or an isolate stays open."""
    depth = 0
    for character in text:
        depth += (character == OPEN) - (character == CLOSE)
        is_loose = not depth and is_right_to_left(character) and unicodedata.category(character) != "Sc"
        if depth < 0 or is_loose:
            return True
    return depth > 0


def words(part: Any) -> Iterator[str]:
    """Every string of a payload that people read."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        for name, inner in part.items():
            if name not in UNREAD:
                yield from words(inner)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from words(inner)


def test_no_message_lets_a_name_change_the_order_of_figures() -> None:
    wrong = {
        (function, text[:90])
        for function, say in MESSAGES.items()
        for name in NAMES
        for message in say(name, COUNT)
        for text in (message.text, *words(message.blocks))
        if loose(text)
    }
    assert wrong == set()


def test_no_modal_lets_a_name_change_the_order_of_figures() -> None:
    wrong = {
        (function, text[:90])
        for function, show in [*MODALS.items(), *ELSEWHERE.items()]
        for name in NAMES
        for view in show(name, COUNT)
        for text in words(view)
        if loose(text)
    }
    assert wrong == set()
