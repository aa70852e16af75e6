"""Carry out a person's acts on the page in the stand-in Slack, which notifies the bot as Slack does."""

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlencode

from demo.browser.visibility import SLACKBOT, Perspective, Place
from demo.slack import ack_effects as acks
from demo.slack import forms
from demo.slack.people import dm_id
from demo.slack.server import Delivery, Entry, Message, View

Fields = Mapping[str, Sequence[str]]
SPOKEN = "/stackspend"
INVITE: Final = "/invite @stackspend"
PATIENCE: Final = 2.0  # seconds to wait for what an act brings about, before the page is shown again
NOT_OFFERED = "Choose one from the list."
_SEVERAL: Final = ("multi_", "checkboxes")
_AT_NAME: Final = re.compile(r"@([\w-]+)")
TROUBLE = "We had some trouble connecting. Try again?"


def act(name: str, perspective: Perspective, place: Place, fields: Fields) -> str:
    """Do it; returns the query of the page to show next. What is not there, or not any more, is let be."""
    with suppress(LookupError, ValueError):
        return ACTS[name](perspective, place, fields) or ""
    return ""


def _say(perspective: Perspective, place: Place, fields: Fields) -> None:
    text = _first(fields, "text").strip()
    user, slack = perspective.person.id, perspective.slack
    if not text or not place.channel:
        return
    word, _, rest = text.partition(" ")
    if word == SPOKEN:
        delivery = slack.command(user, rest.strip(), channel=place.channel)
        _settle(perspective, place, delivery, about=text)
    elif text == INVITE:
        slack.workspace.invite_bot(place.channel)
        slack.workspace.post(place.channel, {"text": f"<@{user}> added <@{slack.workspace.bot_user}>."})
    elif text.startswith("/"):
        _remark(perspective, place, f"{text} is not a command here. There are `{SPOKEN}` and `{INVITE}`.")
    else:
        _write(perspective, place, text)


def _write(perspective: Perspective, place: Place, text: str) -> None:
    """Write a message; one that the bot hears of, by name or in its direct message, gets an answer."""
    user, is_direct = perspective.person.id, place.channel == dm_id(perspective.person.id)
    written = _with_mentions(perspective, html.escape(text, quote=False))
    delivery = perspective.slack.say(user, written, channel=None if is_direct else place.channel)
    if delivery.body:
        _settle(perspective, place, delivery, about=text)


def _with_mentions(perspective: Perspective, text: str) -> str:
    """Turn `@stackspend` and the names of people and groups into mentions, as Slack's own field does."""
    workspace = perspective.workspace
    people = {person.name: f"<@{person.id}>" for person in workspace.people.values()}
    groups = {each.handle: f"<!subteam^{each.id}|@{each.handle}>" for each in workspace.groups.values()}
    forms_of = {**groups, **people}
    return _AT_NAME.sub(lambda match: forms_of.get(match[1].casefold(), match[0]), text)


def _press(perspective: Perspective, place: Place, fields: Fields) -> str | None:
    """Press a button, or choose from a menu; where Slack would ask whether one is sure, ask."""
    subject = _subject(perspective, place, fields)
    named = _first(fields, "press") or _first(fields, "choose")
    block_id, action_id, *value = json.loads(named)
    _, element = forms.element_at(subject.content, action_id, block_id)
    if element.get("confirm") and not _first(fields, "confirmed"):
        return "?" + urlencode({"ask": _question(fields, named)})
    if isinstance(subject, View) and subject == perspective.workspace.modal(perspective.person.id):
        perspective.slack.fill_in(perspective.person.id, subject, _all_given(subject, fields))
    if element["type"] == "button":
        delivery = perspective.slack.click(perspective.person.id, subject, action_id, block_id)
    else:
        entered = _entered(element, value or _given(fields, block_id, action_id))
        delivery = perspective.slack.select(perspective.person.id, subject, action_id, entered, block_id)
    _settle(perspective, place, delivery, about="That")
    return None


def _question(fields: Fields, named: str) -> str:
    about = {"message": _first(fields, "message"), "view": _first(fields, "view")}
    kind = "press" if _first(fields, "press") else "choose"
    return json.dumps({name: text for name, text in about.items() if text} | {kind: named})


