"""Lines of engineers: their spend, and their activity in Claude Code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import msgspec

from digests.numbers.lines import Lines, Links, column_sums, costs_by_link, is_somebody
from providers.directory import Link
from providers.money import dollars
from providers.spend import Id


class EngineerSpend(NamedTuple):
    """An engineer's share of the bill in billionths of a dollar."""

    cost: int = 0
    estimated: int = 0
    code_cost: int = 0


class EngineerActivity(NamedTuple):
    """An engineer's activity in Claude Code: its own estimates in billionths of a dollar, and counts."""

    estimated_cost: int = 0
    subscription_cost: int = 0
    tokens: int = 0
    sessions: int = 0
    lines_added: int = 0
    lines_removed: int = 0
    commits: int = 0
    pull_requests: int = 0
    accepted: int = 0
    rejected: int = 0


def is_person(id_: Id) -> bool:
    """Whether an id is a person's: an e-mail address."""
    return id_ is not None and "@" in id_


class EngineerLine(msgspec.Struct, frozen=True, kw_only=True):
    """One engineer in a period: their share of the bill, and their activity in Claude Code.

    `id` is a canonical e-mail, a service account's id, `key …` for a key by its name, `=…` for a reason why
    there is no engineer (see `Caller`), None for spend without either. `cost` is billed and estimated spend,
    `code_cost` the part of it through Claude Code, `links` the dollars by how we know the engineer.
    `estimated_cost` is Claude Code's own estimate of dollars that `cost` contains already;
    `subscription_cost` is its estimate for use that a seat pays for, on another bill. Never add either to
    `cost`.
    """

    id: Id
    name: str
    cost: Decimal = Decimal(0)
    estimated: Decimal = Decimal(0)
    code_cost: Decimal = Decimal(0)
    estimated_cost: Decimal = Decimal(0)
    subscription_cost: Decimal = Decimal(0)
    tokens: int = 0
    sessions: int = 0
    lines_added: int = 0
    lines_removed: int = 0
    commits: int = 0
    pull_requests: int = 0
    accepted: int = 0
    rejected: int = 0
    links: Mapping[Link, Decimal] = {}

    @property
    def is_somebody(self) -> bool:
        """Whether it is a person or a service account, not the remainder."""
        return is_somebody(self.id)

    @property
    def is_person(self) -> bool:
        """Whether it is a person: an id that is an e-mail address."""
        return is_person(self.id)

    @property
    def is_active(self) -> bool:
        """Whether Claude Code reported anything."""
        return bool(self.sessions or self.tokens or self.commits or self.accepted or self.rejected)

    @property
    def cost_per_commit(self) -> Decimal | None:
        """Claude Code's cost per commit, seats included; None without commits."""
        return _per(self, self.commits)

    @property
    def cost_per_pull_request(self) -> Decimal | None:
        """Claude Code's cost per pull request, seats included; None without pull requests."""
        return _per(self, self.pull_requests)

    @property
    def is_billed(self) -> bool:
        """Whether what Claude Code cost is known from bills alone."""
        return bool(self.code_cost) and not self.estimated and not self.subscription_cost

    @property
    def acceptance(self) -> Decimal | None:
        """The fraction of the proposed edits that was accepted; None without any."""
        return acceptance(self.accepted, self.rejected)


def acceptance(accepted: int, rejected: int) -> Decimal | None:
    """Return the fraction of proposed edits that was accepted; None without any."""
    return Decimal(accepted) / (accepted + rejected) if accepted + rejected else None


def _per(line: EngineerLine, count: int) -> Decimal | None:
    """Return Claude Code's cost per item: its share of the bill if known, else its own estimate."""
    cost = (line.code_cost or line.estimated_cost) + line.subscription_cost
    return cost / count if count and cost else None


@dataclass(frozen=True)
class EngineerLines(Lines[EngineerLine]):
    """The lines of all engineers, each with spend or activity."""

    spend: Mapping[Id, EngineerSpend]
    activity: Mapping[Id, EngineerActivity]
    links: Links

    def make_line(self, ids: Sequence[Id], id_: Id, name: str) -> EngineerLine:
        """Return the sum of some ids as a line with this id and name."""
        spend = column_sums([self.spend[each] for each in ids if each in self.spend]) or _NO_SPEND
        done = column_sums([self.activity[each] for each in ids if each in self.activity]) or _NO_ACTIVITY
        return EngineerLine(
            id=id_,
            name=name,
            cost=dollars(spend.cost),
            estimated=dollars(spend.estimated),
            code_cost=dollars(spend.code_cost),
            estimated_cost=dollars(done.estimated_cost),
            subscription_cost=dollars(done.subscription_cost),
            tokens=done.tokens,
            sessions=done.sessions,
            lines_added=done.lines_added,
            lines_removed=done.lines_removed,
            commits=done.commits,
            pull_requests=done.pull_requests,
            accepted=done.accepted,
            rejected=done.rejected,
            links=costs_by_link(self.links, ids),
        )

    def by_cost(self) -> "EngineerLines":
        """Return the lines by descending cost, then by the cost of subscriptions."""
        return self.ranked(
            lambda id_: (
                self.spend.get(id_, _NO_SPEND).cost,
                self.activity.get(id_, _NO_ACTIVITY).subscription_cost,
            )
        )


_NO_SPEND, _NO_ACTIVITY = EngineerSpend(), EngineerActivity()


class ModelLine(msgspec.Struct, frozen=True, kw_only=True):
    """Claude Code on one model, by its own estimate at list prices, seats included."""

    model: str
    estimated_cost: Decimal
    tokens: int


class ToolLine(msgspec.Struct, frozen=True, kw_only=True):
    """The edits that one tool of Claude Code proposed."""

    tool: str
    accepted: int
    rejected: int

    @property
    def acceptance(self) -> Decimal | None:
        """The fraction that was accepted; None without any."""
        return acceptance(self.accepted, self.rejected)
