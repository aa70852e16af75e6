"""Who may see what, in words; and messages without the names that their readers may not see."""

from collections.abc import Iterable
from typing import Any

from digests.layout import blocks
from digests.layout.blocks import button
from digests.layout.message import Message, notice, render_template
from digests.messages.digest import digest as plain_digest
from digests.numbers.digest_report import Digest, Naming
from digests.numbers.report import NAMING
from digests.words import wording
from digests.words.anonymize import named
from storage.state.access import ADMINS, EVERYBODY, Access, Audience

"""The dimensions whose lines are people's: a key carries its owner's name."""
_VIEWS = {f"view:{dimension}" for dimension in NAMING}


def who_reads_what(settings: Access, *, stopping: Iterable[str] = ()) -> blocks.Block:
    """Tell what these settings mean, before they are saved; `stopping` channels have a digest now."""
    return blocks.section(render_template("access", **_facts(settings), stopping=sorted(stopping)).body)


def in_short(settings: Access) -> blocks.Block:
    """Tell the same to those who decide, as small print."""
    return blocks.context(render_template("access", **_facts(settings), stopping=()).footnote)


def _facts(settings: Access) -> dict[str, object]:
    seeing = _seeing_names(settings)
    everybody = settings.cost.who == EVERYBODY
    return {
        "cost": "Everybody in this Slack workspace" if everybody else f"Only {_those(settings.cost)}",
        "names": _those(seeing),
        "alike": seeing == settings.cost,
        "within": bool(settings.cost.group),
        "costs_short": _those(settings.cost),
        "names_short": _those(seeing),
        "channels": sorted(settings.channels or ()),
        "anywhere": settings.channels is None,
        "naming": sorted(_naming(settings)),
        "everywhere": settings.naming is None,
        "restricted": seeing.who != EVERYBODY and _are_posted(settings),
    }


def _seeing_names(settings: Access) -> Audience:
    """Who sees engineers by name: nobody who may not see the figures."""
    is_no_narrower = settings.names.who == EVERYBODY or settings.cost.who == ADMINS
    return settings.cost if is_no_narrower else settings.names


def _naming(settings: Access) -> Iterable[str]:
    naming = settings.naming or frozenset()
    return naming if settings.channels is None else naming & settings.channels


def _are_posted(settings: Access) -> bool:
    """Whether names may be posted in any channel."""
    return settings.channels != frozenset() and (settings.naming is None or bool(_naming(settings)))


def _those(audience: Audience) -> str:
    if audience.who == EVERYBODY:
        return "everybody"
    return f"{_group(audience)} and admins" if audience.group else "admins"


def _group(audience: Audience) -> str:
    return f"@{wording.short(audience.handle)}" if audience.handle else "a user group"


def changed(before: Access, after: Access) -> str:
    """Tell what a decision changed, in plain words and Slack's ids, for the log."""
    told = [
        f"{what}: {former} → {present}"
        for what, former, present in zip(_DECIDED, _told(before), _told(after), strict=True)
        if former != present
    ]
    return "; ".join(told) or "nothing changed"


_DECIDED = ("costs", "engineers by name", "channels", "naming engineers in")


def _told(settings: Access) -> tuple[str, str, str, str]:
    audiences = _those(settings.cost), _those(settings.names)
    return *audiences, _places(settings.channels), _places(settings.naming)


def _places(channels: frozenset[str] | None) -> str:
    return "every channel" if channels is None else " ".join(sorted(channels)) or "no channel"


# What is withheld


def withheld(settings: Access, *, names: bool, unknown: str = "") -> Message:
    """Say calmly who may see it and what may be asked instead.

    With `names` it is the names only, the figures may be seen. `unknown` is Slack's word for why it does
    not say who is in a group.
    """
    audience = _seeing_names(settings) if names else settings.cost
    return notice(
        "withheld",
        names=names,
        what="Engineers and keys by name are" if names else "What Claude costs is",
        who=_those(audience),
        group=_group(audience),
        unknown=unknown,
        lacking=unknown == "missing_scope",
    )


def not_in_this_channel(*, names: bool) -> Message:
    """Say that a channel may not be told, or, with `names`, not who spent it."""
    return notice("not_in_this_channel", names=names)


def what_you_may_see(settings: Access, *, names: bool) -> blocks.Block:
    """Say to somebody who may ask what Claude costs, as small print, what is theirs to see."""
    return blocks.context(render_template("yours", names=names, who=_those(_seeing_names(settings))).headline)


def nameless(said: Message) -> Message:
    """Leave out the buttons that lead to names."""
    shown = [_without_views(block) if block["type"] == "actions" else block for block in said.blocks]
    return Message(said.text, [block for block in shown if block.get("elements") != []])


def _without_views(block: blocks.Block) -> blocks.Block:
    return {**block, "elements": [each for each in block["elements"] if each["action_id"] not in _VIEWS]}


# Digests


def channel_digest(told: Digest, *, names: bool, naming: Naming = "names", **how: Any) -> Message:  # noqa: ANN401 - as `digest` has it
    """Tell it to a channel, engineers named as wished, in totals only where they may not be."""
    said = plain_digest(named(told, naming if names else "totals"), **how)
    if names:
        return said
    return Message(said.text, [*said.blocks, blocks.context(render_template("nameless").footnote)])


def audience_of(
    channel: str, *, often: str, allowed: bool, naming: Naming, outsiders: bool | None
) -> blocks.Block:
    """Say who will read a digest and how `often` ("every day"), before it is set up.

    `channel` is an id, "" while none is chosen; `outsiders` is None where nobody knows.
    """
    facts = {
        "channel": channel,
        "allowed": allowed,
        "often": often,
        "naming": naming,
        "outsiders": outsiders,
        "unsure": outsiders is None,
    }
    return blocks.section(render_template("audience", **facts).headline)


def digest_nameless(channel: str, *, subscription_id: int) -> Message:
    """Tell the owner of a digest, once, that it names nobody."""
    edit = button("Edit digest", "digest:edit", value=str(subscription_id))
    return notice("digest_nameless", edit, channel=channel)
