"""Names in one list, kept distinct: cut in other places, or numbered."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from digests.words import wording
from digests.words.wording import NAME_LENGTH


def cut(names: Sequence[str], length: int = NAME_LENGTH) -> list[str]:
    """Cut names to a length in their middle; equal results keep more of their beginning, or get a number.

    Names that are equal uncut stay equal.
    """
    shown = [wording.short(name, length) for name in names]
    alike = _alike(names, shown)
    if not alike:
        return shown
    shown = [
        wording.cut_at_end(name, length) if words in alike else words
        for name, words in zip(names, shown, strict=True)
    ]
    return _with_numbers(names, shown, length)


def _alike(names: Sequence[str], shown: Sequence[str]) -> set[str]:
    """Return the shown texts that different names share."""
    times = Counter(words for words, _name in dict.fromkeys(zip(shown, names, strict=True)))
    return {words for words, count in times.items() if count > 1}


def _with_numbers(names: Sequence[str], shown: Sequence[str], length: int) -> list[str]:
    """Number the names whose texts are still equal, in the order of the names."""
    alike, numbers = _alike(names, shown), dict[str, str]()
    for words in alike:
        some = sorted({name for name, each in zip(names, shown, strict=True) if each == words})
        numbers |= {
            name: f"{wording.short(name, length - len(f' {number}'))} {number}"
            for number, name in enumerate(some, start=1)
        }
    return [numbers.get(name, words) for name, words in zip(names, shown, strict=True)]


def initials(names: Iterable[str]) -> Mapping[str, str]:
    """Return the initials of each name: `M. O.`, and `M. O. (2)` for the second with the same.

    Numbered by name, so that the numbers say nothing about spend.
    """
    times, result = Counter[str](), dict[str, str]()
    for name in sorted(set(names)):
        letters = wording.initials(name)
        times[letters] += 1
        result[name] = letters if times[letters] == 1 else f"{letters} ({times[letters]})"
    return result
