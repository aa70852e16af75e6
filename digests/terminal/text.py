"""Slack's text in a terminal: mrkdwn becomes styled spans, spans become lines no wider than asked.

Text from outside never reaches the terminal raw: control and direction-changing characters show as `�`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from itertools import groupby
from typing import Final

from digests.words.direction import CLOSE, ISOLATES, OPEN, is_closed


@dataclass(frozen=True)
class Span:
    """A run of text in one style: words such as `bold`, `dim`, `code`, `link`, `green`."""

    text: str
    style: frozenset[str] = frozenset()


Line = list[Span]


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """The reader: the names behind ids, the time zone, the present time, and whether clocks have 12 hours."""

    names: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo = UTC
    now: datetime | None = None
    half_days: bool = False


EMOJI: Final = {
    "red_circle": "🔴",
    "large_orange_circle": "🟠",
    "large_yellow_circle": "🟡",
    "large_green_circle": "🟢",
    "large_blue_circle": "🔵",
    "white_circle": "⚪",
    "lock": "🔒",
    "key": "🔑",
    "warning": "⚠️",
    "white_check_mark": "✅",
    "heavy_check_mark": "✔️",
    "x": "❌",
    "no_entry": "⛔",
    "hourglass_flowing_sand": "⏳",
    "hourglass": "⌛",
    "bell": "🔔",
    "no_bell": "🔕",
    "mute": "🔇",
    "chart_with_upwards_trend": "📈",
    "chart_with_downwards_trend": "📉",
    "bar_chart": "📊",
    "moneybag": "💰",
    "paperclip": "📎",
    "calendar": "📅",
    "gear": "⚙️",
    "information_source": "ℹ️",  # noqa: RUF001 the character Slack means by it
    "eyes": "👀",
    "wave": "👋",
    "bulb": "💡",
    "arrows_counterclockwise": "🔄",
    "double_vertical_bar": "⏸️",
}
_CODES: Final = {
    "bold": "1",
    "dim": "2",
    "italic": "3",
    "underline": "4",
    "link": "4;36",
    "strike": "9",
    "code": "35",
    "mention": "1;34",
    "ping": "1;30;43",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "cyan": "36",
}
_JOINER, _AS_EMOJI = "\u200d", "\ufe0f"  # makes one emoji of two; makes an emoji of a character
_SKIN_TONES: Final = "".join(map(chr, range(0x1F3FB, 0x1F400)))
_TOKEN: Final = re.compile(
    r"```(?P<block>.+?)```|`(?P<code>[^`\n]+)`|<(?P<angle>[^<>\n]+)>"
    r"|(?<![\w*])\*(?=\S)(?P<bold>[^*\n]*[^*\s])\*(?![\w*])"
    r"|(?<![\w_])_(?=\S)(?P<italic>[^_\n]*[^_\s])_(?![\w_])"
    r"|(?<![\w~])~(?=\S)(?P<strike>[^~\n]*[^~\s])~(?![\w~])"
    r"|:(?P<emoji>[a-z0-9_+-]+):",
    re.DOTALL,
)


_CHANGE: Final = re.compile(
    r"([▲▼]\s[\d,.]+[%×]|(?:≈ )?(?<![\w$.-])[+-]\$[\d,]+(?:\.\d\d)?)"  # `▲ 134%`, `≈ +$9,380`, `-$3.10`
)


def clean(text: str) -> str:
    """Make text from outside harmless: no escapes, no control, no reversal of direction.

    Isolates stay where they are closed, because a browser needs them; `paint` leaves them out.
    """
    if not is_closed(text):
        text = text.replace(OPEN, "�").replace(CLOSE, "�")
    return "".join("�" if _is_harmful(character) else character for character in text)


def one_line(text: str) -> str:
    """Make text from outside harmless where a sentence is a line: a line break would forge another."""
    return clean(text.replace("\r\n", " ").replace("\n", " "))


def mrkdwn(text: str, viewer: Viewer, style: frozenset[str] = frozenset()) -> Line:
    """Read Slack's markup as styled spans."""
    spans: Line = []
    end = 0
    for match in _TOKEN.finditer(text):
        spans += _leaf(text[end : match.start()], style)
        spans += _token(match, viewer, style)
        end = match.end()
    return spans + _leaf(text[end:], style)


