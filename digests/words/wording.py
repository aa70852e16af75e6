"""Numbers, moments and names as people read them; only this module rounds money or prints a last day.

Everything here returns plain words. `escape` makes them safe for mrkdwn; templates do so by themselves.
"""

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from digests.numbers.report import Dimension, Forecast
from digests.words.direction import CLOSE, ISOLATES, OPEN, contained, is_closed, isolated
from providers.period import DAY, Period

UNKNOWN = "–"
NAME_LENGTH = 40  # characters: a choice, most names and addresses are shorter, and a line holds two
REMARK = "  ·  "  # between the remarks in a line of small print

_CENT = Decimal("0.01")
_TEN = Decimal(10)


# Money


def billed(cost: Decimal) -> str:
    """Return dollars and cents: `$5,504.08`, `-$3.10`, `< $0.01`."""
    if 0 < abs(cost) < _CENT:
        return "< $0.01" if cost > 0 else "> -$0.01"
    return _dollars(cost, _CENT)


def estimated(cost: Decimal) -> str:
    """Return an estimate in whole dollars, with cents below ten: `≈ $2,871`, `≈ $0.42`."""
    return about(cost) if 0 < abs(cost) < _CENT else f"≈ {about(cost)}"


def about(cost: Decimal) -> str:
    """Return whole dollars without the sign of an estimate, with cents below ten, for charts."""
    return billed(cost) if abs(cost) < _TEN else _dollars(cost, Decimal(1))


def spend(cost: Decimal, estimate: Decimal) -> str:
    """Return money of which a part is estimated, with ≈ only if that part moves the last digit shown.

    An estimate below a cent leaves the cents: `$12,345.67`; one that moves only them takes them away:
    `$12,346`.
    """
    if not is_moved(cost, estimate):
        return billed(cost)
    is_in_dollars = abs(cost) >= _TEN and not is_moved(cost, estimate, Decimal(1))
    return about(cost) if is_in_dollars else estimated(cost)


def is_moved(cost: Decimal, estimate: Decimal, step: Decimal = _CENT) -> bool:
    """Whether the estimated part of a cost moves its last digit, by default its cents."""
    return _rounded(cost, step) != _rounded(cost - estimate, step)


def gained(difference: Decimal, estimate: Decimal) -> str:
    """Return a change in dollars, as `spend` writes money: `+$562.31`, `≈ +$562`, `-$3.10`, `$0.00`."""
    words = spend(difference, estimate)
    return words if difference <= 0 or words.startswith("<") else words.replace("$", "+$", 1)


def added(cost: Decimal) -> str:
    """Return a difference with its sign: `+$562.31`, `-$3.10`."""
    return billed(cost) if cost < 0 else f"+{billed(cost)}"


def added_spoken(cost: Decimal) -> str:
    """Return a difference for screen readers: `$562.31 more`, `$3.10 less`."""
    return f"{spoken(billed(abs(cost)))} {'less' if cost < 0 else 'more'}"


def forecast(ahead: Forecast) -> str:
    """Return a forecast, rounded to what it can promise: `$117,500 to $125,300`.

    A band that rounds to zero is left out: it would promise too much.
    """
    step = _step(ahead.cost)
    middle, width = _rounded(ahead.cost, step), _rounded(ahead.band, step)
    if not width:
        return f"≈ {_dollars(middle, step)}"
    return f"{_dollars(middle - width, step)} to {_dollars(middle + width, step)}"


def rounded_forecast(cost: Decimal) -> str:
    """Return the middle of a forecast, rounded as its band is: `$121,400`."""
    return _dollars(cost, _step(cost))


def moved(difference: Decimal, *, estimated: bool) -> str:
    """Return a change in dollars: `+$562.31`, or `≈ +$562` if any of it is estimated."""
    if not estimated:
        return added(difference)
    sign = "" if difference < 0 else "+"
    return f"≈ {sign}{about(difference)}"


