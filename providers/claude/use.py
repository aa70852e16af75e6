"""Use: what one request, or one export of a session's metrics, used; and for whom and what it was."""

from collections.abc import Mapping
from typing import Literal

import msgspec

FIRST_PARTY = "firstParty"  # the Claude API itself; others are bedrock, vertex and so on
MANAGED = "managed"
DEEDS = ("lines_added", "lines_removed", "commits", "pull_requests", "accepted", "rejected", "active_ms")
"""What Claude Code's metrics count beside tokens and dollars."""
NO_DEEDS = (0,) * len(DEEDS)

Product = Literal["", "messages_api", "managed_agents_api", "office_agent", "cowork", "claude_code"]
PRODUCTS: tuple[Product, ...] = (
    "",
    "messages_api",
    "managed_agents_api",
    "office_agent",
    "cowork",
    "claude_code",
)
"""From the least to the most that a sender knows: the API sees each of them as messages."""

Tokens = tuple[int, int, int, int, int]  # in the order of TOKEN_KINDS
Deeds = tuple[int, ...]  # in the order of DEEDS


class Origin(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Who used Claude on what; "" is unknown. `attributes` are pairs of a team's own resource attributes.

    `installation` is random per installation of Claude Code. `gateway` is where an identity comes from, if
    not from a Claude account. `speed` is `fast` or "", `tier` and `geo` are the API's words. `settings`
    is MANAGED if only settings that nobody can override send with the ingest token.
    """

    model: str = ""
    provider: str = FIRST_PARTY
    product: Product = ""
    plan: str = ""
    seat_type: str = ""
    account_id: str = ""
    account_uuid: str = ""
    email: str = ""
    installation: str = ""
    gateway: str = ""
    organization: str = ""
    workspace: str = ""
    service: str = ""
    version: str = ""
    repository: str = ""
    branch: str = ""
    pull_request: str = ""
    skill: str = ""
    subagent: str = ""
    plugin: str = ""
    mcp_server: str = ""
    speed: str = ""
    tier: str = ""
    geo: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    settings: str = ""

    @property
    def part(self) -> Literal["api", "plan", "other_clouds"]:
        """How it is paid for: by the token, by a subscription's seat, or not to Anthropic."""
        if self.provider != FIRST_PARTY:
            return "other_clouds"
        return "plan" if self.plan in _PLANS and self.seat_type != "usage_based" else "api"


_PLANS = frozenset(("pro", "max", "team", "enterprise"))


class Use(msgspec.Struct, frozen=True, gc=False):
    """A request, or what a session used between two exports of its metrics (`is_request` False).

    `started` and `ended` are the sender's nanoseconds, `counted_at` is the same as `ended` unless the
    sender's clock is ahead. `exactness` ranks what `tokens` come from. `client_cost` is the sender's own
    figure in billionths of a dollar, None where it has none.
    """

    key: str
    is_request: bool
    session: str
    started: int
    ended: int
    counted_at: int
    tokens: Tokens
    exactness: int
    client_cost: int | None
    origin: Origin
    deeds: Deeds = NO_DEEDS

    @property
    def group(self) -> str:
        """Return the session, or the installation or person of a sender that tells no sessions."""
        return self.session or self.origin.installation or self.origin.email


class Commit(msgspec.Struct, frozen=True, gc=False):
    """A commit that Claude Code made, countable once by its hash."""

    revision: str
    session: str
    counted_at: int
    origin: Origin


def merge(one: Use, other: Use) -> Use:
    """Return what two reports of one request know together, the same in any order and however often.

    The tokens are those of the more exact report; any other field is the one that is known.
    """
    exactness, tokens = max((each.exactness, each.tokens) for each in (one, other))
    first = min((one, other), key=lambda each: (each.counted_at, each.ended, each.started))
    costs = [each.client_cost for each in (one, other) if each.client_cost is not None]
    return Use(
        one.key,
        one.is_request,
        max(one.session, other.session),
        first.started,
        first.ended,
        first.counted_at,
        tokens,
        exactness,
        max(costs, default=None),
        _merged(one.origin, other.origin),
        max(one.deeds, other.deeds),
    )


def _merged(one: Origin, other: Origin) -> Origin:
    if one == other:
        return one
    texts: Mapping[str, str] = {
        name: max(getattr(one, name), getattr(other, name))
        for name in Origin.__struct_fields__
        if name != "attributes"
    }
    product = max(one.product, other.product, key=PRODUCTS.index)
    pairs = dict(sorted(one.attributes + other.attributes))
    merged = {**texts, "product": product, "attributes": tuple(pairs.items())}
    return msgspec.structs.replace(one, **merged)
