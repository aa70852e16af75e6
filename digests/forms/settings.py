"""The settings form: its choices, and what a person chose."""

import json
from calendar import month_name
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Literal

from digests.forms.time_zones import zone_select
from digests.forms.user_groups import NOT_LISTED, Group
from digests.layout import blocks, modals
from digests.layout.message import text_message
from digests.messages import access as words
from digests.words import wording
from storage.state.access import ADMINS, EVERYBODY, Access, Audience

TITLE, CALLBACK, CHANGED = "Access", "access", "access"
COST, NAMES, CHANNELS, NAMING = "access_cost", "access_names", "access_channels", "access_naming"
CALENDAR, FISCAL = "access_calendar", "access_fiscal"
ONLY_IN = {CHANNELS: "access_channels_only", NAMING: "access_naming_only"}
LOADING = ":hourglass_flowing_sand: Loading your user groups…"
SAVING = ":hourglass_flowing_sand: Saving…"
SAVED = ":white_check_mark: Saved."
NO_SCOPE = "To choose user groups, reinstall the app with the `usergroups:read` permission."
_MOST_BYTES, _OPTIONS = (
    70_000,
    100,
)  # of two fields in a view of 250 kB, 60 of which are zones; options a group
_LONGEST, _HANDLE = 75, 100  # Slack's characters of an option's text; of its 150 of a value

Where = Literal["every", "only", "none"]
_WHERE: Mapping[str, Mapping[Where, str]] = {
    CHANNELS: {"every": "Every channel", "only": "Only these channels"},
    NAMING: {
        "every": "Everywhere spend can be shared",
        "only": "Only these channels",
        "none": "No channel",
    },
}


@dataclass(frozen=True)
class Chosen:
    """The entries of the form."""

    cost: Audience
    names: Audience
    channels: tuple[Where, tuple[str, ...]]
    naming: tuple[Where, tuple[str, ...]]
    calendar: str = "UTC"
    fiscal_month: int = 0

    @classmethod
    def of(cls, settings: Access) -> "Chosen":
        """Return the entries for the current settings."""
        channels, naming = _where(settings.channels, "only"), _where(settings.naming, "none")
        dates = settings.calendar, settings.fiscal_month
        return cls(settings.cost, settings.names, channels, naming, *dates)

    @property
    def settings(self) -> Access:
        """The settings that these entries mean."""
        channels, naming = _channels(*self.channels), _channels(*self.naming)
        return Access(
            self.cost,
            self.names,
            channels,
            naming,
            calendar=self.calendar,
            fiscal_month=self.fiscal_month,
        )


def loading() -> blocks.Block:
    """Return the modal that is shown until Slack has listed its user groups."""
    return modals.notice(TITLE, text_message(LOADING))


def saving() -> blocks.Block:
    """Return the modal that is shown until it is saved."""
    return modals.notice(TITLE, text_message(SAVING))


def saved(settings: Access) -> blocks.Block:
    """Return the modal that says what holds from now on."""
    return modals.notice(TITLE, text_message(SAVED, words.who_reads_what(settings)))


def form(
    chosen: Chosen,
    groups: Sequence[Group],
    *,
    unknown: str = "",
    lacks_scope: bool = False,
    stopping: Iterable[str] = (),
) -> blocks.Block:
    """Return the form with an explanation.

    `unknown` is Slack's error if it does not list the groups, which it does not where the app `lacks_scope`.
    `stopping` are channels whose digest the choices would stop.
    """
    why = NO_SCOPE if lacks_scope else NOT_LISTED.format(code=unknown)
    content = [
        _watched(COST, "Who can see spend", _audiences(chosen.cost, groups)),
        _watched(NAMES, "Who can see engineer and key names", _audiences(chosen.names, groups)),
        *([blocks.context(why)] if unknown else []),
        *_channel_choice(CHANNELS, "Where spend can be shared", *chosen.channels),
        *_channel_choice(NAMING, "Where engineer names can appear", *chosen.naming),
        _watched(CALENDAR, "Calendar", zone_select(chosen.calendar, label="Current, and UTC")),
        _watched(FISCAL, "Fiscal year", _fiscal_years(chosen.fiscal_month)),
        {"type": "divider"},
        words.who_reads_what(chosen.settings, stopping=stopping),
    ]
    return modals.modal(TITLE, content, callback_id=CALLBACK, submit="Save")