def chart_value(cost: Decimal) -> float:
    """Return a figure for a chart, which takes JSON numbers, in cents."""
    return float(_rounded(cost, _CENT))


def exact(cost: Decimal) -> str:
    """Return money for machines: all digits, at least cents, no exponent."""
    whole, _, fraction = f"{cost or abs(cost):f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def _step(cost: Decimal) -> Decimal:
    return next((Decimal(step) for step in (100, 10) if abs(cost) >= 100 * step), Decimal(1))


def _rounded(number: Decimal, step: Decimal) -> Decimal:
    """Round to a step; zero has no sign."""
    if step < 1:
        rounded = number.quantize(step, ROUND_HALF_UP)
    else:
        rounded = (number / step).quantize(Decimal(1), ROUND_HALF_UP) * step
    return rounded or abs(rounded)


def _dollars(cost: Decimal, step: Decimal) -> str:
    rounded = _rounded(cost, step)
    return f"-${-rounded:,f}" if rounded < 0 else f"${abs(rounded):,f}"


# Changes, shares, counts


def change(cost: Decimal, before: Decimal | None) -> str:
    """Return a change: `▲ 11%`, `▼ 3%`, `▲ 14×`, `= 0%`, `new`, or – if it is unknown."""
    if before is None or before < 0 or (before == 0 and cost < 0):
        return UNKNOWN
    if before == 0:
        return "new" if cost else "= 0%"
    if cost / before >= _TEN:
        return f"▲ {_rounded(cost / before, Decimal(1)):,f}×"
    percent = _rounded((cost - before) / before * 100, Decimal(1))
    if not percent:
        return "= 0%"
    return f"{'▲' if percent > 0 else '▼'} {abs(percent):,f}%"


def change_spoken(cost: Decimal, before: Decimal | None) -> str:
    """Return a change for screen readers: `up 11%`, `14 times what it was`, `unchanged`; "" if unknown."""
    shown = change(cost, before)
    if shown in (UNKNOWN, "new"):
        return ""
    if shown.endswith("×"):
        return f"{shown[2:-1]} times what it was"
    return "unchanged" if shown == "= 0%" else shown.replace("▲", "up").replace("▼", "down")


def spoken(figure: str) -> str:
    """Return a figure for screen readers: about, plus or minus, less than."""
    for sign, word in (
        ("≈ ", "about "),
        ("±", "plus or minus "),
        ("< ", "less than "),
        ("> ", "more than "),
    ):
        figure = figure.replace(sign, word)
    return figure


def share(part: Decimal) -> str:
    """Return a share: `64%`, `< 1%`, `-3%` for a credit."""
    if 0 < part < _CENT:
        return "< 1%"
    return f"{_rounded(part * 100, Decimal(1)):,f}%"


def band(fraction: Decimal) -> str:
    """Return the half-width of a band: `±1.3%`."""
    return f"±{percent(fraction)}"


def signed(fraction: Decimal) -> str:
    """Return an error with its sign: `+0.9%`, `-1.2%`, `0.0%`."""
    shown = percent(fraction)
    return f"+{shown}" if fraction > 0 and shown != "0.0%" else shown


def percent(fraction: Decimal) -> str:
    """Return a small fraction with a decimal, a large one without: `0.9%`, `12%`."""
    step = Decimal("0.1") if abs(fraction) < Decimal("0.0995") else Decimal(1)
    return f"{_rounded(fraction * 100, step):,f}%"


def tokens(count: int) -> str:
    """Return tokens in few digits: `812`, `12K`, `1.2M`, `3.4B`."""
    for unit, size in (("T", 10**12), ("B", 10**9), ("M", 10**6), ("K", 10**3)):
        if count >= size - size // 2000:
            scaled = Decimal(count) / size
            return f"{_rounded(scaled, Decimal('0.1') if scaled < _TEN else Decimal(1)):,f}{unit}"
    return str(count)


