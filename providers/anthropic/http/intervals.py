"""Read reports made of intervals: each interval once; ask again for what is missing or contradictory.

    ask -> _ask_completely -> _ask_once -> AdminApi.walk -> read -> settle -> note_holes

A page can repeat the end of the page before it, arrive twice, or lack an interval; a bucket can have another
width than requested, and can hold the same row twice. Identical repetitions count once. `ask` requests a
contradictory interval a second time, and reports it as missing, with the reason, if it stays contradictory.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, Generic, NamedTuple, TypeVar, cast

import msgspec

from providers.anthropic.http.admin_api import AdminApi, Page, Params, rfc3339
from providers.anthropic.http.reading import (
    IN_PARTS,
    REPEATED,
    Moment,
    UnreadableError,
    decode_json,
    fill_nulls,
    reason,
)
from providers.anthropic.http.statuses import RangeIsEmpty
from providers.provider import ProviderUnavailable

T = TypeVar("T")
CONTRADICTORY = "it is there twice, and differently"
WRONG_WIDTH = "it comes in other intervals than were asked for"
LEFT_OUT = "it is left out"
OUTSIDE_WINDOW = "it is about other times than were asked for"


class Bucket(msgspec.Struct, Generic[T], gc=False):
    """One interval of a report and its lines; reports include empty intervals."""

    starting_at: Moment
    ending_at: Moment
    results: list[T]


@dataclass(frozen=True)
class Lines(Generic[T]):
    """The way to read the lines of a report.

    `name` tells the lines of an interval apart. `figures` are the fields that say how much; the others say of
    what. A line that repeats another to the last letter counts once. Any other stands beside it, and is noted
    where only its `figures` differ. `blank` is what null counts as.
    """

    kind: type[T]
    name: Callable[[T], Hashable]
    figures: frozenset[str] = frozenset()
    blank: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Question(Generic[T]):
    """A request: a report by intervals of one width."""

    path: str
    params: Params
    lines: Lines[T]
    width: timedelta


class ReportedBucket(NamedTuple, Generic[T]):
    """A bucket as reported, `why` it is unreadable ("": it is not), and remarks on oddities that we read."""

    bucket: Bucket[T]
    why: str = ""
    remarks: frozenset[str] = frozenset()


@dataclass
class Answer(Generic[T]):
    """Intervals by start, each once; those that are `missing`, and why; `doubtful` ones to ask for again.

    It `is_outside_window` if every bucket of the answer is.
    """

    by_start: dict[datetime, ReportedBucket[T]] = field(default_factory=dict)
    missing: dict[datetime, str] = field(default_factory=dict)
    doubtful: set[datetime] = field(default_factory=set)
    is_outside_window: bool = False

    @property
    def starts(self) -> Sequence[datetime]:
        """The starts of all intervals in the answer, readable or missing, oldest first."""
        return sorted({*self.by_start, *self.missing})

    @property
    def buckets(self) -> list[Bucket[T]]:
        """The readable buckets, oldest first."""
        return [self.by_start[start].bucket for start in sorted(self.by_start)]

    def remarks(self) -> Iterator[tuple[datetime, frozenset[str]]]:
        """Yield (start, remarks) of readable buckets with oddities, oldest first."""
        return (
            (start, self.by_start[start].remarks)
            for start in sorted(self.by_start)
            if self.by_start[start].remarks
        )

    def resolve_with(self, again: "Answer[T]") -> None:
        """Replace this answer's doubtful intervals with those of a second answer."""
        for start in self.doubtful & {*again.by_start, *again.missing}:
            self.missing.pop(start)
            if start in again.by_start:
                self.by_start[start] = again.by_start[start]
            else:
                self.missing[start] = again.missing[start]

    def add(self, other: "Answer[T]") -> None:
        """Add another part of the window."""
        self.by_start |= other.by_start
        self.missing |= other.missing


def ask(api: AdminApi, question: Question[T], start: datetime, end: datetime) -> Answer[T]:
    """Fetch every interval of `[start, end)` that the API has.

    Raises ProviderUnavailable if the whole answer is outside the window.
    """
    answer = _ask_completely(api, question, start, end)
    if answer.is_outside_window:
        raise ProviderUnavailable(f"{question.path}: the answer could not be read: {OUTSIDE_WINDOW}")
    return answer


def _ask_completely(api: AdminApi, question: Question[T], start: datetime, end: datetime) -> Answer[T]:
    """Ask until an answer brings nothing new.

    The API can leave out the end of a window (it clamps to finished days) or its beginning (it has been seen
    to fill only one calendar month a request). So ask for the rest as long as that brings more.
    """
    if start >= end:
        return Answer()
    answer = _ask_once(api, question, start, end)
    if answer.doubtful:
        first, last = min(answer.doubtful), max(answer.doubtful)
        answer.resolve_with(_ask_once(api, question, first, last + question.width))
    if starts := answer.starts:
        answer.add(_ask_completely(api, question, start, starts[0]))
        answer.add(_ask_completely(api, question, starts[-1] + question.width, end))
    return answer


def _ask_once(api: AdminApi, question: Question[T], start: datetime, end: datetime) -> Answer[T]:
    window = [*question.params, ("starting_at", rfc3339(start)), ("ending_at", rfc3339(end))]
    most = (end - start) // question.width + 1  # pages: each has at least one interval
    pages = api.walk(question.path, window, lambda body: read(body, question.lines), at_most=most)
    try:
        reported = [each for page in pages for each in page.data]
    except RangeIsEmpty:
        return Answer()
    answer = settle(reported, start, end, question.width)
    answer.is_outside_window = bool(reported) and not answer.starts
    return answer


