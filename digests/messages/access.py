"""Sentences on who can see what, and messages without names for readers who cannot see them."""

from calendar import month_name
from collections.abc import Iterable
from typing import Any

from digests.layout import blocks
from digests.layout.blocks import button
from digests.layout.message import Message, notice, render_template
from digests.messages.ask_admin import ask_admin
from digests.messages.digest.post import digest, digest_details
from digests.numbers.digest_report import Digest
from digests.numbers.report import NAMING
from digests.words import wording
from digests.words.anonymize import named
from digests.words.slack_reasons import SlackReason
from digests.words.wishes import Wish
from storage.state.access import ADMINS, EVERYBODY, Access, Audience
from storage.state.subscriptions import Naming

"""The dimensions whose lines are people's: a key carries its owner's name."""
_VIEWS = {f"view:{dimension}" for dimension in NAMING}


def who_reads_what(settings: Access, *, stopping: Iterable[str] = ()) -> blocks.Block:
    """Return what settings mean, before they are saved; `stopping` channels would lose their digest."""
    return blocks.section(render_template("access", **_facts(settings), stopping=sorted(stopping)).body)


def in_short(settings: Access) -> str:
    """Return who can see what in a line, for admins."""
    return render_template("access", **_facts(settings), stopping=()).footnote


def _facts(settings: Access) -> dict[str, object]:
    seeing = _seeing_names(settings)
    everybody = settings.cost.who == EVERYBODY
    return {
        "cost": "Everyone in this Slack workspace" if everybody else f"Only {_those(settings.cost)}",
        "names": _those(seeing),
        "alike": seeing == settings.cost,
        "within": bool(settings.cost.group),
        "costs_short": _capital(_those(settings.cost)),
        "names_short": _capital(_those(seeing)) if seeing == settings.cost else _those(seeing),
        "channels": sorted(settings.channels or ()),
        "anywhere": settings.channels is None,
        "naming": sorted(_naming(settings)),
        "everywhere": settings.naming is None,
        "restricted": seeing.who != EVERYBODY and _are_posted(settings),
        "calendar": "" if settings.calendar == "UTC" else wording.zone(settings.calendar),
        "fiscal": month_name[settings.fiscal_month],
    }


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _seeing_names(settings: Access) -> Audience:
    """Return who sees engineers by name: no more people than see the figures."""
    is_no_narrower = settings.names.who == EVERYBODY or settings.cost.who == ADMINS
    return settings.cost if is_no_narrower else settings.names


def _naming(settings: Access) -> Iterable[str]:
    naming = settings.naming or frozenset()
    return naming if settings.channels is None else naming & settings.channels


def _are_posted(settings: Access) -> bool:
    """Whether names can be posted in any channel."""
    return settings.channels != frozenset() and (settings.naming is None or bool(_naming(settings)))


def _those(audience: Audience) -> str:
    if audience.who == EVERYBODY:
        return "everyone"
    return f"{_group(audience)} and admins" if audience.group else "admins"


def _group(audience: Audience) -> str:
    return f"@{wording.short(audience.handle)}" if audience.handle else "a user group"


def changed(before: Access, after: Access) -> str:
    """Return what a change of settings changed, in words and Slack's ids, for the audit log."""
    changes = [
        f"{what}: {former} → {present}"
        for what, former, present in zip(_DECIDED, _decisions(before), _decisions(after), strict=True)
        if former != present
    ]
    return "; ".join(changes) or "nothing changed"


_DECIDED = ("spend", "engineer names", "channels", "engineer names in", "calendar", "fiscal year")


def _decisions(settings: Access) -> tuple[str, str, str, str, str, str]:
    audiences = _those(settings.cost), _those(settings.names)
    dates = settings.calendar, month_name[settings.fiscal_month] or "none"
    return *audiences, _places(settings.channels), _places(settings.naming), *dates


def _places(channels: frozenset[str] | None) -> str:
    return "every channel" if channels is None else " ".join(sorted(channels)) or "no channel"


# What is withheld


def withheld(settings: Access, *, names: bool, unknown: SlackReason | None = None) -> Message:
    """Return who can see it, and what one can ask instead.

    With `names` only the names are withheld, not the figures. `unknown` is why Slack does not say who is in
    a group, None if it does.
    """
    audience = _seeing_names(settings) if names else settings.cost
    wish: Wish = "names" if names else "spend"
    return notice(
        "withheld",
        *([] if unknown else [ask_admin(wish)]),
        names=names,
        what="engineer and key names" if names else "spend",
        who=_those(audience),
        group=_group(audience),
        unknown=unknown,
        lacking=unknown == "scope",
    )


def not_in_this_channel(*, names: bool) -> Message:
    """Say that costs or, with `names`, engineers' names cannot be posted in a channel."""
    return notice("not_in_this_channel", names=names)


def what_you_may_see(settings: Access, *, names: bool) -> blocks.Block:
    """Return what a person who can see costs can see, as small print."""
    return blocks.context(render_template("yours", names=names, who=_those(_seeing_names(settings))).headline)


def nameless(answer: Message) -> Message:
    """Remove the buttons that lead to names."""
    shown = [_without_views(block) if block["type"] == "actions" else block for block in answer.blocks]
    return Message(answer.text, [block for block in shown if block.get("elements") != []])


def _without_views(block: blocks.Block) -> blocks.Block:
    kept = [each for each in block["elements"] if each["action_id"] not in _VIEWS]
    return {**block, "elements": [_without_groups(each) for each in kept]}


def _without_groups(element: blocks.Block) -> blocks.Block:
    """Remove the choices of a menu that lead to names."""
    if element["action_id"] != "group":
        return element
    kept = [each for each in element["options"] if not _is_naming(each["value"])]
    rest = {name: each for name, each in element.items() if name != "initial_option" or each in kept}
    return {**rest, "options": kept}


def _is_naming(question: str) -> bool:
    return any(f" {word} {dimension}" in question for word in ("by", "and") for dimension in NAMING)


# Digests


def channel_digest(numbers: Digest, *, names: bool, naming: Naming = "names", **how: Any) -> Message:  # noqa: ANN401 - as `digest` has it
    """Return a digest for a channel, engineers named as set up, or in totals if `names` are not allowed."""
    is_nameless = not names and naming != "totals"  # who chose totals knows that there are no names
    return digest(named(numbers, naming if names else "totals"), is_nameless=is_nameless, **how)


def channel_details(numbers: Digest, *, names: bool, naming: Naming = "names") -> Message | None:
    """Return the details of a digest for its thread, with the names that the digest has."""
    return digest_details(named(numbers, naming if names else "totals"))


def audience_of(
    channel: str,
    *,
    often: str,
    allowed: bool,
    naming: Naming,
    outsiders: bool | None,
    members: int | None = None,
) -> blocks.Block:
    """Return who will read a digest and how `often` ("every day"), before it is set up.

    `channel` is an id, "" while none is chosen; `outsiders` and `members` are None if Slack does not say.
    """
    facts = {
        "channel": channel,
        "allowed": allowed,
        "often": often,
        "naming": naming,
        "outsiders": outsiders,
        "unsure": outsiders is None,
        "members": wording.counted(members, "member") if members else "",
    }
    return blocks.section(render_template("audience", **facts).headline)


def digest_nameless(channel: str, *, subscription_id: int) -> Message:
    """Tell the owner of a digest that it shows no names."""
    edit = button("Edit digest", "digest:edit", value=str(subscription_id))
    return notice("digest_nameless", edit, channel=channel)
