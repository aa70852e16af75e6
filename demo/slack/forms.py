"""Convert a person's input to the state of a view or message, element by element, as Slack sends it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Content = Mapping[str, Any]
Place = tuple[str, str]
State = dict[str, dict[str, dict[str, Any]]]

# The property that holds what was entered; lists of it where several may be chosen.
_HELD: Final = {
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "rich_text_input": "rich_text_value",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
}
_EXTERNAL: Final = ("external_select", "multi_external_select")


def elements_in(content: Content) -> Iterator[tuple[str, dict[str, Any]]]:
    """Walk through everything one can press, choose or type into, with its block_id."""
    for block in content.get("blocks") or []:
        elements = [block.get("element"), block.get("accessory")]
        if block.get("type") == "actions":
            elements += block["elements"]
        yield from ((block["block_id"], e) for e in elements if isinstance(e, dict) and e.get("action_id"))


def element_at(content: Content, action_id: str, block_id: str | None) -> tuple[str, dict[str, Any]]:
    """Return an element. Raises LookupError if it is not on the screen."""
    shown = list(elements_in(content))
    for block, element in shown:
        if element["action_id"] == action_id and block_id in (None, block):
            return block, element
    raise LookupError(f"nothing here is called {action_id!r}; there is {[e['action_id'] for _, e in shown]}")


def state_of(content: Content, typed: Mapping[Place, dict[str, Any]], channel: str | None) -> State:
    """Build `state.values`: what was entered, or else what each input was opened with."""
    values: State = {}
    for block_id, element in elements_in(content):
        if element["type"] in _HELD and element["type"] != "overflow":
            entry = typed.get((block_id, element["action_id"])) or _initial(element, channel)
            values.setdefault(block_id, {})[element["action_id"]] = entry
    return values


def entry_of(element: Content, value: Any, suggested: list[dict[str, Any]] | None = None) -> dict[str, Any]:  # noqa: ANN401 a word, a number, an id, or several
    """Return a person's input in the form in which Slack sends it for that kind of element."""
    kind = element["type"]
    held = _HELD[kind]
    if value is None or not held.startswith("selected_option"):
        return {"type": kind, held: value}
    offered = suggested if suggested is not None else _options_of(element)
    if held == "selected_option":
        return {"type": kind, held: _option(offered, value)}
    return {"type": kind, held: [_option(offered, each) for each in value]}


def needs_suggestions(element: Content) -> bool:
    """Say whether its options are asked from the bot as the person types."""
    return element["type"] in _EXTERNAL


def complaints(content: Content, state: State) -> dict[str, str]:
    """Name the inputs that Slack's own client would not let pass, by block_id."""
    problems: dict[str, str] = {}
    for block in content.get("blocks") or []:
        if block.get("type") == "input" and not block.get("optional"):
            held = state.get(block["block_id"], {}).get(block["element"].get("action_id"), {})
            if not any(value for name, value in held.items() if name != "type"):
                problems[block["block_id"]] = "Please complete this required field."
        if block.get("type") == "input" and block["block_id"] not in problems:
            problems |= _too_long(block, state)
    return problems


def _too_long(block: Content, state: State) -> dict[str, str]:
    element = block["element"]
    held = state.get(block["block_id"], {}).get(element.get("action_id"), {}).get("value") or ""
    if held and len(held) < element.get("min_length", 0):
        return {block["block_id"]: f"Please enter at least {element['min_length']} characters."}
    if len(held) > element.get("max_length", 3000):
        return {block["block_id"]: "Please enter fewer characters."}
    return {}


def _initial(element: Content, channel: str | None) -> dict[str, Any]:
    kind = element["type"]
    held = _HELD[kind]
    initial = element.get(held.replace("selected_", "initial_").replace("value", "initial_value"))
    if initial is None and channel and element.get("default_to_current_conversation"):
        initial = [channel] if held.endswith("s") else channel
    if initial is None and held.endswith("s"):
        initial = []
    return {"type": kind, held: initial}


def _options_of(element: Content) -> list[dict[str, Any]]:
    grouped = [option for group in element.get("option_groups") or [] for option in group["options"]]
    return [*(element.get("options") or []), *grouped]


def _option(offered: list[dict[str, Any]], wanted: object) -> dict[str, Any]:
    """Return an option by its value, or by its text."""
    for option in offered:
        if wanted in (option, option["value"], option["text"]["text"]):
            return option
    raise LookupError(f"no option {wanted!r}; there is {[option['value'] for option in offered]}")
