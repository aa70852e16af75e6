"""Spend by the hour, as Anthropic itself reports it: `analytics/cost` and `analytics/usage`, a beta.

    fetch -> _fetch_by_windows -> analytics_pages.ask -> _priced -> _lines, _kinds -> SpendReported

Shapes: https://platform.claude.com/docs/en/manage-claude/usage-cost-analytics-api. Both requests group by
the same five dimensions, the one for costs also by kind:

    cost    dollars after discounts and at list price, by hour, caller, model, product and kind
    usage   the tokens and searches of the same hours and callers

The API has nothing older than 2026 or than 365 days, and at most 31 days a request. Figures after
`data_refreshed_at` are incomplete, so we leave out the hour it falls in.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from operator import add
from typing import NamedTuple

import msgspec

from providers.anthropic.http.admin_api import AdminApi, rfc3339
from providers.anthropic.http.reading import LARGEST_COST, Count, Moment, UnreadableError, in_dollars, reason
from providers.anthropic.reports import analytics_pages
from providers.anthropic.reports.analytics_pages import Answer, Question, R
from providers.anthropic.reports.names import token_kind, undated
from providers.anthropic.reports.usage_report import BLANK, CacheCreation, ServerToolUse
from providers.caller import CLAUDE_CODE, REASONS, Caller
from providers.directory import Directory, Entry, EntryKind
from providers.money import billionths, dollars
from providers.period import DAY, Period
from providers.reported import Place, ReportedKind, ReportedSpend, SpendReported
from providers.usage import WEB_SEARCH, Quantities, as_quantities

EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)  # "no earlier than 2026-01-01": the API refuses what is older
MAX_AGE = 364 * DAY  # of the 365 that the API allows; the last could fall out while we read the pages
MAX_WINDOW = 31 * DAY  # the API's own limit for one request
CALLER_DIMENSIONS = ("workspace_id", "api_key_id", "actor", "model", "product")
KIND_DIMENSIONS = ("cost_type", "token_type")
TOTAL_DIMENSIONS = ("workspace_id", "model", "product", "cost_type")
HOUR = timedelta(hours=1)
_NOTHING = (0, 0, 0, 0, 0, 0)

_KINDS: Mapping[str, EntryKind] = {"user_actor": "user", "service_account_actor": "service_account"}

Key = tuple[datetime, str | None, str | None, str | None, str]  # hour, workspace, caller, model, product


class IdentityProvider(msgspec.Struct, frozen=True, gc=False):
    """The cloud that issued a federated identity."""

    type: str | None = None


class Actor(msgspec.Struct, frozen=True, gc=False):
    """The caller whom Anthropic names: a user, a service account, a federated identity or just the key."""

    type: str
    user_id: str | None = None
    email_address: str | None = None
    name: str | None = None
    deleted: bool = False
    service_account_id: str | None = None
    provider: IdentityProvider | str | None = None
    subject: str | None = None


class Group(msgspec.Struct, frozen=True, gc=False):
    """The dimensions of a row; null for those that the request does not group by or that do not apply."""

    workspace_id: str | None = None
    api_key_id: str | None = None
    actor: Actor | None = None
    model: str | None = None
    product: str | None = None
    cost_type: str | None = None
    token_type: str | None = None


class Cost(msgspec.Struct, frozen=True, gc=False):
    """Cents, as decimal strings: `amount` after discounts, `list_amount` before them."""

    amount: Decimal
    list_amount: Decimal
    currency: str


class Usage(msgspec.Struct, frozen=True, gc=False):
    """Tokens and searches."""

    uncached_input_tokens: Count
    cache_creation: CacheCreation
    cache_read_input_tokens: Count
    output_tokens: Count
    server_tool_use: ServerToolUse = ServerToolUse()

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


class CostRow(msgspec.Struct, frozen=True, gc=False):
    """The cost of one group in one hour or day."""

    starting_at: Moment
    group: Group
    cost: Cost
    ending_at: Moment | None = None


class UsageRow(msgspec.Struct, frozen=True, gc=False):
    """The tokens and searches of one group in one hour."""

    starting_at: Moment
    group: Group
    usage: Usage
    ending_at: Moment | None = None


class PricedRow(NamedTuple):
    """A row of costs in billionths of a dollar: `cost` after discounts, `list_cost` before them."""

    row: CostRow
    cost: int
    list_cost: int


COSTS = Question("cost", (*CALLER_DIMENSIONS, *KIND_DIMENSIONS), CostRow, HOUR)
TOTALS = Question("cost", TOTAL_DIMENSIONS, CostRow, DAY)
USAGE = Question("usage", CALLER_DIMENSIONS, UsageRow, HOUR, {"usage": BLANK})


def until(api: AdminApi, now: datetime) -> datetime:
    """Fetch up to when the report is complete, by the cheapest request. Raises NotOffered."""
    hour = _hour(now)
    window = [("starting_at", rfc3339(hour - HOUR)), ("ending_at", rfc3339(hour)), ("limit", "1")]
    return analytics_pages.refreshed(api, window, now)


def fetch(api: AdminApi, start: datetime, end: datetime, *, names: Directory, now: datetime) -> SpendReported:
    """Fetch the spend of whole hours, as far as it is complete. Raises NotOffered.

    Money is strict: a single unreadable row makes its whole day missing.
    """
    start = max(start, EARLIEST, _hour(now - MAX_AGE) + HOUR)
    if start >= end:
        return SpendReported(start=start, end=start, until=start, lines=[], kinds=[])
    costs = _fetch_by_windows(api, COSTS, start, end, now)
    complete = max(min(_hour(costs.refreshed), end), start)
    usage = _fetch_by_windows(api, USAGE, start, complete, now)
    all_priced = _priced((row for row in costs.rows if row.starting_at < complete), costs.missing)
    missing = costs.missing | usage.missing
    priced = [each for each in all_priced if each.row.starting_at.date() not in missing]
    usage_rows = [row for row in usage.rows if row.starting_at.date() not in missing]
    default = names.default_workspaces()
    return SpendReported(
        start=start,
        end=complete,
        until=costs.refreshed,
        lines=_lines(priced, usage_rows, default),
        kinds=_kinds(priced, default),
        people=_people((*costs.rows, *usage.rows)),
        notes=analytics_pages.notes(missing, costs.remarks | usage.remarks),
        missing=frozenset(missing),
    )


def totals(
    api: AdminApi, period: Period, *, names: Directory, now: datetime
) -> dict[date, dict[Place, Decimal]]:
    """Fetch daily costs by workspace, model and product, the cheapest way to see which days were revised.

    The result lacks unreadable days. Raises NotOffered.
    """
    start = max(period.starts_at, EARLIEST, _midnight_after(now - MAX_AGE))
    default = names.default_workspaces()
    answer = _fetch_by_windows(api, TOTALS, start, period.ends_at, now)
    sums: dict[date, dict[Place, int]] = {
        day: defaultdict(int) for day in period.days() if start.date() <= day
    }
    for row, cost, _list_cost in _priced(answer.rows, answer.missing):
        place = (_workspace(row.group, default), _model_or_cost_type(row.group), _product(row.group))
        sums[row.starting_at.date()][place] += cost
    return {
        day: {place: dollars(cost) for place, cost in costs.items() if cost}
        for day, costs in sums.items()
        if day not in answer.missing
    }


def _fetch_by_windows(
    api: AdminApi, question: Question[R], start: datetime, end: datetime, now: datetime
) -> Answer[R]:
    answer: Answer[R] = Answer(now)
    for window in _windows(start, end):
        answer.add(analytics_pages.ask(api, question, *window, now=now))
    return answer


def _priced(rows: Iterable[CostRow], missing: dict[date, str]) -> list[PricedRow]:
    """Return the rows with their amounts in billionths, and add the days with unreadable ones to `missing`.

    Days that come to more than LARGEST_COST count as unreadable, too.
    """
    priced_rows: list[PricedRow] = []
    sums: dict[date, int] = defaultdict(int)
    for row in rows:
        try:
            cost, list_cost = (
                in_dollars(each, row.cost.currency) for each in (row.cost.amount, row.cost.list_amount)
            )
        except UnreadableError as error:
            missing.setdefault(row.starting_at.date(), reason(error))
            continue
        priced = PricedRow(row, billionths(cost), billionths(list_cost))
        sums[row.starting_at.date()] += max(abs(priced.cost), abs(priced.list_cost))
        priced_rows.append(priced)
    for day, whole in sums.items():
        if whole > billionths(LARGEST_COST):
            missing.setdefault(day, f"it comes to {dollars(whole):.3e} dollars")
    return priced_rows


def _windows(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Split a span into windows that one request can have."""
    while start < end:
        yield start, min(start + MAX_WINDOW, end)
        start += MAX_WINDOW


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _midnight_after(moment: datetime) -> datetime:
    return Period.day(moment.date()).ends_at