def number(count: int) -> str:
    """Return a count: `1,204`."""
    return f"{count:,}"


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count of things: `1 commit`, `14 commits`."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


# Dates and moments


def day(when: date, *, today: date) -> str:
    """Return a day: `Fri, Nov 20`, with its year if it is not this year."""
    return f"{when:%a}, {_month_day(when)}{_year(when, today)}"


def day_long(when: date) -> str:
    """Return a day for a heading: `Friday, November 20`."""
    return f"{when:%A}, {when:%B} {when.day}"


def date_full(when: date) -> str:
    """Return a day with its year: `May 3, 2025`."""
    return f"{_month_day(when)}, {when.year}"


def date_short(when: date, *, today: date) -> str:
    """Return a date without its weekday: `Nov 20`, with its year if it is not this year."""
    return f"{_month_day(when)}{_year(when, today)}"


def day_short(when: date, *, first: bool) -> str:
    """Return the label of a bar: `Nov 7` for the first and at the start of a month, else `8`."""
    return _month_day(when) if first or when.day == 1 else str(when.day)


def period(days: Period, *, today: date) -> str:
    """Return a period with its last day: `Fri, Nov 20`, `November 2026`, `Nov 1–22`, `Oct 24 – Nov 22`."""
    last = days.end - DAY
    if days.length == 1:
        return day(days.start, today=today)
    if days == Period.month(days.start, days.zone):
        return f"{days.start:%B %Y}"
    if (days.start.year, days.start.month) == (last.year, last.month):
        return f"{_month_day(days.start)}–{last.day}{_year(last, today)}"
    opening = _year(days.start, today) if days.start.year != last.year else ""
    return f"{_month_day(days.start)}{opening} – {_month_day(last)}{_year(last, today)}"


class Moment(str):
    """A moment as words in one zone; `mrkdwn` is Slack's date token, which shows it in each reader's own."""

    __slots__ = ("mrkdwn",)

    mrkdwn: str

    @classmethod
    def of(cls, words: str, at: datetime, form: str) -> "Moment":
        """Return words for a moment, with the token in Slack's form."""
        moment = cls(words)
        moment.mrkdwn = f"<!date^{int(at.timestamp())}^{form}|{words}>"
        return moment


class Code(str):
    """An identifier as words; `mrkdwn` is a code span, in which every character stays as it is."""

    __slots__ = ()

    @property
    def mrkdwn(self) -> str:
        """The code span; a backtick would end it."""
        return f"`{plain(self).translate(_IN_CODE)}`"


_TOKEN = re.compile(r"<!date\^\d+\^[^|<>]*\|([^<>]*)>")
_HALF_DAY = re.compile(r"\b(\d{1,2}):(\d{2}) ([AP])M\b")


def without_tokens(mrkdwn: str) -> str:
    """Replace date tokens by their words, for texts that Slack does not format."""
    return _TOKEN.sub(r"\1", mrkdwn)


def in_24_hours(text: str) -> str:
    """Write the times of a text as a terminal shows them: `2:42 PM` is `14:42`."""
    return _HALF_DAY.sub(lambda found: f"{int(found[1]) % 12 + 12 * (found[3] == 'P'):02}:{found[2]}", text)


def moment(at: datetime, *, now: datetime, zone: str) -> Moment:
    """Return a moment in a person's zone: `2:42 PM`, with its day if that is not today."""
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    time = clock(at, zone)
    if local.date() == today:
        return Moment.of(time, at, "{time}")
    return Moment.of(f"{day(local.date(), today=today)}, {time}", at, "{date_short_pretty}, {time}")


def clock(at: datetime, zone: str) -> str:
    """Return the time of day in a zone: `2:42 PM`."""
    return f"{at.astimezone(ZoneInfo(zone)):%I:%M %p}".removeprefix("0")


