"""Which readings have an answer today, as its command; for the others, what is still missing.

What is understood and not built yet says so in a sentence that names the word, and offers what comes close.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import get_args

from bot.questions.command import Command, Name, View
from bot.questions.reading import names as catalog
from bot.questions.reading import types
from bot.questions.reading.dates import TeamCalendar, dates_of
from bot.questions.reading.types import OWN, Reading
from digests.numbers.report import TIMES, AsFile, Dimension, Filter, FilterDimension, Question
from digests.numbers.telemetry import figures as telemetry
from providers.period import DAY, Period

_DIMENSIONS: Mapping[str, Dimension] = {dimension: dimension for dimension in get_args(Dimension)}
_COMMANDS: Mapping[types.Command, Name] = {
    "summary": "summary",
    "cost": "cost",
    "engineers": "engineers",
    "me": "me",
    "status": "status",
    "sync": "sync",
    "connect": "connect",
    "disconnect": "disconnect",
    "digest": "digest",
    "settings": "settings",
    "audit": "audit",
    "export": "export",
    "help": "help",
    "claude": "claude",
    "why": "why",
    "forecast": "forecast",
}
_OF_CLAUDE: Mapping[tuple[types.Command, tuple[str, ...]], Name] = {
    ("connect", ("claude",)): "connect claude",
    ("disconnect", ("claude",)): "disconnect claude",
}
_FILTERS: Mapping[str, FilterDimension] = {dimension: dimension for dimension in get_args(FilterDimension)}
_SPLIT: tuple[types.Command, ...] = ("cost", "engineers", "me")
"""The commands that two dimensions and a limit of lines go with."""
_FILTERED: tuple[types.Command, ...] = (*_SPLIT, "export", "why", "forecast")
_NOT_BUILT: Mapping[types.Command, tuple[str, types.Command]] = {
    "budget": ("I have no budgets yet", "summary"),
    "alerts": ("I have no alerts on spend yet", "summary"),
    "savings": ("I can't tell yet what could be saved", "cost"),
    "keys": ("I have no list of idle and risky keys yet", "cost"),
}


TeamFilter = Callable[[catalog.Name], Filter]
"""Returns the people of a team as a filter. Raises TeamUnknown."""


class TeamUnknown(Exception):
    """Nobody says now who is in a team, or too many are; the message is a sentence about it."""


@dataclass(frozen=True)
class NotBuilt:
    """Why a reading has no answer yet, and readings that have one, the likeliest first."""

    sentence: str
    instead: tuple[Reading, ...]


def command_of(
    reading: Reading, calendar: TeamCalendar, team: TeamFilter | None = None
) -> Command | NotBuilt:
    """Return the command that answers a reading; without `team`, none for the people of a team.

    Raises Impossible and TeamUnknown.
    """
    if missing := list(_missing(reading, has_teams=team is not None)):
        nearest = _nearest(reading)
        return NotBuilt(f"{'. '.join(missing)}.", nearest)
    command = _command_of(reading, calendar)
    teams = [name for name in reading.filters if name.dimension == "team"]
    return replace(command, filters=(*command.filters, *map(team, teams))) if team and teams else command


def _command_of(reading: Reading, calendar: TeamCalendar) -> Command:
    """Return the command that answers a reading, without its teams. Raises Impossible."""
    period, other = dates_of(reading, calendar)
    if reading.command == "export":
        return _export(reading, period)
    if _is_cost(reading):
        return _cost(reading, period, _compared(reading) or other)
    if reading.command == "claude":
        view = _view(reading)
        return Command("claude", period, lines=_lines(reading), person=_person(reading), view=view)
    is_log = reading.command == "audit" and reading.form
    of_claude = _OF_CLAUDE.get((reading.command, reading.words))
    if is_log:
        return Command("audit csv")
    is_part = reading.command in ("why", "forecast")
    name = of_claude or _COMMANDS[reading.command]
    return Command(name, period, filters=_filters(reading) if is_part else ())


def _export(reading: Reading, period: Period | None) -> Command:
    """Return an export: the lines of the bill, or of a part of it its models, because lines name nobody."""
    usual: Dimension | None = "model" if reading.filters else None
    by = _DIMENSIONS[reading.dimensions[0]] if reading.dimensions else usual
    return Command("export", period, file=AsFile(by, reading.form or "csv"), filters=_filters(reading))


def _is_cost(reading: Reading) -> bool:
    """Whether a reading is answered as a cost, as a part or a split of engineers or of one's own is."""
    is_plain = not (
        reading.filters or reading.limit or reading.compare or set(reading.dimensions) - {"engineer"}
    )
    return reading.command == "cost" or (reading.command in ("engineers", "me") and not is_plain)


