"""Changes since the comparison period, in words: what costs more and less, what is new and what is gone."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import islice

from digests.numbers.digest_report import MOST_MOVERS, Digest, Mover, Movers
from digests.words import distinct, wording
from digests.words.shorter import Limits, Shortened, lines, names

NAMED = 3  # new or gone items; the others are counted
_NAME = 24  # characters, as in lines.py


def has_movers(numbers: Digest) -> bool:
    """Whether anything changed."""
    changed = any(each.up or each.down for each in (numbers.models, numbers.people))
    return changed or any(_comes_and_goes(numbers, each) for each in (numbers.models, numbers.keys))


def _comes_and_goes(numbers: Digest, movers: Movers) -> bool:
    """Whether to tell what is new or gone: on a single day that is what most keys are."""
    return numbers.period.length > 1 and bool(movers.new or movers.gone)


def mover_facts(numbers: Digest) -> dict[str, object]:
    """Return the changes as facts for a template."""
    is_estimated = numbers.report.basis != "billed"
    both, kinds = (numbers.models, numbers.people), ((numbers.models, "model"), (numbers.keys, "key"))
    named = [(movers, what) for movers, what in kinds if _comes_and_goes(numbers, movers)]
    return {
        "up": _all([_changes(each.up, estimated=is_estimated) for each in both if each.up]),
        "down": _all([_changes(each.down, estimated=is_estimated) for each in both if each.down]),
        "new": _all([_named(movers.new, what) for movers, what in named if movers.new]),
        "gone": _all([_named(movers.gone, what) for movers, what in named if movers.gone]),
    }


def _all(each: Sequence[Shortened]) -> Callable[[Limits], list[str]]:
    return lambda limits: [words(limits) for words in each]


def _changes(changed: Sequence[Mover], *, estimated: bool) -> Shortened:
    """List the largest changes: `Opus 5.5 +$404.00, Haiku 5.5 +$8.00`."""
    most = changed[:MOST_MOVERS]

    def figure(first: int, last: int) -> str:
        together = sum((each.difference for each in most[first:last]), Decimal(0))
        return wording.moved(together, estimated=estimated)

    return lines(_cut_names(most), figure, of=len(most))


def _named(items: Sequence[Mover], what: str) -> Shortened:
    """Name new or gone items: `model Fable 5.2`, `keys ci-0, ci-1 and 3 more`, or count it: `2 keys`."""
    shown = _cut_names(list(islice((each for each in items if each.name), NAMED)))
    if not shown:
        return lambda _room: wording.counted(len(items), what)
    named = names(shown, of=len(items))
    return lambda limits: f"{what if len(items) == 1 else f'{what}s'} {named(limits)}"


def _cut_names(some: Sequence[Mover]) -> list[str]:
    """Return their names, cut but distinct."""
    return distinct.cut([wording.model(each.name) for each in some], _NAME)
