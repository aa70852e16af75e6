"""Requests from Slack: the shapes that we rely on, and the person and team in one.

A signed body of another shape cannot be answered: `check` raises Odd for it.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl

import msgspec
from slack_bolt import BoltRequest

Body = Mapping[str, Any]
"""What Bolt makes of a request's body."""

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


def chosen(body: Body) -> str:
    """Return the value of the button, or of the choice in a menu, that a person pressed; "" without one."""
    action = body["actions"][0]
    return str(action.get("value") or (action.get("selected_option") or {}).get("value") or "")


class Odd(Exception):
    """A body that Slack would not send; the message says why."""


def check(text: str, content_type: str) -> None:
    """Raise Odd where a signed body cannot be answered; types that we do not know pass."""
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
    """Rewrite a form for Bolt, which takes any form with the word `payload` for an interaction."""
    if "payload" not in text or text.startswith("{") or "payload" in dict(parse_qsl(text)):
        return text
    return text.replace("payload", "%70ayload")


def user_in(body: Body) -> str:
    """Return the id of the person who sent a request, which each kind of request has in another place."""
    person = (
        body.get("user_id") or (body.get("user") or {}).get("id") or (body.get("event") or {}).get("user")
    )
    return str(person or "")


def team_in(body: Body) -> str:
    """Return the Slack workspace that a request comes from, "" where it names none.

    Where an Enterprise Grid installed us, an interaction can name it in its view or its user alone.
    """
    places = [body.get("team"), body.get("view"), body.get("user")]
    team, *others = [place if isinstance(place, dict) else {} for place in places]
    named = [body.get("team_id"), team.get("id"), *(other.get("team_id") for other in others)]
    return next((str(each) for each in named if str(each or "").startswith("T")), "")
