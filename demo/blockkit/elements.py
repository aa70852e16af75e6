"""The elements that Slack accepts inside a block: text objects, options, buttons, selects and inputs."""

from collections.abc import Iterator

from demo.blockkit.checks import (
    Check,
    anything,
    as_list,
    boolean,
    both,
    exactly_one,
    items,
    number,
    one_of,
    problem,
    shape,
    string,
    typed,
    unique,
    whole,
)

IDENTIFIER = string(255)
ADDRESS = string(3000)


def plain(most: int) -> Check:
    """Accept a plain_text object of at most this many characters."""
    return shape({"type": one_of("plain_text"), "text": string(most)}, {"emoji": boolean})


def text(most: int) -> Check:
    """Accept a plain_text or mrkdwn object of at most this many characters."""
    mrkdwn = shape({"type": one_of("mrkdwn"), "text": string(most)}, {"verbatim": boolean})
    return typed({"plain_text": plain(most), "mrkdwn": mrkdwn})


CONFIRM = shape(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)
PLACEHOLDER = plain(150)
DISPATCH = shape({}, {"trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), 2)})


def option(words: Check) -> Check:
    """Accept an option whose text passes `words`."""
    return shape({"text": words, "value": string(150)}, {"description": text(75), "url": ADDRESS})


PLAIN_OPTION, TEXT_OPTION = option(plain(75)), option(text(75))
OPTION_GROUP = shape({"label": plain(75), "options": items(PLAIN_OPTION, 100)})
SLACK_FILE = both(shape({}, {"id": string(255), "url": ADDRESS}), exactly_one("id", "url"))


def _element(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    return shape({"type": anything, **required}, {"action_id": IDENTIFIER, **(optional or {})})


def _chosen_is_offered(value: object, at: str) -> Iterator[str]:
    """Insist that an initial option is one of the options, to the letter."""
    if not isinstance(value, dict):
        return
    groups = [group for group in as_list(value.get("option_groups")) if isinstance(group, dict)]
    offered = as_list(value.get("options")) + [o for g in groups for o in as_list(g.get("options"))]
    chosen = as_list(value.get("initial_options")) + [value[k] for k in ("initial_option",) if k in value]
    if any(each not in offered for each in chosen):
        yield problem("initial option is not one of the options", at)


_PICK = {"placeholder": PLACEHOLDER, "confirm": CONFIRM, "focus_on_load": boolean}
_PICKS = {**_PICK, "max_selected_items": whole(1, 100)}
_STATIC = {
    "options": both(items(PLAIN_OPTION, 100), unique("value")),
    "option_groups": items(OPTION_GROUP, 100),
}
_FILTER = shape(
    {},
    {
        "include": items(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
_QUERY = {"min_query_length": whole(0, 100)}
_CONVERSATIONS: dict[str, Check] = {"default_to_current_conversation": boolean, "filter": _FILTER}
_TYPING = {"placeholder": PLACEHOLDER, "focus_on_load": boolean, "dispatch_action_config": DISPATCH}


def _static(optional: dict[str, Check]) -> Check:
    return both(
        _element({}, {**_STATIC, **optional}), exactly_one("options", "option_groups"), _chosen_is_offered
    )


def _listed(words: Check, most: int, optional: dict[str, Check]) -> Check:
    options = both(items(words, most), unique("value"))
    return both(_element({"options": options}, optional), _chosen_is_offered)


BUTTON = _element(
    {"text": plain(75)},
    {
        "value": string(2000, least=0),
        "url": ADDRESS,
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
IMAGE_ELEMENT = both(
    shape({"type": anything, "alt_text": string(2000)}, {"image_url": ADDRESS, "slack_file": SLACK_FILE}),
    exactly_one("image_url", "slack_file"),
)
SELECTS: dict[str, Check] = {
    "static_select": _static({**_PICK, "initial_option": PLAIN_OPTION}),
    "multi_static_select": _static({**_PICKS, "initial_options": items(PLAIN_OPTION, 100)}),
    "external_select": _element({}, {**_PICK, **_QUERY, "initial_option": PLAIN_OPTION}),
    "multi_external_select": _element({}, {**_PICKS, **_QUERY, "initial_options": items(PLAIN_OPTION, 100)}),
    "users_select": _element({}, {**_PICK, "initial_user": IDENTIFIER}),
    "multi_users_select": _element({}, {**_PICKS, "initial_users": items(IDENTIFIER, 100)}),
    "channels_select": _element(
        {}, {**_PICK, "initial_channel": IDENTIFIER, "response_url_enabled": boolean}
    ),
    "multi_channels_select": _element({}, {**_PICKS, "initial_channels": items(IDENTIFIER, 100)}),
    "conversations_select": _element(
        {},
        {**_PICK, **_CONVERSATIONS, "initial_conversation": IDENTIFIER, "response_url_enabled": boolean},
    ),
    "multi_conversations_select": _element(
        {}, {**_PICKS, **_CONVERSATIONS, "initial_conversations": items(IDENTIFIER, 100)}
    ),
}
CHOICES: dict[str, Check] = {
    "checkboxes": _listed(
        TEXT_OPTION,
        10,
        {"initial_options": items(TEXT_OPTION, 10), "confirm": CONFIRM, "focus_on_load": boolean},
    ),
    "radio_buttons": _listed(
        TEXT_OPTION, 10, {"initial_option": TEXT_OPTION, "confirm": CONFIRM, "focus_on_load": boolean}
    ),
    "datepicker": _element({}, {**_PICK, "initial_date": string(10)}),
    "timepicker": _element({}, {**_PICK, "initial_time": string(5), "timezone": string(255)}),
}
DATE_TIME = _element({}, {"initial_date_time": number(0), "confirm": CONFIRM, "focus_on_load": boolean})
OVERFLOW = _listed(PLAIN_OPTION, 5, {"confirm": CONFIRM})
TYPED: dict[str, Check] = {
    "plain_text_input": _element(
        {},
        {
            **_TYPING,
            "initial_value": string(3000, least=0),
            "multiline": boolean,
            "min_length": whole(0, 3000),
            "max_length": whole(1, 3000),
        },
    ),
    "email_text_input": _element({}, {**_TYPING, "initial_value": string(3000)}),
    "url_text_input": _element({}, {**_TYPING, "initial_value": string(3000)}),
    "number_input": _element(
        {"is_decimal_allowed": boolean},
        {**_TYPING, "initial_value": string(255), "min_value": string(255), "max_value": string(255)},
    ),
    "rich_text_input": _element({}, {**_TYPING, "initial_value": anything}),
    "file_input": _element({}, {"filetypes": items(string(20), 100), "max_files": whole(1, 10)}),
}

IN_ACTIONS = typed(
    {"button": BUTTON, "overflow": OVERFLOW, "datetimepicker": DATE_TIME, **SELECTS, **CHOICES}
)
IN_INPUT = typed({"datetimepicker": DATE_TIME, **SELECTS, **CHOICES, **TYPED})
IN_SECTION = typed({"button": BUTTON, "overflow": OVERFLOW, "image": IMAGE_ELEMENT, **SELECTS, **CHOICES})
IN_CONTEXT = typed(
    {
        "image": IMAGE_ELEMENT,
        "plain_text": plain(3000),
        "mrkdwn": text(3000),
    }
)
