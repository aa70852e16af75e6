"""What explains most of a change in spend: read from the days' cells, else from what each caller cost.

Cells are of UTC days; where some are not made yet, or days are another calendar's, only keys and engineers
can be told, with the workspaces of the keys.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.reports.unique_names import distinct_names
from digests.numbers.build import UNNAMED
from digests.numbers.cause import Aspect, Cause, Cell, cause
from providers.caller import CLAUDE_CODE, caller
from providers.directory import Directory
from providers.period import Period
from providers.spend import Id
from storage.facts import cells, spend

Keep = Callable[[Cell], bool]
"""A predicate: does this combination count?"""
_UNKNOWN = "=unknown"  # as a reason, no member of anything; a workspace that is None is the default one


def cause_of(
    connection_id: int,
    period: Period,
    earlier: Sequence[Period],
    names: Directory,
    *,
    until: datetime | None = None,
    keep: Keep = lambda _cell: True,
) -> Cause | None:
    """Return what explains most of the change of a period since earlier ones, with names; None if nothing.

    Every dollar of them has to be attributed. `until` cuts each of the earlier periods.
    """
    has_cells = until is None and all(_has_cells(connection_id, each) for each in (period, *earlier))
    read = _cells if has_cells else _callers

    def costs(days: Period, end: datetime | None = None) -> list[tuple[Cell, int]]:
        return [each for each in read(connection_id, days, names, end) if keep(each[0])]

    found = cause(costs(period), [costs(each, until) for each in earlier])
    return replace(found, names=_names(found, names)) if found else None


def _has_cells(connection_id: int, period: Period) -> bool:
    return period.zone == "UTC" and not cells.missing_days(connection_id, period)


def _cells(
    connection_id: int, period: Period, names: Directory, _until: datetime | None
) -> Iterator[tuple[Cell, int]]:
    default = names.default_workspaces()
    rows = cells.costs_by(connection_id, ("caller", "product", "model", "workspace"), period)
    for (id_, product, model, workspace), cost in rows:
        where = None if workspace in default else workspace
        yield Cell(caller(id_).key, names.engineers[id_], product, model, where), cost


def _callers(
    connection_id: int, period: Period, names: Directory, until: datetime | None
) -> Iterator[tuple[Cell, int]]:
    workspaces, default = names.workspaces_of_keys(), names.default_workspaces()
    for id_, cost in spend.costs_by(connection_id, "caller", period, until=until):
        called = caller(id_)
        workspace = workspaces.get(called.key, _UNKNOWN) if called.key else _UNKNOWN
        product = CLAUDE_CODE if called.claude_code else None
        where = None if workspace in default else workspace
        yield Cell(called.key, names.engineers[id_], product, workspace=where), cost


def _names(found: Cause, names: Directory) -> Mapping[Aspect, str]:
    called = distinct_names(filter(None, found.members.values()), names)
    return {aspect: _name(aspect, id_, called) for aspect, id_ in found.members.items()}


def _name(aspect: Aspect, id_: Id, called: Mapping[str, str]) -> str:
    if id_ is None:
        return UNNAMED[aspect]
    return id_ if aspect in ("model", "product") else called.get(id_, id_)
