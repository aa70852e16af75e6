"""The faults and the offers of the simulated Admin API, switched on and off while it runs.

An endpoint is the last word of its path (`cost_report`, `messages`, `me`; `cost` and `usage` under analytics,
where `analytics` names them both), `None` means all; `times` is how many requests a fault befalls, `None`
means until `clear`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import Any

ADMIN_KEY = "sk-ant-admin01-acme-demonstration-4Q7x"
NOT_ENROLLED = "organization_not_enrolled_in_beta"
REFUSALS = {
    NOT_ENROLLED: "Organization is not enrolled in this beta.",
    "organization_type_not_supported": "This endpoint is not available for this type of organization.",
    "parent_organization_required": "This endpoint requires a parent organization.",
    "organization_on_hold": "This organization is on hold.",
}
"""The refusals of analytics, by the API's stable code."""
BILL_CUTS = ("empty", "amounts", "lines")
"""The ways to cut a bill: without any line, with half of every amount, or with every other line."""


@dataclass
class _Fault:
    kind: str
    endpoint: str | None
    times: int | None
    details: dict[str, Any]


class Faults:
    """The keys that are accepted, what the organization is offered, and the faults in force."""

    def __init__(self, admin_key: str = ADMIN_KEY) -> None:
        self.keys = {admin_key}
        self.refusal: str | None = NOT_ENROLLED  # of analytics
        self.lag = timedelta(hours=3)  # of analytics
        self.keeps_pace = False
        self.offers_spend_limits = False
        self._faults: list[_Fault] = []
        self._lock = Lock()

    def revoke(self, key: str | None = None) -> None:
        """Accept a key no longer, or none at all."""
        self.keys = self.keys - {key} if key else set()

    def accept(self, key: str) -> None:
        """Accept one more key."""
        self.keys = {*self.keys, key}

    def enroll(self) -> None:
        """Offer analytics/cost and analytics/usage."""
        self.refusal = None

    def withdraw(self, code: str = NOT_ENROLLED) -> None:
        """Refuse them, with one of the codes of `REFUSALS`."""
        if code not in REFUSALS:
            raise ValueError(f"no such refusal: {code}")
        self.refusal = code

    def analytics_lag(self, seconds: float) -> None:
        """Make `data_refreshed_at` lag by this much."""
        self.lag = timedelta(seconds=seconds)

    def enforce_pace(self) -> None:
        """Allow the organization 60 requests of analytics in any minute, by the clock of the simulation."""
        self.keeps_pace = True

    def reads_spend_limits(self) -> None:
        """Offer spend_limits."""
        self.offers_spend_limits = True

    def down(self, endpoint: str | None = None, *, status: int = 529, times: int | None = None) -> None:
        """Answer with a server error: 500, 502, 503, 504 or 529."""
        self._add("down", endpoint, times, status=status)

    def refuse(self, endpoint: str | None = None, *, status: int = 403, times: int | None = None) -> None:
        """Say no in Anthropic's own words: 401 about the key, 402 about credit, 403 or 404 about a report.

        `refuse("claude_code")` keeps one report to itself, `refuse("messages", status=401, times=1)` is the
        single 401 of a hiccup at the edge.
        """
        self._add("refuse", endpoint, times, status=status)

    def rate_limit(
        self,
        times: int | None = 1,
        endpoint: str | None = None,
        *,
        retry_after: int | None = None,
        retry_after_ms: int | None = None,
        stale_reset: bool = False,
    ) -> None:
        """Answer 429, by default without a word on when to come back; a stale reset lies in the past."""
        self._add(
            "rate_limit", endpoint, times,
            retry_after=retry_after, retry_after_ms=retry_after_ms, stale_reset=stale_reset,
        )  # fmt: skip

    def truncate(self, endpoint: str | None = None, *, times: int | None = 1) -> None:
        """Answer 200 with half of the JSON."""
        self._add("truncate", endpoint, times)

    def html(self, endpoint: str | None = None, *, status: int = 200, times: int | None = 1) -> None:
        """Answer with a web page, as a proxy in between would."""
        self._add("html", endpoint, times, status=status)

    def hang_up(self, endpoint: str | None = None, *, times: int | None = 1) -> None:
        """Close the connection in the middle of the body."""
        self._add("hang_up", endpoint, times)

    def slow(self, seconds: float, endpoint: str | None = None, *, times: int | None = 1) -> None:
        """Delay answers."""
        self._add("slow", endpoint, times, seconds=seconds)

    def latency(self, seconds: float, endpoint: str | None = None) -> None:
        """Delay every answer by this long on average, until cleared."""
        self._add("latency", endpoint, None, seconds=seconds)

    def repeat_cursor(self, endpoint: str | None = None, *, times: int | None = None) -> None:
        """Make every page of a report name itself as the next."""
        self._add("repeat_cursor", endpoint, times)

    def short_pages(self, size: int, endpoint: str | None = None, *, times: int | None = None) -> None:
        """Put fewer buckets on a page than requested, or fewer rows in a report without buckets."""
        self._add("short_pages", endpoint, times, size=size)

    def hole(self, start: str, endpoint: str | None = None, *, times: int | None = None) -> None:
        """Leave out the bucket that starts then, `2026-11-20T00:00:00Z`, in the middle of a page."""
        self._add("hole", endpoint, times, start=start)

    def empty_bill(self, day: str) -> None:
        """Empty the bill of a finished day, `2026-11-21`, until `whole_bill`."""
        self._cut_bill(day, "empty")

    def half_bill(self, day: str, lacking: str = "amounts") -> None:
        """Halve the bill of a day: each line's `amounts`, as in the middle of the day, or its `lines`."""
        if lacking not in BILL_CUTS:
            raise ValueError(f"a bill cannot lack {lacking}")
        self._cut_bill(day, lacking)

    def whole_bill(self, day: str) -> None:
        """Restore the bill of a day."""
        self._cut_bill(day, None)

    def _cut_bill(self, day: str, how: str | None) -> None:
        with self._lock:
            cut = next((fault for fault in self._faults if fault.kind == "cut_bill"), None)
            days = {**(cut.details if cut else {}), day: how}
            kept = {each: lacking for each, lacking in days.items() if lacking}
            self._faults = [fault for fault in self._faults if fault is not cut]
            if kept:
                self._faults.append(_Fault("cut_bill", "cost_report", None, kept))

    @property
    def cut_bills(self) -> dict[str, str]:
        """The days whose bill is not whole, with what each lacks."""
        with self._lock:
            return next((dict(fault.details) for fault in self._faults if fault.kind == "cut_bill"), {})

    def only_api_customers(self, *, times: int | None = None) -> None:
        """Leave out of claude_code whoever works on a subscription."""
        self._add("only_api_customers", "claude_code", times)

    def drop_field(self, name: str, endpoint: str | None = None, *, times: int | None = None) -> None:
        """Leave a field out wherever it stands."""
        self._add("drop_field", endpoint, times, name=name)

    def novelty(self, endpoint: str | None = None, *, times: int | None = None) -> None:
        """Add unknown fields, and to every list a row of unheard-of values that counts nothing."""
        self._add("novelty", endpoint, times)

    def only_month(self, *, others: str = "omitted", times: int | None = None) -> None:
        """Fill usage windows only in the calendar month of their end; the rest is `omitted` or `empty`."""
        self._add("only_month", "messages", times, others=others)

    def repeat(self, endpoint: str | None = None, *, times: int | None = None) -> None:
        """Repeat the last interval, row or thing of every page."""
        self._add("repeat", endpoint, times)

    def null(self, name: str, endpoint: str | None = None, *, times: int | None = None) -> None:
        """Make a field null wherever it stands: `cache_creation`, `tool_actions`, `amount`."""
        self._add("null", endpoint, times, name=name)

    def currency(self, code: str = "EUR", endpoint: str | None = None, *, times: int | None = None) -> None:
        """Report costs in another currency."""
        self._add("currency", endpoint, times, code=code)

    def amounts(
        self, amount: str = "1e400", endpoint: str | None = None, *, times: int | None = None
    ) -> None:
        """Report this amount in place of every amount, however absurd."""
        self._add("amounts", endpoint, times, amount=amount)

    def drip(self, endpoint: str | None = None, *, seconds: float = 1.0, times: int | None = 1) -> None:
        """Send the body a byte at a time."""
        self._add("drip", endpoint, times, seconds=seconds)

    def endless(self, endpoint: str | None = None, *, times: int | None = None) -> None:
        """Make every page name another one, empty and with a new cursor."""
        self._add("endless", endpoint, times)

    def bomb(self, endpoint: str | None = None, *, times: int | None = 1) -> None:
        """Answer with 0.6 MB that unpack to 600."""
        self._add("bomb", endpoint, times)

    def clear(self, kind: str | None = None) -> None:
        """End the faults of a kind, or all."""
        with self._lock:
            self._faults = [fault for fault in self._faults if kind not in {None, fault.kind}]

    @property
    def limited(self) -> list[str]:
        """The kinds of the faults that end after some more requests."""
        with self._lock:
            return [fault.kind for fault in self._faults if fault.times is not None]

    def strike(self, *endpoints: str) -> dict[str, dict[str, Any]]:
        """Return the present faults, by kind, of a request to an endpoint of these names, and count it."""
        with self._lock:
            struck = [fault for fault in self._faults if fault.endpoint in {None, *endpoints}]
            for fault in struck:
                fault.times = None if fault.times is None else fault.times - 1
            self._faults = [fault for fault in self._faults if fault.times != 0]
            return {fault.kind: fault.details for fault in struck}

    def _add(self, kind: str, endpoint: str | None, times: int | None, **details: object) -> None:
        if times is None or times > 0:
            with self._lock:
                self._faults.append(_Fault(kind, endpoint, times, details))


CONTROLS = frozenset(
    (
        "revoke", "accept", "down", "refuse", "rate_limit", "truncate", "html", "hang_up", "slow", "latency",
        "repeat_cursor", "drop_field", "novelty", "only_month", "clear",
        "short_pages", "hole", "only_api_customers", "empty_bill", "half_bill", "whole_bill",
        "repeat", "null", "currency", "amounts", "drip", "endless", "bomb",
        "enroll", "withdraw", "analytics_lag", "enforce_pace", "reads_spend_limits",
    )
)  # fmt: skip
"""The methods that `POST /_control` may call."""
