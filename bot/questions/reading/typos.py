"""Words that differ from a given word by a typo, found by what is left when letters are taken out.

The index holds each word under itself and under every form with one letter less, two for long words, so
that a look-up costs as much for three thousand words as for ten: https://wolfgarbe.medium.com/1000x-faster-spelling-correction-algorithm-2012-8701fcd87a5f.
"""

from collections.abc import Iterable

_LONGEST = 24  # letters; nobody mistypes a longer word so that one could tell


class TypoIndex:
    """An index of words, each at least `shortest` letters long; `long` ones are forgiven two typos."""

    def __init__(self, words: Iterable[str], *, shortest: int, long: int = _LONGEST + 1) -> None:
        self._shortest, self._long = shortest, long
        self._words: dict[str, list[str]] = {}
        for word in sorted(set(words)):
            if shortest <= len(word) <= _LONGEST:
                for form in self._forms(word):
                    self._words.setdefault(form, []).append(word)

    def nearest(self, typed: str) -> list[str]:
        """Return the words that are the fewest typos away; itself excluded."""
        if not self._shortest <= len(typed) <= _LONGEST:
            return []
        near: dict[int, list[str]] = {}
        for word in {word for form in self._forms(typed) for word in self._words.get(form, ())}:
            count = distance(typed, word)
            if 0 < count <= self._forgiven(min(typed, word, key=len)):
                near.setdefault(count, []).append(word)
        return sorted(near[min(near)]) if near else []

    def _forgiven(self, word: str) -> int:
        return 2 if len(word) >= self._long else 1

    def _forms(self, word: str) -> set[str]:
        forms = {word}
        for _ in range(self._forgiven(word)):
            forms |= {form[:at] + form[at + 1 :] for form in forms for at in range(len(form))}
        return forms


def distance(one: str, other: str) -> int:
    """Count the letters to insert, take out, change or swap with the next one."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, beside in enumerate(other, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != beside))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == beside:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
