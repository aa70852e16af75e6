"""The cost report: billed lines of finished UTC days. Cents become dollars here.

Shape: https://platform.claude.com/docs/en/api/admin/cost_report/retrieve. Amounts are decimal strings
of cents with more than two decimals; a null workspace is the default workspace; the current day is never
in it, and 23:59:59 as an end would lose the last day.
"""

from datetime import date
from decimal import Decimal
from operator import attrgetter

import msgspec

from providers.anthropic.http import intervals
from providers.anthropic.http.admin_api import AdminApi
from providers.anthropic.http.intervals import Bucket, Lines, Question
from providers.anthropic.http.reading import (
    UnreadableError,
    check_sum,
    in_dollars,
    reason,
    remark_notes,
    unreadable_note,
)
from providers.anthropic.http.statuses import BILL
from providers.anthropic.reports.names import token_kind, undated
from providers.charge import Charge
from providers.period import DAY, Period
from providers.provider import ChargesReported

PATH = BILL
PARAMS = (("group_by[]", "workspace_id"), ("group_by[]", "description"), ("limit", "31"))


class Line(msgspec.Struct, frozen=True, gc=False):
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


_NAME = attrgetter(*(name for name in Line.__struct_fields__ if name != "amount"))
QUESTION = Question(PATH, PARAMS, Lines(Line, _NAME), DAY)


def fetch(api: AdminApi, period: Period) -> ChargesReported:
    """Get the bill of a period's finished days, `group_by` workspace and description.

    Money is strict: a day with one line that cannot be read is no day of the report.
    """
    answer = intervals.ask(api, QUESTION, period.starts_at, period.ends_at)
    bills = {bucket.starting_at.date(): _bill(bucket) for bucket in answer.buckets}
    charges = {day: bill for day, bill in bills.items() if not isinstance(bill, str)}
    why = {start.date(): why for start, why in answer.missing.items()}
    why |= {day: bill for day, bill in bills.items() if isinstance(bill, str)}
    notes = [unreadable_note("Anthropic's bill", day, why[day]) for day in sorted(why)]
    odd = [
        note
        for at, remarks in answer.remarks()
        for note in remark_notes("Anthropic's bill", at.date(), remarks)
    ]
    return ChargesReported(
        days=list(charges), charges=[each for bill in charges.values() for each in bill], notes=[*notes, *odd]
    )


def _bill(bucket: Bucket[Line]) -> list[Charge] | str:
    """A day's charges, or why they cannot be read."""
    try:
        return charges(bucket)
    except UnreadableError as error:
        return reason(error)


def charges(bucket: Bucket[Line]) -> list[Charge]:
    """A day's lines as charges, in their order. Raises UnreadableError."""
    day = bucket.starting_at.date()
    found = [_charge(day, line) for line in bucket.results]
    check_sum(charge.billed_cost for charge in found)
    return found


def _charge(day: date, line: Line) -> Charge:
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
        billed_cost=in_dollars(line.amount, line.currency),
        currency="USD",
    )
