"""Read parts of an answer: bounds for figures, values for nulls, and reasons for the unreadable.

Money is strict: an amount that is missing, absurd or not in dollars makes its day unreadable. A null count is
0, with a note; any other invalid count makes its interval unreadable.
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
"""Tokens of one caller in an hour: more than the whole world uses, and sums of them still fit 64 bits."""
LARGEST_COST = Decimal(10**8)
"""Dollars a day: 92 such days fit 64 bits of billionths, and so do years of real ones."""
REPEATED, IN_PARTS = "repeated", "in parts"
_CENTS = LARGEST_COST * 100
_MAX_DIGITS = 20  # a longer whole number stays a Decimal: writing it out as an int would fill memory
_MAX_REASON = 160  # characters of a reason, which can contain a long JSON path

Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_COUNT)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class UnreadableError(Exception):
    """A part of an answer is unreadable, the rest is not; the message says why, as part of a sentence."""


class ContradictionError(UnreadableError):
    """An answer contradicts itself; asking again can settle it."""


def in_dollars(cents: Decimal, currency: str) -> Decimal:
    """Convert cents to dollars. Raises UnreadableError for another currency and for invalid amounts."""
    if currency.upper() != "USD":
        raise UnreadableError(f"it is in {one_line(currency[:20])}, and {OTHER_MONEY}")
    if not cents.is_finite() or not -_CENTS <= cents <= _CENTS:
        raise UnreadableError(f"an amount in it is {cents:.3e} cents")
    return cents.scaleb(-2)


def check_sum(dollars: Iterable[Decimal]) -> None:
    """Raise UnreadableError if the amounts of one day together exceed LARGEST_COST."""
    whole = sum(map(abs, dollars), Decimal(0))
    if whole > LARGEST_COST:
        raise UnreadableError(f"it comes to {whole:.3e} dollars")


def fill_nulls(raw: Mapping[str, Any], blank: Mapping[str, Any], remarks: MutableSet[str]) -> dict[str, Any]:
    """Replace nulls by the values in `blank`, adding their names to `remarks`; turn 3.0 into 3."""
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
    """Decode JSON of any shape, keeping every digit of its numbers."""
    return _LOOSE.decode(body)


_LOOSE = msgspec.json.Decoder(float_hook=Decimal)


def reason(error: Exception) -> str:
    """Return why something is unreadable, in a few words."""
    words = _in_words(error) if isinstance(error, msgspec.DecodeError) else str(error)
    return one_line(words[:_MAX_REASON])


def _in_words(error: msgspec.DecodeError) -> str:
    """Return a decoder's error in plain words."""
    message = str(error)
    if not isinstance(error, msgspec.ValidationError):
        return "it is no JSON, or was cut off"
    if missing := re.search(r"missing required field `([^`]+)`", message):
        return f"{missing[1]} is missing"
    if at := re.search(r"`\$\.?([^`]+)`$", message):
        return f"{at[1]} is not what it should be"
    return "it is not what it should be"


def unreadable_note(what: str, day: date, why: str) -> Note:
    """Make a note about a part of a report that is missing because it is unreadable."""
    return Note(f"{what}{UNREADABLE}{why}", day, is_unreadable=True)


def remark_notes(report: str, day: date, remarks: Iterable[str]) -> list[Note]:
    """Make notes about oddities of a day that we read nevertheless."""
    odd = sorted(remarks)
    nulls = ", ".join(each for each in odd if each not in (REPEATED, IN_PARTS))
    notes = [Note(f"{report} has no {nulls} in some rows; that counts as nothing", day)] if nulls else []
    if REPEATED in odd:
        notes.append(Note(f"{report} repeats some rows; each counts once", day))
    if IN_PARTS in odd:
        notes.append(Note(f"{report} has several rows of one kind; they are added up", day))
    return notes
