"""Everything that is said of telemetry, of any number of lines and any name."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import product

from digests.forms import erase_person
from digests.layout.message import Message
from digests.messages.telemetry.beside import beside
from digests.messages.telemetry.blind import blind_ones
from digests.messages.telemetry.figures import telemetry, telemetry_in_text, telemetry_not_connected
from digests.messages.telemetry.live import with_live
from digests.messages.telemetry.state import telemetry_state, with_telemetry
from digests.numbers.telemetry import beside as telemetry_beside
from digests.numbers.telemetry import blind as telemetry_blind
from digests.numbers.telemetry import figures as telemetry_numbers
from digests.numbers.telemetry.beside import Beside, BesideReport
from digests.numbers.telemetry.blind import Blind
from digests.numbers.telemetry.figures import Active, SessionLine, TelemetryLine, TelemetryReport
from digests.numbers.telemetry.live import Live
from digests.numbers.telemetry.state import PriceRatio, TelemetryState
from providers.period import DAY, Period
from storage.facts.telemetry.sessions import Session
from storage.facts.telemetry.totals import Line
from tests.digests.samples import FRIDAY, NOW


def _telemetry(name: str, count: int) -> Iterable[TelemetryReport]:
    figures = Line(
        name=name,
        tokens=(1, 2, 3, 4, 5),
        by_list=Decimal(count),
        by_client=Decimal(1),
        client_cost=Decimal(2),
        unpriced=count,
        requests=count,
        sessions=count,
        lines_added=0,
        lines_removed=0,
        commits=0,
        pull_requests=0,
        accepted=0,
        rejected=0,
        active_ms=0,
        others=count,
        trust="claim",
    )
    session_of = Session(name, NOW - timedelta(hours=3), NOW, name, name, name, name, name, count, Decimal(9))
    by: tuple[telemetry_numbers.Dimension, ...] = ("engineer", "mcp server", "session")
    for period, dimension in product((Period.day(FRIDAY), Period.month(FRIDAY)), by):
        has_lines = dimension != "session"
        yield TelemetryReport(
            organization=name,
            period=period,
            dimension=dimension,
            total=figures,
            lines=tuple(TelemetryLine(name, name, figures) for _ in range(count * has_lines)),
            parts={"api": Decimal(count), "plan": Decimal(0), "other_clouds": Decimal(1)},
            previous=None,
            first_day=FRIDAY - count * DAY,
            as_of=NOW,
            active=Active(count, count, 15),
            sessions=tuple(SessionLine(name, session_of) for _ in range(count * (not has_lines))),
            person="" if has_lines else name,
        )


def _beside(name: str, count: int) -> Iterable[BesideReport]:
    by: tuple[telemetry_beside.By, ...] = ("day", "engineer")
    for each in by:
        known = Beside(
            f"{FRIDAY}", name, Decimal(count), Decimal(1), Decimal(0), Decimal(9), seats=Decimal(9)
        )
        lines = (known, Beside(f"{FRIDAY}", name), *[known] * count)
        yield BesideReport(name, Period.month(FRIDAY), each, known, lines, count, NOW)


def _blind(name: str, count: int) -> list[Blind]:
    hows: tuple[telemetry_blind.How, ...] = ("never", "silent", "partly")
    return [
        Blind(name, name, hows[n % 3], FRIDAY, Decimal(n), NOW, n % 4 == 0, "2.0.65" if n % 2 else name)
        for n in range(count)
    ]


def _states(name: str, count: int) -> Iterable[TelemetryState]:
    off = {f"{name[:30]}{n}": Decimal("1.5") for n in range(count)}
    for prices in (None, PriceRatio(Decimal("0.85"), {}), PriceRatio(Decimal("1.2"), off)):
        seen = NOW if count else None
        yield TelemetryState(count, seen, count, Decimal(count), count, count, prices, name if count else "")


MESSAGES: Mapping[str, Callable[[str, int], Iterable[Message]]] = {
    "telemetry": lambda name, count: [
        telemetry(each, person=person, start=start, share=True)
        for each in _telemetry(name, count)
        for person, start in (("", 0), ("me", 0), (f"{name[:20]}@acme.example", count))
    ],
    "erased": lambda name, _count: [erase_person.erased(name)],
    "telemetry_state": lambda name, count: [telemetry_state(each, now=NOW) for each in _states(name, count)],
    "with_telemetry": lambda name, count: [
        with_telemetry(telemetry_not_connected(admin=admin), each, now=NOW)
        for each in _states(name, count)
        for admin in (True, False)
    ],
    "with_live": lambda name, count: [
        with_live(
            telemetry_not_connected(admin=True),
            Live((name,) * count, Decimal(count), plan, count, 15),
            own=own,
        )
        for own in (True, False)
        for plan in (None, Decimal(count))
    ],
    "beside": lambda name, count: [
        beside(each, start=start) for each in _beside(name, count) for start in (0, count)
    ],
    "blind_ones": lambda name, count: [blind_ones(_blind(name, count), today=FRIDAY)],
    "telemetry_in_text": lambda name, count: [telemetry_in_text(each) for each in _telemetry(name, count)],
    "telemetry_not_connected": lambda _name, _count: [
        telemetry_not_connected(admin=admin) for admin in (True, False)
    ],
}
