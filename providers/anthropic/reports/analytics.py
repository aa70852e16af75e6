"""Spend by the hour, as Anthropic itself reports it: `analytics/cost` and `analytics/usage`, a beta.

Shapes: https://platform.claude.com/docs/en/manage-claude/usage-cost-analytics-api. Both walks group by the
same five dimensions, the cost walk also by what was paid for:

    cost    dollars after discounts and at list price, per hour, caller, model, product and kind
    usage   the tokens and searches of the same hours and callers

Nothing is older than 2026 or than 365 days, a request spans 31 days at most, and what lies after
`data_refreshed_at` is incomplete: the hour it falls in is left out.
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
from providers.usage import WEB_SEARCH

EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
MAX_AGE, MAX_WINDOW = 364 * DAY, 31 * DAY  # of the 365 days allowed one is left for the time the walk takes
CALLER_DIMENSIONS = ("workspace_id", "api_key_id", "actor", "model", "product")
KIND_DIMENSIONS = ("cost_type", "token_type")
TOTAL_DIMENSIONS = ("workspace_id", "model", "product", "cost_type")
HOUR = timedelta(hours=1)
_NOTHING = (0, 0, 0, 0, 0, 0)

_KINDS: Mapping[str, EntryKind] = {"user_actor": "user", "service_account_actor": "service_account"}

Quantities = tuple[int, int, int, int, int, int]
Key = tuple[datetime, str | None, str | None, str | None, str]  # hour, workspace, caller, model, product


class Cloud(msgspec.Struct, frozen=True, gc=False):
    """Who vouches for an identity."""

    type: str | None = None


class Actor(msgspec.Struct, frozen=True, gc=False):
    """Whom Anthropic names: a user, else a service account, else an identity, else just the key."""

    type: str
    user_id: str | None = None
    email_address: str | None = None
    name: str | None = None
    deleted: bool = False
    service_account_id: str | None = None
    provider: Cloud | str | None = None
    subject: str | None = None


class Group(msgspec.Struct, frozen=True, gc=False):
    """What a row is about; null where it is not grouped by or does not apply."""

    workspace_id: str | None = None
    api_key_id: str | None = None
    actor: Actor | None = None
    model: str | None = None
    product: str | None = None
    cost_type: str | None = None
    token_type: str | None = None


class Cost(msgspec.Struct, frozen=True, gc=False):
    """Cents, as decimal strings: after discounts, and before."""

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
    """Dollars of one hour or day."""

    starting_at: Moment
    group: Group
    cost: Cost
    ending_at: Moment | None = None


class UsageRow(msgspec.Struct, frozen=True, gc=False):
    """Tokens of one hour."""

    starting_at: Moment
    group: Group
    usage: Usage
    ending_at: Moment | None = None


class Paid(NamedTuple):
    """A row of costs, in billionths of a dollar: after discounts, and before."""

    row: CostRow
    cost: int
    list_cost: int


COSTS = Question("cost", (*CALLER_DIMENSIONS, *KIND_DIMENSIONS), CostRow, HOUR)
TOTALS = Question("cost", TOTAL_DIMENSIONS, CostRow, DAY)
USED = Question("usage", CALLER_DIMENSIONS, UsageRow, HOUR, {"usage": BLANK})


def until(api: AdminApi, now: datetime) -> datetime:
    """Up to when figures count; the cheapest thing to ask. Raises NotOffered."""
    hour = _hour(now)
    window = [("starting_at", rfc3339(hour - HOUR)), ("ending_at", rfc3339(hour)), ("limit", "1")]
    return analytics_pages.refreshed(api, window, now)


def fetch(api: AdminApi, start: datetime, end: datetime, *, names: Directory, now: datetime) -> SpendReported:
    """Get the spend of whole hours, as far as it is complete. Raises NotOffered.

    Money is strict: nothing is told of a day with a row that cannot be read.
    """
    start = max(start, EARLIEST, _hour(now - MAX_AGE) + HOUR)
    if start >= end:
        return SpendReported(start=start, end=start, until=start, lines=[], kinds=[])
    costs = _ask_in_windows(api, COSTS, start, end, now)
    complete = max(min(_hour(costs.refreshed), end), start)
    used = _ask_in_windows(api, USED, start, complete, now)
    paid = _paid((row for row in costs.rows if row.starting_at < complete), costs.missing)
    missing = costs.missing | used.missing
    paid = [each for each in paid if each.row.starting_at.date() not in missing]
    counted = [row for row in used.rows if row.starting_at.date() not in missing]
    default = names.default_workspaces()
    return SpendReported(
        start=start,
        end=complete,
        until=costs.refreshed,
        lines=_lines(paid, counted, default),
        kinds=_kinds(paid, default),
        people=_people((*costs.rows, *used.rows)),
        notes=analytics_pages.notes(missing, costs.remarks | used.remarks),
        missing=frozenset(missing),
    )


def totals(
    api: AdminApi, period: Period, *, names: Directory, now: datetime
) -> dict[date, dict[Place, Decimal]]:
    """Get what whole days cost by workspace, model and product: the cheapest way to see which were revised.

    Days that cannot be read are left out. Raises NotOffered.
    """
    start, default = (
        max(period.starts_at, EARLIEST, _midnight_after(now - MAX_AGE)),
        names.default_workspaces(),
    )
    told = _ask_in_windows(api, TOTALS, start, period.ends_at, now)
    sums: dict[date, dict[Place, int]] = {
        day: defaultdict(int) for day in period.days() if start.date() <= day
    }
    for row, cost, _listed in _paid(told.rows, told.missing):
        place = (_workspace(row.group, default), _what(row.group), _product(row.group))
        sums[row.starting_at.date()][place] += cost
    return {
        day: {place: dollars(cost) for place, cost in of.items() if cost}
        for day, of in sums.items()
        if day not in told.missing
    }


def _ask_in_windows(
    api: AdminApi, question: Question[R], start: datetime, end: datetime, now: datetime
) -> Answer[R]:
    answer: Answer[R] = Answer(now)
    for window in _cut(start, end):
        answer.add(analytics_pages.ask(api, question, *window, now=now))
    return answer


def _paid(rows: Iterable[CostRow], missing: dict[date, str]) -> list[Paid]:
    """Amounts as whole billionths; days where one is no amount, or is too much, become missing."""
    found: list[Paid] = []
    sums: dict[date, int] = defaultdict(int)
    for row in rows:
        try:
            cost, listed = (
                in_dollars(each, row.cost.currency) for each in (row.cost.amount, row.cost.list_amount)
            )
        except UnreadableError as error:
            missing.setdefault(row.starting_at.date(), reason(error))
            continue
        paid = Paid(row, billionths(cost), billionths(listed))
        sums[row.starting_at.date()] += max(abs(paid.cost), abs(paid.list_cost))
        found.append(paid)
    for day, whole in sums.items():
        if whole > billionths(LARGEST_COST):
            missing.setdefault(day, f"it comes to {dollars(whole):.3e} dollars")
    return found


def _cut(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Windows that one request may span."""
    while start < end:
        yield start, min(start + MAX_WINDOW, end)
        start += MAX_WINDOW


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _midnight_after(moment: datetime) -> datetime:
    return Period.day(moment.date()).ends_at


