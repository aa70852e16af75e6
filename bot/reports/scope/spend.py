"""The spend within a digest's scope, chosen by a filter as a question's is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.reports import cost as reports_cost
from bot.reports import horizon
from bot.reports.scope_people import People
from bot.reports.split import filters
from bot.reports.split.filters import Keep
from digests.numbers.cause import Cell
from digests.numbers.report import Dimension, Filter, Question, Report
from providers.directory import Directory
from providers.period import Period
from providers.spend import Id
from storage.facts import rollups, spend
from storage.state.connections import Connection
from storage.state.scopes import Scope

Costs = Sequence[tuple[Id, int]]


@dataclass(frozen=True)
class ScopedSpend:
    """A connection's spend at a moment, with the scope of a digest."""

    connection: Connection
    names: Directory
    scope: Scope
    people: People
    now: datetime

    @property
    def filter(self) -> Filter | None:
        """What chooses the scope, None for the whole organization."""
        values = self.scope.values
        match self.scope.kind:
            case "whole":
                return None
            case "model":
                return Filter("model", values)
            case "workspace":
                return Filter("workspace", values or ("",))
            case "group":
                return Filter("engineer", tuple(sorted(self.people.emails)), values[-1])
            case "engineers":
                return Filter("engineer", tuple(sorted(self.people.emails)))

    def cost(self, period: Period, dimension: Dimension = "model") -> Report:
        """Return the cost of the scope by one dimension."""
        chosen = (self.filter,) if self.filter else ()
        return reports_cost.cost(self.connection, Question(period, dimension, filters=chosen), now=self.now)

    def is_split(self, period: Period) -> bool:
        """Say whether every dollar of a period is attributed."""
        return not horizon.days_of(self.connection, period, now=self.now).unsplit_days

    def costs(self, stored: rollups.Dimension, period: Period) -> Costs:
        """Return pairs of stored id and cost in billionths."""
        return spend.costs_by(self.connection.id, stored, period)


def is_key_of(scoped: ScopedSpend) -> Keep:
    """Return the predicate of keys in the scope."""
    names, wanted = scoped.names, scoped.filter
    if wanted is None:
        return lambda _id: True
    is_wanted = filters.keep(wanted, names)
    if wanted.dimension == "workspace":
        places = names.workspaces_of_keys()
        return lambda id_: id_ in places and is_wanted(places[id_])
    return is_wanted


def is_in_scope(scoped: ScopedSpend) -> Callable[[Cell], bool]:
    """Return the predicate of combinations in the scope."""
    wanted = scoped.filter
    if wanted is None:
        return lambda _cell: True
    if wanted.dimension == "engineer":
        return lambda cell: cell.engineer in wanted.members
    is_wanted = filters.keep(wanted, scoped.names)
    if wanted.dimension == "workspace":
        return lambda cell: is_wanted(cell.workspace)
    return lambda cell: is_wanted(cell.model)
