"""The checks catch what is wrong: a wrong block of each kind, by whoever knows that kind."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from digests import render
from digests.layout import blocks
from tests.digests import samples
from tests.surface.checks import Surface, objections

Wrong = Callable[[dict[str, Any]], object]
OWN, SDK, SLACKBLOCKS, TYPES = "json-pointer", "slack_sdk", "slackblocks", "@slack/types"

SECTION = blocks.section("*$5,504.08*")
FIGURES = blocks.figures(("November so far", "$81,230.44"))
HEADER = blocks.header("Claude spend")
CONTEXT = blocks.context("Billed by Anthropic")
ACTIONS = blocks.actions(blocks.button("By model", "view:model", value="today"))
TABLE = blocks.table(["Model", "Spend"], [["Opus 5.5", "$1.00"]], ["All", "$1.00"])
CHART = blocks.bars("Last 14 days", "Spend", [("Nov 1", 3.0), ("2", 4.0)])
LINES = blocks.preformatted(["Mon  $3"])
IMAGE = {"type": "image", "alt_text": "Spend by day", "slack_file": {"id": "F0PICTURE1"}}
INPUT = {
    "type": "input",
    "label": {"type": "plain_text", "text": "Key"},
    "element": {"type": "plain_text_input", "action_id": "value"},
}


def payload(surface: Surface, block: dict[str, Any]) -> dict[str, Any]:
    words = {"type": "plain_text", "text": "Connect"}
    shapes: dict[Surface, dict[str, Any]] = {
        "message": {"text": "Claude spend", "blocks": [block]},
        "modal": {"type": "modal", "title": words, "submit": words, "blocks": [block]},
        "home": {"type": "home", "blocks": [block]},
    }
    return shapes[surface]


@pytest.mark.parametrize("block", [SECTION, FIGURES, HEADER, CONTEXT, ACTIONS, TABLE, LINES, IMAGE])
@pytest.mark.parametrize("surface", ["message", "home"])
def test_what_is_right_passes(surface: Surface, block: dict[str, Any]) -> None:
    assert objections(surface, payload(surface, block)) == []


def test_a_chart_passes_in_a_message() -> None:
    assert objections("message", payload("message", CHART)) == []


def test_a_form_passes() -> None:
    assert objections("modal", payload("modal", INPUT)) == []


@pytest.mark.parametrize(
    ("surface", "block", "spoil", "noticed"),
    [
        ("message", SECTION, lambda b: b["text"].update(text="x" * 3001), (OWN, SDK, SLACKBLOCKS)),
        ("message", SECTION, lambda b: b["text"].update(text=""), (OWN, SLACKBLOCKS)),
        ("message", SECTION, lambda b: b.update(tooltip="x"), (OWN, TYPES)),
        ("message", FIGURES, lambda b: b.update(fields=b["fields"] * 11), (OWN, SDK, SLACKBLOCKS)),
        ("message", HEADER, lambda b: b["text"].update(text="x" * 151), (OWN, SDK, SLACKBLOCKS)),
        ("message", HEADER, lambda b: b["text"].update(type="mrkdwn"), (OWN, TYPES)),
        ("message", CONTEXT, lambda b: b.update(elements=b["elements"] * 11), (OWN, SDK, SLACKBLOCKS)),
        ("message", ACTIONS, lambda b: b.update(elements=b["elements"] * 26), (OWN, SDK, SLACKBLOCKS)),
        ("message", ACTIONS, lambda b: b["elements"][0].update(style="green"), (OWN, SDK, TYPES)),
        ("message", ACTIONS, lambda b: b["elements"][0].update(disabled=True), (OWN, TYPES)),
        ("message", ACTIONS, lambda b: b["elements"][0].update(value="x" * 2001), (OWN, SDK, SLACKBLOCKS)),
        ("message", TABLE, lambda b: b["rows"].extend(b["rows"] * 33), (OWN, SLACKBLOCKS)),
        ("message", TABLE, lambda b: b["rows"][1].__setitem__(0, "Opus 5.5"), (OWN, TYPES)),
        ("message", CHART, lambda b: b.update(title="x" * 51), (OWN, SLACKBLOCKS)),
        ("message", CHART, lambda b: b["chart"]["axis_config"].update(categories=["Nov 1"]), (OWN,)),
        ("message", CHART, lambda b: b["chart"].update(type="donut"), (OWN,)),
        ("message", LINES, lambda b: b["elements"][0].update(type="rich_text_code"), (OWN, TYPES)),
        ("message", IMAGE, lambda b: b.pop("alt_text"), (OWN, TYPES)),
        ("message", IMAGE, lambda b: b.update(image_url="https://spend.example/a.png"), (OWN,)),
        ("message", SECTION, lambda b: b.update(type="sectoin"), (OWN, SDK, SLACKBLOCKS, TYPES)),
        ("modal", INPUT, lambda b: b["label"].update(type="mrkdwn"), (OWN, TYPES)),
        ("modal", INPUT, lambda b: b["element"].update(type="password"), (OWN, TYPES)),
        ("modal", SECTION, lambda b: b.update(deepcopy(TABLE)), (OWN, SLACKBLOCKS)),
        ("home", SECTION, lambda b: b.update(type="alert", text="x"), (OWN, SLACKBLOCKS)),
    ],
)
def test_what_is_wrong_is_caught(
    surface: Surface, block: dict[str, Any], spoil: Wrong, noticed: tuple[str, ...]
) -> None:
    wrong = deepcopy(block)
    spoil(wrong)
    problems = "\n".join(objections(surface, payload(surface, wrong)))
    assert [who for who in noticed if who not in problems] == []


def test_a_message_too_long_for_slack_is_caught() -> None:
    long = {"text": "Claude spend", "blocks": [blocks.section("x" * 2900)] * 3}
    assert objections("message", long) == ["a message of 8700 characters"]


def test_a_view_of_another_shape_is_caught() -> None:
    view = {**payload("modal", INPUT), "titel": "Connect"}
    assert any(TYPES in each for each in objections("modal", view))


def test_two_tables_in_a_message_are_caught() -> None:
    message = render.cost(samples.friday(), now=samples.NOW)
    twice = {"text": message.text, "blocks": [*message.blocks, TABLE]}
    assert "only one table" in "".join(objections("message", twice))
