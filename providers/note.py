"""Note: an oddity in a provider's answer that we accepted nevertheless."""

from datetime import date

import msgspec

UNREADABLE = " cannot be read: "
"""In a note's sentence, the words between what is missing and the reason."""


OTHER_MONEY = "StackSpend reads US dollars only"
"""In a note's reason, the words that say that no later answer will be readable either."""


class Note(msgspec.Struct, frozen=True):
    """An oddity in an answer, as a sentence for `status`.

    `is_unreadable`: we lack the report's figures for `day` because of it. Otherwise we have them, and `what`
    says how we read the odd part. `day` None: the oddity concerns no day in particular.
    """

    what: str
    day: date | None = None
    is_unreadable: bool = False


def is_other_money(note: Note) -> bool:
    """Whether a day is missing because its bill is not in dollars."""
    return note.is_unreadable and OTHER_MONEY in note.what


def reason_in(what: str) -> str:
    """The reason that a note's sentence gives for what cannot be read."""
    return what.partition(UNREADABLE)[2] or what
