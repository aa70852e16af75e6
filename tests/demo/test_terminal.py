"""Block Kit in a terminal: what a person reads, at any width, with color and without."""

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from demo.slack.transcript import Entry, Message, View
from demo.terminal import draw, draw_event
from digests.terminal.text import Viewer, columns

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NAMES = {"U0ADMIN001": "@Mina Okafor", "C0SPEND001": "#claude-spend"}


def section(text: str, **rest: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **rest}


def button(text: str, **rest: Any) -> dict[str, Any]:
    return {"type": "button", "text": {"type": "plain_text", "text": text}, "action_id": text, **rest}


def message(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"text": "Claude spend", "blocks": list(blocks)}


def table(*rows: list[str], **rest: Any) -> dict[str, Any]:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": c} for c in row] for row in rows], **rest}


def chart(**values: float) -> dict[str, Any]:
    data = [{"label": label, "value": value} for label, value in values.items()]
    plot = {
        "type": "bar",
        "series": [{"name": "Spend", "data": data}],
        "axis_config": {"categories": list(values)},
    }
    return {"type": "data_visualization", "title": "Last days", "chart": plot}


MODAL = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Connect Anthropic"},
    "submit": {"type": "plain_text", "text": "Connect"},
    "blocks": [
        {
            "type": "input",
            "block_id": "admin_key",
            "label": {"type": "plain_text", "text": "Admin API key"},
            "hint": {"type": "plain_text", "text": "Starts with sk-ant-admin."},
            "element": {
                "type": "plain_text_input",
                "action_id": "value",
                "placeholder": {"type": "plain_text", "text": "sk-ant-admin01-…"},
            },
        }
    ],
}
EVERYTHING = message(
    {"type": "header", "text": {"type": "plain_text", "text": "Claude spend · Friday, November 20"}},
    section("*$5,504.08*  ·  ▲ 11% on Friday the 13th " * 3, accessory=button("Manage")),
    {"type": "section", "fields": [{"type": "mrkdwn", "text": f"*Figure {i}*\n$1"} for i in range(3)]},
    {"type": "divider"},
    table(["Model", "Spend"], ["Opus 5.5 " * 20, "$3,504.20"], ["日本語", "🪙"]),
    chart(Mon=3, Tue=4504),
    {"type": "actions", "elements": [button(f"Button {i}") for i in range(9)]},
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "Billed by Anthropic for the UTC day " * 4}]},
    {"type": "image", "alt_text": "A chart", "image_url": "https://example.com/chart.png"},
)


def uncolored(drawn: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", drawn)


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("payload", [EVERYTHING, MODAL])
def test_nothing_is_wider_than_the_terminal(payload: dict[str, Any], width: int) -> None:
    assert max(map(columns, draw(payload, width).splitlines())) <= width


@pytest.mark.parametrize("payload", [EVERYTHING, MODAL])
def test_color_changes_nothing_but_color(payload: dict[str, Any]) -> None:
    colored = [line.rstrip() for line in uncolored(draw(payload, 80, color=True)).splitlines()]

    assert colored == draw(payload, 80).splitlines()


def test_markup_becomes_style() -> None:
    drawn = draw(message(section("*bold* _slanted_ ~gone~ `key`")), color=True)

    assert drawn == "\x1b[1mbold\x1b[0m \x1b[3mslanted\x1b[0m \x1b[9mgone\x1b[0m \x1b[35mkey\x1b[0m"


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("a &lt;b&gt; &amp;amp;", "a <b> &amp;"),
        ("<@U0ADMIN001> in <#C0SPEND001>", "@Mina Okafor in #claude-spend"),
        ("<@U0NOBODY01|sam>", "@sam"),
        ("by <@U0NOBODY01> in <#C0NOWHERE1>", "by Slack user U0NOBODY01 in Slack channel C0NOWHERE1"),
        ("to <!subteam^S0TEAM0001>", "to Slack group S0TEAM0001"),
        ("type `stackspend sync`", "type stackspend sync"),
        ("<!here> <!subteam^S1|@finops>", "@here @finops"),
        ("<https://example.com|The page>", "The page (https://example.com)"),
        ("<https://example.com>", "https://example.com"),
        (":red_circle: :lock: :no_such_thing:", "🔴 🔒 :no_such_thing:"),
        ("2*3*4 snake_case_name a ~ b", "2*3*4 snake_case_name a ~ b"),
        ("<!date^1795176000^{date_short} at {time}|then>", "Nov 20, 2026 at 13:00"),
        ("<!date^1795176000^{ago}|then>", "1 day ago"),
        ("<!date^soon^{time}|then>", "then"),
        ("<!date^1795176000^{era}|then>", "then"),
    ],
)
def test_markup_reads_as_in_slack(text: str, reads: str) -> None:
    viewer = Viewer(names=NAMES, zone=ZoneInfo("Europe/Berlin"), now=NOON)

    assert draw({"text": text}, viewer=viewer) == reads


