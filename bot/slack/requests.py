"""What Slack sends, as far as we rely on it: a signed body of another shape is nothing that we could answer.

form or JSON │ Bolt reads it │ a command, an interaction, an event │ each with what belongs to it
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl

import msgspec
from slack_bolt import BoltRequest

_Moment = Annotated[int, msgspec.Meta(ge=0, le=99_999_999_999)]  # seconds, until the year 5138


class _Id(msgspec.Struct):
    id: str | None = None


class _Person(msgspec.Struct):
    id: str
    team_id: str | None = None


class _Entered(msgspec.Struct):
    value: str | None = None
    selected_option: dict[str, Any] | None = None
    selected_options: list[dict[str, Any]] | None = None


class _State(msgspec.Struct):
    values: dict[str, dict[str, _Entered]]


class _View(msgspec.Struct):
    id: str
    type: str
    callback_id: str = ""
    private_metadata: str | None = None
    team_id: str | None = None
    state: _State | None = None


class _Submission(msgspec.Struct):
    id: str
    type: str
    state: _State
    callback_id: str = ""
    private_metadata: str | None = None
    team_id: str | None = None


class _Action(_Entered, kw_only=True):
    action_id: str
    block_id: str = ""


class _Interaction(msgspec.Struct):
    user: _Person
    team: _Id | None = None
    enterprise: _Id | None = None
    view: _View | None = None
    channel: _Id | None = None
    container: dict[str, Any] | None = None
    message: dict[str, Any] | None = None
    response_url: str | None = None
    trigger_id: str | None = None


class _Press(_Interaction, kw_only=True):
    actions: Annotated[list[_Action], msgspec.Meta(min_length=1)]


class _Submitted(msgspec.Struct):
    user: _Person
    view: _Submission
    team: _Id | None = None
    enterprise: _Id | None = None


class _Closed(msgspec.Struct):
    user: _Person
    view: _View
    team: _Id | None = None
    enterprise: _Id | None = None


class _Command(msgspec.Struct):
    command: str
    user_id: str
    text: str = ""
    team_id: str | None = None


class _Event(msgspec.Struct):
    type: str
    tokens: dict[str, Any] | None = None


class _Authorization(msgspec.Struct):
    team_id: str | None = None
    enterprise_id: str | None = None
    user_id: str | None = None


class _Callback(msgspec.Struct):
    event: _Event
    event_time: _Moment | None = None
    team_id: str | None = None
    authorizations: list[_Authorization] | None = None


class _Challenge(msgspec.Struct):
    challenge: str


_SHAPES: Mapping[str, type[msgspec.Struct]] = {
    "block_actions": _Press,
    "block_suggestion": _Interaction,
    "event_callback": _Callback,
    "url_verification": _Challenge,
    "view_closed": _Closed,
    "view_submission": _Submitted,
}


class Odd(Exception):
    """Slack sends nothing like it; the message says why."""


def check(text: str, content_type: str) -> None:
    """Raise Odd where a signed body is none that we could answer; whatever else Slack invents is well."""
    try:
        body = BoltRequest(body=text, headers={"content-type": [content_type]}).body
        json.dumps(body, ensure_ascii=False).encode()  # half a character cannot be sent or stored
    except Exception as error:  # Bolt trusts what is signed, and stumbles in many ways
        raise Odd(f"it cannot be read: {type(error).__name__}") from error
    if "ssl_check" in body:  # https://docs.slack.dev/interactivity/implementing-slash-commands
        return
    kind = body.get("type")
    if "command" not in body and not isinstance(kind, str):
        raise Odd("it has no type")
    shape = _Command if "command" in body else _SHAPES.get(str(kind))
    try:
        if shape:
            msgspec.convert(body, shape)
    except msgspec.ValidationError as error:
        raise Odd(str(error)) from error


def legible(text: str) -> str:
    """Write a form so that Bolt reads it, which takes all with the word `payload` for interactions."""
    if "payload" not in text or text.startswith("{") or "payload" in dict(parse_qsl(text)):
        return text
    return text.replace("payload", "%70ayload")
