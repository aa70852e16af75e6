"""The page of one person in one place, as HTML. Jinja escapes whatever `words` did not."""

import json
from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from demo.browser import mrkdwn_html
from demo.browser.actions import SPOKEN, key_of
from demo.browser.controls import Controls
from demo.browser.figures import figure
from demo.browser.visibility import CAST, HOME, MESSAGES, Form, Perspective, Place
from demo.slack.forms import elements_in, state_of
from demo.slack.server import Message, View
from demo.tour import REGULAR_KEY
from digests.terminal.text import Viewer, clean

Block = Mapping[str, Any]
SUGGESTED: Final = (
    "",
    "cost today",
    "cost last month by workspace",
    "engineers 7d",
    "digest",
    "connect",
    "status",
    "sync",
    "settings",
    "help",
)


def page(
    perspective: Perspective,
    place: Place,
    controls: Controls,
    *,
    seen: Mapping[str, int],
    ask: str,
    version: str,
) -> str:
    """The whole page; `ask` holds what is to be confirmed first, as JSON."""
    due = controls.next_digest
    return str(
        _environment()
        .get_template("page.html")
        .render(
            **_functions(perspective.viewer, perspective),
            perspective=perspective,
            place=place,
            title=_title(place),
            places=perspective.places(seen),
            lines=perspective.lines(place) if place.channel else [],
            home=perspective.home() if place.slug == HOME else None,
            modal=perspective.modal(),
            question=_question(perspective, place, ask),
            people=[_person(perspective, user, place) for user in CAST],
            here=_address(perspective, place),
            suggested=[f"{SPOKEN} {each}".strip() for each in SUGGESTED],
            now=perspective.now,
            next_digest=due.astimezone(perspective.zone) if due else None,
            switches=controls.switches(),
            keys=[("Admin key", controls.admin_key), ("Regular key", REGULAR_KEY)],
            app=MESSAGES,
            home_slug=HOME,
            version=version,
        )
    )


def _title(place: Place) -> str:
    return f"StackSpend, {place.name}" if place.slug in (MESSAGES, HOME) else f"#{place.name}"


def _functions(viewer: Viewer, perspective: Perspective) -> dict[str, Any]:
    """The functions by which templates read the content that Slack has."""
    return {
        "words": lambda text: mrkdwn_html.words(text, viewer),
        "mrkdwn": partial(mrkdwn_html.mrkdwn, viewer=viewer),
        "rich": partial(mrkdwn_html.rich, viewer=viewer),
        "plain": mrkdwn_html.plain,
        "clean": clean,
        "is_web": mrkdwn_html.is_web,
        "figure": figure,
        "picture": partial(_picture, perspective),
        "aligned": _alignment,
        "named": _named,
        "chosen_in": _chosen,
        "offered": partial(_offered, perspective),
        "initial": lambda shown: state_of({"blocks": shown}, {}, None),
    }


def _picture(perspective: Perspective, block: Block) -> str:
    """Return the address of an uploaded picture that they may open, "" for any other."""
    file = perspective.workspace.files.get((block.get("slack_file") or {}).get("id", ""))
    return f"/{perspective.person.name}/files/{file.id}" if file and perspective.may_open(file) else ""


def _person(perspective: Perspective, user: str, place: Place) -> dict[str, Any]:
    """Return a person of the menu; their link leads to the present place if they can see it."""
    theirs = Perspective(perspective.slack, perspective.workspace.people[user])
    there = theirs.place(place.slug) or theirs.places()[0]
    return {
        "name": theirs.person.real_name,
        "role": theirs.role,
        "address": _address(theirs, there),
        "is_here": user == perspective.person.id,
    }


def _address(perspective: Perspective, place: Place) -> str:
    return f"/{perspective.person.name}/{place.slug}"


def _alignment(block: Block, column: int) -> str:
    settings = block.get("column_settings") or []
    return str((settings[column] or {}).get("align", "left")) if column < len(settings) else "left"


def _named(block: Block, part: Block, *value: str) -> str:
    return key_of(block["block_id"], part["action_id"], *value)


def _chosen(held: Block) -> list[str]:
    """The values that are chosen in a field, whatever Slack calls them."""
    chosen = [value for name, value in held.items() if name.startswith("selected_") and value]
    flat = [each for value in chosen for each in (value if isinstance(value, list) else [value])]
    return [each["value"] if isinstance(each, dict) else each for each in flat]


def _offered(perspective: Perspective, element: Block) -> Iterator[tuple[str, Block, Block | None]]:
    """Yield the choices of an element, as (value, text, description): options, channels or people."""
    kind = element["type"].removeprefix("multi_")
    if kind in ("conversations_select", "channels_select"):
        include = (element.get("filter") or {}).get("include") or ["public", "private"]
        yield from (
            (each.id, _plain(f"#{each.name}"), None)
            for each in perspective.channels()
            if each.kind in include
        )
    elif kind == "users_select":
        people = perspective.workspace.people.values()
        yield from ((each.id, _plain(each.real_name), None) for each in people if not each.is_bot)
    else:
        groups = [{"options": element.get("options") or []}, *(element.get("option_groups") or [])]
        for option in (option for group in groups for option in group["options"]):
            yield option["value"], option["text"], option.get("description")


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def _question(perspective: Perspective, place: Place, ask: str) -> dict[str, Any] | None:
    """Return the question that Slack asks before it presses a button, None without one."""
    try:
        fields = json.loads(ask)
        subject = _subject(perspective, place, fields)
        block_id, action_id = json.loads(fields.get("press") or fields["choose"])[:2]
    except (ValueError, KeyError, TypeError):
        return None
    shown = elements_in(subject.content) if subject else ()
    confirm = next((e.get("confirm") for b, e in shown if (b, e["action_id"]) == (block_id, action_id)), None)
    return {"confirm": confirm, "fields": fields} if confirm else None


def _subject(perspective: Perspective, place: Place, fields: Mapping[str, str]) -> Message | View | None:
    forms: list[Form] = list(filter(None, [perspective.modal(), perspective.home()]))
    views = {form.view.id: form.view for form in forms}
    shown = [line.message for line in perspective.lines(place) if line.message] if place.channel else []
    messages = {message.ts: message for message in shown}
    return views.get(fields.get("view", "")) or messages.get(fields.get("message", ""))


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("demo.browser"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
