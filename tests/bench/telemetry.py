"""Telemetry: bodies a second through the receiver while they are counted, and answers about a year of it."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from io import BytesIO
from itertools import count

from bot.ingest.count import TelemetryCounter
from bot.ingest.receiver import Receiver
from providers.claude.measures import MEASURES, Measures
from providers.directory import Directory
from providers.period import Period
from storage.engine.database import StorageUnavailable, session, snapshot, transaction
from storage.engine.fields import to_day
from storage.facts.telemetry import batches, lines, rollups, totals
from storage.state.ingest import tokens
from tests.bench.figures import Figure, Size, at, at_most, seconds_of
from tests.bench.ground import empty_database, engines
from tests.providers.claude.bodies import event, logs_body

ENGINEERS = 1000
SENDERS = 12  # threads of the server for telemetry
FLUSH = 5.0  # seconds between two exports of Claude Code's events
ANSWERED_WITHIN, READ_WITHIN = 0.1, 0.05  # seconds
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
ODD = Period(date(2026, 2, 3), date(2026, 11, 17))  # which no few blocks make up
ONE = 7  # a connection that nobody sends for


def measure(size: Size) -> Iterator[Figure]:
    """Receive for a while, then read a year, on each engine."""
    for engine in engines():
        with empty_database(engine):
            seconds = min(size.patience, 10) / 2
            yield from _paced(engine, seconds)
            yield from _saturated(engine, seconds)
            yield from _answers(engine, size)


class _Crowd:
    """Senders that post at a pace or as fast as they are answered, each time for another engineer."""

    def __init__(self, name: str, every: float) -> None:
        with transaction():
            self._token = tokens.issue("T1", name, by="U1", at=datetime.now(UTC))[0]
        self._name, self._every = name, every
        self._receiver = Receiver(partial(datetime.now, UTC))
        self._numbers = count()
        self.times: list[float] = []
        self.refused = 0

    def post(self, until: float) -> None:
        while time.perf_counter() < until:
            body = self._body(next(self._numbers))
            self.times.append(seconds_of(partial(self._send, body)))
            time.sleep(max(0, self._every - self.times[-1]))

    def _send(self, body: bytes) -> None:
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/otlp/v1/logs",
            "CONTENT_TYPE": "application/json",
            "HTTP_AUTHORIZATION": f"Bearer {self._token}",
            "wsgi.input": BytesIO(body),
        }
        self._receiver(environ, self._note)

    def _note(self, status: str, _headers: object) -> None:
        self.refused += status != "200 OK"

    def _body(self, number: int) -> bytes:
        """Three requests of one engineer, as Claude Code sends them every five seconds."""
        engineer, now = number % ENGINEERS, time.time_ns()
        return logs_body(*[_request(engineer, f"req_{self._name}_{number}_{each}", now) for each in range(3)])


def _request(engineer: int, request_id: str, now: int) -> dict[str, object]:
    return event(
        now,
        session__id=f"session {engineer}",
        user__id=f"installation {engineer}",
        user__email=f"engineer{engineer}@acme.example",
        user__account_id=f"user_{engineer}",
        vcs__repository__url__full=f"https://github.com/acme/r{engineer % 97}",
        team=f"team {engineer % 30}",
        anthropic__plan="team",
        app__version="2.1.332",
        model="claude-opus-5-5",
        input_tokens=1000,
        output_tokens=500,
        cache_read_tokens=60_000,
        cost_usd=0.026,
        request_id=request_id,
    )


def _paced(engine: str, seconds: float) -> Iterator[Figure]:
    """A thousand engineers who all work: a body every five seconds each."""
    crowd, _waited = _received("at a pace", seconds, every=SENDERS * FLUSH / ENGINEERS)
    name = f"telemetry of {ENGINEERS} engineers at work, {engine}"
    yield at_most(f"{name}: answered, p99", at(crowd.times, 99), ANSWERED_WITHIN)
    yield Figure(
        name=f"{name}: refused",
        ours=f"{crowd.refused} of {len(crowd.times)}",
        holds=not crowd.refused,
        aim="0",
    )


def _saturated(engine: str, seconds: float) -> Iterator[Figure]:
    crowd, waited = _received("as fast as it goes", seconds, every=0)
    yield Figure(
        name=f"telemetry as fast as it goes, {engine}",
        ours=f"{len(crowd.times) / seconds:,.0f} bodies/s, counted {waited:.1f} s after the last",
    )


def _received(name: str, seconds: float, *, every: float) -> tuple[_Crowd, float]:
    """Let senders post, and return them, and how long counting took after the last."""
    crowd, done = _Crowd(name, every), threading.Event()
    counting = threading.Thread(target=_count_until, args=(done,))
    until = time.perf_counter() + seconds
    senders = [threading.Thread(target=crowd.post, args=(until,)) for _ in range(SENDERS)]
    for thread in (counting, *senders):
        thread.start()
    for thread in senders:
        thread.join()
    waited = seconds_of(_wait_until_counted)
    done.set()
    counting.join()
    return crowd, waited


def _count_until(done: threading.Event) -> None:
    counter = TelemetryCounter(partial(datetime.now, UTC))
    while not done.wait(1):
        with suppress(StorageUnavailable):  # as the schedule does
            counter.tick()


def _wait_until_counted() -> None:
    with session():
        while batches.waiting():
            time.sleep(0.05)


def _answers(engine: str, size: Size) -> Iterator[Figure]:
    people = min(size.staff, ENGINEERS)
    with transaction():
        _fill(people, min(size.days, 365))
    for name, period in (("a year", YEAR), ("some months", ODD)):
        times = [seconds_of(partial(_read, period)) for _ in range(max(size.repeats // 10, 2))]
        yield at_most(f"telemetry of {people} engineers, {name}, {engine}", at(times, 50), READ_WITHIN)


def _read(period: Period) -> None:
    with snapshot():
        totals.by_engineer(ONE, period, Directory([]))


def _fill(people: int, days: int) -> None:
    """A year in which seven of ten engineers work on a day."""
    engineer, total = lines.NUMBERS["engineer"], lines.NUMBERS["total"]
    numbers = lines.numbers(ONE, [(engineer, f"engineer{number}@acme.example") for number in range(people)])
    each: Measures = tuple(range(1, len(MEASURES) + 1))
    for first in range(0, days, 31):
        changes: dict[rollups.Place, Measures] = {}
        for day in range(first, min(first + 31, days)):
            number = to_day(YEAR.start + timedelta(days=day))
            at_work = [line for place, line in enumerate(numbers.values()) if (place + day) % 10 < 7]
            changes |= {(engineer, number, line): each for line in at_work}
            changes[total, number, lines.UNKNOWN] = tuple(value * len(at_work) for value in each)
        rollups.change(ONE, changes)