# Reading a page


def read(body: bytes, lines: Lines[T]) -> Page[ReportedBucket[T]]:
    """Decode a page in one go if all of it is valid, else row by row."""
    try:
        page: Page[Bucket[T]] = _decoder(cast("Hashable", lines.kind)).decode(body)
    except msgspec.ValidationError:
        return _row_by_row(body, lines)
    if any(len({*map(lines.name, each.results)}) < len(each.results) for each in page.data):
        return _row_by_row(body, lines)
    return Page([ReportedBucket(bucket) for bucket in page.data], page.has_more, page.next_page)


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:  # noqa: ANN401 - a type made at run time
    return msgspec.json.Decoder(Page[Bucket[kind]])


def _row_by_row(body: bytes, lines: Lines[T]) -> Page[ReportedBucket[T]]:
    page = msgspec.convert(decode_json(body), Page[Any])
    return Page(list(_readable(page.data, lines)), page.has_more, page.next_page)


def _readable(buckets: Iterable[Any], lines: Lines[T]) -> Iterator[ReportedBucket[T]]:
    """Yield every bucket with readable times; any other is a hole, for which `ask` asks again."""
    for raw in buckets:
        try:
            bucket = msgspec.convert(raw, Bucket[Any])
        except msgspec.ValidationError:
            continue
        remarks: set[str] = set()
        try:
            rows, why = list(_once(bucket.results, lines, remarks)), ""
        except (UnreadableError, msgspec.ValidationError) as error:
            rows, why = [], reason(error)
        yield ReportedBucket(Bucket(bucket.starting_at, bucket.ending_at, rows), why, frozenset(remarks))


def _once(rows: Iterable[Any], lines: Lines[T], remarks: set[str]) -> Iterator[T]:
    """The rows of one interval without those that repeat another to the last letter.

    Rows that differ in their figures alone came together: they are parts of one, and no repetition.
    """
    seen: dict[bytes, set[bytes]] = {}
    for raw in rows:
        whole = fill_nulls(msgspec.convert(raw, dict[str, Any]), lines.blank, remarks)
        name = _canonical_json({key: value for key, value in whole.items() if key not in lines.figures})
        parts, text = seen.setdefault(name, set()), _canonical_json(whole)
        if text in parts:
            remarks.add(REPEATED)
            continue
        if parts:
            remarks.add(IN_PARTS)
        parts.add(text)
        yield msgspec.convert(whole, lines.kind)


def _canonical_json(row: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(row, order="sorted")


# Each interval once


def settle(
    reported: Iterable[ReportedBucket[T]], start: datetime, end: datetime, width: timedelta
) -> Answer[T]:
    """Sort the intervals of a window, each once, whatever their order and repetitions."""
    answer: Answer[T] = Answer()
    for each in _in_utc(reported):
        at = each.bucket.starting_at
        if start <= at < end and _width(each.bucket) == width and not (at - start) % width:
            former = answer.by_start.setdefault(at, each)
            if former is not each and not _agree(former, each):
                answer.missing[at] = CONTRADICTORY
                answer.doubtful.add(at)
            continue
        for slot in _slots(each.bucket, start, end, width):
            answer.by_start.setdefault(slot, each)
            answer.missing[slot] = WRONG_WIDTH
            answer.doubtful.add(slot)
    for slot, each in answer.by_start.items():
        if each.why and slot not in answer.missing:
            answer.missing[slot] = each.why
    for slot in answer.missing:
        del answer.by_start[slot]
    note_holes(answer, width)
    return answer


def note_holes(answer: Answer[T], width: timedelta) -> None:
    """Mark the intervals between those in an answer as missing."""
    starts = answer.starts
    for slot, following in pairwise(starts):
        for number in range(1, (following - slot) // width):
            hole = slot + number * width
            answer.missing[hole] = LEFT_OUT
            answer.doubtful.add(hole)


def _in_utc(reported: Iterable[ReportedBucket[T]]) -> Iterator[ReportedBucket[T]]:
    """Yield the buckets with their times in UTC, without those that no UTC calendar has."""
    for each in reported:
        bucket = each.bucket
        if bucket.starting_at.tzinfo is UTC and bucket.ending_at.tzinfo is UTC:
            yield each
            continue
        try:
            times = (bucket.starting_at.astimezone(UTC), bucket.ending_at.astimezone(UTC))
        except OverflowError:
            continue
        yield each._replace(bucket=Bucket(*times, bucket.results))


def _slots(bucket: Bucket[T], start: datetime, end: datetime, width: timedelta) -> tuple[datetime, ...]:
    """Return the window's intervals that a bucket overlaps; or that of its start if it ends earlier."""
    if bucket.starting_at >= end or (bucket.starting_at < start and bucket.ending_at <= start):
        return ()
    first = (max(bucket.starting_at, start) - start) // width
    last = -((start - min(bucket.ending_at, end)) // width)  # rounded up
    return tuple(start + number * width for number in range(first, max(last, first + 1)))


def _width(bucket: Bucket[T]) -> timedelta:
    return bucket.ending_at - bucket.starting_at


def _agree(one: ReportedBucket[T], other: ReportedBucket[T]) -> bool:
    """Whether two buckets have the same rows, in any order."""
    return not one.why and not other.why and _rows(one.bucket) == _rows(other.bucket)


def _rows(bucket: Bucket[T]) -> list[bytes]:
    return sorted(map(msgspec.json.encode, bucket.results))
