"""What a period cost by one dimension, beside the like period: from rollups alone, no provider is asked."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from bot import known
from digests import build
from digests.report import Dimension, Question, Report
from providers.caller import caller
from providers.directory import Directory, Link, Owner
from providers.period import Period
from providers.spend import Sum
from storage import coverage, directory, rollups, spend
from storage.connections import Connection

NO_TOKENS = (0, 0, 0, 0, 0, 0)
Links = Mapping[str | None, Mapping[Link, Decimal]]
_NAMED = ("workspace", "key", "engineer")  # the dimensions whose ids have names
STORED: dict[Dimension, rollups.Dimension] = {
    "day": "total",
    "model": "model",
    "workspace": "workspace",
    "token type": "kind",
    "product": "product",
    "key": "caller",
    "engineer": "caller",
}


def cost(connection: Connection, question: Question, *, now: datetime) -> Report:
    """What a period cost by one dimension, beside the like period."""
    period = question.period
    horizon = known.horizon(connection, period, ("charges", "usage"), now=now)
    names = directory.read(connection.id) if question.dimension in _NAMED else Directory([])
    sums, links = _sums(connection.id, question, names)
    before, cut = period.before(), horizon["previous_until"]
    comparable = known.is_known(connection, before, cut)
    earlier = Question(before, question.dimension)
    return build.cost_report(
        organization=connection.organization_name,
        question=question,
        sums=sums,
        previous=_earlier(connection.id, earlier, names, until=cut) if comparable else None,
        names=_names(question.dimension, names, sums),
        in_utc_days=_in_utc_days(connection.id, period, horizon["data_until"]),
        unpriced=coverage.unpriced(connection.id, known.touched(period, now)),
        discount=discount(connection.id, period),
        unbilled={s.id: sum(s.quantities[:5]) for s in _unbilled(connection.id, period) if s.id},
        links=links,
        **horizon,
    )


def discount(connection_id: int, period: Period) -> Decimal | None:
    """The part of the list price that was not paid, over the hours for which both are told."""
    both = {s.id: s.cost for s in spend.sums(connection_id, "listed", period)}
    listed = both.get(spend.LIST)
    return 1 - both.get(spend.PAID, Decimal(0)) / listed if listed else None


def _unbilled(connection_id: int, period: Period) -> list[Sum]:
    return spend.sums(connection_id, "unbilled", period)


def _in_utc_days(connection_id: int, period: Period, data_until: datetime | None) -> Decimal | None:
    """What the same dates were billed, for a zone that cuts days elsewhere than the bill does."""
    billed = Period(period.start, period.end)
    billed_days = coverage.days(connection_id, "charges", billed)
    if period.starts_at == billed.starts_at or data_until or len(billed_days) < billed.length:
        return None
    return spend.total(connection_id, billed).cost


def _sums(connection_id: int, question: Question, names: Directory) -> tuple[list[Sum], Links]:
    """What a period cost on a dimension, and for engineers how it is known."""
    if question.dimension == "day":
        return list(spend.daily(connection_id, question.period).values()), {}
    found = spend.sums(connection_id, STORED[question.dimension], question.period)
    if question.dimension == "key":
        return [Sum(_key(s.id), s.cost, s.estimated, s.quantities) for s in found], {}
    if question.dimension == "engineer":
        owned = [(names.owner_of(s.id), s) for s in found]
        return [Sum(whose(o, s.id), s.cost, s.estimated, s.quantities) for o, s in owned], _links(owned)
    return found, {}


def _earlier(
    connection_id: int, question: Question, names: Directory, *, until: datetime | None
) -> list[Sum]:
    """The like period, of which nothing but the cost is told."""
    if question.dimension == "day":
        return list(spend.daily(connection_id, question.period, until=until).values())
    found = spend.costs(connection_id, STORED[question.dimension], question.period, until=until)
    if question.dimension == "key":
        ids: Iterable[str | None] = map(_key, found)
    elif question.dimension == "engineer":
        ids = (whose(names.owner_of(each), each) for each in found)
    else:
        ids = found
    costs: dict[str | None, Decimal] = {}
    for id_, cost in zip(ids, found.values(), strict=True):
        costs[id_] = costs.get(id_, Decimal(0)) + cost
    return [Sum(id_, cost, Decimal(0), NO_TOKENS) for id_, cost in costs.items()]


def _key(caller_id: str | None) -> str | None:
    """The key of a caller; who called without one, and a reason why nobody can be named, stand for it."""
    called = caller(caller_id)
    return called.key or called.actor or (caller_id if called.reason else None)


def whose(owner: Owner | None, caller_id: str | None) -> str | None:
    """The engineer of a caller, the reason why there is none, or None."""
    if owner:
        return owner.id
    return caller_id if caller(caller_id).reason else None


def _links(owned: Iterable[tuple[Owner | None, Sum]]) -> Links:
    """By engineer, how much is known to be theirs in which way."""
    found: dict[str | None, dict[Link, Decimal]] = defaultdict(dict)
    for owner, each in owned:
        if owner and each.cost:
            links = found[owner.id]
            links[owner.link] = links.get(owner.link, Decimal(0)) + each.cost
    return found


def _names(dimension: Dimension, names: Directory, sums: Iterable[Sum]) -> Callable[[str], str]:
    """Names as people say them; where two keys share one, each with the end of its id."""
    if dimension not in _NAMED:
        return str
    if dimension == "engineer":
        return names.name
    called = {s.id: names.name(s.id) for s in sums if s.id}
    shared = Counter(called.values())
    return lambda id_: called[id_] if shared[called[id_]] < 2 else f"{called[id_]} …{id_[-4:]}"  # noqa: PLR2004 - two of a name
