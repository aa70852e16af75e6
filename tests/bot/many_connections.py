"""Many connections behind one worker: simulated threads, and small providers that count their calls."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.services import Services
from bot.sync import jobs
from bot.sync.worker import Worker
from providers.activity import CodeActivity
from providers.charge import Charge
from providers.directory import Directory, Entry
from providers.period import DAY, Period
from providers.provider import (
    ActivityReported,
    ChargesReported,
    DirectoryReported,
    NotOffered,
    Organization,
    UsageReported,
)
from providers.reported import Place, SpendReported
from providers.usage import TokenUsage
from storage.engine.database import transaction
from storage.engine.secrets import Vault, new_key
from storage.state import connections
from tests.bot.conftest import NOW, AtOnce, Clock

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
MODEL, KEY = "claude-sonnet-5-5", "apikey_1"


@dataclass
class Quiet:
    """One organization, one key, a little every hour. A call takes `latency` of simulated time."""

    clock: Clock
    latency: timedelta
    reports: list[tuple[datetime, str]] = field(default_factory=list)
    calls: int = 0
    meanwhile: Callable[[], None] = lambda: None

    def _call(self, report: str, times: int = 1) -> None:
        for _ in range(times):
            self.reports.append((self.clock(), report))
            self.clock.advance(self.latency)
            self.meanwhile()
        self.calls += times

    def organization(self) -> Organization:
        raise AssertionError("every connection is stored already")

    def charges(self, period: Period) -> ChargesReported:
        self._call("charges")
        return ChargesReported(list(period.days()), [_charge(day) for day in period.days()])

    def usage(self, start: datetime, end: datetime, *, workspaces: dict[str, str | None]) -> UsageReported:
        self._call("usage", 1 if workspaces else 2)
        hours = (end - start) // HOUR
        return UsageReported(start, end, [_used(start + number * HOUR) for number in range(hours)])

    def spend_until(self, *, now: datetime) -> datetime:
        self._call("spend")
        raise NotOffered(f"nothing by the hour at {now}", reason="organization_not_enrolled_in_beta")

    def spend(self, start: datetime, end: datetime, *, names: Directory, now: datetime) -> SpendReported:
        raise NotOffered(f"{start} to {end} {names} {now}", reason="organization_not_enrolled_in_beta")

    def spend_totals(
        self, period: Period, *, names: Directory, now: datetime
    ) -> dict[date, dict[Place, Decimal]]:
        self._call("spend")
        raise NotOffered(f"{period} {names} {now}", reason="organization_not_enrolled_in_beta")

    def activity(self, day: date) -> ActivityReported:
        self._call("claude_code")
        return ActivityReported(
            [CodeActivity(day, "dev@acme.example", None, "api", "", Decimal(1), sessions=1)]
        )

    def directory(self) -> DirectoryReported:
        self._call("directory", 3)
        return DirectoryReported([Entry(KEY, "api_key", "service", NOW - 40 * DAY)])


def _charge(day: date) -> Charge:
    return Charge(
        day, None, "tokens", MODEL, "output", "standard", "0-200k", "global", "Output", Decimal("2.4"), "USD"
    )


def _used(hour: datetime) -> TokenUsage:
    return TokenUsage(hour, None, KEY, MODEL, "standard", "0-200k", "global", (0, 0, 0, 0, 10_000, 0))


class Threads(Executor):
    """Simulated threads: each runs a waiting task and is busy for as long as its calls take."""

    def __init__(self, clock: Clock, count: int) -> None:
        self._clock = clock
        self._free_at = [clock()] * count
        self._waiting: deque[tuple[datetime, Callable[[], Any]]] = deque()

    def submit(self, task: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        self._waiting.append((self._clock(), lambda: task(*arguments, **named)))
        return Future()

    def work(self, until: datetime) -> None:
        """Start every task that can start before then."""
        while self._waiting:
            tried_at, task = self._waiting[0]
            number = min(range(len(self._free_at)), key=lambda each: self._free_at[each])
            begin = max(tried_at, self._free_at[number])
            if begin >= until:
                return
            self._waiting.popleft()
            self._clock.to(begin)
            task()
            self._free_at[number] = self._clock()


class ManyConnections:
    """A number of connections without history, and one worker for all of them."""

    def __init__(self, count: int, *, threads: int, latency: timedelta) -> None:
        self.clock = Clock()
        self.vault = Vault([new_key()])
        self.providers: dict[str, Quiet] = {
            f"sk-ant-admin01-{number:06d}": Quiet(self.clock, latency) for number in range(count)
        }
        services = Services(
            self.vault,
            self.providers.__getitem__,
            frozenset(),
            self.clock,
            AtOnce(),
            lambda: None,
            elapsed=self.clock.seconds,
        )
        self.threads = Threads(self.clock, threads)
        self.worker = Worker("only", services, self.threads, AtOnce(), max_connections=threads)
        for provider in self.providers.values():  # the worker goes on ticking during calls
            provider.meanwhile = self._tick_on
        self._ticked = self.clock()

    def connect(self, *, history: int = 0, keys: Iterable[str] = ()) -> None:
        """Connect all of them, or these, at the same moment, with `history` days to read."""
        first = self.clock().date() - history * DAY
        with transaction():
            for key in keys or self.providers:
                made = connections.connect(key, key, key, key=key, vault=self.vault, by="", at=self.clock())
                connections.set_first_day(made.id, first)
                jobs.begin(connections.by_id(made.id), now=self.clock())

    def _tick_on(self) -> None:
        if self.clock() >= self._ticked + 5 * SECOND:
            self._tick()

    def _tick(self) -> None:
        self._ticked = self.clock()
        self.worker.tick()

    def live(self, length: timedelta) -> None:
        """Let time pass while a worker ticks once a second."""
        moment = self.clock()
        end = moment + length
        while moment < end:
            self.clock.to(moment)
            self._tick()
            moment += SECOND
            self.threads.work(moment)
        self.clock.to(end)

    def busiest_hour(self) -> int:
        """Return the most calls of any connection in any rolling hour."""
        return max(most_in_an_hour([at for at, _ in each.reports]) for each in self.providers.values())

    def calls(self, since: datetime) -> Counter[str]:
        """Return the number of calls by report since a moment."""
        each = (report for one in self.providers.values() for at, report in one.reports if at >= since)
        return Counter(each)

    def oldest_usage(self, since: datetime, *, keys: Iterable[str] = ()) -> timedelta:
        """Return the longest time without a usage call, of all connections or of these, since a moment."""
        some = [self.providers[key] for key in keys or self.providers]
        return max(gap for each in some for gap in _gaps(each, since, self.clock()))


def _gaps(provider: Quiet, since: datetime, until: datetime) -> Iterator[timedelta]:
    before = since
    for at, report in provider.reports:
        if report == "usage" and at >= since:
            yield at - before
            before = at
    yield until - before


def most_in_an_hour(moments: list[datetime]) -> int:
    """Return the largest number of moments in any rolling hour."""
    window: deque[datetime] = deque()
    most = 0
    for moment in sorted(moments):
        window.append(moment)
        while window[0] <= moment - HOUR:
            window.popleft()
        most = max(most, len(window))
    return most
