"""What Slack accepts and refuses, one rule a test."""

from typing import Any

import pytest

from demo.blockkit.messages import characters, problems_in_message, problems_in_view


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(text: str, action_id: str) -> dict[str, Any]:
    return {"type": "button", "text": {"type": "plain_text", "text": text}, "action_id": action_id}


def cell(text: str) -> dict[str, Any]:
    return {"type": "raw_text", "text": text}


def chart(points: int, **changes: Any) -> dict[str, Any]:
    days = [f"Nov {day}" for day in range(1, points + 1)]
    data = [{"label": day, "value": 1.5} for day in days]
    plot = {"type": "bar", "series": [{"name": "Spend", "data": data}], "axis_config": {"categories": days}}
    return {"type": "data_visualization", "title": "Last days", "chart": plot | changes}


def message(*blocks: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"text": "Claude spend", "blocks": list(blocks), **rest}


def modal(*blocks: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Connect"},
        "blocks": list(blocks),
        **rest,
    }


KEY = {
    "type": "input",
    "block_id": "admin_key",
    "label": {"type": "plain_text", "text": "Admin API key"},
    "element": {"type": "plain_text_input", "action_id": "value"},
}
SUBMIT = {"type": "plain_text", "text": "Connect"}


def only(problems: list[str]) -> str:
    assert len(problems) == 1, problems
    return problems[0]


def test_a_message_of_common_blocks_is_accepted() -> None:
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Claude spend"}},
        section("*$5,504.08*"),
        {"type": "divider"},
        {"type": "actions", "elements": [button("By model", "by_model"), button("By key", "by_key")]},
        {"type": "table", "rows": [[cell("Model"), cell("Spend")], [cell("Opus"), cell("$1")]]},
        chart(14),
    ]

    assert problems_in_message(message(*blocks)) == []


def test_a_problem_reads_as_slack_writes_it() -> None:
    header = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}

    problems = only(problems_in_message(message(header)))

    assert problems == "must be less than 151 characters [json-pointer:/blocks/0/text/text]"


def test_lengths_are_counted_in_code_points() -> None:
    assert problems_in_message(message(section("🪙" * 3000))) == []
    assert "3001" in only(problems_in_message(message(section("🪙" * 3001))))


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        ({"type": "section"}, "text or fields"),
        (section(""), "more than 0"),
        ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "plain_text"),
        ({"type": "hologram"}, "unsupported type: hologram"),
        ({"type": "alert", "text": {"type": "plain_text", "text": "x"}}, "not allowed in a message"),
        ({"type": "divider", "color": "red"}, "additional property: color"),
        ({"type": "actions", "elements": [{**button("x", "a"), "style": "green"}]}, "primary, danger"),
        ({"type": "actions", "elements": [button("x" * 76, "a")]}, "less than 76"),
        ({"type": "actions", "elements": [button("x", "a"), button("y", "a")]}, "used twice"),
        ({"type": "actions", "elements": [button("x", f"a{i}") for i in range(26)]}, "25"),
        ({"type": "context", "elements": [{"type": "plain_text", "text": "x"}] * 11}, "10"),
        ({"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 11}, "10"),
        ({"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2001}]}, "2001"),
        ({"type": "image", "image_url": "https://example.com/a.png"}, "alt_text"),
    ],
)
def test_a_block_that_breaks_one_rule_is_refused(block: dict[str, Any], complaint: str) -> None:
    assert complaint in only(problems_in_message(message(block)))


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([[cell("a")]] * 101, "100"),
        ([[cell("a")] * 21], "20"),
        ([[cell("a"), cell("b")], [cell("a")]], "header row"),
        ([[{"type": "raw_text", "text": ""}]], "more than 0"),
        ([[{"type": "bold", "text": "a"}]], "unsupported type: bold"),
        ([["a"]], "must be an object"),
    ],
)
def test_a_table_that_breaks_one_rule_is_refused(rows: list[Any], complaint: str) -> None:
    assert complaint in only(problems_in_message(message({"type": "table", "rows": rows})))


def test_every_documented_cell_kind_is_accepted() -> None:
    bold = {"type": "text", "text": "All", "style": {"bold": True}}
    rich = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [bold]}]}
    row = [cell("Opus"), rich, {"type": "raw_number", "value": 12.5, "text": "$12.50"}]

    assert problems_in_message(message({"type": "table", "rows": [row]})) == []


