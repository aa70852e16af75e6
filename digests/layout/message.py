"""Messages from templates: Python chooses what is true, a template says it.

A template has up to four blocks: `headline`, `body`, `footnote` (one remark a line) and `text`, the same
story in one paragraph for notifications and screen readers. Without `text`, headline and body are that story.
A text that is too long for Slack is told again with less room (see `told`); what even then is too long ends
with a whole sentence, and says so.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from digests.layout import blocks
from digests.words.shorter import ROOMS, within
from digests.words.wording import REMARK, escape

MORE = "The rest is in the message itself."
_MARKS = re.compile(r"\*|^:[a-z_]+: ", re.MULTILINE)


@dataclass(frozen=True)
class Message:
    """What Slack is sent: the story in words, and its blocks."""

    text: str
    blocks: list[dict[str, Any]]


@dataclass(frozen=True)
class Spoken:
    """What a template said, block by block, safe for mrkdwn."""

    headline: str
    body: str
    footnote: str
    text: str


def speak(name: str, **facts: object) -> Spoken:
    """Have a template say the facts; only words may be printed, and all are escaped."""
    template, seen = _template(name), within(ROOMS[0], facts)
    headline, body = _said(template, "headline", seen), _said(template, "body", seen)
    return Spoken(
        headline=headline,
        body=body,
        footnote=REMARK.join(filter(None, _said(template, "footnote", seen).splitlines())),
        text=_text(template, facts) or _in_one(f"{headline}\n{body}"),
    )


def message(spoken: Spoken, *shown: blocks.Block | None) -> Message:
    """Put blocks together; what is None is left out."""
    kept = [block for block in shown if block]
    return Message(_fitting(spoken.text), kept[: blocks.BLOCKS])


def notice(name: str, *buttons: blocks.Block, **facts: object) -> Message:
    """Return a message of words only: headline, body, buttons, small print."""
    said = speak(name, **facts)
    return message(
        said,
        blocks.section(said.headline),
        blocks.section(said.body) if said.body else None,
        blocks.actions(*buttons) if buttons else None,
        blocks.context(said.footnote) if said.footnote else None,
    )


def _said(template: Template, block: str, facts: dict[str, object]) -> str:
    if block not in template.blocks:
        return ""
    said = "".join(template.blocks[block](template.new_context(facts)))
    return "\n".join(line.strip() for line in said.strip().splitlines())


def _text(template: Template, facts: dict[str, object]) -> str:
    """Tell the story with as much room as Slack leaves."""
    told = ""
    for room in ROOMS:
        told = " ".join(_said(template, "text", within(room, facts)).split())
        if len(told) <= blocks.TEXT:
            break
    return told


def _fitting(text: str) -> str:
    """Keep whole sentences of what is too long, and say that there is more."""
    if len(text) <= blocks.TEXT:
        return text
    kept = text[: blocks.TEXT - len(MORE)]
    return f"{kept[: kept.rfind('. ') + 1]} {MORE}".strip()


def _in_one(lines: str) -> str:
    """Make one paragraph of lines, without the marks that only the eye needs."""
    said = (" ".join(line.split()) for line in _MARKS.sub("", lines).splitlines())
    return " ".join(line if line.endswith((".", "?", ":")) else f"{line}." for line in said if line)


@cache
def _template(name: str) -> Template:
    return _environment().get_template(f"{name}.j2")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("digests"),
        autoescape=False,  # noqa: S701 - this is mrkdwn, not HTML; `finalize` escapes every word
        finalize=_word,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _word(printed: object) -> str:
    """Escape a word. Figures become words in `wording` only, so anything else is a mistake."""
    if not isinstance(printed, str):
        raise TypeError(f"a template prints words, not {type(printed).__name__}")
    return escape(printed)
