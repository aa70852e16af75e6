"""The page of one person in one place, as HTML. Jinja escapes whatever `words` did not."""

import json
from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from demo.browser import mrkdwn_html
from demo.browser.actions import SPOKEN, key_of
from demo.browser.controls import Backstage
from demo.browser.figures import figure
from demo.browser.visibility import CAST, HOME, MESSAGES, Form, Place, Sight
from demo.slack.forms import elements_in
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
    sight: Sight, place: Place, backstage: Backstage, *, seen: Mapping[str, int], ask: str, version: str
) -> str:
    """The whole page; `ask` holds what is to be confirmed first, as JSON."""
    due = backstage.next_digest
    return str(
        _environment()
        .get_template("page.html")
        .render(
            **_eyes(sight.viewer, sight),
            sight=sight,
            place=place,
            title=_title(place),
            places=sight.places(seen),
            lines=sight.lines(place) if place.channel else [],
            home=sight.home() if place.slug == HOME else None,
            modal=sight.modal(),
            question=_question(sight, place, ask),
            people=[_person(sight, user, place) for user in CAST],
            here=_address(sight, place),
            suggested=[f"{SPOKEN} {each}".strip() for each in SUGGESTED],
            now=sight.now,
            next_digest=due.astimezone(sight.zone) if due else None,
            switches=backstage.switches(),
            keys=[("Admin key", backstage.admin_key), ("Regular key", REGULAR_KEY)],
            app=MESSAGES,
            home_slug=HOME,
            version=version,
        )
    )


def _title(place: Place) -> str:
    return f"StackSpend, {place.name}" if place.slug in (MESSAGES, HOME) else f"#{place.name}"


def _eyes(viewer: Viewer, sight: Sight) -> dict[str, Any]:
    """How the templates read what Slack was given."""
    return {
        "words": lambda text: mrkdwn_html.words(text, viewer),
        "mrkdwn": partial(mrkdwn_html.mrkdwn, viewer=viewer),
        "rich": partial(mrkdwn_html.rich, viewer=viewer),
        "plain": mrkdwn_html.plain,
        "clean": clean,
        "is_web": mrkdwn_html.is_web,
        "figure": figure,
        "aligned": _alignment,
        "named": _named,
        "chosen_in": _chosen,
        "offered": partial(_offered, sight),
    }


def _person(sight: Sight, user: str, place: Place) -> dict[str, Any]:
    """Somebody to be seen as; they go where the present one is, if they may."""
    theirs = Sight(sight.slack, sight.workspace.people[user])
    there = theirs.place(place.slug) or theirs.places()[0]
    return {
        "name": theirs.person.real_name,
        "role": theirs.role,
        "address": _address(theirs, there),
        "is_here": user == sight.person.id,
    }


def _address(sight: Sight, place: Place) -> str:
    return f"/{sight.person.name}/{place.slug}"


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


def _offered(sight: Sight, element: Block) -> Iterator[tuple[str, Block, Block | None]]:
    """What one may choose from, with its text and what is said about it: options, channels or people."""
    kind = element["type"].removeprefix("multi_")
    if kind in ("conversations_select", "channels_select"):
        include = (element.get("filter") or {}).get("include") or ["public", "private"]
        yield from (
            (each.id, _plain(f"#{each.name}"), None) for each in sight.channels() if each.kind in include
        )
    elif kind == "users_select":
        people = sight.workspace.people.values()
        yield from ((each.id, _plain(each.real_name), None) for each in people if not each.is_bot)
    else:
        groups = [{"options": element.get("options") or []}, *(element.get("option_groups") or [])]
        for option in (option for group in groups for option in group["options"]):
            yield option["value"], option["text"], option.get("description")


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def _question(sight: Sight, place: Place, ask: str) -> dict[str, Any] | None:
    """What Slack asks before a button is really pressed; None where there is nothing to ask."""
    try:
        fields = json.loads(ask)
        subject = _subject(sight, place, fields)
        block_id, action_id = json.loads(fields.get("press") or fields["choose"])[:2]
    except (ValueError, KeyError, TypeError):
        return None
    shown = elements_in(subject.content) if subject else ()
    confirm = next((e.get("confirm") for b, e in shown if (b, e["action_id"]) == (block_id, action_id)), None)
    return {"confirm": confirm, "fields": fields} if confirm else None


def _subject(sight: Sight, place: Place, fields: Mapping[str, str]) -> Message | View | None:
    forms: list[Form] = list(filter(None, [sight.modal(), sight.home()]))
    views = {form.view.id: form.view for form in forms}
    shown = [line.message for line in sight.lines(place) if line.message] if place.channel else []
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