def half_day(time: str) -> str:
    """Return a time of the 24-hour clock on the 12-hour one: `09:00` is `9:00 AM`."""
    hours, minutes = map(int, time.split(":"))
    return f"{hours % 12 or 12}:{minutes:02} {'PM' if hours >= 12 else 'AM'}"  # noqa: PLR2004 - noon


def clock_24(at: datetime, zone: str) -> str:
    """Return the time of day in a zone for files and terminals: `14:42`."""
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"


def zone(name: str) -> str:
    """Return a zone as people say it: `Berlin time`, `UTC`."""
    if name in {"UTC", "Etc/UTC", "Etc/GMT", "GMT", "Zulu", "Etc/Zulu"}:
        return "UTC"
    return f"{name.rpartition('/')[2].replace('_', ' ')} time"


def ago(at: datetime, *, now: datetime) -> str:
    """Return how long ago a moment was: `just now`, `6 minutes ago`, `1 hour ago`, `2 days ago`."""
    past = max(now - at, timedelta())
    if past < timedelta(minutes=1):
        return "just now"
    return f"{lasted(past)} ago"


def lasted(time: timedelta) -> str:
    """Return a duration: `6 minutes`, `3 hours`, `2 days`."""
    if time < timedelta(hours=1):
        return counted(max(time // timedelta(minutes=1), 1), "minute")
    return (
        counted(time // timedelta(hours=1), "hour") if time < timedelta(days=2) else counted(time.days, "day")
    )


def _month_day(when: date) -> str:
    return f"{when:%b} {when.day}"


def _year(when: date, today: date) -> str:
    return "" if when.year == today.year else f", {when.year}"


# Names

_MODEL = re.compile(
    r"claude-(?:(?P<family>[a-z]+)-(?P<major>\d{1,2})(?:-(?P<minor>\d{1,2}))?"
    r"|(?P<old_major>\d{1,2})(?:-(?P<old_minor>\d{1,2}))?-(?P<old_family>[a-z]+))(?:-\d{8})?"
)
_TOOLS = {
    "edit_tool": "Edit",
    "multi_edit_tool": "Multi-edit",
    "write_tool": "Write",
    "notebook_edit_tool": "Notebook edit",
}
_KINDS = {
    "uncached_input": "Input",
    "cache_write_5m": "Cache write, 5 min",
    "cache_write_1h": "Cache write, 1 hour",
    "cache_read": "Cache read",
    "output": "Output",
}
_THINGS = {
    "web_search": "Web search",
    "code_execution": "Code execution",
    "session_usage": "Agent session time",
}
_PRODUCTS = {
    "messages_api": "Messages API",
    "message_batches_api": "Message Batches",
    "claude_code": "Claude Code",
    "claude_console": "Console Workbench",
    "managed_agents_api": "Managed Agents",
    "difference": "Adjustment to match the bill",
    "chat": "Claude chat",
    "cowork": "Cowork",
}


def model(id_: str) -> str:
    """Return a model's name: `claude-opus-5-5` is Opus 5.5; web search and the like keep theirs."""
    match = _MODEL.fullmatch(id_)
    if not match:
        return _THINGS.get(id_, id_)
    family = match["family"] or match["old_family"]
    major, minor = match["major"] or match["old_major"], match["minor"] or match["old_minor"]
    return f"{family.capitalize()} {major}{f'.{minor}' if minor else ''}"


def family(id_: str) -> str:
    """Return a model's family: `opus` for `claude-opus-5-5`, the id itself if it has none."""
    match = _MODEL.fullmatch(id_)
    return (match["family"] or match["old_family"]) if match else id_


def family_name(family: str) -> str:
    """Return a family as people say it: `opus` is Opus."""
    return family.capitalize() if family.isalpha() else model(family)


def token_kind(kind: str) -> str:
    """Return the name of a kind of token: `cache_write_5m` is Cache write, 5 min."""
    return _KINDS.get(kind) or _THINGS.get(kind, kind)


def product(id_: str) -> str:
    """Return the name of a product: `message_batches_api` is Message Batches."""
    return _PRODUCTS.get(id_) or _THINGS.get(id_, id_)


def tool(id_: str) -> str:
    """Return the name of an editing tool: `multi_edit_tool` is Multi-edit."""
    return _TOOLS.get(id_, id_)


_NAMED_BY = {"model": model, "token type": token_kind, "product": product}


def named(name: str, dimension: Dimension) -> str:
    """Return the name of a line on its dimension, clean and short enough for a phone."""
    return short(_NAMED_BY.get(dimension, str)(name))


# Text from outside

_DIRTY = re.compile(r"[^ -~]|  |^ | $")
_MARKUP = re.compile(r"[&<>*~`_]")
_LOOKALIKES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "*": "\u2217", "~": "\u223c", "`": "\u02cb"}
)
_IN_CODE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "`": "\u02cb"})
_LOOSE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_WORDS = re.compile(r"[^\W\d_]+")
_JOINER = "\u200d"
_LOOSE = f" {_JOINER}"  # what joins characters that a cut parts
_COMMON = 0x3000  # the characters of most names come before; only these are cached


