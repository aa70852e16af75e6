"""The form of a digest: its choices, and what a person chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from digests.forms.time_zones import zone_select
from digests.forms.user_groups import NOT_LISTED, Group
from digests.layout import blocks, modals
from digests.messages.digest.notices import SURE_TO_REMOVE, SURE_TO_SEND
from digests.words import wording
from storage.state.scopes import WHOLE, Scope, ScopeKind
from storage.state.subscriptions import LAST_DAY, Kind, Naming, Plan, Subscription

JOINING_HINT = "StackSpend joins public channels by itself. Invite it to private ones."
TITLE, CALLBACK, CHANNEL = "Digest", "digest", "channel"
KIND, WORKING, SCOPE, OF, NAMING = "kind", "working", "scope", "of", "naming"
WATCHED = (CHANNEL, KIND, WORKING, SCOPE, NAMING)
"""The fields on which other fields, or the sentence on the readers, depend."""
DAYS_COVERED: Mapping[Kind, str] = {
    "daily": "Covers the previous day in your team's calendar.",
    "weekly": "Covers the last Monday to Sunday, as soon as they are over and billed.",
    "monthly": "Covers the last month, as soon as it is over and billed.",
}
SINCE_FRIDAY = "With weekdays only, Monday covers Friday to Sunday."
_KINDS: Mapping[Kind, str] = {"daily": "Every day", "weekly": "Every week", "monthly": "Every month"}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PARTS: Mapping[ScopeKind, tuple[str, str]] = {
    "whole": ("Whole organization", ""),
    "workspace": ("Workspace", "Workspace"),
    "model": ("Model family", "Model family"),
    "group": ("Slack user group", "User group"),
    "engineers": ("Selected engineers", "Engineers"),
}
_NAMINGS: Mapping[Naming, str] = {
    "names": "Full names",
    "initials": "Initials",
    "totals": "Totals only",
}
_DAY_OF = {"weekly": "weekday", "monthly": "month_day"}
_OPTIONS, _MOST, _LONGEST, _VALUE = 100, 500, 75, 150
"""Slack's options of a group, ours in all (a view has 250 kB), Slack's characters of a text and a value."""


@dataclass(frozen=True)
class Chosen:
    """The entries of the form. Without a channel it offers the one the person is in."""

    plan: Plan
    channel: str = ""
    scope: Scope = WHOLE
    naming: Naming = "names"
    edited: int | None = None

    @classmethod
    def of(cls, digest: Subscription) -> "Chosen":
        """Return the entries for an existing digest."""
        return cls(digest.plan, digest.channel_id, digest.scope, digest.naming, digest.id)


@dataclass(frozen=True)
class Offered:
    """The parts to choose from, as (id, name); `lacking` is Slack's error if it does not list the groups."""

    workspaces: Sequence[tuple[str, str]] = ()
    families: Sequence[str] = ()
    engineers: Sequence[tuple[str, str]] = ()
    groups: Sequence[Group] = ()
    lacking: str = ""


def form(
    chosen: Chosen,
    offered: Offered,
    *,
    zone: str,
    readers: blocks.Block,
    problem: str = "",
    paused: bool = False,
) -> blocks.Block:
    """Return the form. `zone` is the person's own, always offered; `readers` says who reads the channel."""
    channel = {
        "type": "conversations_select",
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
        **(
            {"initial_conversation": chosen.channel}
            if chosen.channel
            else {"default_to_current_conversation": True}
        ),
    }
    plan, part = chosen.plan, chosen.scope.kind
    parts = {kind: words for kind, (words, _) in _PARTS.items()}
    content = [
        *([blocks.section(problem)] if problem else []),
        _watched(modals.field(CHANNEL, "Channel", channel, hint=JOINING_HINT)),
        _watched(modals.field(KIND, "How often", _select(_KINDS, plan.kind))),
        *_when(plan),
        modals.field("time", "Time", _time(plan)),
        modals.field("zone", "Time zone", zone_select(plan.zone, zone)),
        _watched(modals.field(SCOPE, "Scope", _select(parts, part))),
        *_of(chosen.scope, offered),
        _watched(modals.field(NAMING, "Engineer names", _select(_NAMINGS, chosen.naming))),
        blocks.context(f"{DAYS_COVERED[plan.kind]} {SINCE_FRIDAY if plan.kind == 'daily' else ''}".strip()),
        readers,
        blocks.actions(*_buttons(chosen, paused=paused)),
    ]
    metadata = str(chosen.edited or "")
    return modals.modal(TITLE, content, callback_id=CALLBACK, submit="Save", metadata=metadata)


def _watched(field_: blocks.Block) -> blocks.Block:
    """Return a field whose changes Slack sends at once."""
    return {**field_, "dispatch_action": True}


def _select(texts: Mapping[Any, str], chosen: str) -> blocks.Block:
    options = {value: modals.option(words, value) for value, words in texts.items()}
    initial = options.get(chosen) or next(iter(options.values()))
    return {"type": "static_select", "initial_option": initial, "options": [*options.values()]}


