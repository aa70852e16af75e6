"""What a use adds to totals, and to which lines of each dimension."""

from collections.abc import Mapping
from typing import Literal

from providers.claude.people import identity_of
from providers.claude.prices import price_of
from providers.claude.use import DEEDS, Origin, Use
from providers.usage import TOKEN_KINDS

MEASURES = (
    *TOKEN_KINDS,
    "by_list",
    "by_client",
    "client_cost",
    "unpriced",
    "requests",
    "sessions",
    *DEEDS,
)
"""`by_list` and `by_client` are the parts of the cost that our list and the clients priced; `client_cost` is
the clients' figure for everything. Dollars are whole billionths. `unpriced` counts uses without any price."""

Measures = tuple[int, ...]  # in the order of MEASURES
NOTHING: Measures = (0,) * len(MEASURES)
ONE_SESSION: Measures = tuple(int(name == "sessions") for name in MEASURES)

Dimension = Literal[
    "total",
    "part",
    "engineer",
    "model",
    "product",
    "repository",
    "branch",
    "pull_request",
    "skill",
    "subagent",
    "plugin",
    "mcp_server",
    "workspace",
]


def measures_of(use: Use, *, counts: bool) -> Measures:
    """Return a use's measures; where others tell its tokens better (`counts` False), only the rest.

    A session is counted when it first meets a line, so not here.
    """
    requests = int(use.is_request)
    if not counts:
        return (0,) * 9 + (requests, 0, *use.deeds)
    price = price_of(use)
    cost = price.cost or 0
    by_list, by_client = (cost if price.by == by else 0 for by in ("list", "client"))
    unpriced = int(price.by is None and any(use.tokens))
    return (*use.tokens, by_list, by_client, use.client_cost or 0, unpriced, requests, 0, *use.deeds)


def lines_of(origin: Origin) -> Mapping[Dimension, str]:
    """Return the line of each dimension that a use belongs to; "" is unknown, or none."""
    return {
        "total": "",
        "part": origin.part,
        "engineer": identity_of(origin).id,
        "model": origin.model,
        "product": origin.product,
        "repository": origin.repository,
        "branch": f"{origin.repository} {origin.branch}".strip() if origin.branch else "",
        "pull_request": f"{origin.repository} {origin.pull_request}".strip() if origin.pull_request else "",
        "skill": origin.skill,
        "subagent": origin.subagent,
        "plugin": origin.plugin,
        "mcp_server": origin.mcp_server,
        "workspace": origin.workspace,
    }
