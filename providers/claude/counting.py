"""Totals of bodies: identify, merge repetitions, choose between requests and metrics, price, add up."""

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from providers.claude.choice import keys_left_out
from providers.claude.identify import identify
from providers.claude.prices import list_cost, price_of
from providers.claude.records import Batch
from providers.claude.streams import Streams
from providers.claude.use import Commit, Use, merge


class Totals(msgspec.Struct):
    """What some bodies come to. Costs are in billionths of a dollar.

    `cost` is what we would say, `client_cost` the senders' own figures, `list_cost` all tokens at list price.
    `parts` is `cost` by how it is paid for, `unpriced` how many uses nobody has a price for.
    """

    sessions: int = 0
    requests: int = 0
    tokens: tuple[int, ...] = (0, 0, 0, 0, 0)
    cost: int = 0
    client_cost: int = 0
    list_cost: int = 0
    unpriced: int = 0
    parts: dict[str, int] = {}
    emails: frozenset[str] = frozenset()
    repositories: frozenset[str] = frozenset()
    commits: frozenset[str] = frozenset()


def count(batches: Iterable[Batch], *, received_at: int) -> Totals:
    """Count bodies that arrived at one time, in nanoseconds since 1970."""
    streams, uses, commits = Streams(), dict[str, Use](), list[Commit]()
    for batch in batches:
        identified = identify(batch.records, streams.advance, received_at=received_at)
        commits += identified.commits
        for use in identified.uses:
            uses[use.key] = merge(uses[use.key], use) if use.key in uses else use
    return totals(uses.values(), commits)


def totals(uses: Iterable[Use], commits: Iterable[Commit] = ()) -> Totals:
    """Add up uses, each of them there once."""
    every = list(uses)
    sum_up = Totals(
        sessions=len({use.session for use in every if use.session}),
        requests=sum(use.is_request for use in every),
        emails=frozenset(use.origin.email for use in every if use.origin.email),
        repositories=frozenset(use.origin.repository for use in every if use.origin.repository),
        commits=frozenset(commit.revision for commit in commits),
    )
    parts: dict[str, int] = defaultdict(int)
    for use in counted(every):
        price = price_of(use)
        sum_up.tokens = tuple(map(sum, zip(sum_up.tokens, use.tokens, strict=True)))
        sum_up.cost += price.cost or 0
        sum_up.client_cost += use.client_cost or 0
        sum_up.list_cost += list_cost(use) or 0
        sum_up.unpriced += price.by is None and any(use.tokens)
        parts[use.origin.part] += price.cost or 0
    sum_up.parts = dict(parts)
    return sum_up


def counted(uses: Iterable[Use]) -> list[Use]:
    """Return the uses whose tokens and dollars count, in every session."""
    groups: dict[str, list[Use]] = defaultdict(list)
    for use in uses:
        groups[use.group].append(use)
    others = groups.pop("", [])
    return others + [
        use
        for group in groups.values()
        for dropped in (keys_left_out(group),)
        for use in group
        if use.key not in dropped
    ]