def plain(text: str, *style: str) -> Line:
    """Take text as it is, but for emoji shortcodes and the colors of changes."""
    replaced = re.sub(r":([a-z0-9_+-]+):", lambda m: EMOJI.get(m[1], m[0]), text)
    return _with_changes(clean(replaced), frozenset(style))


def _with_changes(text: str, style: frozenset[str]) -> Line:
    """Color changes: upwards red, because it is spend, downwards green; the sign says so without a color."""
    parts = _CHANGE.split(text)
    return [
        Span(part, style | _color_of(part) if index % 2 else style)
        for index, part in enumerate(parts)
        if part
    ]


def _color_of(change: str) -> frozenset[str]:
    return frozenset({"red" if change.lstrip("≈ ")[0] in "▲+" else "green"})


def restyled(spans: Iterable[Span], *style: str) -> Line:
    """Add to the style of every span."""
    return [Span(span.text, span.style | set(style)) for span in spans]


def columns(text: str) -> int:
    """Measure text in terminal columns; characters that together make one emoji count as one."""
    if text.isascii():
        return len(text)
    total, last, is_joined = 0, 0, False  # `last`: the columns of the last character that has any
    for character in text:
        width = _columns_after(last, character, is_joined=is_joined)
        total, last = total + width, (2 if character == _AS_EMOJI else width or last)
        is_joined = character == _JOINER
    return total


def _columns_after(last: int, character: str, *, is_joined: bool) -> int:
    """Return how many columns a character adds, as Unicode's terminals do: https://www.unicode.org/reports/tr11."""
    if last == 2 and (is_joined or character in _SKIN_TONES):  # noqa: PLR2004 - the columns of an emoji
        return 0
    if character == _AS_EMOJI:
        return int(last == 1)
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def width_of(line: Iterable[Span]) -> int:
    """Measure a line in terminal columns."""
    return sum(columns(span.text) for span in line)


def wrap(spans: Iterable[Span], width: int) -> list[Line]:
    """Break spans into lines, between words where possible."""
    lines: list[Line] = [[]]
    for piece in _pieces(spans, max(width, 1)):
        if piece.text == "\n":
            lines.append([])
        elif width_of(lines[-1]) + columns(piece.text) <= width:
            lines[-1].append(piece)
        else:
            lines.append([] if piece.text.isspace() else [piece])
    return [_trimmed(line) for line in lines]


