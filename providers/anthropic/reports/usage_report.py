"""The usage report: tokens by hour, from two requests, since pricing needs more dimensions than one can have.

Shape: https://platform.claude.com/docs/en/api/admin/usage_report/retrieve_messages. A request groups by at
most five dimensions, so there are two, which `combine` joins:

    priced   by key, model, tier, context window, geo             everything that a price depends on
    placed   by workspace, key, account, service account, model   workspace and caller

A key belongs to one workspace for life, so we need `placed` only for new keys and for calls without a key.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter

import msgspec

from providers.anthropic.http import intervals
from providers.anthropic.http.admin_api import AdminApi
from providers.anthropic.http.intervals import Answer, Bucket, Lines, Question
from providers.anthropic.http.reading import Count, remark_notes, unreadable_note
from providers.anthropic.reports.names import undated
from providers.note import Note
from providers.provider import UsageReported
from providers.usage import Quantities, TokenUsage, as_quantities

PATH = "/v1/organizations/usage_report/messages"
PRICED = ("api_key_id", "model", "service_tier", "context_window", "inference_geo")
PLACED = ("workspace_id", "api_key_id", "account_id", "service_account_id", "model")
HOUR = timedelta(hours=1)


class CacheCreation(msgspec.Struct, gc=False):
    """Tokens written to the cache, by lifetime."""

    ephemeral_5m_input_tokens: Count
    ephemeral_1h_input_tokens: Count


class ServerToolUse(msgspec.Struct, frozen=True, gc=False):
    """The number of calls to tools that run on Anthropic's servers."""

    web_search_requests: Count = 0


class Line(msgspec.Struct, gc=False):
    """One line of the API's report; a dimension is null if not requested, or if it does not apply."""

    uncached_input_tokens: Count
    cache_creation: CacheCreation
    cache_read_input_tokens: Count
    output_tokens: Count
    server_tool_use: ServerToolUse = ServerToolUse()
    api_key_id: str | None = None
    workspace_id: str | None = None
    account_id: str | None = None
    service_account_id: str | None = None
    model: str | None = None
    service_tier: str | None = None
    context_window: str | None = None
    inference_geo: str | None = None

    @property
    def quantities(self) -> Quantities:
        """The counts in the order of `usage.QUANTITIES`."""
        return (
            self.uncached_input_tokens,
            self.cache_creation.ephemeral_5m_input_tokens,
            self.cache_creation.ephemeral_1h_input_tokens,
            self.cache_read_input_tokens,
            self.output_tokens,
            self.server_tool_use.web_search_requests,
        )


BLANK = {
    "uncached_input_tokens": 0,
    "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
    "cache_read_input_tokens": 0,
    "output_tokens": 0,
    "server_tool_use": {"web_search_requests": 0},
}
"""The values that nulls count as: there is no better guess, and the bill corrects it."""
_REPORT = "Anthropic's usage report"


def fetch(
    api: AdminApi, start: datetime, end: datetime, *, workspaces: Mapping[str, str | None]
) -> UsageReported:
    """Fetch the usage of whole hours; `workspaces` maps each known key to its workspace.

    A single unreadable line makes its hour missing: the other lines would pass for the whole hour.
    """
    priced = _ask_by_month(api, PRICED, start, end)
    if not priced.starts:
        return UsageReported(start=start, end=start, usage=[])
    start, end = priced.starts[0], priced.starts[-1] + HOUR
    placed: Answer[Line] = Answer()
    if not _has_only_keys_in(workspaces, priced.buckets):
        placed = _ask_by_month(api, PLACED, start, end)
        if not placed.starts:
            return UsageReported(start=start, end=start, usage=[])
        start, end = placed.starts[0], placed.starts[-1] + HOUR
    missing = {hour: why for hour, why in (placed.missing | priced.missing).items() if start <= hour < end}
    buckets = [
        each for each in priced.buckets if start <= each.starting_at < end and each.starting_at not in missing
    ]
    return UsageReported(
        start=start,
        end=end,
        usage=combine(buckets, placed.buckets, workspaces),
        notes=[*_notes(missing), *_remarks(priced, placed)],
        missing=missing.keys(),
    )


def _ask_by_month(api: AdminApi, dimensions: Iterable[str], start: datetime, end: datetime) -> Answer[Line]:
    """Ask month by month: the API has been seen to fill only the last month of a request, the rest empty."""
    groups = [("group_by[]", name) for name in dimensions]
    params = [("bucket_width", "1h"), ("limit", "168"), *groups]
    lines = Lines(Line, attrgetter(*dimensions), frozenset(BLANK), BLANK)
    answer: Answer[Line] = Answer()
    for part in _months(start, end):
        answer.add(intervals.ask(api, Question(PATH, params, lines, HOUR), *part))
    intervals.note_holes(answer, HOUR)
    return answer


