"""Charge: one billed line of one finished UTC day."""

from datetime import date
from decimal import Decimal

import msgspec


class Charge(msgspec.Struct, frozen=True, gc=False):
    """What the invoice will be based on, after discounts; dollars and cents of `currency`, never cents alone.

    `workspace_id` None is the default workspace. `token_kind` is one of `usage.TOKEN_KINDS`, None for
    what is not tokens; `model` and the three pricing dimensions are None where the provider names none.
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