def _time(plan: Plan) -> blocks.Block:
    """Return the time picker, empty if it was cleared."""
    return {"type": "timepicker", **({"initial_time": plan.time} if plan.time else {})}


def _when(plan: Plan) -> list[blocks.Block]:
    if plan.kind == "weekly":
        days = {str(number): name for number, name in enumerate(_DAYS)}
        return [modals.field("weekday", "Day", _select(days, str(plan.weekday)))]
    working = modals.option("Weekdays only", WORKING)
    chosen = {"initial_options": [working]} if plan.working_days_only else {}
    ticked = {"type": "checkboxes", "options": [working], **chosen}
    box = {**_watched(modals.field(WORKING, "Days", ticked)), "optional": True}
    if plan.kind == "daily":
        return [box]
    days = {str(number): str(number) for number in range(1, LAST_DAY)} | {str(LAST_DAY): "Last day"}
    return [
        modals.field("month_day", "Day of the month", _select(days, str(min(plan.month_day, LAST_DAY)))),
        box,
    ]


def _of(scope: Scope, offered: Offered) -> list[blocks.Block]:
    """Return the field for a workspace, family, group or people, or a note if there is nothing to choose."""
    if scope.kind == "whole":
        return []
    if scope.kind == "group" and offered.lacking:
        return [blocks.context(NOT_LISTED.format(code=wording.escape(offered.lacking)))]
    choices = _choices(scope, offered)
    if not choices:
        return [blocks.context("Nothing to choose from yet.")]
    several = scope.kind == "engineers"
    options = [modals.option(wording.short(words, _LONGEST), value) for value, words in choices.items()]
    wanted = scope.values if several else (" ".join(scope.values),)
    initial = [option for option in options if option["value"] in (wanted or ())]
    chosen = (
        {"initial_options": initial[:_OPTIONS]} if several else {"initial_option": (initial or options)[0]}
    )
    if not initial and several:
        chosen = {}
    parts = [options[at : at + _OPTIONS] for at in range(0, len(options), _OPTIONS)]
    label = _PARTS[scope.kind][1]
    groups = [{"label": modals.plain(label), "options": part} for part in parts]
    kind = "multi_static_select" if several else "static_select"
    # each kind of part has its own block id, so that Slack does not carry a choice over
    return [modals.field(f"{OF}_{scope.kind}", label, {"type": kind, "option_groups": groups, **chosen})]


def _choices(scope: Scope, offered: Offered) -> dict[str, str]:
    """Return texts by value; the present choices come first and stay even if no longer offered."""
    available = {
        "workspace": {id_ or "-": name for id_, name in offered.workspaces},
        "model": {family: wording.family_name(family) for family in offered.families},
        "group": {f"{group.id} {group.handle}": f"@{group.handle}" for group in offered.groups},
        "engineers": dict(offered.engineers),
    }[scope.kind]
    chosen = scope.values if scope.kind == "engineers" else (" ".join(scope.values),)
    now = {value: available.get(value, value) for value in chosen if value}
    every = {**now, **available}
    return {value: words for value, words in [*every.items()][:_MOST] if len(value) <= _VALUE}


def _buttons(chosen: Chosen, *, paused: bool) -> list[blocks.Block]:
    preview = blocks.button("Preview for me", "digest:preview_form")
    if chosen.edited is None:
        return [preview]
    value = str(chosen.edited)
    return [
        preview,
        {**blocks.button("Send now", "digest:send_now", value=value), "confirm": SURE_TO_SEND},
        blocks.button("Resume", "digest:resume", value=value)
        if paused
        else blocks.button("Pause", "digest:pause", value=value),
        {**blocks.button("Remove", "digest:remove", value=value), "confirm": SURE_TO_REMOVE},
    ]


# The submission


def chosen_in(view: dict[str, Any]) -> Chosen:
    """Read the entries of a form."""
    metadata = view.get("private_metadata") or ""
    kind: Any = _option(view, KIND, "daily")
    plan = Plan(
        kind,
        time=str(_entered(view, "time").get("selected_time") or ""),
        zone=_option(view, "zone", "UTC"),
        weekday=int(_option(view, "weekday", "0")),
        month_day=int(_option(view, "month_day", "1")),
        working_days_only=bool(_entered(view, WORKING).get("selected_options")),
    )
    naming: Any = _option(view, NAMING, "names")
    channel = str(_entered(view, CHANNEL).get("selected_conversation") or "")
    return Chosen(plan, channel, _scope(view), naming, int(metadata) if metadata else None)


def is_overtaken(view: dict[str, Any]) -> bool:
    """Whether it was sent before Slack showed the field that its kind needs: the day of a week or month."""
    needed = _DAY_OF.get(_option(view, KIND, "daily"))
    return needed is not None and not _entered(view, needed)


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