def _lines(costs: Iterable[Paid], used: Iterable[UsageRow], default: AbstractSet[str]) -> list[ReportedSpend]:
    """Each hour, caller, model and product once: dated and undated names of a model become one."""
    paid: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    counted: dict[Key, Quantities] = {}
    for row, cost, listed in costs:
        both = paid[_key(row.starting_at, row.group, default)]
        both[0] += cost
        both[1] += listed
    for use in used:
        key = _key(use.starting_at, use.group, default)
        before = counted.get(key)
        now = use.usage.quantities
        counted[key] = now if before is None else _six(map(add, before, now))
    return [
        _line(key, paid.get(key, (0, 0)), counted.get(key, _NOTHING))
        for key in dict.fromkeys((*paid, *counted))
    ]


def _line(key: Key, paid: Sequence[int], counted: Quantities) -> ReportedSpend:
    cost, listed = map(dollars, paid)
    return ReportedSpend(*key, cost, listed, counted)


def _kinds(costs: Iterable[Paid], default: AbstractSet[str]) -> list[ReportedKind]:
    sums: dict[tuple[datetime, str | None, str | None, str], list[int]] = defaultdict(lambda: [0, 0])
    for row, cost, listed in costs:
        kind = token_kind(row.group.token_type) or row.group.cost_type or "other"
        both = sums[row.starting_at, _workspace(row.group, default), _billed_model(row.group), kind]
        both[0] += cost
        both[1] += listed
    return [ReportedKind(*key, dollars(paid), dollars(before)) for key, (paid, before) in sums.items()]


def _key(hour: datetime, group: Group, default: AbstractSet[str]) -> Key:
    return hour, _workspace(group, default), _caller(group), _what(group), _product(group)


def _workspace(group: Group, default: AbstractSet[str]) -> str | None:
    return None if group.workspace_id in default else group.workspace_id


def _what(group: Group) -> str | None:
    """The model, else what else was paid for; searches are a thing of their own whatever model made them."""
    if group.cost_type == WEB_SEARCH:
        return WEB_SEARCH
    return undated(group.model) or group.cost_type


def _billed_model(group: Group) -> str | None:
    """The model as the bill names it: of tokens only."""
    return undated(group.model) if group.token_type else None


def _product(group: Group) -> str:
    return group.product or group.cost_type or "other"


def _caller(group: Group) -> str | None:
    actor = _actor_id(group.actor) if group.actor else None
    known = Caller(group.api_key_id, actor, group.product == CLAUDE_CODE)
    return known.id or Caller(reason=REASONS.get(group.cost_type or "")).id


def _actor_id(actor: Actor) -> str | None:
    if actor.type == "federated_actor":
        cloud = actor.provider.type if isinstance(actor.provider, Cloud) else actor.provider
        return ":".join(("federated", cloud or "unknown", actor.subject or "unknown")).replace(" ", "_")
    return actor.user_id or actor.service_account_id


def _people(rows: Iterable[CostRow | UsageRow]) -> list[Entry]:
    """Who was named: people, those included who are in no list any more, and service accounts."""
    found: dict[str, Entry] = {}
    for actor in (row.group.actor for row in rows if row.group.actor):
        id_, kind, name = _actor_id(actor), _KINDS.get(actor.type), actor.name or actor.email_address
        if id_ and kind and name:
            found[id_] = Entry(id_, kind, name, email=actor.email_address)
    return list(found.values())


def _six(counts: Iterable[int]) -> Quantities:
    first, second, third, fourth, fifth, sixth = counts
    return first, second, third, fourth, fifth, sixth
