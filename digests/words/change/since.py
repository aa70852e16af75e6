"""A change since the comparison period, as a clause: `$9,945 more than the week before (▲ 134%)`."""

from dataclasses import dataclass
from decimal import Decimal

from digests.words import wording


@dataclass(frozen=True)
class Change:
    """The parts of the clause; without a comparison all are empty, without a difference only `amount` is.

    `amount` has a direction: `$9,945 more`. `percent` is "" where it would say nothing.
    """

    amount: str = ""
    than: str = ""
    percent: str = ""
    amount_spoken: str = ""
    percent_spoken: str = ""


NO_COMPARISON = Change()


def since(cost: Decimal, estimate: Decimal, before: Decimal | None, like: str) -> Change:
    """Compare a cost with `before`; `like` names the comparison period: `vs last Sunday`.

    Nothing is compared with a period whose cost is unknown, or with nothing if there is nothing now.
    """
    if before is None or (not cost and not before):
        return NO_COMPARISON
    than = like.removeprefix("vs ")
    difference = cost - before
    if not difference:
        return Change(than=than)
    exact = wording.spend(abs(difference), estimate)
    shown = wording.about(abs(difference)) if exact == wording.billed(abs(difference)) else exact
    direction = "more" if difference > 0 else "less"
    return Change(
        amount=f"{shown} {direction}",
        than=than,
        percent=_percent(cost, before),
        amount_spoken=wording.spoken(f"{shown} {direction}"),
        percent_spoken=wording.change_spoken(cost, before).replace("unchanged", ""),
    )


def _percent(cost: Decimal, before: Decimal) -> str:
    """Return the change as a fraction, from nothing as such, and none that rounds to nothing."""
    shown = wording.change(cost, before)
    return {"new": f"from {wording.billed(before)}", "= 0%": "", wording.UNKNOWN: ""}.get(shown, shown)