def _cost(reading: Reading, period: Period | None, compare: Period | Filter | None) -> Command:
    dimension, second = _dimensions(reading)
    return Command(
        "cost",
        period,
        dimension,
        second=second,
        filters=_filters(reading),
        limit=reading.limit or None,
        compare=compare,
    )


def _compared(reading: Reading) -> Filter | None:
    """Return the member that one is compared with."""
    other = reading.compare
    return Filter(_FILTERS[other.dimension], (other.id,)) if isinstance(other, catalog.Name) else None


def _dimensions(reading: Reading) -> tuple[Dimension, Dimension | None]:
    """Return the one or two dimensions of a cost; of two, days, weeks and months are the second.

    What is compared by its own dimension has no line on both sides, so that workspaces say more.
    """
    usual: Dimension = "engineer" if reading.command == "engineers" else "model"
    if isinstance(reading.compare, catalog.Name) and reading.compare.dimension == "model":
        usual = "workspace"
    named = [_DIMENSIONS[each] for each in reading.dimensions]
    if reading.command == "engineers" and named and "engineer" not in named:
        named.insert(0, usual)
    first, *others = sorted(named or [usual], key=TIMES.__contains__)
    return first, others[0] if others else None


def _filters(reading: Reading) -> tuple[Filter, ...]:
    """Return the filters by dimension: several names of one dimension are added up."""
    members: dict[FilterDimension, list[str]] = {}
    for name in reading.filters:
        if name.dimension == "team":
            continue  # `command_of` adds its people
        members.setdefault(_FILTERS[name.dimension], []).append(name.id)
    if reading.command == "me":
        members["engineer"] = [OWN.id]
    return tuple(Filter(dimension, tuple(dict.fromkeys(ids))) for dimension, ids in members.items())


_LINES: Mapping[str, telemetry.Dimension] = {each: each for each in get_args(telemetry.Dimension)}


_VIEWS: Mapping[tuple[str, ...], View] = {("beside",): "beside", ("blind",): "blind"}


def _view(reading: Reading) -> View:
    return _VIEWS.get(reading.words, "") if reading.command == "claude" else ""


def _lines(reading: Reading) -> telemetry.Dimension:
    if reading.dimensions:
        return _LINES[reading.dimensions[0]]
    return "day" if _view(reading) == "beside" else "model"


def _person(reading: Reading) -> str:
    return reading.filters[0].id if reading.filters else ""


def _missing(reading: Reading, *, has_teams: bool) -> Iterator[str]:
    """Yield what of a reading cannot be answered yet, each as a clause."""
    if reading.command in _NOT_BUILT:
        yield _NOT_BUILT[reading.command][0]
        return
    is_used = reading.command in ("digest", "help") or (reading.command, reading.words) in _OF_CLAUDE
    if _view(reading):
        yield from _missing_in_view(reading)
    if reading.words and not (is_used or _view(reading) or reading.words == ("verbose",)):
        yield f"I can't “{reading.command} {' '.join(reading.words)}” yet"
    for name in reading.filters[_is_of_one_person(reading) :]:
        is_known = name.dimension in _FILTERS or (has_teams and name.dimension == "team")
        if reading.command not in _FILTERED or not is_known:
            yield f"I can't answer for “{name.text}” alone yet"
    if reading.compare is not None and not _is_comparable(reading):
        compared = reading.compare.text
        yield f"I can't compare with “{compared}” yet"
    yield from _missing_dimensions(reading)
    if reading.limit and reading.command not in _SPLIT:
        yield f"I can't cut a list at {reading.limit} yet, and show the largest first"