class _Visible(dict[int, str]):
    """The visible form of a character, by its number: a space for any blank, nothing for control marks."""

    def __missing__(self, number: int) -> str:
        character = chr(number)
        category = unicodedata.category(character)
        if category in {"Zl", "Zp", "Zs"} or character in "\n\r\t":
            shown = " "
        else:
            is_kept = character in (_JOINER, OPEN, CLOSE)
            shown = "" if category in {"Cc", "Cf", "Cs", "Co"} and not is_kept else character
        if number < _COMMON:
            self[number] = shown
        return shown


_VISIBLE = _Visible()


def plain(text: str) -> str:
    """Return one line of visible text, without control marks and line breaks, for plain_text and cells.

    Isolates stay where each ends: they keep a right-to-left name from moving the figures beside it.
    """
    if not _DIRTY.search(text):
        return text
    visible = " ".join(text.translate(_VISIBLE).split())
    return visible if is_closed(visible) else visible.translate(ISOLATES)


@lru_cache(maxsize=2**14)  # an answer shortens every name of an organization, to find those that look alike
def short(name: str, length: int = NAME_LENGTH) -> str:
    """Return a name from outside: plain, cut in its middle if it is too long, isolated, and never empty.

    The ends tell names apart: `Wolfeschlegelst…orff-Müller`, `claude_code_key_zoe…okafor_ci`.
    """
    text = _name(name)
    if len(text) > length:
        end = (length - 1) // 2
        text = f"{text[: length - 1 - end].rstrip(_LOOSE)}…{text[-end:].lstrip(_LOOSE) if end else ''}"
    return isolated(text)


@lru_cache(maxsize=2**10)
def cut_at_end(name: str, length: int = NAME_LENGTH) -> str:
    """Return a name whose beginning tells it apart, cut at its end."""
    text = _name(name)
    return isolated(text if len(text) <= length else f"{text[: length - 1].rstrip(_LOOSE)}…")


def excerpt(text: str, length: int) -> str:
    """Return the beginning of somebody else's sentence: plain, and isolated."""
    return cut_at_end(text, length) if plain(text) else ""


def _name(name: str) -> str:
    return plain(name).translate(ISOLATES).strip(_JOINER) or "Unnamed"


def initials(name: str) -> str:
    """Return somebody's initials: `M. O.`, of an e-mail address those of its first part."""
    words = _WORDS.findall(plain(name).partition("@")[0])
    return isolated(" ".join(f"{word[0].upper()}." for word in words[:3])) or UNKNOWN


def escape(text: str) -> str:
    """Make text safe for mrkdwn: it can neither ping, link, format, nor move what is beside it."""
    text = contained(plain(text))
    if not _MARKUP.search(text):
        return text
    return _LOOSE_UNDERSCORE.sub("\u02cd", text.translate(_LOOKALIKES))
