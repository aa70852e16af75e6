"""What `stackspend read` prints: how a text is understood."""

from collections.abc import Mapping
from typing import Any

from bot.questions.reading.canonical import name_text, text
from bot.questions.reading.dates import TeamCalendar, dates_of
from bot.questions.reading.names import Name, Names
from bot.questions.reading.spans import Impossible
from bot.questions.reading.types import Reading, Result
from providers.period import Period


def result_json(result: Result, names: Names, calendar: TeamCalendar) -> Mapping[str, Any]:
    """Return a result as JSON. A `sentence` says why there is no reading, where a word alone does not."""
    suggestions = [
        {"text": text(each, names), "reading": _reading(each, names, calendar)} for each in result.suggestions
    ]
    return {
        "understood": result.reading is not None,
        **(_reading(result.reading, names, calendar) if result.reading else _NOTHING),
        "unused": list(result.unused),
        "suggestions": suggestions,
        **({"sentence": result.sentence} if result.sentence else {}),
    }


_NOTHING: Mapping[str, Any] = {
    "canonical": None,
    "command": None,
    "period": None,
    "dimensions": [],
    "filters": [],
    "compare": None,
    "limit": None,
}


def _reading(reading: Reading, names: Names, calendar: TeamCalendar) -> Mapping[str, Any]:
    try:
        dates = dates_of(reading, calendar)
        period, compare = _period(dates.period), _compare(reading, dates.compare, names)
    except Impossible:
        period = compare = None
    return {
        "canonical": text(reading, names),
        "command": reading.command,
        "period": period,
        "dimensions": list(reading.dimensions),
        "filters": [_filter(name, names) for name in reading.filters],
        "compare": compare,
        "limit": reading.limit,
    }


def _period(period: Period | None) -> Mapping[str, str] | None:
    if period is None:
        return None
    return {"start": str(period.start), "end": str(period.end), "timezone": period.zone}


def _compare(reading: Reading, period: Period | None, names: Names) -> Mapping[str, str] | None:
    if isinstance(reading.compare, Name):
        return {"kind": "member", **_filter(reading.compare, names)}
    if period is None:
        return None
    return {"kind": "period", "start": str(period.start), "end": str(period.end)}


def _filter(name: Name, names: Names) -> Mapping[str, str]:
    """Return a filter with the name that people see, or the id of one whose name others have, too."""
    alike = [each for each in names.exactly(name.text) if each.dimension == name.dimension]
    value = name.text if len(alike) < 2 else name.id  # noqa: PLR2004 - more than itself
    if name.dimension == "model":
        value = name_text(name, names).strip('"')
    return {"dimension": name.dimension, "value": value}