def _lines(
    priced: Iterable[PricedRow], usage_rows: Iterable[UsageRow], default: AbstractSet[str]
) -> list[ReportedSpend]:
    """Add up costs and usage by hour, caller, model and product.

    Dated and undated names of a model are one model, so several rows can have one key.
    """
    costs: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    quantities: dict[Key, Quantities] = {}
    for row, cost, list_cost in priced:
        both = costs[_key(row.starting_at, row.group, default)]
        both[0] += cost
        both[1] += list_cost
    for use in usage_rows:
        key = _key(use.starting_at, use.group, default)
        before = quantities.get(key)
        now = use.usage.quantities
        quantities[key] = now if before is None else as_quantities(map(add, before, now))
    return [
        _line(key, costs.get(key, (0, 0)), quantities.get(key, _NOTHING))
        for key in dict.fromkeys((*costs, *quantities))
    ]


def _line(key: Key, costs: Sequence[int], quantities: Quantities) -> ReportedSpend:
    cost, list_cost = map(dollars, costs)
    return ReportedSpend(*key, cost, list_cost, quantities)


def _kinds(priced: Iterable[PricedRow], default: AbstractSet[str]) -> list[ReportedKind]:
    sums: dict[tuple[datetime, str | None, str | None, str], list[int]] = defaultdict(lambda: [0, 0])
    for row, cost, list_cost in priced:
        kind = token_kind(row.group.token_type) or row.group.cost_type or "other"
        both = sums[row.starting_at, _workspace(row.group, default), _billed_model(row.group), kind]
        both[0] += cost
        both[1] += list_cost
    return [ReportedKind(*key, dollars(cost), dollars(list_cost)) for key, (cost, list_cost) in sums.items()]


