"""The pages of `analytics/cost` and `analytics/usage`: rows by hour and group, each once.

    pages in the order of time | a typed page, else row by row | each hour and group once | ask again

There are no empty intervals here, so nothing tells that one is left out. A day with a row that cannot be
read, or that is told in two ways, is missing: it is attributed as where there is no such report.
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
    """What every row has."""

    @property
    def starting_at(self) -> datetime:
        """When its interval begins."""

    @property
    def ending_at(self) -> datetime | None:
        """When it ends, where that is said."""

    @property
    def group(self) -> Any:  # noqa: ANN401 - hashable, and each report's own
        """What it is about."""


R = TypeVar("R", bound=Row)


class Rows(msgspec.Struct, Generic[R], gc=False):
    """One page; what happened after `data_refreshed_at` is not complete."""

    data: list[R]
    has_more: bool
    data_refreshed_at: Moment | None = None
    next_page: str | None = None


@dataclass(frozen=True)
class Question(Generic[R]):
    """What to ask of a report: rows of a kind by dimensions; `blank` is what null counts as."""

    report: str
    dimensions: tuple[str, ...]
    kind: type[R]
    width: timedelta
    blank: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Answer(Generic[R]):
    """Rows, each once, up to where they are complete; the days that are `missing`, and why."""

    refreshed: datetime
    rows: list[R] = field(default_factory=list)
    missing: dict[date, str] = field(default_factory=dict)
    doubtful: bool = False
    remarks: dict[date, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, other: "Answer[R]") -> None:
        """Take in the next window."""
        self.refreshed = min(self.refreshed, other.refreshed)
        self.rows += other.rows
        self.missing |= other.missing
        self.remarks |= other.remarks

    def miss(self, day: date, why: str, *, doubtful: bool = False) -> None:
        """Do without a day."""
        self.missing.setdefault(day, why)
        self.doubtful |= doubtful


def notes(missing: Mapping[date, str], remarks: Mapping[date, set[str]]) -> list[Note]:
    """What to say of days."""
    odd = [note for day in sorted(remarks) for note in remark_notes(_REPORT, day, remarks[day])]
    return [*(unreadable_note(_REPORT, day, missing[day]) for day in sorted(missing)), *odd]


def refreshed(api: AdminApi, params: Params, now: datetime) -> datetime:
    """Up to when the report is complete. Raises NotOffered."""
    page = next(api.walk(f"{ANALYTICS}cost", params, msgspec.json.Decoder(Rows[Any]).decode))
    return _until([page], now)


def ask(api: AdminApi, question: Question[R], start: datetime, end: datetime, *, now: datetime) -> Answer[R]:
    """Get the rows of a window, as far as it is complete. Raises NotOffered.

    Raises ProviderUnavailable where all that came is of other times.
    """
    answer = _ask_once(api, question, start, end, now)
    return _ask_once(api, question, start, end, now) if answer.doubtful else answer


def _ask_once(
    api: AdminApi, question: Question[R], start: datetime, end: datetime, now: datetime
) -> Answer[R]:
    """Ask in the order of time, so that rows which come in meanwhile push none away."""
    grouped = [("group_by[]", name) for name in question.dimensions]
    window = [("starting_at", rfc3339(start)), ("ending_at", rfc3339(end))]
    width = "1d" if question.width == timedelta(days=1) else "1h"
    steady = [("time_bucket_width", width), ("order_by", "time"), ("order", "asc"), ("limit", "1000")]
    odd: Answer[R] = Answer(now)

    def read(body: bytes) -> Rows[R]:
        return _read(body, question, odd)

    pages = list(api.walk(ANALYTICS + question.report, [*window, *steady, *grouped], read))
    odd.refreshed = _until(pages, now)  # what came in while the pages were read is on some of them only
    complete = min(end, odd.refreshed.replace(minute=0, second=0, microsecond=0))
    rows = [row for page in pages for row in page.data]
    if rows and not any(start <= row.starting_at < end for row in _in_utc(rows)):
        raise ProviderUnavailable(
            f"{ANALYTICS}{question.report}: the answer could not be read: {OUTSIDE_WINDOW}"
        )
    _settle([row for row in _in_utc(rows) if start <= row.starting_at < complete], question.width, odd)
    odd.missing = {day: why for day, why in odd.missing.items() if start.date() <= day <= complete.date()}
    odd.rows = (
        [row for row in odd.rows if row.starting_at.date() not in odd.missing] if odd.missing else odd.rows
    )
    return odd


def _until(pages: Iterable[Rows[Any]], now: datetime) -> datetime:
    """Up to when all pages are complete; a day back where one does not say, the worst case."""
    day_back = now - timedelta(days=1)
    told = min(now, *(page.data_refreshed_at or day_back for page in pages))
    return told.astimezone(UTC) if told.year > 1 else day_back


def _read(body: bytes, question: Question[R], odd: Answer[R]) -> Rows[R]:
    """Read a page at once where all of it is as it should be, row by row where not."""
    try:
        page: Rows[R] = _decoder(question.kind).decode(body)
    except msgspec.ValidationError:
        loose = msgspec.convert(decode_json(body), Rows[Any])
        rows = list(_row_by_row(loose.data, question, odd))
        return Rows(rows, loose.has_more, loose.data_refreshed_at, loose.next_page)
    return page


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:  # noqa: ANN401 - a type made at run time
    return msgspec.json.Decoder(Rows[kind])


def _row_by_row(raw: Iterable[Any], question: Question[R], odd: Answer[R]) -> Iterator[R]:
    for each in raw:
        row = msgspec.convert(each, dict[str, Any])
        day = msgspec.convert(row.get("starting_at"), Moment).date()  # whose row nobody knows is no answer
        remarks: set[str] = set()
        try:
            yield msgspec.convert(fill_nulls(row, question.blank, remarks), question.kind)
        except msgspec.ValidationError as error:
            odd.miss(day, reason(error))
        if remarks:
            odd.remarks[day] |= remarks


def _in_utc(rows: Iterable[R]) -> Iterator[R]:
    """The rows with their times in UTC; what no calendar has there is of no window."""
    for row in rows:
        if row.starting_at.tzinfo is UTC:
            yield row
        elif 1 < row.starting_at.year < 9999:  # noqa: PLR2004 - the calendar's own ends
            at = row.starting_at.astimezone(UTC)
            yield msgspec.structs.replace(row, starting_at=at)  # type: ignore[type-var] # rows are structs


def _settle(rows: list[R], width: timedelta, answer: Answer[R]) -> None:
    """Take each hour and group once; do without days that are told in two ways, or in other intervals."""
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
