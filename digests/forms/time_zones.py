"""The time zones to choose from: all of them by region, the person's own first."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from zoneinfo import available_timezones

from digests.layout.blocks import Block

_REGIONS = "Africa America Antarctica Asia Atlantic Australia Europe Indian Pacific".split()  # noqa: SIM905 - names
_MOST = 100  # options of a group, https://docs.slack.dev/reference/block-kit/composition-objects/option-group-object
_LABEL = "{region} {first}–{last}"


def zone_select(*first: str, label: str = "Yours, and UTC") -> Block:
    """Return a select of zones; `first` comes first, its first is selected, then UTC and all others.

    `label` stands above the first ones.
    """
    own = [_option(name) for name in dict.fromkeys((*first, "UTC"))]
    named = {each["value"] for each in own}
    others = (_group(label, [name for name in names if name not in named]) for label, names in _regions())
    return {
        "type": "static_select",
        "initial_option": own[0],
        "option_groups": [_labelled(label, own), *(group for group in others if group["options"])],
    }


@cache
def _regions() -> Sequence[tuple[str, Sequence[str]]]:
    """Return every zone named after a place, by region, a large region in several groups."""
    names = sorted(name for name in available_timezones() if name.partition("/")[0] in _REGIONS)
    return [part for region, zones in groupby(names, _region) for part in _parts(region, list(zones))]


def _region(name: str) -> str:
    return name.partition("/")[0]


def _parts(region: str, names: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    if len(names) <= _MOST:
        yield region, names
        return
    for at in range(0, len(names), _MOST):
        part = names[at : at + _MOST]
        yield _LABEL.format(region=region, first=_letter(part[0]), last=_letter(part[-1])), part


def _letter(name: str) -> str:
    return name.partition("/")[2][0]


def _group(label: str, names: Sequence[str]) -> Block:
    return _labelled(label, [_option(name) for name in names])


def _labelled(label: str, options: Sequence[Block]) -> Block:
    return {"label": {"type": "plain_text", "text": label}, "options": list(options)}


def _option(name: str) -> Block:
    return {"text": {"type": "plain_text", "text": name.replace("_", " ")}, "value": name}