def _notes(missing: Mapping[datetime, str]) -> list[Note]:
    """Return one note a day, with its first missing hour and the reason of that hour."""
    days: dict[date, list[datetime]] = defaultdict(list)
    for hour in sorted(missing):
        days[hour.date()].append(hour)
    return [unreadable_note(_hours_of(hours), day, missing[hours[0]]) for day, hours in days.items()]


def _hours_of(hours: list[datetime]) -> str:
    others = f" and {len(hours) - 1} more" if len(hours) > 1 else ""
    return f"Anthropic's usage at {hours[0]:%H:%M}{others} UTC"


def _remarks(*answers: Answer[Line]) -> list[Note]:
    odd: dict[date, set[str]] = defaultdict(set)
    for answer in answers:
        for hour, remarks in answer.remarks():
            odd[hour.date()] |= remarks
    return [note for day in sorted(odd) for note in remark_notes(_REPORT, day, odd[day])]


def _months(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Split a period into calendar months."""
    while start < end:
        first = start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        following = min((first + timedelta(days=32)).replace(day=1), end)
        yield start, following
        start = following


def _has_only_keys_in(workspaces: Mapping[str, str | None], buckets: list[Bucket[Line]]) -> bool:
    return all(line.api_key_id in workspaces for bucket in buckets for line in bucket.results)


def combine(
    priced: list[Bucket[Line]], placed: list[Bucket[Line]], workspaces: Mapping[str, str | None]
) -> list[TokenUsage]:
    """Join both requests: every token with its price dimensions, its workspace and its caller."""
    all_workspaces = {**workspaces, **_workspaces_of_keys(placed)}
    keyless = _keyless_callers(placed)
    return [
        row for bucket in priced for row in _hour(bucket, all_workspaces, keyless.get(bucket.starting_at, {}))
    ]


def _workspaces_of_keys(placed: list[Bucket[Line]]) -> dict[str, str | None]:
    return {line.api_key_id: line.workspace_id for b in placed for line in b.results if line.api_key_id}


Caller = tuple[str | None, str | None]


def _keyless_callers(
    placed: list[Bucket[Line]],
) -> dict[datetime, dict[str, list[tuple[Caller, Quantities]]]]:
    """Return usage without a key, by hour and model, as ((workspace, caller), quantities)."""
    callers: dict[datetime, dict[str, list[tuple[Caller, Quantities]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for bucket in placed:
        for line in bucket.results:
            if line.api_key_id is None:
                caller = (line.workspace_id, line.account_id or line.service_account_id)
                callers[bucket.starting_at][_model(line)].append((caller, line.quantities))
    return callers


def _hour(
    bucket: Bucket[Line],
    workspaces: Mapping[str, str | None],
    keyless: Mapping[str, list[tuple[Caller, Quantities]]],
) -> Iterator[TokenUsage]:
    without_key: list[Line] = []
    hour = bucket.starting_at
    for line in bucket.results:
        key = line.api_key_id
        if key is None:
            without_key.append(line)
        else:
            yield _usage(hour, line, (workspaces.get(key), key), line.quantities)
    without_key.sort(key=_model)  # dated and undated names of a model side by side
    for model, lines in groupby(without_key, key=_model):
        for line, caller, quantities in _share(list(lines), keyless.get(model, [])):
            yield _usage(hour, line, caller, quantities)


def _model(line: Line) -> str:
    return undated(line.model) or ""


def _usage(hour: datetime, line: Line, caller: Caller, quantities: Quantities) -> TokenUsage:
    model, workspace, caller_id = undated(line.model) or "", *caller
    terms = (line.service_tier, line.context_window, line.inference_geo)
    return TokenUsage(hour, workspace, caller_id, model, *terms, quantities)  # by position: a third faster


def _share(
    lines: list[Line], callers: list[tuple[Caller, Quantities]]
) -> Iterator[tuple[Line, Caller, Quantities]]:
    """Divide the lines of one hour and model among their callers; both sides keep their sums.

    This is exact with one line or one caller, which is nearly always. With several of both, no report says
    who used which tier: the callers take from the lines in order, and the remainder has no caller.
    """
    remaining = [list(line.quantities) for line in lines]
    for caller, quantities in callers:
        due = list(quantities)
        for line, rest in zip(lines, remaining, strict=True):
            part = [min(want, have) for want, have in zip(due, rest, strict=True)]
            if any(part):
                due = [want - got for want, got in zip(due, part, strict=True)]
                rest[:] = [have - got for have, got in zip(rest, part, strict=True)]
                yield line, caller, as_quantities(part)
    for line, rest in zip(lines, remaining, strict=True):
        if any(rest):
            yield line, (None, None), as_quantities(rest)
