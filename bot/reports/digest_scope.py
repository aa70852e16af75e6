"""What a connection knows, of the part of the organization that a digest is about, and what is in a part."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.reports import cost as reports_cost
from bot.reports import horizon
from bot.reports.scopes import Kind, People, Scope
from digests.numbers.report import Dimension, Question, Report
from digests.words import wording
from providers.directory import Directory
from providers.period import Period
from providers.spend import Id
from storage.facts import rollups, spend
from storage.state.connections import Connection

Costs = Sequence[tuple[Id, int]]
Keep = Callable[[Id], bool]
"""What says of an id whether it is in the part."""


@dataclass(frozen=True)
class ScopedSpend:
    """What a connection knows at a moment, of the part that a digest is about."""

    connection: Connection
    names: Directory
    scope: Scope
    people: People
    now: datetime

    def cost(self, period: Period, dimension: Dimension = "model") -> Report:
        """What a period cost the whole organization, by one dimension."""
        return reports_cost.cost(self.connection, Question(period, dimension), now=self.now)

    def is_split(self, period: Period) -> bool:
        """Whether it is known whose the dollars of a period are."""
        return not horizon.days_of(self.connection, period, now=self.now).unsplit

    def costs(self, stored: rollups.Dimension, period: Period) -> Costs:
        """The same in billionths, by the id that is stored."""
        return spend.costs_by(self.connection.id, stored, period)


def is_key_of(scoped: ScopedSpend) -> Keep:
    """Say of a key whether it is in the part."""
    scope, names = scoped.scope, scoped.names
    if scope.kind == "workspace":
        places, is_wanted = names.workspaces_of_keys(), is_workspace(scoped)
        return lambda id_: id_ in places and is_wanted(places[id_])
    return (lambda _id: True) if scope.kind == "whole" else is_theirs(scoped)


def is_workspace(scoped: ScopedSpend) -> Keep:
    """Say of a workspace whether it is the wanted one; the default one may go without an id."""
    unnamed, wanted = {None, *scoped.names.default_workspaces()}, workspace_of(scoped)
    return lambda id_: id_ == wanted or (id_ in unnamed and wanted in unnamed)


def is_theirs(scoped: ScopedSpend) -> Keep:
    """Say of a caller whether it is one of the people."""
    engineers, emails = scoped.names.engineers, scoped.people.emails
    return lambda id_: engineers[id_] in emails


def is_of_family(scoped: ScopedSpend) -> Keep:
    """Say of a model whether it is of the wanted family."""
    family = "".join(scoped.scope.values)
    return lambda id_: id_ is not None and wording.family(id_) == family


def workspace_of(scoped: ScopedSpend) -> str | None:
    """The wanted workspace's id, None for the default one where it goes without."""
    return scoped.scope.values[0] if scoped.scope.values else None


STORED: Mapping[Kind, tuple[rollups.Dimension, Callable[[ScopedSpend], Keep]]] = {
    "model": ("model", is_of_family),
    "workspace": ("workspace", is_workspace),
    "group": ("caller", is_theirs),
    "engineers": ("caller", is_theirs),
}
"""The stored dimension that holds a part, by its kind, and what says of an id whether it is in it."""
