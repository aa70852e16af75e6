"""The usage report: tokens by hour. Pricing needs more dimensions than one call may group by.

Shape: https://platform.claude.com/docs/en/api/admin/usage_report/retrieve_messages. At most five
dimensions a call, so there are two, and `combine` makes one of them:

    priced   by key, model, tier, context window, geo          what every token costs
    placed   by workspace, key, account, service account, model   whose it is

A key belongs to one workspace for life, so `placed` is needed only for keys not seen before and for calls
that no key made.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby, pairwise

import msgspec

from providers.anthropic.admin_api import AdminApi, Bucket
from providers.anthropic.names import undated
from providers.provider import ProviderUnavailable, UsageReported
from providers.usage import TokenUsage

PATH = "/v1/organizations/usage_report/messages"
PRICED = ("api_key_id", "model", "service_tier", "context_window", "inference_geo")
PLACED = ("workspace_id", "api_key_id", "account_id", "service_account_id", "model")
HOUR = timedelta(hours=1)
Quantities = tuple[int, int, int, int, int, int]


class CacheCreation(msgspec.Struct, gc=False):
    """Cache writes, by how long they are kept."""

    ephemeral_5m_input_tokens: int
    ephemeral_1h_input_tokens: int


class ServerToolUse(msgspec.Struct, frozen=True, gc=False):
    """Tools that Anthropic ran."""

    web_search_requests: int = 0


class Line(msgspec.Struct, gc=False):
    """One line as the API reports it; a dimension is null where it is not grouped or does not apply."""

    uncached_input_tokens: int
    cache_creation: CacheCreation
    cache_read_input_tokens: int
    output_tokens: int
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


def fetch(
    api: AdminApi, start: datetime, end: datetime, *, workspaces: Mapping[str, str | None]
) -> UsageReported:
    """Get the usage of whole hours; `workspaces` names the workspace of every key known so far."""
    priced = _buckets(api, PRICED, start, end)
    if not priced:
        return UsageReported(start=start, end=start, usage=[])
    placed = [] if _all_known(priced, workspaces) else _buckets(api, PLACED, start, priced[-1].ending_at)
    return UsageReported(
        start=priced[0].starting_at,
        end=priced[-1].ending_at,
        usage=combine(priced, placed, workspaces),
    )


def _buckets(api: AdminApi, dimensions: Iterable[str], start: datetime, end: datetime) -> list[Bucket[Line]]:
    """Hour after hour without a hole: what is left out would be taken for hours without usage."""
    grouped = [("group_by[]", name) for name in dimensions]
    params = [("bucket_width", "1h"), ("limit", "168"), *grouped]
    found = [bucket for part in _months(start, end) for bucket in _part(api, params, *part)]
    if any(hour.ending_at != following.starting_at for hour, following in pairwise(found)):
        raise ProviderUnavailable(f"{PATH}: hours are left out between {start} and {end}")
    return found


def _part(api: AdminApi, params: list[tuple[str, str]], start: datetime, end: datetime) -> list[Bucket[Line]]:
    return api.buckets(PATH, params, Line, start=start, end=end, width=HOUR)


def _months(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Cut at months: the report has been seen to fill only the month of the end, and call the rest empty."""
    while start < end:
        first = start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        following = min((first + timedelta(days=32)).replace(day=1), end)
        yield start, following
        start = following


def _all_known(buckets: list[Bucket[Line]], workspaces: Mapping[str, str | None]) -> bool:
    return all(line.api_key_id in workspaces for bucket in buckets for line in bucket.results)


def combine(
    priced: list[Bucket[Line]], placed: list[Bucket[Line]], workspaces: Mapping[str, str | None]
) -> list[TokenUsage]:
    """Both calls as one: every token with its price dimensions, its workspace and its caller."""
    known = {**workspaces, **_workspaces_seen(placed)}
    keyless = _keyless_callers(placed)
    return [row for bucket in priced for row in _hour(bucket, known, keyless.get(bucket.starting_at, {}))]


def _workspaces_seen(placed: list[Bucket[Line]]) -> dict[str, str | None]:
    return {line.api_key_id: line.workspace_id for b in placed for line in b.results if line.api_key_id}


Caller = tuple[str | None, str | None]


def _keyless_callers(
    placed: list[Bucket[Line]],
) -> dict[datetime, dict[str, list[tuple[Caller, Quantities]]]]:
    """Per hour and model, who used what without a key: (workspace, caller) and quantities."""
    found: dict[datetime, dict[str, list[tuple[Caller, Quantities]]]] = defaultdict(lambda: defaultdict(list))
    for bucket in placed:
        for line in bucket.results:
            if line.api_key_id is None:
                caller = (line.workspace_id, line.account_id or line.service_account_id)
                found[bucket.starting_at][_model(line)].append((caller, line.quantities))
    return found


def _hour(
    bucket: Bucket[Line],
    workspaces: Mapping[str, str | None],
    keyless: Mapping[str, list[tuple[Caller, Quantities]]],
) -> Iterator[TokenUsage]:
    without_key: list[Line] = []
    for line in bucket.results:
        if line.api_key_id is None:
            without_key.append(line)
        else:
            yield _usage(
                bucket.starting_at, line, (workspaces.get(line.api_key_id), line.api_key_id), line.quantities
            )
    without_key.sort(key=_model)  # dated and undated names of a model side by side
    for model, lines in groupby(without_key, key=_model):
        for line, caller, quantities in _share(list(lines), keyless.get(model, [])):
            yield _usage(bucket.starting_at, line, caller, quantities)


def _model(line: Line) -> str:
    return undated(line.model) or ""


def _usage(hour: datetime, line: Line, caller: Caller, quantities: Quantities) -> TokenUsage:
    return TokenUsage(
        hour=hour,
        workspace_id=caller[0],
        caller_id=caller[1],
        model=_model(line),
        service_tier=line.service_tier,
        context_window=line.context_window,
        inference_geo=line.inference_geo,
        quantities=quantities,
    )


def _share(
    lines: list[Line], callers: list[tuple[Caller, Quantities]]
) -> Iterator[tuple[Line, Caller, Quantities]]:
    """Give the lines of one hour and model to their callers, so that both sides keep their sums.

    Exact where there is one line or one caller, which is nearly always. Where there are several of both
    no report says who used which tier; they are dealt out in order, and what no caller was named for
    stays without one.
    """
    left = [list(line.quantities) for line in lines]
    for caller, quantities in callers:
        due = list(quantities)
        for line, rest in zip(lines, left, strict=True):
            taken = [min(want, have) for want, have in zip(due, rest, strict=True)]
            if any(taken):
                due = [want - got for want, got in zip(due, taken, strict=True)]
                rest[:] = [have - got for have, got in zip(rest, taken, strict=True)]
                yield line, caller, _six(taken)
    for line, rest in zip(lines, left, strict=True):
        if any(rest):
            yield line, (None, None), _six(rest)


def _six(counts: list[int]) -> Quantities:
    first, second, third, fourth, fifth, sixth = counts
    return first, second, third, fourth, fifth, sixth
