"""The entries of a digest's form: its fields, and what a person chose in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from digests.layout import modals
from storage.state.scopes import WHOLE, Scope
from storage.state.subscriptions import Naming, Plan, Subscription

CHANNEL, KIND, WORKING = "channel", "kind", "working"
SCOPE, OF, NAMING, MINIMUM, THREAD = "scope", "of", "naming", "minimum", "thread"
WATCHED = (CHANNEL, KIND, WORKING, SCOPE, NAMING)
"""The fields on which other fields, or the sentence on the readers, depend."""
WEEKDAYS = "weekdays"  # the choice of a daily digest on working days only
MOST_DOLLARS = 10**9  # what the column holds
_DAY_OF = {"weekly": "weekday", "monthly": "month_day"}
_OPEN, _CLOSED = "more", "less"


@dataclass(frozen=True)
class Chosen:
    """The entries of the form. Without a channel it offers the one the person is in.

    With `more`, all options are open; without, the fields that are not shown have their usual values.
    """

    plan: Plan
    channel: str = ""
    scope: Scope = WHOLE
    naming: Naming = "names"
    edited: int | None = None
    minimum: int = 0
    in_thread: bool = False
    more: bool = False

    @classmethod
    def of(cls, digest: Subscription) -> "Chosen":
        """Return the entries for an existing digest, with all options open if any is not the usual."""
        return cls(
            digest.plan,
            digest.channel_id,
            digest.scope,
            digest.naming,
            digest.id,
            digest.minimum,
            digest.in_thread,
            more=not _is_usual(digest),
        )


def _is_usual(digest: Subscription) -> bool:
    """Whether everything that the form shows behind *More options* is as most digests have it."""
    plan, usual = digest.plan, Plan()
    return (
        (plan.weekday, plan.month_day) == (usual.weekday, usual.month_day)
        and (plan.kind == "daily" or not plan.working_days_only)
        and digest.scope == WHOLE
        and not digest.minimum
        and not digest.in_thread
    )


def chosen_in(view: dict[str, Any]) -> Chosen:
    """Read the entries of a form."""
    edited, zone, is_open = _read(str(view.get("private_metadata") or ""))
    often = _option(view, KIND, "daily")
    is_weekdays = often == WEEKDAYS
    kind: Any = "daily" if is_weekdays else often
    working = is_weekdays or (kind == "monthly" and bool(_entered(view, WORKING).get("selected_options")))
    plan = Plan(
        kind,
        time=str(_entered(view, "time").get("selected_time") or ""),
        zone=_option(view, "zone", zone),
        weekday=int(_option(view, "weekday", "0")),
        month_day=int(_option(view, "month_day", "1")),
        working_days_only=working,
    )
    naming: Any = _option(view, NAMING, "names")
    return Chosen(
        plan,
        str(_entered(view, CHANNEL).get("selected_conversation") or ""),
        _scope(view),
        naming,
        edited,
        minimum=_dollars(_entered(view, MINIMUM).get("value")),
        in_thread=bool(_entered(view, THREAD).get("selected_options")),
        more=is_open,
    )


def _read(metadata: str) -> tuple[int | None, str, bool]:
    """Read the metadata: the digest that is edited, the zone, and whether all options are open."""
    number, zone, is_open = [*metadata.split(" "), "", ""][:3]
    return int(number or 0) or None, zone or "UTC", is_open == _OPEN


def _dollars(entered: object) -> int:
    words = str(entered or "")
    return min(int(words), MOST_DOLLARS) if words.isdecimal() else 0


def is_overtaken(view: dict[str, Any]) -> bool:
    """Whether it was sent before Slack showed the field that its kind needs: the day of a week or month."""
    *_, is_open = _read(str(view.get("private_metadata") or ""))
    needed = _DAY_OF.get(_option(view, KIND, "daily"))
    return is_open and needed is not None and not _entered(view, needed)


def _scope(view: dict[str, Any]) -> Scope:
    kind: Any = _option(view, SCOPE, "whole")
    entry = _entered(view, f"{OF}_{kind}")
    several = [option["value"] for option in entry.get("selected_options") or ()]
    one = (entry.get("selected_option") or {}).get("value") or ""
    values = tuple(several) if kind == "engineers" else tuple(one.split()) if one != "-" else ()
    return Scope(kind, values)


def is_complete(scope: Scope) -> bool:
    """Whether a scope names its part; the default workspace has no id."""
    return scope.kind in ("whole", "workspace") or bool(scope.values)


def _entered(view: dict[str, Any], block_id: str) -> Mapping[str, Any]:
    entry: Mapping[str, Any] = view["state"]["values"].get(block_id, {}).get(modals.VALUE, {})
    return entry


def _option(view: dict[str, Any], block_id: str, otherwise: str) -> str:
    return str((_entered(view, block_id).get("selected_option") or {}).get("value") or otherwise)


def metadata_of(chosen: Chosen) -> str:
    """Return what comes back with the form: the digest, the zone, and whether all options are open."""
    return f"{chosen.edited or 0} {chosen.plan.zone} {_OPEN if chosen.more else _CLOSED}"