def _missing_in_view(reading: Reading) -> Iterator[str]:
    """Yield what of a view of telemetry beside the bill cannot be answered."""
    if reading.words == ("blind",) and (reading.period or reading.dimensions):
        yield "I can only tell who doesn't report in the last 7 days"
    elif set(reading.dimensions) - {"day", "engineer"}:
        yield "I can put telemetry beside the bill only by day or by engineer"


def _is_comparable(reading: Reading) -> bool:
    other = reading.compare
    return reading.command in _SPLIT and (not isinstance(other, catalog.Name) or other.dimension in _FILTERS)


def _missing_dimensions(reading: Reading) -> Iterator[str]:
    """Yield the groupings that cannot be answered yet."""
    if reading.command == "why" and reading.dimensions:
        yield f"I can't explain a change by {' and '.join(reading.dimensions)} yet"
        return
    unknown = [each for each in reading.dimensions if not _has_dimension(reading, each)]
    for dimension in unknown:
        yield f"I can't group {_GROUPED.get(reading.command, 'costs')} by {dimension} yet"
    if unknown:
        return
    if len(reading.dimensions) > 1 and (reading.command not in _SPLIT or not _is_answerable(reading)):
        yield f"I can't group by {' and '.join(reading.dimensions)} together yet"
    elif reading.command in _FILTERED and not _is_answerable(reading):
        yield f"I can't group a part of the costs by {reading.dimensions[0]} yet"


def _is_answerable(reading: Reading) -> bool:
    dimension, second = _dimensions(reading)
    today = Period.day(date.max - DAY)  # any day: only what is split matters
    return Question(today, dimension, second, _filters_known(reading)).is_answerable


def _filters_known(reading: Reading) -> tuple[Filter, ...]:
    known = tuple(name for name in reading.filters if name.dimension in _FILTERS)
    teams = tuple(name for name in reading.filters if name.dimension == "team")
    return (
        *_filters(replace(reading, filters=known)),
        *(Filter("engineer", (name.id,), name.text) for name in teams),
    )


_GROUPED: Mapping[types.Command, str] = {"me": "your own costs", "claude": "telemetry"}


def _is_of_one_person(reading: Reading) -> bool:
    """Whether telemetry of one person is asked for, which comes by session."""
    by_session = reading.dimensions in ((), ("session",)) and not reading.words
    return reading.command == "claude" and by_session and _is_person(reading)


def _is_person(reading: Reading) -> bool:
    return bool(reading.filters) and reading.filters[0].dimension == "engineer"


def _has_dimension(reading: Reading, dimension: types.Dimension) -> bool:
    if reading.command == "claude":
        return dimension in _LINES
    is_time = dimension in ("week", "month")  # of which an export has no rows
    return dimension in _DIMENSIONS and not (reading.command == "export" and is_time)


def _nearest(reading: Reading) -> tuple[Reading, ...]:
    """Return what can be answered of a reading, that with a line for what is missing first."""
    command = _NOT_BUILT[reading.command][1] if reading.command in _NOT_BUILT else reading.command
    plain = replace(
        reading, command=command, dimensions=(), filters=(), compare=None, limit=None, words=(), amount=None
    )
    if command in ("summary", "connect", "disconnect"):
        return (Reading(command),)
    grouped = [by for by in reading.dimensions if _has_dimension(plain, by)]
    holding = [name.dimension for name in reading.filters if _has_dimension(plain, name.dimension)]
    by_lines = [replace(plain, dimensions=(by,)) for by in dict.fromkeys((*grouped, *holding))]
    compared = reading.compare
    other = (
        [] if compared is None or isinstance(compared, catalog.Name) else [replace(plain, period=compared)]
    )
    readings = by_lines if grouped else [*by_lines, plain]
    return tuple(dict.fromkeys([*readings, *other]))
