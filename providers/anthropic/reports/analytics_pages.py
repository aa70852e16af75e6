"""The pages of `analytics/cost` and `analytics/usage`: rows by hour and group, each once.

    ask -> _ask_once -> AdminApi.walk -> _read -> _in_utc -> _settle

These reports leave out empty intervals, so a lost interval goes unnoticed. A day with an unreadable row, or
with contradictory ones, is missing: attribution treats it like a day without this report.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from providers.anthropic.http.admin_api import ANALYTICS, AdminApi, Params, rfc3339
from providers.anthropic.http.intervals import CONTRADICTORY, OUTSIDE_WINDOW, WRONG_WIDTH
from providers.anthropic.http.reading import (
    REPEATED,
    Moment,
    decode_json,
    fill_nulls,
    reason,
    remark_notes,
    unreadable_note,
)
from providers.note import Note
from providers.provider import ProviderUnavailable

_REPORT = "Anthropic's spend by the hour"


class Row(Protocol):
    """A row of either report."""

    @property
    def starting_at(self) -> datetime:
        """The start of its interval."""

    @property
    def ending_at(self) -> datetime | None:
        """The end of its interval, None if the API leaves it out."""

    @property
    def group(self) -> Any:  # noqa: ANN401 - hashable, and each report's own
        """Its dimensions."""


R = TypeVar("R", bound=Row)


class Rows(msgspec.Struct, Generic[R], gc=False):
    """One page; figures after `data_refreshed_at` are incomplete."""

    data: list[R]
    has_more: bool
    data_refreshed_at: Moment | None = None
    next_page: str | None = None


@dataclass(frozen=True)
class Question(Generic[R]):
    """A request for rows of one kind by some dimensions; `blank` has the values that nulls count as."""

    report: str
    dimensions: tuple[str, ...]
    kind: type[R]
    width: timedelta
    blank: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Answer(Generic[R]):
    """Rows, each once; those before `refreshed` are complete.

    `missing` maps unreadable days to the reason, `remarks` the others to their oddities. `doubtful`: the
    answer contradicts itself, and a second request can settle it.
    """

    refreshed: datetime
    rows: list[R] = field(default_factory=list)
    missing: dict[date, str] = field(default_factory=dict)
    doubtful: bool = False
    remarks: dict[date, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, other: "Answer[R]") -> None:
        """Add the answer for the next window."""
        self.refreshed = min(self.refreshed, other.refreshed)
        self.rows += other.rows
        self.missing |= other.missing
        self.remarks |= other.remarks

    def miss(self, day: date, why: str, *, doubtful: bool = False) -> None:
        """Mark a day as missing; its first reason stays."""
        self.missing.setdefault(day, why)
        self.doubtful |= doubtful


def notes(missing: Mapping[date, str], remarks: Mapping[date, set[str]]) -> list[Note]:
    """Return the notes on missing days, then those on oddities, each oldest first."""
    odd = [note for day in sorted(remarks) for note in remark_notes(_REPORT, day, remarks[day])]
    return [*(unreadable_note(_REPORT, day, missing[day]) for day in sorted(missing)), *odd]


def refreshed(api: AdminApi, params: Params, now: datetime) -> datetime:
    """Fetch up to when the report is complete. Raises NotOffered."""
    page = next(api.walk(f"{ANALYTICS}cost", params, msgspec.json.Decoder(Rows[Any]).decode))
    return _until([page], now)


def ask(api: AdminApi, question: Question[R], start: datetime, end: datetime, *, now: datetime) -> Answer[R]:
    """Fetch the rows of a window, as far as it is complete; once more if the answer contradicts itself.

    Raises NotOffered, and ProviderUnavailable if the whole answer is outside the window.
    """
    answer = _ask_once(api, question, start, end, now)
    return _ask_once(api, question, start, end, now) if answer.doubtful else answer


def _ask_once(
    api: AdminApi, question: Question[R], start: datetime, end: datetime, now: datetime
) -> Answer[R]:
    """Ask for rows by ascending time: new rows then come last, and move none between pages."""
    groups = [("group_by[]", name) for name in question.dimensions]
    window = [("starting_at", rfc3339(start)), ("ending_at", rfc3339(end))]
    width = "1d" if question.width == timedelta(days=1) else "1h"
    order = [("time_bucket_width", width), ("order_by", "time"), ("order", "asc"), ("limit", "1000")]
    answer: Answer[R] = Answer(now)

    def read(body: bytes) -> Rows[R]:
        return _read(body, question, answer)

    pages = list(api.walk(ANALYTICS + question.report, [*window, *order, *groups], read))
    answer.refreshed = _until(pages, now)
    complete = min(end, answer.refreshed.replace(minute=0, second=0, microsecond=0))
    rows = [row for page in pages for row in page.data]
    if rows and not any(start <= row.starting_at < end for row in _in_utc(rows)):
        raise ProviderUnavailable(
            f"{ANALYTICS}{question.report}: the answer could not be read: {OUTSIDE_WINDOW}"
        )
    _settle([row for row in _in_utc(rows) if start <= row.starting_at < complete], question.width, answer)
    missing = {day: why for day, why in answer.missing.items() if start.date() <= day <= complete.date()}
    answer.missing = missing
    if missing:
        answer.rows = [row for row in answer.rows if row.starting_at.date() not in missing]
    return answer


def _until(pages: Iterable[Rows[Any]], now: datetime) -> datetime:
    """Return up to when all pages are complete; a page that does not say counts as a day old.

    The earliest of the pages decides: rows that arrive while we read are on the later pages only. A day is
    the longest lag that Anthropic's page names.
    """
    day_ago = now - timedelta(days=1)
    earliest = min(now, *(page.data_refreshed_at or day_ago for page in pages))
    return earliest.astimezone(UTC) if earliest.year > 1 else day_ago


def _read(body: bytes, question: Question[R], answer: Answer[R]) -> Rows[R]:
    """Decode a page in one go if all of it is valid, else row by row, with the oddities in `answer`."""
    try:
        page: Rows[R] = _decoder(question.kind).decode(body)
    except msgspec.ValidationError:
        loose = msgspec.convert(decode_json(body), Rows[Any])
        rows = list(_row_by_row(loose.data, question, answer))
        return Rows(rows, loose.has_more, loose.data_refreshed_at, loose.next_page)
    return page


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:  # noqa: ANN401 - a type made at run time
    return msgspec.json.Decoder(Rows[kind])


def _row_by_row(raw: Iterable[Any], question: Question[R], answer: Answer[R]) -> Iterator[R]:
    for each in raw:
        row = msgspec.convert(each, dict[str, Any])
        day = msgspec.convert(row.get("starting_at"), Moment).date()  # a row without a day fails the answer
        remarks: set[str] = set()
        try:
            yield msgspec.convert(fill_nulls(row, question.blank, remarks), question.kind)
        except msgspec.ValidationError as error:
            answer.miss(day, reason(error))
        if remarks:
            answer.remarks[day] |= remarks


def _in_utc(rows: Iterable[R]) -> Iterator[R]:
    """Yield the rows with their times in UTC, without those that no UTC calendar has."""
    for row in rows:
        if row.starting_at.tzinfo is UTC:
            yield row
        elif 1 < row.starting_at.year < 9999:  # noqa: PLR2004 - the calendar's own ends
            at = row.starting_at.astimezone(UTC)
            yield msgspec.structs.replace(row, starting_at=at)  # type: ignore[type-var] # rows are structs


def _settle(rows: list[R], width: timedelta, answer: Answer[R]) -> None:
    """Set the answer's rows, each hour and group once; days with contradictory rows or widths are missing."""
    for at, ends in {(row.starting_at, row.ending_at) for row in rows}:
        if (at - _EPOCH) % width or (ends is not None and ends - at != width):
            answer.miss(at.date(), WRONG_WIDTH, doubtful=True)
    if len({(row.starting_at, row.group) for row in rows}) == len(rows):
        answer.rows = rows
        return
    seen: dict[tuple[datetime, Any], R] = {}
    for row in rows:
        former = seen.setdefault((row.starting_at, row.group), row)
        if former is not row and msgspec.json.encode(former) == msgspec.json.encode(row):
            answer.remarks[row.starting_at.date()].add(REPEATED)
        elif former is not row:
            answer.miss(row.starting_at.date(), CONTRADICTORY, doubtful=True)
    answer.rows = list(seen.values())


_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)  # a midnight, from which hours and days are counted
