"""The spend within a digest's scope, and predicates that say which ids are in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.reports import cost as reports_cost
from bot.reports import horizon
from bot.reports.scope_people import People
from digests.numbers.cause import Cell
from digests.numbers.report import Dimension, Question, Report
from digests.words import wording
from providers.directory import Directory
from providers.period import Period
from providers.spend import Id
from storage.facts import rollups, spend
from storage.state.connections import Connection
from storage.state.scopes import Scope, ScopeKind

Costs = Sequence[tuple[Id, int]]
Keep = Callable[[Id], bool]
"""A predicate: is this id in the scope?"""


@dataclass(frozen=True)
class ScopedSpend:
    """A connection's spend at a moment, with the scope of a digest."""

    connection: Connection
    names: Directory
    scope: Scope
    people: People
    now: datetime

    def cost(self, period: Period, dimension: Dimension = "model") -> Report:
        """Return the cost of the whole organization by one dimension."""
        return reports_cost.cost(self.connection, Question(period, dimension), now=self.now)

    def is_split(self, period: Period) -> bool:
        """Say whether every dollar of a period is attributed."""
        return not horizon.days_of(self.connection, period, now=self.now).unsplit_days

    def costs(self, stored: rollups.Dimension, period: Period) -> Costs:
        """Return pairs of stored id and cost in billionths."""
        return spend.costs_by(self.connection.id, stored, period)


def is_key_of(scoped: ScopedSpend) -> Keep:
    """Return the predicate of keys in the scope."""
    scope, names = scoped.scope, scoped.names
    if scope.kind == "workspace":
        places, is_wanted = names.workspaces_of_keys(), is_workspace(scoped)
        return lambda id_: id_ in places and is_wanted(places[id_])
    return (lambda _id: True) if scope.kind == "whole" else filter_by_people(scoped)


def is_workspace(scoped: ScopedSpend) -> Keep:
    """Return the predicate of the scope's workspace; the default workspace can come without an id."""
    unnamed, wanted = {None, *scoped.names.default_workspaces()}, workspace_of(scoped)
    return lambda id_: id_ == wanted or (id_ in unnamed and wanted in unnamed)


def filter_by_people(scoped: ScopedSpend) -> Keep:
    """Return the predicate of callers that belong to the scope's people."""
    engineers, emails = scoped.names.engineers, scoped.people.emails
    return lambda id_: engineers[id_] in emails


def is_of_family(scoped: ScopedSpend) -> Keep:
    """Return the predicate of models in the scope's family."""
    family = "".join(scoped.scope.values)
    return lambda id_: id_ is not None and wording.family(id_) == family


def workspace_of(scoped: ScopedSpend) -> str | None:
    """Return the id of the scope's workspace, None for a default workspace without one."""
    return scoped.scope.values[0] if scoped.scope.values else None


STORED: Mapping[ScopeKind, tuple[rollups.Dimension, Callable[[ScopedSpend], Keep]]] = {
    "model": ("model", is_of_family),
    "workspace": ("workspace", is_workspace),
    "group": ("caller", filter_by_people),
    "engineers": ("caller", filter_by_people),
}
"""By kind of scope: the stored dimension to read, and the predicate of its ids."""


def _of_workspace(scoped: ScopedSpend) -> Callable[[Cell], bool]:
    is_wanted = is_workspace(scoped)
    return lambda cell: is_wanted(cell.workspace)


def _of_people(scoped: ScopedSpend) -> Callable[[Cell], bool]:
    return lambda cell: cell.engineer in scoped.people.emails


def _of_models(scoped: ScopedSpend) -> Callable[[Cell], bool]:
    is_wanted = is_of_family(scoped)
    return lambda cell: is_wanted(cell.model)


CELLS: Mapping[ScopeKind, Callable[[ScopedSpend], Callable[[Cell], bool]]] = {
    "whole": lambda _scoped: lambda _cell: True,
    "workspace": _of_workspace,
    "model": _of_models,
    "group": _of_people,
    "engineers": _of_people,
}
"""By kind of scope: the predicate of the combinations in it."""