def chosen_in(view: Mapping[str, Any]) -> Chosen:
    """Read the entries of a form."""
    return Chosen(
        _audience(_entered(view, COST)),
        _audience(_entered(view, NAMES)),
        _place(view, CHANNELS),
        _place(view, NAMING),
        _entered(view, CALENDAR)["selected_option"]["value"],
        int(_entered(view, FISCAL)["selected_option"]["value"]),
    )


def _watched(block_id: str, label: str, element: blocks.Block) -> blocks.Block:
    """Return a field whose changes Slack sends at once."""
    return {
        **modals.field(block_id, label, {**element, "action_id": CHANGED}),
        "dispatch_action": True,
    }


def _entered(view: Mapping[str, Any], block_id: str) -> Mapping[str, Any]:
    entry: Mapping[str, Any] = view["state"]["values"].get(block_id, {}).get(CHANGED, {})
    return entry


def _fiscal_years(month: int) -> blocks.Block:
    """Return a choice of the month in which fiscal years start, none first."""
    options = [
        modals.option(f"Starts in {name}" if name else "None", f"{number}")
        for number, name in enumerate(month_name)
    ]
    return {"type": "static_select", "initial_option": options[month], "options": options}


# People


def _audiences(chosen: Audience, groups: Sequence[Group]) -> blocks.Block:
    everybody, admins = modals.option("Everyone", EVERYBODY), modals.option("Admins only", ADMINS)
    listed = _as_many_as_fit(_option(Audience(group.id, group.handle), group.name) for group in groups)
    if chosen.group and all(_audience({"selected_option": each}).who != chosen.who for each in listed):
        listed.insert(0, _option(chosen))
    offered = [everybody, admins, *listed]
    initial = next(each for each in offered if _audience({"selected_option": each}).who == chosen.who)
    parts = [listed[at : at + _OPTIONS] for at in range(0, len(listed), _OPTIONS)]
    labels = ["All", *["User groups"] * len(parts)]
    return {
        "type": "static_select",
        "initial_option": initial,
        "option_groups": [
            {"label": modals.plain(label), "options": options}
            for label, options in zip(labels, ([everybody, admins], *parts), strict=True)
        ],
    }


def _as_many_as_fit(options: Iterable[blocks.Block]) -> list[blocks.Block]:
    """Return the first options, as many as fit into a view."""
    offered = list(options)
    sizes = accumulate(len(json.dumps(option)) for option in offered)
    return [option for option, size in zip(offered, sizes, strict=True) if size < _MOST_BYTES]


def _option(audience: Audience, name: str = "") -> blocks.Block:
    text = " · ".join(filter(None, (f"@{audience.handle}", name)))
    return modals.option(wording.short(text, _LONGEST), f"{audience.who} {audience.handle[:_HANDLE]}")


def _audience(entered: Mapping[str, Any]) -> Audience:
    who, _, handle = entered["selected_option"]["value"].partition(" ")
    return Audience(who, handle)


# Channels


def _channel_choice(block_id: str, label: str, where: Where, channels: Iterable[str]) -> list[blocks.Block]:
    options = {value: modals.option(text, value) for value, text in _WHERE[block_id].items()}
    radio = {"type": "radio_buttons", "initial_option": options[where], "options": [*options.values()]}
    chosen = _watched(block_id, label, radio)
    if where != "only":
        return [chosen]
    select = {
        "type": "multi_conversations_select",
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
        **({"initial_conversations": list(channels)} if channels else {}),
    }
    return [chosen, _watched(ONLY_IN[block_id], "Channels", select)]


def _place(view: Mapping[str, Any], block_id: str) -> tuple[Where, tuple[str, ...]]:
    where: Where = _entered(view, block_id)["selected_option"]["value"]
    return where, tuple(_entered(view, ONLY_IN[block_id]).get("selected_conversations") or ())


def _where(channels: frozenset[str] | None, empty: Where) -> tuple[Where, tuple[str, ...]]:
    if channels is None:
        return "every", ()
    return "only" if channels else empty, tuple(sorted(channels))


def _channels(where: Where, channels: Iterable[str]) -> frozenset[str] | None:
    return None if where == "every" else frozenset(channels if where == "only" else ())
