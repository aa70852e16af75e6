"""What an engineer spent, and what Claude Code did for them, as lines of a report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from digests.numbers.lines import Lines, Links, added_up, is_somebody, of_links
from providers.directory import Link
from providers.money import dollars
from providers.spend import Amounts, Id

NOTHING_SPENT, NOTHING_DONE = (0,) * 3, (0,) * 10
"""The part of an engineer's numbers up to `code_cost`, and from `estimated_cost` on."""


def is_person(id_: Id) -> bool:
    """Whether an id is a person's, as far as an address tells."""
    return id_ is not None and "@" in id_


class EngineerLine(msgspec.Struct, frozen=True, kw_only=True):
    """One engineer in a period: their share of the bill, and what they did with Claude Code.

    `id` is a canonical e-mail, a service account's id, `key …` for a key by its name, `=…` for a reason why
    nobody can be named (see `Caller`), None for what is simply nobody's. `cost` is billed and estimated
    spend, `code_cost` the part of it that went through Claude Code, `links` how it is known whose it is, in
    dollars. `estimated_cost` is Claude Code's own estimate of dollars that `cost` holds already;
    `subscription_cost` its estimate of what a seat paid for, which is billed elsewhere: neither is ever
    added to `cost`.
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
        """Whether it is a person or a service account, not what is left when all are named."""
        return is_somebody(self.id)

    @property
    def is_person(self) -> bool:
        """Whether it is a person, as far as an address tells."""
        return is_person(self.id)

    @property
    def is_active(self) -> bool:
        """Whether Claude Code reported anything."""
        return bool(self.sessions or self.tokens or self.commits or self.accepted or self.rejected)

    @property
    def cost_per_commit(self) -> Decimal | None:
        """What a commit took, whoever paid; None where there is none."""
        return _per(self, self.commits)

    @property
    def cost_per_pull_request(self) -> Decimal | None:
        """What a pull request took, whoever paid; None where there is none."""
        return _per(self, self.pull_requests)

    @property
    def is_billed(self) -> bool:
        """Whether what Claude Code cost is known from bills alone."""
        return bool(self.code_cost) and not self.estimated and not self.subscription_cost

    @property
    def acceptance(self) -> Decimal | None:
        """The part of the proposed edits that was accepted, None where none was proposed."""
        return acceptance(self.accepted, self.rejected)


def acceptance(accepted: int, rejected: int) -> Decimal | None:
    """The part of proposed edits that was accepted, None where none was proposed."""
    return Decimal(accepted) / (accepted + rejected) if accepted + rejected else None


def _per(line: EngineerLine, count: int) -> Decimal | None:
    """Claude Code's cost for each: as billed where that is known, else as it estimates itself."""
    cost = (line.code_cost or line.estimated_cost) + line.subscription_cost
    return cost / count if count and cost else None


@dataclass(frozen=True)
class EngineerLines(Lines[EngineerLine]):
    """What every engineer spent and did: whole numbers in the order of `EngineerLine`, from `cost` on."""

    amounts: Mapping[Id, Amounts]
    links: Links

    def make_line(self, ids: Sequence[Id], id_: Id, name: str) -> EngineerLine:
        """A line that is the sum of those ids, called so."""
        amounts = added_up(self.amounts[each] for each in ids) or (*NOTHING_SPENT, *NOTHING_DONE)
        cost, estimated, code_cost, estimated_cost, subscription_cost = map(dollars, amounts[:_MONEY])
        return EngineerLine(
            id=id_,
            name=name,
            cost=cost,
            estimated=estimated,
            code_cost=code_cost,
            estimated_cost=estimated_cost,
            subscription_cost=subscription_cost,
            **dict(zip(_COUNTS, amounts[_MONEY:], strict=True)),
            links=of_links(self.links, ids),
        )


_MONEY = 5
_COUNTS = EngineerLine.__struct_fields__[2 + _MONEY : -1]


class ModelLine(msgspec.Struct, frozen=True, kw_only=True):
    """Claude Code on one model, by its own estimate at list prices, seats included."""

    model: str
    estimated_cost: Decimal
    tokens: int


class ToolLine(msgspec.Struct, frozen=True, kw_only=True):
    """Edits that one tool of Claude Code proposed."""

    tool: str
    accepted: int
    rejected: int

    @property
    def acceptance(self) -> Decimal | None:
        """The part that was accepted, None where none was proposed."""
        return acceptance(self.accepted, self.rejected)
