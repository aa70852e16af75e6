"""What was odd in a provider's answer and did not keep it out."""

from datetime import date

import msgspec

UNREADABLE = " cannot be read: "
"""What parts, in the sentence of a note, what is missing from the reason."""


OTHER_MONEY = "StackSpend reads US dollars only"
"""What says, in the reason, that no later answer will be readable either."""


class Note(msgspec.Struct, frozen=True):
    """Something odd in an answer, in a sentence for `status`.

    `is_unreadable`: the report's figures for `day` are missing because of it. Otherwise they are kept, and
    `what` says how the odd part was read.
    """

    what: str
    day: date | None = None
    is_unreadable: bool = False


def is_other_money(note: Note) -> bool:
    """Whether a day is missing because it is billed in other money than dollars."""
    return note.is_unreadable and OTHER_MONEY in note.what


def reason_in(what: str) -> str:
    """The reason that a note's sentence gives for what cannot be read."""
    return what.partition(UNREADABLE)[2] or what
