"""The form of a digest: four fields, and the rest behind *More options*."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from digests.forms.digest_entries import (
    CHANNEL,
    KIND,
    MINIMUM,
    MOST_DOLLARS,
    NAMING,
    OF,
    SCOPE,
    THREAD,
    WEEKDAYS,
    WORKING,
    Chosen,
    metadata_of,
)
from digests.forms.time_zones import zone_select
from digests.forms.user_groups import NOT_LISTED, Group
from digests.layout import blocks, modals
from digests.messages.digest.notices import SURE_TO_REMOVE, SURE_TO_SEND
from digests.words import wording
from storage.state.scopes import Scope, ScopeKind
from storage.state.subscriptions import LAST_DAY, Kind, Naming, Plan

JOINING_HINT = "StackSpend joins public channels by itself. Invite it to private ones."
ZONE_HINT = "{zone}. Change the time zone under More options."
MINIMUM_HINT = "US dollars. A digest at or below it isn't posted, and the list of digests says so."
TITLE, CALLBACK = "Digest", "digest"
DAYS_COVERED: Mapping[Kind, str] = {
    "daily": "Covers the previous day in your team's calendar.",
    "weekly": "Covers the last Monday to Sunday, as soon as they are over and billed.",
    "monthly": "Covers the last month, as soon as it is over and billed.",
}
SINCE_FRIDAY = "Monday covers Friday to Sunday"
_KINDS: Mapping[str, str] = {
    "daily": "Every day",
    WEEKDAYS: "Weekdays",
    "weekly": "Every week",
    "monthly": "Every month",
}
_FIRST_DAYS: Mapping[str, str] = {**_KINDS, "weekly": "Every Monday", "monthly": "First of the month"}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PARTS: Mapping[ScopeKind, tuple[str, str]] = {
    "whole": ("Whole organization", ""),
    "workspace": ("Workspace", "Workspace"),
    "model": ("Model family", "Model family"),
    "group": ("Slack user group", "User group"),
    "engineers": ("Selected engineers", "Engineers"),
}
_NAMINGS: Mapping[Naming, str] = {
    "names": "Show names",
    "initials": "Show initials",
    "totals": "Show totals only",
}
_OPTIONS, _MOST, _LONGEST, _VALUE = 100, 500, 75, 150
"""Slack's options of a group, ours in all (a view has 250 kB), Slack's characters of a text and a value."""


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
    plan = chosen.plan
    content = [
        *([blocks.section(problem)] if problem else []),
        _watched(modals.field(CHANNEL, "Post to", channel, hint=JOINING_HINT)),
        _watched(modals.field(KIND, "How often", _often(chosen))),
        modals.field("time", "At", _time(plan), hint="" if chosen.more else _zone_hint(plan)),
        _watched(modals.field(NAMING, "Engineers", _select(_NAMINGS, chosen.naming))),
        *(_more(chosen, offered, zone=zone) if chosen.more else ()),
        blocks.context(DAYS_COVERED[plan.kind]),
        readers,
        blocks.actions(*_buttons(chosen, paused=paused)),
    ]
    title, submit = ("Edit digest", "Save") if chosen.edited else ("New digest", "Create digest")
    return modals.modal(title, content, callback_id=CALLBACK, submit=submit, metadata=metadata_of(chosen))


def _often(chosen: Chosen) -> blocks.Block:
    texts = _KINDS if chosen.more else _FIRST_DAYS
    options = {
        kind: modals.option(words, kind, description=SINCE_FRIDAY if kind == WEEKDAYS else "")
        for kind, words in texts.items()
    }
    is_weekdays = chosen.plan.kind == "daily" and chosen.plan.working_days_only
    initial = options[WEEKDAYS if is_weekdays else chosen.plan.kind]
    return {"type": "radio_buttons", "initial_option": initial, "options": [*options.values()]}


def _zone_hint(plan: Plan) -> str:
    return ZONE_HINT.format(zone=wording.zone(plan.zone))


def _more(chosen: Chosen, offered: Offered, *, zone: str) -> list[blocks.Block]:
    """Return the fields that most digests leave as they are."""
    parts = {kind: words for kind, (words, _) in _PARTS.items()}
    threaded = modals.option("Post tables in the thread", THREAD)
    ticked = {"initial_options": [threaded]} if chosen.in_thread else {}
    amount = {"initial_value": str(chosen.minimum)} if chosen.minimum else {}
    number = {
        "type": "number_input",
        "is_decimal_allowed": False,
        "min_value": "0",
        "max_value": str(MOST_DOLLARS),
    }
    return [
        *_when(chosen.plan),
        modals.field("zone", "Time zone", zone_select(chosen.plan.zone, zone)),
        _watched(modals.field(SCOPE, "Scope", _select(parts, chosen.scope.kind))),
        *_of(chosen.scope, offered),
        {
            **modals.field(MINIMUM, "Only when spend is above", {**number, **amount}, hint=MINIMUM_HINT),
            "optional": True,
        },
        {
            **modals.field(THREAD, "Details", {"type": "checkboxes", "options": [threaded], **ticked}),
            "optional": True,
        },
    ]


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
    if plan.kind == "daily":
        return []
    working = modals.option("Or the nearest weekday", WORKING)
    chosen = {"initial_options": [working]} if plan.working_days_only else {}
    ticked = {"type": "checkboxes", "options": [working], **chosen}
    box = {**_watched(modals.field(WORKING, "Weekends", ticked)), "optional": True}
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
    first = [
        blocks.button("Preview for me", "digest:preview_form"),
        *([] if chosen.more else [blocks.button("More options…", "digest:more_options")]),
    ]
    if chosen.edited is None:
        return first
    value = str(chosen.edited)
    return [
        *first,
        {**blocks.button("Send now", "digest:send_now", value=value), "confirm": SURE_TO_SEND},
        blocks.button("Resume", "digest:resume", value=value)
        if paused
        else blocks.button("Pause", "digest:pause", value=value),
        {**blocks.button("Remove", "digest:remove", value=value), "confirm": SURE_TO_REMOVE},
    ]
