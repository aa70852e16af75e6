"""What was odd in a provider's answer and did not keep it out."""

from datetime import date

import msgspec


class Note(msgspec.Struct, frozen=True):
    """Something odd in an answer, in a sentence for `status`.

    `is_unreadable`: the report's figures for `day` are missing because of it. Otherwise they are kept, and
    `what` says how the odd part was read.
    """

    what: str
    day: date | None = None
    is_unreadable: bool = False
