"""The cost report: billed lines of finished UTC days. Cents become dollars here.

Shape: https://platform.claude.com/docs/en/api/admin/cost_report/retrieve. Amounts are decimal strings
of cents with more than two decimals; a null workspace is the default workspace. The report never has the
current day, and an `ending_at` of 23:59:59 would lose the last day.
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
    """One line of the API's report; a dimension is null if it does not apply."""

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
    """Fetch the bill of a period's finished days, by workspace and description.

    Money is strict: a single unreadable line makes its whole day unreadable.
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
    """Return a day's charges, or as a text why they are unreadable."""
    try:
        return charges(bucket)
    except UnreadableError as error:
        return reason(error)


def charges(bucket: Bucket[Line]) -> list[Charge]:
    """Convert a day's lines to charges, in their order. Raises UnreadableError."""
    day = bucket.starting_at.date()
    bill = [_charge(day, line) for line in bucket.results]
    check_sum(charge.billed_cost for charge in bill)
    return bill


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