def _key(hour: datetime, group: Group, default: AbstractSet[str]) -> Key:
    return hour, _workspace(group, default), _caller(group), _model_or_cost_type(group), _product(group)


def _workspace(group: Group, default: AbstractSet[str]) -> str | None:
    return None if group.workspace_id in default else group.workspace_id


def _model_or_cost_type(group: Group) -> str | None:
    """Return the model, else the cost type; web searches are their own, whichever model made them."""
    if group.cost_type == WEB_SEARCH:
        return WEB_SEARCH
    return undated(group.model) or group.cost_type


def _billed_model(group: Group) -> str | None:
    """Return the model, as the bill has it: for tokens only."""
    return undated(group.model) if group.token_type else None


def _product(group: Group) -> str:
    return group.product or group.cost_type or "other"


def _caller(group: Group) -> str | None:
    actor = _actor_id(group.actor) if group.actor else None
    parts = Caller(group.api_key_id, actor, group.product == CLAUDE_CODE)
    return parts.id or Caller(reason=REASONS.get(group.cost_type or "")).id


def _actor_id(actor: Actor) -> str | None:
    if actor.type == "federated_actor":
        cloud = actor.provider.type if isinstance(actor.provider, IdentityProvider) else actor.provider
        return ":".join(("federated", cloud or "unknown", actor.subject or "unknown")).replace(" ", "_")
    return actor.user_id or actor.service_account_id


def _people(rows: Iterable[CostRow | UsageRow]) -> list[Entry]:
    """Return the people and service accounts that the rows name, including those that no list has."""
    entries: dict[str, Entry] = {}
    for actor in (row.group.actor for row in rows if row.group.actor):
        id_, kind, name = _actor_id(actor), _KINDS.get(actor.type), actor.name or actor.email_address
        if id_ and kind and name:
            entries[id_] = Entry(id_, kind, name, email=actor.email_address)
    return list(entries.values())
