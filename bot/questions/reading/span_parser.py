"""Find the periods that begin at a token: points (`oct 3`), and what is made of them (`since oct 3`)."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

from bot.questions.reading.spans import (
    MONTHS,
    WEEKDAYS,
    AllTime,
    Current,
    Day,
    Hours,
    Month,
    OfYear,
    Part,
    Range,
    Rolling,
    Since,
    Span,
    Unit,
    Until,
    Weekday,
    Weekend,
    WeekOf,
    Year,
)


class Reach(NamedTuple):
    """A period and the token after it; a guess is mentioned in the answer."""

    end: int
    span: Span
    is_guess: bool = False


_UNITS: Mapping[str, Unit] = {
    **dict.fromkeys(("d", "day", "days"), "day"),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), "week"),
    **dict.fromkeys(("m", "mo", "mos", "mth", "mths", "month", "months"), "month"),
    **dict.fromkeys(("q", "quarter", "quarters"), "quarter"),
    **dict.fromkeys(("half", "halves"), "half"),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), "year"),
}
_PARTS: Mapping[str, Literal["quarter", "half"]] = {"q": "quarter", "h": "half"}
_HOURS = frozenset({"h", "hr", "hrs", "hour", "hours", "min", "minute", "minutes"})
_LONG_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTHS: Mapping[str, int] = {
    **{name: number for number, name in enumerate(MONTHS, 1)},
    **{name: number for number, name in enumerate(_LONG_MONTHS, 1)},
    "sept": 9,
}
_WEEKDAYS: Mapping[str, int] = {
    **{name: number for number, name in enumerate(WEEKDAYS)},
    **{name[:3]: number for number, name in enumerate(WEEKDAYS) if name[:3] not in ("mon", "sat", "sun")},
    "mon": 0, "tues": 1, "weds": 2, "thur": 3, "thurs": 3, "sat": 5, "sun": 6,
}  # fmt: skip
_NUMBERS: Mapping[str, int] = {
    name: number
    for number, name in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), 1
    )
}
_ORDINALS: Mapping[str, int] = {
    **{name: number for number, name in enumerate(("first", "second", "third", "fourth"), 1)},
    **{name: number for number, name in enumerate(("1st", "2nd", "3rd", "4th"), 1)},
}
_FEWEST_OF_A_YEAR, _MOST_OF_A_YEAR = 2000, 2099  # four digits that are read as a year
_PHRASES: Mapping[str, tuple[Span, bool]] = {
    "today": (Current("day"), False),
    "todays": (Current("day"), False),
    "right now": (Current("day"), True),
    "yesterday": (Current("day", 1), False),
    "day before yesterday": (Current("day", 2), True),
    "tomorrow": (Current("day", -1), False),
    "wtd": (Current("week"), False),
    "week to date": (Current("week"), False),
    "mtd": (Current("month"), False),
    "month to date": (Current("month"), False),
    "qtd": (Current("quarter"), False),
    "quarter to date": (Current("quarter"), False),
    "ytd": (Current("year"), False),
    "year to date": (Current("year"), False),
    **{f"{unit} before last": (Current(unit, 2), False) for unit in get_args(Unit)},
    "fortnight": (Rolling(2, "week"), True),
    "last fortnight": (Rolling(2, "week"), True),
    "weekend": (Weekend(), False),
    "this weekend": (Weekend("this"), False),
    "last weekend": (Weekend("last"), False),
    "past weekend": (Weekend(), True),
    "fiscal year": (Year(0, is_fiscal=True), False),
    "this fiscal year": (Year(0, is_fiscal=True), False),
    "last fiscal year": (Year(0, is_fiscal=True, back=1), False),
    "all time": (AllTime(), False),
    "all-time": (AllTime(), False),
    "alltime": (AllTime(), False),
    **dict.fromkeys(
        (
            "all", "ever", "forever", "lifetime", "to date", "all history", "since ever", "since forever",
            "since the beginning", "since the start", "from the beginning", "from the start", "until now",
            "up to now", "total ever", "of all time", "everything", "all of it",
        ),
        (AllTime(), True),
    ),
    **{
        name: (Hours(name), False)
        for name in ("this morning", "this afternoon", "this evening", "tonight", "this hour", "last hour",
                     "past hour", "last night")
    },
}  # fmt: skip
_LONGEST_PHRASE = 3
_ISO_DAY = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
_ISO_MONTH = re.compile(r"(\d{4})[-/](\d{1,2})")
_YEAR = re.compile(r"\d{4}")
_COUNT_AND_UNIT = re.compile(r"(\d{1,9})-?([a-z]+)")
_PART = re.compile(r"([qh])(\d)(?:[-/]?(\d{4}|\d{2}))?|(\d{4})[-/]?([qh])(\d)")
_FISCAL = re.compile(r"fy[-']?(\d{4}|\d{2})")
_FISCAL_PART = re.compile(r"f([qh])(\d)")
_SLASHED = re.compile(r"(\d{1,2})[/](\d{1,2})(?:[/](\d{4}|\d{2}))?")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})")
_DAY_OF_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")
_DAYS_OF_MONTH = re.compile(r"(\d{1,2})-(\d{1,2})")
_MOST_MONTHS, _MOST_DAYS = 12, 31
_CENTURY = 2000  # of a year in two digits
_LAST = frozenset({"last", "previous", "prior", "preceding"})
_PAST = frozenset({"past", "trailing"})
_THIS = frozenset({"this", "current", "running"})
_NEXT = frozenset({"next", "coming", "upcoming", "following"})
_SINCE = frozenset({"since", "starting", "beginning"})
_UNTIL = frozenset({"until", "till", "through", "thru"})
_ONWARDS = frozenset({"on", "onwards", "onward", ".."})
_TO = frozenset({"to", "-", "..", "until", "till", "through", "thru"})


def spans_at(words: Sequence[str], at: int, *, with_to: bool = True) -> Iterator[Reach]:
    """Yield the periods that begin at a word; without `to`, that word joins no range, as in a comparison."""
    word = words[at]
    if word in _SINCE:
        yield from _since(words, at, with_to=with_to)
    elif word in _UNTIL or (word == "up" and words[at + 1 : at + 2] == ["to"]):
        start = at + (2 if word == "up" else 1)
        yield from (Reach(point.end, Until(point.span), point.is_guess) for point in _points(words, start))
    elif word == "..":
        yield from (Reach(point.end, Until(point.span)) for point in _points(words, at + 1))
    elif word in ("between", "from"):
        yield from _opened(words, at, with_to=with_to)
    for point in _points(words, at):
        yield point
        yield from _ranges(words, point, _TO if with_to else _TO - {"to"})
        if words[point.end : point.end + 1] == [".."]:
            yield Reach(point.end + 1, Since(point.span))


def _since(words: Sequence[str], at: int, *, with_to: bool) -> Iterator[Reach]:
    skipped = 1 if words[at + 1 : at + 2] in (["the"], ["from"]) else 0
    for point in _points(words, at + 1 + skipped):
        yield Reach(point.end, Since(point.span), point.is_guess or words[at] != "since")
        yield from _ranges(words, point, _TO if with_to else _TO - {"to"})


def _opened(words: Sequence[str], at: int, *, with_to: bool) -> Iterator[Reach]:
    """Yield `between … and …`, `from … to …`, `from … on`."""
    joints = {"and"} | _TO if words[at] == "between" else _TO if with_to else _TO - {"to"}
    for point in _points(words, at + 1):
        yield from _ranges(words, point, frozenset(joints))
        if words[at] != "from":
            continue
        if " ".join(words[point.end : point.end + 1]) in _ONWARDS:
            yield Reach(point.end + 1, Since(point.span))
        if isinstance(point.span, Day | Weekday) or point.span == Current("day", 1):
            yield Reach(point.end, Since(point.span), is_guess=True)  # `from october` is all October


def _ranges(words: Sequence[str], start: Reach, joints: frozenset[str]) -> Iterator[Reach]:
    at = start.end
    if at >= len(words) or words[at] not in joints:
        return
    for end in _points(words, at + 1):
        yield Reach(end.end, Range(start.span, end.span), start.is_guess or end.is_guess)
    day = _DAY_OF_MONTH.fullmatch(words[at + 1]) if at + 1 < len(words) else None
    if day and isinstance(start.span, Day):  # oct 1 to 15
        yield Reach(at + 2, Range(start.span, Day(start.span.month, int(day[1]), start.span.year)))


def _points(words: Sequence[str], at: int) -> Iterator[Reach]:
    """Yield the periods that begin at a word and are no range, each also with the year that follows it."""
    if words[at : at + 1] in (["all"], ["whole"], ["entire"]):  # all of october
        yield from _undated(words, at + (2 if words[at + 1 : at + 2] == ["of"] else 1))
    for point in _undated(words, at):
        if of_year := _of_year(words, point):
            yield of_year
        yield point


def _of_year(words: Sequence[str], point: Reach) -> Reach | None:
    """Return `q1 last year`, `october of this year`."""
    end = point.end + (words[point.end : point.end + 1] in (["of"], ["in"]))
    which = words[end] if words[end + 1 : end + 2] == ["year"] else ""
    back: Literal[0, 1] | None = 1 if which in _LAST else 0 if which in _THIS else None
    if back is None:
        return None
    match point.span:
        case Range(start, Day(year=None) as last):  # oct 1-15
            return Reach(end + 2, Range(start, OfYear(last, back)), point.is_guess)
        case Day(year=None) | Month(year=None, is_last=False) | Part(year=None, is_fiscal=False):
            return Reach(end + 2, OfYear(point.span, back), point.is_guess)
        case _:
            return None


def _undated(words: Sequence[str], at: int) -> Iterator[Reach]:
    """Yield the periods with no other in them that begin at a word."""
    if at >= len(words):
        return
    for length in range(_LONGEST_PHRASE, 0, -1):
        if phrase := _PHRASES.get(" ".join(words[at : at + length])):
            yield Reach(min(at + length, len(words)), *phrase)
            break
    word = words[at]
    for is_first, read in _READERS:
        if is_first(word):
            yield from read(words, at)


def _weekday(words: Sequence[str], at: int) -> Iterator[Reach]:
    yield Reach(at + 1, Weekday(_WEEKDAYS[words[at]]))


def _unit(words: Sequence[str], at: int) -> Iterator[Reach]:
    """Yield `week` and the like, `week of oct 5`, `month of october`."""
    unit = _UNITS[words[at]]
    if words[at + 1 : at + 2] == ["of"]:
        for point in _points(words, at + 2):
            if unit == "week" and isinstance(point.span, Day | Weekday | Current):
                yield Reach(point.end, WeekOf(point.span), point.is_guess)
            elif unit in ("month", "year") and isinstance(point.span, Month | Year):
                yield point
    if words[at] in ("week", "month", "quarter", "year"):
        yield Reach(at + 1, Current(unit))


def _relative(words: Sequence[str], at: int) -> Iterator[Reach]:
    """Yield `last week`, `this month`, `past 30 days`, `last friday`, `last october`, `last 7`."""
    word = words[at]
    after = words[at + 1] if at + 1 < len(words) else ""
    is_past = word in _PAST or word in _LAST
    if after in _UNITS and len(after) > 1 and not after.endswith("s"):
        unit = _UNITS[after]
        if word in _PAST:
            yield Reach(at + 2, _rolled(1, after), is_guess=True)
        else:
            back = 1 if word in _LAST else -1 if word in _NEXT else 0
            yield Reach(at + 2, Current(unit, back))
    elif is_past and after in _WEEKDAYS:
        yield Reach(at + 2, Weekday(_WEEKDAYS[after], is_last=True))
    elif word in _THIS and after in _WEEKDAYS:
        yield Reach(at + 2, Weekday(_WEEKDAYS[after]), is_guess=True)
    elif after in _MONTHS:
        yield Reach(at + 2, Month(_MONTHS[after], is_last=is_past))
    elif is_past and after:
        yield from _lastcount_of(words, at)


def _lastcount_of(words: Sequence[str], at: int) -> Iterator[Reach]:
    count, after = count_of(words[at + 1]), words[at + 2] if at + 2 < len(words) else ""
    is_guess = words[at] in _LAST - {"last"}
    joined = _COUNT_AND_UNIT.fullmatch(words[at + 1])
    if joined and joined[2] in _UNITS:
        yield Reach(at + 2, _rolled(int(joined[1]), joined[2]), is_guess)
    elif joined and joined[2] in _HOURS:
        yield Reach(at + 2, _hours(int(joined[1]), joined[2]))
    elif count is not None and after in _UNITS:
        yield Reach(at + 3, _rolled(count, after), is_guess)
    elif count is not None and after in _HOURS:
        yield Reach(at + 3, _hours(count, after))
    elif count is not None:
        yield Reach(at + 2, Rolling(count), is_guess)


def _rolled(count: int, unit: str) -> Rolling:
    """Return so many units up to today; a half is two quarters, because `2h` are hours."""
    if _UNITS[unit] == "half":
        return Rolling(2 * count, "quarter")
    return Rolling(count, _UNITS[unit])


def _hours(count: int, unit: str) -> Hours:
    return Hours(f"{count}{'h' if unit.startswith('h') else 'min'}")


def count_of(word: str) -> int | None:
    """Return the number that a word is, in digits or up to twelve in letters."""
    if word in _NUMBERS:
        return _NUMBERS[word]
    return int(word) if word.isdecimal() and word.isascii() and len(word) <= len("999999999") else None


def _counted(words: Sequence[str], at: int) -> Iterator[Reach]:
    """Yield `30 days`, `3 months ago`, `a week ago`, `24 hours`."""
    count = 1 if words[at] == "a" else count_of(words[at])
    after = words[at + 1] if at + 1 < len(words) else ""
    if count is None:
        return
    if after in _UNITS and len(after) > 1:
        if words[at + 2 : at + 3] == ["ago"]:
            yield Reach(at + 3, Current(_UNITS[after], count) if count else Current(_UNITS[after]))
        elif words[at] != "a":
            yield Reach(at + 2, _rolled(count, after))
    elif after in _HOURS and words[at] != "a":
        yield Reach(at + 2, _hours(count, after))


def _of_month(words: Sequence[str], at: int) -> Iterator[Reach]:
    """Yield `october`, `oct 2026`, `oct 3`, `october 3rd 2026`, `oct 1-15`."""
    month = _MONTHS[words[at]]
    after = words[at + 1] if at + 1 < len(words) else ""
    if after == "of" and (year := _year_at(words, at + 2)):
        yield Reach(at + 3, Month(month, year))
    if year := _year_at(words, at + 1):
        yield Reach(at + 2, Month(month, year))
    elif days := _DAYS_OF_MONTH.fullmatch(after):
        yield _day_range(month, days, at + 2, _year_at(words, at + 2))
    elif after and (day := _DAY_OF_MONTH.fullmatch(after)):
        year = _year_at(words, at + 2)
        yield Reach(at + (3 if year else 2), Day(month, int(day[1]), year))
    yield Reach(at + 1, Month(month))


def _day_range(month: int, days: "re.Match[str]", end: int, year: int | None) -> Reach:
    first, last = Day(month, int(days[1]), year), Day(month, int(days[2]), year)
    return Reach(end + (1 if year else 0), Range(first, last))


def _year_at(words: Sequence[str], at: int) -> int | None:
    if at < len(words) and _YEAR.fullmatch(words[at]):
        year = int(words[at])
        return year if _FEWEST_OF_A_YEAR <= year <= _MOST_OF_A_YEAR else None
    return None


def _ordinal(words: Sequence[str], at: int) -> Iterator[Reach]:
    """Yield `third quarter`, `first half of 2026`."""
    unit = _UNITS.get(words[at + 1]) if at + 1 < len(words) else None
    if unit not in ("quarter", "half"):
        return
    skipped = 1 if words[at + 2 : at + 3] == ["of"] else 0
    year = _year_at(words, at + 2 + skipped)
    yield Reach(at + 2 + (1 + skipped if year else 0), Part(unit, _ORDINALS[words[at]], year))


def _fiscal(words: Sequence[str], at: int) -> Iterator[Reach]:
    """Yield `fiscal q1`, `fiscal q1 2027`, `fiscal 2027`, `fiscal year 2027`."""
    if year := _year_at(words, at + 1):
        yield Reach(at + 2, Year(year, is_fiscal=True))
    if words[at + 1 : at + 2] == ["year"] and (year := _year_at(words, at + 2)):
        yield Reach(at + 3, Year(year, is_fiscal=True))
    for point in _points(words, at + 1):
        if isinstance(point.span, Part):
            part = point.span
            yield Reach(point.end, Part(part.unit, part.number, part.year, is_fiscal=True))


def _with_digits(words: Sequence[str], at: int) -> Iterator[Reach]:
    """Yield what a word with digits means by itself, or with a month or a year after it."""
    word = words[at]
    for pattern, read in _FORMS:
        if match := pattern.fullmatch(word):
            yield from read(words, at, match)
            return


def _iso_day(_words: Sequence[str], at: int, match: "re.Match[str]") -> Iterator[Reach]:
    yield Reach(at + 1, Day(int(match[2]), int(match[3]), int(match[1])))


def _iso_month(_words: Sequence[str], at: int, match: "re.Match[str]") -> Iterator[Reach]:
    yield Reach(at + 1, Month(int(match[2]), int(match[1])))


def _slashed(_words: Sequence[str], at: int, match: "re.Match[str]") -> Iterator[Reach]:
    """Yield a date as written in the United States, unless its first number is no month."""
    first, second = int(match[1]), int(match[2])
    month, day = (second, first) if first > _MOST_MONTHS else (first, second)
    if 1 <= month <= _MOST_MONTHS and 1 <= day <= _MOST_DAYS:
        yield Reach(at + 1, Day(month, day, _full(match[3])), is_guess=True)


def _dotted(_words: Sequence[str], at: int, match: "re.Match[str]") -> Iterator[Reach]:
    """Yield a date as written with dots, day first."""
    if 1 <= int(match[2]) <= _MOST_MONTHS:
        yield Reach(at + 1, Day(int(match[2]), int(match[1]), _full(match[3])), is_guess=True)


def _full(year: str | None) -> int | None:
    return int(year) + (_CENTURY if len(year) == len("26") else 0) if year else None


def _quarter(words: Sequence[str], at: int, match: "re.Match[str]") -> Iterator[Reach]:
    """Yield `q3`, `q3 2026`, `2026-q3`, `h1`, `q3 fy26`."""
    letter, number = match[1] or match[5], int(match[2] or match[6])
    unit = _PARTS[letter]
    year = _full(match[3] or match[4])
    if year is not None and not _FEWEST_OF_A_YEAR <= year <= _MOST_OF_A_YEAR:
        return
    after = _FISCAL.fullmatch(words[at + 1]) if at + 1 < len(words) else None
    if year is None and after:
        yield Reach(at + 2, Part(unit, number, _full(after[1]), is_fiscal=True))
    elif year is None and (year := _year_at(words, at + 1)):
        yield Reach(at + 2, Part(unit, number, year))
    elif year is None and words[at + 1 : at + 2] == ["of"] and (year := _year_at(words, at + 2)):
        yield Reach(at + 3, Part(unit, number, year))
    else:
        yield Reach(at + 1, Part(unit, number, year))


def _fiscal_year(words: Sequence[str], at: int, match: "re.Match[str]") -> Iterator[Reach]:
    after = _PART.fullmatch(words[at + 1]) if at + 1 < len(words) else None
    if after and after[1] and not after[3]:
        yield Reach(at + 2, Part(_PARTS[after[1]], int(after[2]), _full(match[1]), is_fiscal=True))
    yield Reach(at + 1, Year(_full(match[1]) or 0, is_fiscal=True))


def _fiscal_part(_words: Sequence[str], at: int, match: "re.Match[str]") -> Iterator[Reach]:
    yield Reach(at + 1, Part(_PARTS[match[1]], int(match[2]), is_fiscal=True))


def _days_before_month(words: Sequence[str], at: int, match: "re.Match[str]") -> Iterator[Reach]:
    """Yield `1-15 oct`."""
    if at + 1 < len(words) and words[at + 1] in _MONTHS:
        yield _day_range(_MONTHS[words[at + 1]], match, at + 2, _year_at(words, at + 2))


def _day_before_month(words: Sequence[str], at: int, match: "re.Match[str]") -> Iterator[Reach]:
    """Yield `3 october`, `3rd of october 2026`."""
    skipped = 1 if words[at + 1 : at + 2] == ["of"] else 0
    place = at + 1 + skipped
    if place < len(words) and words[place] in _MONTHS:
        year = _year_at(words, place + 1)
        yield Reach(place + (2 if year else 1), Day(_MONTHS[words[place]], int(match[1]), year))


def _year_alone(words: Sequence[str], at: int, _match: "re.Match[str]") -> Iterator[Reach]:
    """Yield `2026`, `2026 q3`."""
    year = _year_at(words, at)
    after = _PART.fullmatch(words[at + 1]) if at + 1 < len(words) else None
    if year and after and after[1] and not after[3]:
        yield Reach(at + 2, Part(_PARTS[after[1]], int(after[2]), year))
    if year:
        yield Reach(at + 1, Year(year))


def _rolling(_words: Sequence[str], at: int, match: "re.Match[str]") -> Iterator[Reach]:
    """Yield `7d`, `2w`, `3months`, `24h`."""
    if match[2] in _UNITS:
        yield Reach(at + 1, _rolled(int(match[1]), match[2]))
    elif match[2] in _HOURS:
        yield Reach(at + 1, _hours(int(match[1]), match[2]))


_Read = Callable[[Sequence[str], int, "re.Match[str]"], Iterator[Reach]]
_FORMS: Sequence[tuple["re.Pattern[str]", _Read]] = (
    (_ISO_DAY, _iso_day),
    (_YEAR, _year_alone),
    (_PART, _quarter),
    (_ISO_MONTH, _iso_month),
    (_FISCAL, _fiscal_year),
    (_FISCAL_PART, _fiscal_part),
    (_SLASHED, _slashed),
    (_DOTTED, _dotted),
    (_DAYS_OF_MONTH, _days_before_month),
    (_DAY_OF_MONTH, _day_before_month),
    (_COUNT_AND_UNIT, _rolling),
)


_READERS: Sequence[tuple[Callable[[str], bool], Callable[[Sequence[str], int], Iterator[Reach]]]] = (
    (lambda word: word in _UNITS and len(word) > 1, _unit),
    ((_LAST | _PAST | _THIS | _NEXT).__contains__, _relative),
    (_MONTHS.__contains__, _of_month),
    (_WEEKDAYS.__contains__, _weekday),
    (lambda word: word in _NUMBERS or word[0].isdigit() or word == "a", _counted),
    (_ORDINALS.__contains__, _ordinal),
    (lambda word: word in ("fiscal", "fy"), _fiscal),
    (lambda word: any(letter.isdigit() for letter in word), _with_digits),
)
"""By the first word of a period, what reads it."""
