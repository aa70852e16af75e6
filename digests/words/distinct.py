"""Names that stand beside each other, told apart: cut where they differ, and initials numbered."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from digests.words import wording
from digests.words.wording import NAME_LENGTH


def cut(names: Sequence[str], length: int = NAME_LENGTH) -> list[str]:
    """Cut names as short as they have to be; what would be the same then keeps its end, or gets a number.

    Names that are the same when they are whole stay so.
    """
    shown = [wording.short(name, length) for name in names]
    for shorten in (_middle, wording.short):
        alike = _alike(names, shown)
        if not alike:
            return shown
        shown = [
            shorten(name, length) if words in alike else words
            for name, words in zip(names, shown, strict=True)
        ]
    return _numbered(names, shown, length)


def _alike(names: Sequence[str], shown: Sequence[str]) -> set[str]:
    """Return what several names would be shown as."""
    times = Counter(words for words, _name in dict.fromkeys(zip(shown, names, strict=True)))
    return {words for words, count in times.items() if count > 1}


def _middle(name: str, length: int) -> str:
    """Cut a name in its middle: `Wolfeschlegelst…orff-Müller`."""
    text = wording.short(name, len(name) or 1)
    if len(text) <= length:
        return text
    end = (length - 1) // 2
    return f"{text[: length - 1 - end].rstrip()}…{text[-end:].lstrip()}"


def _numbered(names: Sequence[str], shown: Sequence[str], length: int) -> list[str]:
    """Number those that are alike still, in the order of their names."""
    alike, numbers = _alike(names, shown), dict[str, str]()
    for words in alike:
        some = sorted({name for name, each in zip(names, shown, strict=True) if each == words})
        numbers |= {
            name: f"{wording.short(name, length - len(f' {number}'))} {number}"
            for number, name in enumerate(some, start=1)
        }
    return [numbers.get(name, words) for name, words in zip(names, shown, strict=True)]


def initials(names: Iterable[str]) -> Mapping[str, str]:
    """Return the initials of each name: `M. O.`; of those who share them the second is `M. O. (2)`.

    By the order of names, so that whoever spends most is not always the first.
    """
    times, found = Counter[str](), dict[str, str]()
    for name in sorted(set(names)):
        letters = wording.initials(name)
        times[letters] += 1
        found[name] = letters if times[letters] == 1 else f"{letters} ({times[letters]})"
    return found