def test_foreign_text_cannot_reach_the_terminal_raw() -> None:
    hostile = "\x1b[2J\x1b]0;title\x07 \u202egnp.exe\u2028\x9b31m"
    payload = message(
        {"type": "header", "text": {"type": "plain_text", "text": hostile}},
        section(hostile),
        table([hostile], [hostile]),
        chart(**{hostile: 1}),
    )

    drawn = uncolored(draw(payload, 80, color=True))

    assert not set(drawn) & set("\x1b\x07\x9b\u202e\u2028")
    assert "�[2J�]0;title�" in drawn


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("Opus 5.5", 8),
        ("日本語", 6),
        ("한국", 4),
        ("e\u0301", 1),  # a letter and its accent
        ("שלום", 4),
        ("🪙", 2),
        ("⚠\ufe0f", 2),
        ("⭐\ufe0f", 2),
        ("👍🏽", 2),
        ("👨\u200d👩\u200d👧", 2),
        ("👩🏽\u200d⚕\ufe0f", 2),
        ("🇩🇪", 2),
    ],
)
def test_text_is_as_wide_as_a_terminal_shows_it(text: str, width: int) -> None:
    assert columns(text) == width


def test_a_header_is_underlined() -> None:
    header = {"type": "header", "text": {"type": "plain_text", "text": "Spend"}}

    assert draw(message(header)) == "Spend\n━━━━━"


def test_fields_stand_in_two_columns() -> None:
    fields = [{"type": "mrkdwn", "text": text} for text in ("*Today*\n$1", "*Month*\n$30")]

    assert (
        draw(message({"type": "section", "fields": fields}), 42)
        == "Today                 Month\n$1                    $30"
    )


def test_an_accessory_stands_at_the_right() -> None:
    assert draw(message(section("Digests", accessory=button("Add"))), 30) == "Digests" + " " * 16 + "[ Add ]"


def test_a_table_is_aligned_and_ruled() -> None:
    block = table(["Model", "Spend"], ["Opus", "$3,504.20"], column_settings=[{}, {"align": "right"}])

    assert draw(message(block)).splitlines() == [
        " Model │     Spend",
        "───────┼───────────",
        " Opus  │ $3,504.20",
    ]


def test_a_wide_table_wraps_or_shortens_its_widest_column() -> None:
    wrapped = table(
        ["Model", "$"], ["claude opus 5.5 of the research team", "1"], column_settings=[{"is_wrapped": True}]
    )
    cut = wrapped | {"column_settings": [{}]}

    assert draw(message(wrapped), 24).splitlines()[2:] == [
        " claude opus 5.5 of │ 1",
        " the research team  │",
    ]
    assert draw(message(cut), 24).splitlines()[2:] == [" claude opus 5.5 o… │ 1"]


def test_a_chart_is_bars_with_labels_and_values() -> None:
    assert draw(message(chart(Mon=1000, Tue=2000)), 24).splitlines() == [
        "Last days",
        " Mon ██████▌       1,000",
        " Tue █████████████ 2,000",
    ]


def test_a_pie_is_bars_with_shares() -> None:
    pie = {"type": "pie", "segments": [{"label": "Opus", "value": 3}, {"label": "Haiku", "value": 1}]}
    block = {"type": "data_visualization", "title": "Share", "chart": pie}

    assert [line.split()[-1] for line in draw(message(block)).splitlines()] == ["Share", "75%", "25%"]


def test_a_modal_is_a_framed_dialog() -> None:
    assert draw(MODAL, 40).splitlines() == [
        "╭─ Connect Anthropic ──────────────────╮",
        "│ Admin API key                        │",
        "│ ╭──────────────────────────────────╮ │",
        "│ │ sk-ant-admin01-…                 │ │",
        "│ ╰──────────────────────────────────╯ │",
        "│ Starts with sk-ant-admin.            │",
        "│                                      │",
        "│              [ Cancel ]  [ Connect ] │",
        "╰──────────────────────────────────────╯",
    ]


def test_choices_show_what_is_chosen() -> None:
    daily, weekly = ({"text": {"type": "plain_text", "text": t}, "value": t} for t in ("Daily", "Weekly"))
    radio = {"type": "radio_buttons", "options": [daily, weekly], "initial_option": weekly}

    assert draw(message({"type": "actions", "elements": [radio]})) == "○ Daily  ● Weekly"


def test_rich_text_lists_are_drawn() -> None:
    items = [{"type": "rich_text_section", "elements": [{"type": "text", "text": t}]} for t in ("One", "Two")]
    block = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_list", "style": "ordered", "elements": items}],
    }

    assert draw(message(block)) == "1. One\n2. Two"


def entry(kind: Any, **facts: Any) -> Entry:
    return Entry(index=0, at=NOON, kind=kind, names=NAMES, **facts)


def test_an_event_says_who_sees_what_and_where() -> None:
    posted = Message(channel="C0SPEND001", ts="1.1", content={"text": "*$5*"}, author="U0STACKBOT")
    view = View(id="V1", owner="U0ADMIN001", content=MODAL, hash="1")
    typed = entry("command", user="U0ADMIN001", channel="C0SPEND001", text="/stackspend cost")
    private = entry("ephemeral", user="U0ADMIN001", channel="C0SPEND001", subject=posted)
    refused = entry("modal_errors", user="U0ADMIN001", subject=view, errors={"admin_key": "Not a key."})

    assert draw_event(entry("message", channel="C0SPEND001", subject=posted)) == (
        "#claude-spend  StackSpend  12:00\n▎ $5"
    )
    assert draw_event(typed) == "#claude-spend  Mina Okafor  12:00\n▶ /stackspend cost"
    assert draw_event(private).splitlines()[0].endswith("only Mina Okafor sees this")
    assert draw_event(refused).splitlines()[1] == "  ✗ Admin API key: Not a key."
