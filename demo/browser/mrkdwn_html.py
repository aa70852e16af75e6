"""Slack's text as HTML: mrkdwn, plain text and rich text. Whatever is not markup of Slack's is escaped."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from markupsafe import Markup, escape

from digests.terminal.text import EMOJI, Viewer, clean
from digests.terminal.text import mrkdwn as spans_of

Block = Mapping[str, Any]
_EMOJI: Final = re.compile(r":([a-z0-9_+-]+):")
_ADDRESS: Final = re.compile(r"(?:https?|mailto):[^\s\"<>]+", re.IGNORECASE)
_TOKEN: Final = re.compile(
    r"```(?P<pre>.+?)```|`(?P<code>[^`\n]+)`|<(?P<angle>[^<>\n]+)>"
    r"|(?<![\w*])\*(?=\S)(?P<strong>[^*\n]*[^*\s])\*(?![\w*])"
    r"|(?<![\w_])_(?=\S)(?P<em>[^_\n]*[^_\s])_(?![\w_])"
    r"|(?<![\w~])~(?=\S)(?P<s>[^~\n]*[^~\s])~(?![\w~])"
    r"|:(?P<emoji>[a-z0-9_+-]+):",
    re.DOTALL,
)
_TAGS: Final = {"bold": "strong", "italic": "em", "strike": "s", "code": "code", "underline": "u"}


def words(text: Block, viewer: Viewer) -> Markup:
    """Read a text object."""
    return mrkdwn(text["text"], viewer) if text["type"] == "mrkdwn" else plain(text["text"])


def plain(text: str) -> Markup:
    """Take text as it is, but for emoji."""
    parts = _EMOJI.split(text)
    return _joined(_emoji(part) if number % 2 else escape(clean(part)) for number, part in enumerate(parts))


def mrkdwn(text: str, viewer: Viewer) -> Markup:
    """Read Slack's markup."""
    html, end = Markup(), 0
    for match in _TOKEN.finditer(text):
        html += _leaf(text[end : match.start()]) + _token(match, viewer)
        end = match.end()
    return html + _leaf(text[end:])


def rich(part: Block, viewer: Viewer) -> Markup:
    """Read rich text: sections, lists, quotes, preformatted text, and what stands in them."""
    kind = part["type"]
    if kind in _BLOCKS:
        inside = _joined(rich(each, viewer) for each in part["elements"])
        return _tagged(_BLOCKS[kind], inside)
    if kind == "rich_text_list":
        items = _joined(_tagged("li", rich(each, viewer)) for each in part["elements"])
        return _tagged("ol" if part["style"] == "ordered" else "ul", items)
    html = _inline(part, viewer)
    for name, is_on in (part.get("style") or {}).items():
        html = _tagged(_TAGS[name], html) if is_on and name in _TAGS else html
    return html


_BLOCKS: Final = {
    "rich_text": "div",
    "rich_text_section": "span",
    "rich_text_quote": "blockquote",
    "rich_text_preformatted": "pre",
}


def _inline(part: Block, viewer: Viewer) -> Markup:
    kind = part["type"]
    if kind == "link":
        return _link(part["url"], plain(part.get("text") or part["url"]))
    if kind == "emoji":
        return _emoji(part["name"])
    if kind == "date":
        return _moment(f"!date^{part['timestamp']}^{part['format']}", part.get("fallback", ""), viewer)
    if kind == "broadcast":
        return _mention(f"@{part['range']}")
    target = part.get("user_id") or part.get("channel_id") or part.get("usergroup_id")
    return _mention(viewer.names.get(target, target)) if target else plain(str(part.get("text", "")))


def _token(match: re.Match[str], viewer: Viewer) -> Markup:
    kind = str(match.lastgroup)
    inner = match[kind]
    if kind == "angle":
        return _angle(inner, viewer)
    if kind == "emoji":
        return _emoji(inner)
    if kind in ("pre", "code"):
        return _tagged(kind, _leaf(inner.strip("\n")))
    return _tagged(kind, mrkdwn(inner, viewer))


def _angle(inner: str, viewer: Viewer) -> Markup:
    target, _, label = inner.partition("|")
    if target.startswith("!date^"):
        return _moment(target, label, viewer)
    if target.startswith("!"):
        return _mention("@" + (label or target[1:]).removeprefix("@"))
    if target.startswith(("@", "#")):
        return _mention(viewer.names.get(target[1:], target[0] + label.lstrip("@#") if label else target))
    return _link(_decoded(target), _leaf(label or target))


def _moment(token: str, fallback: str, viewer: Viewer) -> Markup:
    text = escape("".join(span.text for span in spans_of(f"<{token}|{fallback}>", viewer)))
    try:
        moment = datetime.fromtimestamp(int(token.split("^")[1]), UTC)
    except (IndexError, ValueError, OverflowError, OSError):
        return text
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), text)


def is_web(address: str) -> bool:
    """Whether an address leads to the web, or to a letter; `javascript:` does not."""
    return bool(_ADDRESS.fullmatch(address))


def _link(address: str, label: Markup) -> Markup:
    if not is_web(address):
        return label
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(address, label)


def _mention(name: str) -> Markup:
    return Markup('<span class="mention">{}</span>').format(clean(_decoded(name)))


def _emoji(name: str) -> Markup:
    if name not in EMOJI:
        return escape(f":{name}:")
    return Markup('<span role="img" aria-label="{}">{}</span>').format(name.replace("_", " "), EMOJI[name])


def _leaf(text: str) -> Markup:
    return escape(clean(_decoded(text)))


def _decoded(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _tagged(tag: str, inside: Markup) -> Markup:
    return Markup(f"<{tag}>{{}}</{tag}>").format(inside)  # noqa: S704 - one of our own tags


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup().join(parts)
