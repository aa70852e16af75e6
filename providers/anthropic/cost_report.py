"""The cost report: billed lines of finished UTC days. Cents become dollars here.

Shape: https://platform.claude.com/docs/en/api/admin/cost_report/retrieve. Amounts are decimal strings
of cents with more than two decimals; a null workspace is the default workspace; the current day is never
in it, and 23:59:59 as an end would lose the last day.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import msgspec

from providers.anthropic.admin_api import AdminApi, Bucket
from providers.anthropic.names import token_kind, undated
from providers.anthropic.statuses import BILL
from providers.charge import Charge
from providers.period import DAY, Period
from providers.provider import ChargesReported, ProviderUnavailable

PATH = BILL
PARAMS = (("group_by[]", "workspace_id"), ("group_by[]", "description"), ("limit", "31"))


class Line(msgspec.Struct, gc=False):
    """One line as the API reports it; the grouped dimensions are there, null where they do not apply."""

    amount: Decimal
    currency: str
    workspace_id: str | None
    description: str | None
    cost_type: str | None = None
    model: str | None = None
    token_type: str | None = None
    service_tier: str | None = None
    context_window: str | None = None
    inference_geo: str | None = None


def fetch(api: AdminApi, period: Period) -> ChargesReported:
    """Get the bill of a period's finished days, `group_by` workspace and description."""
    buckets = api.buckets(PATH, PARAMS, Line, start=period.starts_at, end=period.ends_at, width=DAY)
    days = [bucket.starting_at.date() for bucket in buckets]
    return ChargesReported(days=days, charges=charges(buckets))


def charges(buckets: Iterable[Bucket[Line]]) -> list[Charge]:
    """The report's lines as charges, in its order."""
    return [_charge(bucket.starting_at.date(), line) for bucket in buckets for line in bucket.results]


def _charge(day: date, line: Line) -> Charge:
    if not line.amount.is_finite():
        raise ProviderUnavailable(f"{PATH}: an amount of {day} is {line.amount}")
    return Charge(
        day=day,
        workspace_id=line.workspace_id,
        cost_type=line.cost_type or "other",
        model=undated(line.model),
        token_kind=token_kind(line.token_type),
        service_tier=line.service_tier,
        context_window=line.context_window,
        inference_geo=line.inference_geo,
        description=line.description or "",
        billed_cost=line.amount.scaleb(-2),
        currency=line.currency,
    )
