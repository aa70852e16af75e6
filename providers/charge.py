"""Charge: one line of the bill of one finished UTC day."""

from datetime import date
from decimal import Decimal

import msgspec


class Charge(msgspec.Struct, frozen=True, gc=False):
    """A billed line after discounts, on which the invoice is based; `billed_cost` is dollars, not cents.

    `workspace_id` None is the default workspace. `token_kind` is one of `usage.TOKEN_KINDS`, None for charges
    other than tokens; `model` and the three pricing dimensions are None if the provider names none.
    """

    day: date
    workspace_id: str | None
    cost_type: str
    model: str | None
    token_kind: str | None
    service_tier: str | None
    context_window: str | None
    inference_geo: str | None
    description: str
    billed_cost: Decimal
    currency: str