def _submit(perspective: Perspective, place: Place, fields: Fields) -> None:
    view = _modal(perspective, fields)
    values = _all_given(view, fields)
    strange = dict.fromkeys(_not_offered(perspective, view, values), NOT_OFFERED)
    if strange:
        now = Delivery(index=len(perspective.workspace.transcript) - 1)
        acks.complain(perspective.workspace, now, view, strange)
        return
    delivery = perspective.slack.submit(perspective.person.id, view, values)
    if delivery.error:
        perspective.workspace.record(
            "modal_errors", user=perspective.person.id, subject=view, errors={"": TROUBLE}
        )
        return
    _settle(perspective, place, delivery, about="")


def _all_given(view: View, fields: Fields) -> dict[tuple[str, str], Any]:
    """Return the content of each field of a modal."""
    return {
        (block_id, element["action_id"]): _entered(element, _given(fields, block_id, element["action_id"]))
        for block_id, element in forms.elements_in(view.content)
        if element["type"] not in ("button", "overflow")
    }


def _not_offered(perspective: Perspective, view: View, values: Mapping[tuple[str, str], Any]) -> list[str]:
    """The searches in which something was typed that the bot does not offer."""
    strange = []
    for block_id, element in forms.elements_in(view.content):
        words = values.get((block_id, element["action_id"]))
        if words and forms.needs_suggestions(element):
            offered = perspective.slack.suggest(
                perspective.person.id, view, element["action_id"], words, block_id
            )
            if words not in [option["text"]["text"] for option in offered]:
                strange.append(block_id)
    return strange


def _entered(element: Mapping[str, Any], given: Sequence[str]) -> Any:  # noqa: ANN401 - a word or several
    if element["type"].startswith(_SEVERAL):
        return list(given)
    return (given[0] if given else "") or None


def _close(perspective: Perspective, _place: Place, fields: Fields) -> None:
    perspective.slack.close(perspective.person.id, _modal(perspective, fields))


def _open_home(perspective: Perspective, place: Place, _fields: Fields) -> None:
    _settle(perspective, place, perspective.slack.open_home(perspective.person.id), about="")


def _settle(perspective: Perspective, place: Place, delivery: Delivery, *, about: str) -> None:
    """Wait a moment for what it brings about; say what Slack says where the bot did not do its part."""
    if delivery.error and about and place.channel:
        _remark(perspective, place, f"{about} failed with the error “{delivery.error}”")
        return

    def shows(entry: Entry) -> bool:
        return entry.kind not in ("command", "click", "failure") and entry.user in (
            None,
            perspective.person.id,
        )

    with suppress(TimeoutError):
        perspective.slack.wait(shows, after=delivery.index, timeout=PATIENCE)


def _remark(perspective: Perspective, place: Place, text: str) -> None:
    content = {"text": html.escape(text, quote=False)}
    perspective.workspace.post(place.channel, content, seen_by=perspective.person.id, author=SLACKBOT)


def _subject(perspective: Perspective, place: Place, fields: Fields) -> Message | View:
    ts, view_id = _first(fields, "message"), _first(fields, "view")
    subject = (
        perspective.workspace.find(place.channel, ts) if ts else perspective.workspace.views.get(view_id)
    )
    if subject is None:
        raise LookupError("it is gone")
    return subject


def _modal(perspective: Perspective, fields: Fields) -> View:
    """The modal that a form was of, if it is still on top."""
    view = perspective.workspace.modal(perspective.person.id)
    if view is None or view.id != _first(fields, "view"):
        raise LookupError("that modal is closed")
    return view


def key_of(block_id: str, action_id: str, *value: str) -> str:
    """Return the name of a field or a button in a form."""
    return json.dumps([block_id, action_id, *value])


def _given(fields: Fields, block_id: str, action_id: str) -> Sequence[str]:
    return fields.get(key_of(block_id, action_id)) or []


def _first(fields: Fields, name: str) -> str:
    return (fields.get(name) or [""])[0]


ACTS: Final[Mapping[str, Callable[[Perspective, Place, Fields], str | None]]] = {
    "say": _say,
    "press": _press,
    "submit": _submit,
    "close": _close,
    "open": _open_home,
}
