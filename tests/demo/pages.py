"""Block Kit of every kind that the page must show."""

from typing import Any


def section(text: str, **rest: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **rest}


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def button(text: str, **rest: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(text), "action_id": text.lower().replace(" ", "_"), **rest}


def option(text: str) -> dict[str, Any]:
    return {"text": plain(text), "value": text.lower()}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def table(*rows: list[str]) -> dict[str, Any]:
    cells = [[{"type": "raw_text", "text": text} for text in row] for row in rows]
    return {"type": "table", "column_settings": [{}, {"align": "right"}], "rows": cells}


def chart(kind: str, *series: str) -> dict[str, Any]:
    days = {"Mon": 3, "Tue": 1204, "Wed": 20.5}
    points = [{"label": label, "value": value} for label, value in days.items()]
    plot = {
        "type": kind,
        "series": [{"name": name, "data": points} for name in series],
        "axis_config": {"categories": list(days), "y_label": "USD"},
    }
    return {"type": "data_visualization", "title": f"Spend, {kind}", "chart": plot}


def field(name: str, element: dict[str, Any], **rest: Any) -> dict[str, Any]:
    named = {"action_id": "value", **element}
    return {"type": "input", "block_id": name.lower(), "label": plain(name), "element": named, **rest}


PIE = {
    "type": "data_visualization",
    "title": "Share",
    "chart": {"type": "pie", "segments": [{"label": "Opus", "value": 64}, {"label": "Haiku", "value": 36}]},
}
RICH = {
    "type": "rich_text",
    "elements": [
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "Mon ▇▇ $3\nTue ▇ $1"}]},
        {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "one thing"}]}],
        },
    ],
}
CHOICES = {"options": [option("Keep"), option("Delete")]}
MESSAGE = [
    {"type": "header", "text": plain("Claude spend")},
    section("*bold* _italic_ ~struck~ `code` <@U0ADMIN001> <#C0SPEND001> :red_circle:"),
    section("With a menu", accessory={"type": "static_select", "action_id": "menu", **CHOICES}),
    {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Month*\n$1"}]},
    {"type": "divider"},
    table(["Model", "Spend"], ["Opus 5.5", "$3,504.20"]),
    chart("bar", "Spend", "Before"),
    RICH,
    actions(
        button("Go", style="primary"),
        button("Stop", style="danger"),
        button("Console", url="https://platform.claude.com/"),
        {"type": "overflow", "action_id": "more", **CHOICES},
    ),
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "small print"}]},
]
MODAL = {
    "type": "modal",
    "callback_id": "everything",
    "title": plain("Everything"),
    "submit": plain("Save"),
    "blocks": [
        field("Key", {"type": "plain_text_input", "placeholder": plain("sk-ant-…")}, hint=plain("A hint")),
        field("Channel", {"type": "conversations_select", "initial_conversation": "C0SPEND001"}),
        field("Time", {"type": "timepicker", "initial_time": "09:00"}),
        field("Zone", {"type": "static_select", "initial_option": option("Keep"), **CHOICES}),
        field("History", {"type": "radio_buttons", "initial_option": option("Keep"), **CHOICES}),
        field("Alerts", {"type": "checkboxes", **CHOICES}, optional=True),
    ],
}
