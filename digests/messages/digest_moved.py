"""What moved since the like period, in words: what costs more and less, what came and what went."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import islice

from digests.numbers.digest_report import MOST_MOVED, Digest, Moved
from digests.words import distinct, wording
from digests.words.shorter import Limits, Shortened, lines, names

NAMED = 3
_NAME = 24


def has_moved(told: Digest) -> bool:
    """Whether there is anything to say."""
    changed = any(each.up or each.down for each in (told.models, told.people))
    return changed or any(each.new or each.gone for each in (told.models, told.keys))


def moved(told: Digest) -> dict[str, object]:
    """Return what moved as facts of a template."""
    is_estimated = told.report.basis != "billed"
    both, named = (told.models, told.people), ((told.models, "model"), (told.keys, "key"))
    return {
        "up": _all([_changes(each.up, estimated=is_estimated) for each in both if each.up]),
        "down": _all([_changes(each.down, estimated=is_estimated) for each in both if each.down]),
        "new": _all([_named(movers.new, what) for movers, what in named if movers.new]),
        "gone": _all([_named(movers.gone, what) for movers, what in named if movers.gone]),
    }


def _all(each: Sequence[Shortened]) -> Callable[[Limits], list[str]]:
    return lambda limits: [words(limits) for words in each]


def _changes(changed: Sequence[Moved], *, estimated: bool) -> Shortened:
    """Tell the largest changes: `Opus 5.5 +$404.00, Haiku 5.5 +$8.00`."""
    most = changed[:MOST_MOVED]

    def figure(first: int, last: int) -> str:
        together = sum((each.difference for each in most[first:last]), Decimal(0))
        return wording.moved(together, estimated=estimated)

    return lines(_shown(most), figure, of=len(most))


def _named(found: Sequence[Moved], what: str) -> Shortened:
    """Name what came or went: `model Fable 5.2`, `keys ci-0, ci-1 and 3 more`, or count it: `2 keys`."""
    known = _shown(list(islice((each for each in found if each.name), NAMED)))
    if not known:
        return lambda _room: wording.counted(len(found), what)
    told = names(known, of=len(found))
    return lambda limits: f"{what if len(found) == 1 else f'{what}s'} {told(limits)}"


def _shown(some: Sequence[Moved]) -> list[str]:
    """Return their names, cut as short as tells them apart."""
    return distinct.cut([wording.model(each.name) for each in some], _NAME)
