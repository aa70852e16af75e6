"""Reports made of intervals: each once, asked again where it is not, and said to be missing if it stays so.

    pages | read: a typed page, else row by row | settle: each interval once | ask again | what lies beside

A page can repeat the end of the page before it, come twice, or lack an interval; a bucket can be of another
width than was asked for, and a row can stand in it twice. What is told twice in the same words counts once.
What contradicts itself is asked for again, and else left out, with the reason.
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
    REPEATED,
    ContradictionError,
    Moment,
    UnreadableError,
    filled,
    loads,
    reason,
)
from providers.anthropic.http.statuses import RangeIsEmpty
from providers.provider import ProviderUnavailable

T = TypeVar("T")
TWICE = "it is there twice, and differently"
OTHERWISE = "it comes in other intervals than were asked for"
LEFT_OUT = "it is left out"
ELSEWHERE = "it is about other times than were asked for"


class Bucket(msgspec.Struct, Generic[T], gc=False):
    """One interval of a report and its lines; empty intervals are reported too."""

    starting_at: Moment
    ending_at: Moment
    results: list[T]


@dataclass(frozen=True)
class Lines(Generic[T]):
    """How the lines of a report are read.

    `name` tells the lines of an interval apart. `figures` are the fields that say how much; the others say of
    what. Two lines of one name contradict each other; where there are no `figures` they stand side by side,
    unless they are the same to the last letter. `blank` is what null counts as.
    """

    kind: type[T]
    name: Callable[[T], Hashable]
    figures: frozenset[str] = frozenset()
    blank: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Question(Generic[T]):
    """What to ask for: a report by intervals of one width."""

    path: str
    params: Params
    lines: Lines[T]
    width: timedelta


class Told(NamedTuple, Generic[T]):
    """A bucket as it came; `why` it cannot be read, and what was odd and read all the same."""

    bucket: Bucket[T]
    why: str = ""
    is_doubtful: bool = False
    remarks: frozenset[str] = frozenset()


@dataclass
class Answer(Generic[T]):
    """Intervals, each once; those that are `missing`, and why; `doubtful` are worth asking for again.

    Whatever came `is_astray` where all of it is of other times.
    """

    told: dict[datetime, Told[T]] = field(default_factory=dict)
    missing: dict[datetime, str] = field(default_factory=dict)
    doubtful: set[datetime] = field(default_factory=set)
    is_astray: bool = False

    @property
    def known(self) -> Sequence[datetime]:
        """The beginnings of all intervals that something was learned about, oldest first."""
        return sorted({*self.told, *self.missing})

    @property
    def buckets(self) -> list[Bucket[T]]:
        """What can be read, oldest first."""
        return [self.told[start].bucket for start in sorted(self.told)]

    def remarks(self) -> Iterator[tuple[datetime, frozenset[str]]]:
        """What was odd and read all the same, oldest first."""
        return ((start, self.told[start].remarks) for start in sorted(self.told) if self.told[start].remarks)

    def settled_by(self, again: "Answer[T]") -> None:
        """Take a second answer for what the first left in doubt."""
        for start in self.doubtful & {*again.told, *again.missing}:
            self.missing.pop(start)
            if start in again.told:
                self.told[start] = again.told[start]
            else:
                self.missing[start] = again.missing[start]

    def add(self, other: "Answer[T]") -> None:
        """Take in another part of the window."""
        self.told |= other.told
        self.missing |= other.missing


def ask(api: AdminApi, question: Question[T], start: datetime, end: datetime) -> Answer[T]:
    """Get every interval of `[start, end)` that there is.

    Raises ProviderUnavailable where all that came is of other times.
    """
    answer = _there_is(api, question, start, end)
    if answer.is_astray:
        raise ProviderUnavailable(f"{question.path}: the answer could not be read: {ELSEWHERE}")
    return answer


def _there_is(api: AdminApi, question: Question[T], start: datetime, end: datetime) -> Answer[T]:
    """Ask until nothing more comes.

    The API can leave out an end (it clamps to finished days) or a beginning (it has been seen to fill one
    calendar month a request): it is asked again for what is missing while that brings more.
    """
    if start >= end:
        return Answer()
    answer = _asked(api, question, start, end)
    if answer.doubtful:
        first, last = min(answer.doubtful), max(answer.doubtful)
        answer.settled_by(_asked(api, question, first, last + question.width))
    if known := answer.known:
        answer.add(_there_is(api, question, start, known[0]))
        answer.add(_there_is(api, question, known[-1] + question.width, end))
    return answer


def _asked(api: AdminApi, question: Question[T], start: datetime, end: datetime) -> Answer[T]:
    window = [*question.params, ("starting_at", rfc3339(start)), ("ending_at", rfc3339(end))]
    most = (end - start) // question.width + 1  # a page has an interval at least
    pages = api.walk(question.path, window, lambda body: read(body, question.lines), at_most=most)
    try:
        told = [each for page in pages for each in page.data]
    except RangeIsEmpty:
        return Answer()
    answer = settle(told, start, end, question.width)
    answer.is_astray = bool(told) and not answer.known
    return answer


# Reading a page


def read(body: bytes, lines: Lines[T]) -> Page[Told[T]]:
    """Read a page at once where all of it is as it should be, row by row where not."""
    try:
        page: Page[Bucket[T]] = _decoder(cast("Hashable", lines.kind)).decode(body)
    except msgspec.ValidationError:
        return _row_by_row(body, lines)
    if any(len({*map(lines.name, each.results)}) < len(each.results) for each in page.data):
        return _row_by_row(body, lines)
    return Page([Told(bucket) for bucket in page.data], page.has_more, page.next_page)


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:  # noqa: ANN401 - a type made at run time
    return msgspec.json.Decoder(Page[Bucket[kind]])


def _row_by_row(body: bytes, lines: Lines[T]) -> Page[Told[T]]:
    page = msgspec.convert(loads(body), Page[Any])
    return Page(list(_readable(page.data, lines)), page.has_more, page.next_page)


def _readable(buckets: Iterable[Any], lines: Lines[T]) -> Iterator[Told[T]]:
    """Every bucket that tells when it is; another is a hole, which is asked for again."""
    for raw in buckets:
        try:
            bucket = msgspec.convert(raw, Bucket[Any])
        except msgspec.ValidationError:
            continue
        remarks: set[str] = set()
        try:
            rows, why, is_doubtful = list(_once(bucket.results, lines, remarks)), "", False
        except (UnreadableError, msgspec.ValidationError) as error:
            rows, why, is_doubtful = [], reason(error), isinstance(error, ContradictionError)
        yield Told(Bucket(bucket.starting_at, bucket.ending_at, rows), why, is_doubtful, frozenset(remarks))


def _once(rows: Iterable[Any], lines: Lines[T], remarks: set[str]) -> Iterator[T]:
    """The rows of one interval without those that repeat another to the last letter."""
    seen: dict[bytes, bytes] = {}
    for raw in rows:
        whole = filled(msgspec.convert(raw, dict[str, Any]), lines.blank, remarks)
        name = _text({key: value for key, value in whole.items() if key not in lines.figures})
        if name not in seen:
            seen[name] = _text(whole)
            yield msgspec.convert(whole, lines.kind)
        elif seen[name] == _text(whole):
            remarks.add(REPEATED)
        else:
            raise ContradictionError(TWICE)


def _text(row: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(row, order="sorted")


# Each interval once


def settle(told: Iterable[Told[T]], start: datetime, end: datetime, width: timedelta) -> Answer[T]:
    """Put the intervals of a window in order, whatever order and however often they came."""
    answer: Answer[T] = Answer()
    for each in _in_utc(told):
        at = each.bucket.starting_at
        if start <= at < end and _width(each.bucket) == width and not (at - start) % width:
            former = answer.told.setdefault(at, each)
            if former is not each and not _agree(former, each):
                answer.missing[at] = TWICE
                answer.doubtful.add(at)
            continue
        for slot in _slots(each.bucket, start, end, width):
            answer.told.setdefault(slot, each)
            answer.missing[slot] = OTHERWISE
            answer.doubtful.add(slot)
    for slot, each in answer.told.items():
        if each.why and slot not in answer.missing:
            answer.missing[slot] = each.why
            answer.doubtful |= {slot} if each.is_doubtful else set()
    for slot in answer.missing:
        del answer.told[slot]
    note_holes(answer, width)
    return answer


def note_holes(answer: Answer[T], width: timedelta) -> None:
    """Miss what lies between intervals that something was learned about."""
    known = answer.known
    for slot, following in pairwise(known):
        for number in range(1, (following - slot) // width):
            hole = slot + number * width
            answer.missing[hole] = LEFT_OUT
            answer.doubtful.add(hole)


def _in_utc(told: Iterable[Told[T]]) -> Iterator[Told[T]]:
    """The same with its times in UTC; what no calendar has there is of no window."""
    for each in told:
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
    """The intervals of a window that a bucket lies in; where it ends before it starts, that of its start."""
    if bucket.starting_at >= end or (bucket.starting_at < start and bucket.ending_at <= start):
        return ()
    first = (max(bucket.starting_at, start) - start) // width
    last = -((start - min(bucket.ending_at, end)) // width)  # rounded up
    return tuple(start + number * width for number in range(first, max(last, first + 1)))


def _width(bucket: Bucket[T]) -> timedelta:
    return bucket.ending_at - bucket.starting_at


def _agree(one: Told[T], other: Told[T]) -> bool:
    """Whether two say the same of an interval, in whatever order."""
    return not one.why and not other.why and _rows(one.bucket) == _rows(other.bucket)


def _rows(bucket: Bucket[T]) -> list[bytes]:
    return sorted(map(msgspec.json.encode, bucket.results))