def pad(line: Line, width: int, align: str = "left") -> Line:
    """Fill a line with spaces on the other side of its alignment."""
    room = max(width - width_of(line), 0)
    left = {"right": room, "center": room // 2}.get(align, 0)
    return [Span(" " * left), *line, Span(" " * (room - left))]


def shorten(line: Line, width: int) -> Line:
    """Cut a line that is too long, with an ellipsis."""
    if width_of(line) <= width:
        return line
    kept: Line = []
    room = width - 1
    for span in line:
        taken = ""
        for character in span.text:
            if room < columns(character):
                return [*kept, Span(taken + "…", span.style)]
            taken, room = taken + character, room - columns(character)
        kept.append(span)
    return kept


def paint(line: Iterable[Span], *, color: bool) -> str:
    """Write a line out, with colors only where they are wanted."""
    runs = [
        (style, "".join(s.text for s in spans).translate(ISOLATES))
        for style, spans in groupby(line, lambda s: s.style)
    ]
    if not color:
        return "".join(text for _, text in runs).rstrip()
    return "".join(_painted(text, style) for style, text in runs)


def _painted(text: str, style: frozenset[str]) -> str:
    codes = ";".join(_CODES[name] for name in sorted(style) if name in _CODES)
    return f"\x1b[{codes}m{text}\x1b[0m" if codes and text else text


def _is_harmful(character: str) -> bool:
    if character in f"\n\u200d\ufe0f{OPEN}{CLOSE}":
        return False
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _leaf(text: str, style: frozenset[str]) -> Line:
    decoded = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    text = clean(decoded.replace("\t", "    "))
    return [Span(text, style)] if "code" in style else _with_changes(text, style)


def _token(match: re.Match[str], viewer: Viewer, style: frozenset[str]) -> Line:
    kind, inner = str(match.lastgroup), match[str(match.lastgroup)]
    if kind == "angle":
        return _angle(inner, viewer, style)
    if kind == "emoji":
        return [Span(EMOJI.get(inner, match[0]), style)]
    if kind == "block":
        return _leaf("\n" + inner.strip("\n") + "\n", style | {"code"})
    if kind == "code":
        return _leaf(inner, style | {"code"})
    return mrkdwn(inner, viewer, style | {kind})


def _angle(inner: str, viewer: Viewer, style: frozenset[str]) -> Line:
    target, _, label = inner.partition("|")
    if target.startswith("!date^"):
        return _leaf(_date(target, label, viewer), style)
    if target.startswith("!subteam^") and not label:
        return _leaf(f"Slack group {target.removeprefix('!subteam^')}", style | {"mention"})
    if target.startswith("!"):
        return _leaf("@" + (label or target[1:]).removeprefix("@"), style | {"ping"})
    if target.startswith(("@", "#")):
        unnamed = f"Slack {'user' if target[0] == '@' else 'channel'} {target[1:]}"
        name = target[0] + label.lstrip("@#") if label else unnamed
        return _leaf(viewer.names.get(target[1:], name), style | {"mention"})
    link = _leaf(label or target, style | {"link"})
    return [*link, *_leaf(f" ({target})", style | {"dim"})] if label and label != target else link


def _date(target: str, fallback: str, viewer: Viewer) -> str:
    """Fill in a date token in the viewer's zone, or fall back as Slack does."""
    parts = target.split("^")
    try:
        moment = datetime.fromtimestamp(int(parts[1]), viewer.zone)
        return re.sub(r"\{(\w+)\}", lambda m: _date_part(m[1], moment, viewer), parts[2])
    except (IndexError, KeyError, ValueError, OverflowError, OSError):
        return fallback


def _date_part(name: str, moment: datetime, viewer: Viewer) -> str:
    day = f"{moment:%B} {moment.day}, {moment.year}"
    short = f"{moment:%b} {moment.day}, {moment.year}"
    clock = f"{moment:%I:%M %p}".removeprefix("0") if viewer.half_days else f"{moment:%H:%M}"
    words = {
        "date_num": f"{moment:%Y-%m-%d}",
        "date": day,
        "date_short": short,
        "date_long": f"{moment:%A}, {day}",
        "date_pretty": day,
        "date_short_pretty": short,
        "time": clock,
        "time_secs": f"{moment:%H:%M:%S}",
    }
    if name == "ago" and viewer.now is not None:
        return _ago((viewer.now - moment).total_seconds())
    return words[name]


def _ago(seconds: float) -> str:
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = int(abs(seconds) // size)
        if count:
            words = f"{count} {unit}{'s' if count > 1 else ''}"
            return f"{words} ago" if seconds > 0 else f"in {words}"
    return "just now"


def _pieces(spans: Iterable[Span], width: int) -> Iterator[Span]:
    """Cut spans into newlines, spaces and words, none wider than the line."""
    for span in spans:
        for word in re.findall(r"\n| +|[^ \n]+", span.text):
            yield from (Span(part, span.style) for part in _cut(word, width))


def _cut(word: str, width: int) -> Iterator[str]:
    part = ""
    for character in word:
        if part and columns(part + character) > width:
            yield part
            part = ""
        part += character
    yield part


def _trimmed(line: Line) -> Line:
    while line and line[-1].text.isspace():
        line = line[:-1]
    return line
