"""Join days into the fewest gaps, so that a message names no day twice."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime

from digests.numbers.report import Gap
from providers.period import DAY, Period, midnight


def gaps_of(alike: Gap, days: Iterable[date], part: Mapping[date, datetime]) -> Iterator[Gap]:
    """Join ascending days into gaps like `alike`; `part` maps days to the moment up to which they are in."""
    run: list[date] = []
    for day in days:
        if run and (run[-1] + DAY != day or _begins(day, part)):
            yield _joined(alike, run, part)
            run = []
        run.append(day)
    if run:
        yield _joined(alike, run, part)


def _joined(alike: Gap, run: list[date], part: Mapping[date, datetime]) -> Gap:
    return replace(alike, days=Period(run[0], run[-1] + DAY), begins=_begins(run[0], part))


def _begins(day: date, part: Mapping[date, datetime]) -> datetime | None:
    """Return the moment from which a day is missing, None if all of it is."""
    until = part.get(day)
    return until if until and until > midnight(day) else None


def merge(gaps: Iterable[Gap]) -> list[Gap]:
    """Join the gaps of one report with one reason, in the order of their first mention."""
    alike: dict[Gap, list[Gap]] = {}
    for gap in gaps:
        alike.setdefault(replace(gap, days=_ANY, begins=None), []).append(gap)
    return [gap for some in alike.values() for gap in _together(some)]


_ANY = Period.day(date.min)


def _together(gaps: list[Gap]) -> Iterator[Gap]:
    days = sorted({day for gap in gaps for day in gap.days.days()})
    return gaps_of(gaps[0], days, {gap.days.start: gap.begins for gap in gaps if gap.begins})
