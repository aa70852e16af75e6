"""Messages from templates: Python chooses the facts, a template puts them into words.

A template has up to four blocks: `headline`, `body`, `footnote` (one remark a line) and `text`, all of it in
one paragraph for notifications and screen readers. Without `text`, that paragraph is headline and body.
A text that is too long for Slack is rendered again within tighter limits (see words/shorter.py); one that is
still too long ends with a whole sentence and says that there is more.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, Template

from digests.layout import blocks, environments
from digests.words.shorter import ALL_LIMITS, fit
from digests.words.wording import REMARK, Code, Moment, escape, without_tokens

MORE = "Open the message for the rest."
_MARKS = re.compile(r"\*|^:[a-z_]+: ", re.MULTILINE)


@dataclass(frozen=True)
class Message:
    """A message to Slack: its text, for notifications and screen readers, and its blocks."""

    text: str
    blocks: list[dict[str, Any]]


def text_message(text: str, *more: blocks.Block) -> Message:
    """Return a message of one paragraph in mrkdwn, with any blocks below it."""
    return Message(text, [blocks.section(text), *more])


@dataclass(frozen=True)
class Rendered:
    """A rendered template, block by block, safe for mrkdwn."""

    headline: str
    body: str
    footnote: str
    text: str


def render_template(name: str, **facts: object) -> Rendered:
    """Render a template; it can print words only, and each is escaped."""
    template, widest = _template(name), fit(ALL_LIMITS[0], facts)
    headline, body = _render_block(template, "headline", widest), _render_block(template, "body", widest)
    return Rendered(
        headline=headline,
        body=body,
        footnote=REMARK.join(filter(None, _render_block(template, "footnote", widest).splitlines())),
        text=_text(template, facts) or _in_one(without_tokens(f"{headline}\n{body}")),
    )


def message(rendered: Rendered, *shown: blocks.Block | None) -> Message:
    """Put blocks together, without those that are None."""
    kept = [block for block in shown if block]
    return Message(_fitting(rendered.text), kept[: blocks.BLOCKS])


def notice(name: str, *buttons: blocks.Block, **facts: object) -> Message:
    """Return a message of headline, body, buttons and small print."""
    rendered = render_template(name, **facts)
    return message(
        rendered,
        blocks.section(rendered.headline),
        blocks.section(rendered.body) if rendered.body else None,
        blocks.actions(*buttons) if buttons else None,
        blocks.context(rendered.footnote) if rendered.footnote else None,
    )


def _render_block(template: Template, block: str, facts: dict[str, object]) -> str:
    if block not in template.blocks:
        return ""
    words = "".join(template.blocks[block](template.new_context(facts)))
    return "\n".join(line.strip() for line in words.strip().splitlines())


def _text(template: Template, facts: dict[str, object]) -> str:
    """Render the text within the widest limits that Slack's own allows."""
    text = ""
    for limits in ALL_LIMITS:
        text = " ".join(without_tokens(_render_block(template, "text", fit(limits, facts))).split())
        if len(text) <= blocks.TEXT:
            break
    return text


def _fitting(text: str) -> str:
    """Cut a text that is too long after a sentence, and say that there is more."""
    if len(text) <= blocks.TEXT:
        return text
    kept = text[: blocks.TEXT - len(MORE)]
    return f"{kept[: kept.rfind('. ') + 1]} {MORE}".strip()


def without_marks(mrkdwn: str) -> str:
    """Return the words of a Slack message without its markup."""
    return _MARKS.sub("", mrkdwn)


def _in_one(lines: str) -> str:
    """Join lines into one paragraph, without marks that a screen reader would read out."""
    plain = (" ".join(line.split()) for line in without_marks(lines).splitlines())
    return " ".join(line if line.endswith((".", "?", ":")) else f"{line}." for line in plain if line)


@cache
def _template(name: str) -> Template:
    return _environment().get_template(f"{name}.j2")


@cache
def _environment() -> Environment:
    return environments.of_mrkdwn("templates", _word)


def _word(printed: object) -> str:
    """Escape a word. Figures become words in `wording` only, so any other type is a bug."""
    if isinstance(printed, Moment | Code):
        return printed.mrkdwn
    if not isinstance(printed, str):
        raise TypeError(f"a template prints words, not {type(printed).__name__}")
    return escape(printed)
