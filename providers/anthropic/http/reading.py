"""What of an answer can be read: bounds for figures, nulls that count as nothing, and words for the rest.

Money is strict: an amount that is missing, absurd or not in dollars makes its day unreadable. Counts that are
null count as 0 and are noted; any other count that is none makes its interval unreadable.
"""

import re
from collections.abc import Iterable, Mapping, MutableSet
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from providers.anthropic.http.statuses import one_line
from providers.note import OTHER_MONEY, UNREADABLE, Note

LARGEST_COUNT = 10**12
"""Tokens of one caller in an hour: more than everybody uses together, and sums of such still fit 64 bits."""
LARGEST_COST = Decimal(10**8)
"""Dollars of a day: 92 such days fit 64 bits of billionths, so that months and years of real ones do, too."""
REPEATED, IN_PARTS = "repeated", "in parts"
_CENTS = LARGEST_COST * 100
_MAX_DIGITS = 20  # of a whole number that is worth writing out
_MAX_REASON = 160  # characters of a reason; a path into JSON can be long

Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_COUNT)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class UnreadableError(Exception):
    """A part of an answer cannot be read, while the rest can; the message says why, as part of a sentence."""


class ContradictionError(UnreadableError):
    """The answer says two things of one; asking again can settle it."""


def in_dollars(cents: Decimal, currency: str) -> Decimal:
    """Dollars of an amount in cents. Raises UnreadableError for other money and what is no amount."""
    if currency.upper() != "USD":
        raise UnreadableError(f"it is in {one_line(currency[:20])}, and {OTHER_MONEY}")
    if not cents.is_finite() or not -_CENTS <= cents <= _CENTS:
        raise UnreadableError(f"an amount in it is {cents:.3e} cents")
    return cents.scaleb(-2)


def check_sum(dollars: Iterable[Decimal]) -> None:
    """Refuse amounts of one day that together are more than can be kept. Raises UnreadableError."""
    whole = sum(map(abs, dollars), Decimal(0))
    if whole > LARGEST_COST:
        raise UnreadableError(f"it comes to {whole:.3e} dollars")


def fill_nulls(raw: Mapping[str, Any], blank: Mapping[str, Any], remarks: MutableSet[str]) -> dict[str, Any]:
    """Put what `blank` says in place of null, and remark on it; 3.0 becomes the 3 that it is."""
    whole = {name: _plain(value) for name, value in raw.items()}
    for name in blank.keys() & whole.keys():
        if whole[name] is None:
            remarks.add(name)
            whole[name] = blank[name]
        elif isinstance(whole[name], dict) and isinstance(blank[name], Mapping):
            whole[name] = fill_nulls(whole[name], blank[name], remarks)
    return whole


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    is_short = isinstance(value, Decimal) and value.is_finite() and value.adjusted() < _MAX_DIGITS
    return int(value) if is_short and value == value.to_integral_value() else value


def decode_json(body: bytes | msgspec.Raw) -> Any:  # noqa: ANN401 - JSON
    """JSON as it is, with every digit of its numbers."""
    return _LOOSE.decode(body)


_LOOSE = msgspec.json.Decoder(float_hook=Decimal)


def reason(error: Exception) -> str:
    """Why something cannot be read, in a few words."""
    told = _in_words(error) if isinstance(error, msgspec.DecodeError) else str(error)
    return one_line(told[:_MAX_REASON])


def _in_words(error: msgspec.DecodeError) -> str:
    """What a decoder says, for people."""
    told = str(error)
    if not isinstance(error, msgspec.ValidationError):
        return "it is no JSON, or was cut off"
    if missing := re.search(r"missing required field `([^`]+)`", told):
        return f"{missing[1]} is missing"
    if at := re.search(r"`\$\.?([^`]+)`$", told):
        return f"{at[1]} is not what it should be"
    return "it is not what it should be"


def unreadable_note(what: str, day: date, why: str) -> Note:
    """What is missing of a report because it cannot be read."""
    return Note(f"{what}{UNREADABLE}{why}", day, is_unreadable=True)


def remark_notes(report: str, day: date, remarks: Iterable[str]) -> list[Note]:
    """What was odd on a day and read all the same."""
    odd = sorted(remarks)
    nulls = ", ".join(each for each in odd if each not in (REPEATED, IN_PARTS))
    notes = [Note(f"{report} has no {nulls} in some rows; that counts as nothing", day)] if nulls else []
    if REPEATED in odd:
        notes.append(Note(f"{report} repeats some rows; each counts once", day))
    if IN_PARTS in odd:
        notes.append(Note(f"{report} has several rows of one kind; they are added up", day))
    return notes