def test_tables_hold_ten_thousand_characters_and_stand_alone() -> None:
    small, large = ({"type": "table", "rows": [[cell("x" * size)]]} for size in (1, 10_000))

    assert "only one table" in only(problems_in_message(message(small, small)))
    assert any("10000" in each for each in problems_in_message(message(large, small)))


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        (chart(21), "20"),
        ({**chart(2), "title": "x" * 51}, "51"),
        (chart(2, series=[{"name": "Spend", "data": [{"label": "Nov 1", "value": 1}]}]), "one point"),
        (chart(2, type="pie", segments=[]), "additional"),
        (chart(1, series=chart(1)["chart"]["series"] * 2), "used twice"),
    ],
)
def test_a_chart_that_breaks_a_rule_is_refused(block: dict[str, Any], complaint: str) -> None:
    assert any(complaint in each for each in problems_in_message(message(block)))


def test_a_pie_has_only_positive_slices() -> None:
    pie = {"type": "pie", "segments": [{"label": "Opus", "value": 0}]}

    problems = problems_in_message(message({"type": "data_visualization", "title": "Share", "chart": pie}))

    assert only(problems) == "must be more than 0 [json-pointer:/blocks/0/chart/segments/0/value]"


def test_a_message_holds_two_charts() -> None:
    assert problems_in_message(message(chart(1), chart(1))) == []
    assert "2 data_visualization" in only(problems_in_message(message(chart(1), chart(1), chart(1))))


def test_a_message_holds_eleven_thousand_characters() -> None:
    blocks = [section("x" * 2750)] * 4

    assert characters(blocks) == 11_000
    assert problems_in_message(message(*blocks)) == []
    assert "11000" in only(problems_in_message(message(*blocks, section("y"))))


def test_a_message_holds_fifty_blocks() -> None:
    assert "50" in only(problems_in_message(message(*[{"type": "divider"}] * 51)))


def test_a_block_id_is_used_once() -> None:
    block = {**section("x"), "block_id": "same"}

    assert "'same' is used twice" in only(problems_in_message(message(block, block)))


def test_a_message_without_words_for_screen_readers_is_a_problem() -> None:
    assert "top-level text" in only(problems_in_message({"blocks": [section("x")]}))
    assert "4001" in only(problems_in_message({"text": "x" * 4001}))


def test_metadata_has_a_type_and_a_payload() -> None:
    good = {"event_type": "stackspend_digest", "event_payload": {"id": 7}}

    assert problems_in_message(message(metadata=good)) == []
    assert "event_payload" in only(problems_in_message(message(metadata={"event_type": "x"})))


def test_a_modal_with_inputs_needs_a_submit_button() -> None:
    assert problems_in_view(modal(KEY, submit=SUBMIT)) == []
    assert "submit" in only(problems_in_view(modal(KEY)))


@pytest.mark.parametrize(
    ("view", "complaint"),
    [
        (modal(KEY, submit={"type": "plain_text", "text": "x" * 25}), "less than 25"),
        (modal(section("x"), private_metadata="x" * 3001), "3001"),
        (modal({"type": "table", "rows": [[cell("a")]]}), "not allowed in a modal"),
        (modal(), "at least 1"),
        (modal(*[section("x")] * 101), "100"),
        (modal(section("x"), color="red"), "additional property: color"),
        ({"type": "home", "blocks": [chart(2)]}, "not allowed in a home"),
        ({"type": "window", "blocks": []}, "unsupported type: window"),
    ],
)
def test_a_view_that_breaks_one_rule_is_refused(view: dict[str, Any], complaint: str) -> None:
    assert complaint in only(problems_in_view(view))


def test_a_view_weighs_no_more_than_250_kilobytes() -> None:
    assert any("view_too_large" in each for each in problems_in_view(modal(*[section("x" * 3000)] * 90)))


def test_an_initial_option_must_be_offered() -> None:
    daily, weekly = ({"text": {"type": "plain_text", "text": each}, "value": each} for each in "dw")
    select = {"type": "static_select", "action_id": "kind", "options": [daily], "initial_option": weekly}
    block = {**KEY, "element": select}

    assert "not one of the options" in only(problems_in_view(modal(block, submit=SUBMIT)))


@pytest.mark.parametrize("garbage", [None, 7, "blocks", {}, [None], [7], [{}], [{"type": []}]])
def test_garbage_is_refused_without_falling_over(garbage: Any) -> None:
    assert problems_in_view(modal() | {"blocks": garbage})
    assert isinstance(problems_in_message({"text": "x", "blocks": garbage}), list)
