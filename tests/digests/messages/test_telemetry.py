"""What is said of telemetry, as a person reads it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from digests import render
from digests.messages.telemetry.beside import beside
from digests.messages.telemetry.blind import blind_ones
from digests.messages.telemetry.figures import telemetry, telemetry_in_text, telemetry_not_connected
from digests.messages.telemetry.state import blind_line, live_line, telemetry_state
from digests.numbers.report import Incident
from digests.numbers.telemetry.beside import Beside, BesideReport
from digests.numbers.telemetry.blind import Blind
from digests.numbers.telemetry.figures import Active, SessionLine, TelemetryLine, TelemetryReport
from digests.numbers.telemetry.state import LiveUse, PriceRatio, TelemetryState
from providers.period import Period
from storage.facts.telemetry import totals
from storage.facts.telemetry.sessions import Session
from tests.digests.samples import NOW
from tests.digests.snapshot import as_text, matches

TODAY = NOW.date()
REPOSITORY = "https://github.com/acme/payments"


def line(name: str, cost: str, requests: int, **other: object) -> totals.Line:
    used = {"by_list": Decimal(cost), "requests": requests, "sessions": 2, "tokens": (900, 0, 0, 8000, 1100)}
    return msgspec.structs.replace(totals.nothing(name), **{**used, **other})


LINES = [
    TelemetryLine("claude-opus-5-5", "claude-opus-5-5", line("claude-opus-5-5", "18.20", 41)),
    TelemetryLine("claude-sonnet-5-5", "claude-sonnet-5-5", line("claude-sonnet-5-5", "2.07", 9)),
    TelemetryLine("not reported", None, line("", "0", 3, unpriced=3)),
    TelemetryLine("other", None, line("other", "1", 7, others=1204)),
]
PARTS = {"api": Decimal("12.07"), "plan": Decimal("9.20"), "other_clouds": Decimal(0)}
TODAYS = TelemetryReport(
    organization="Acme",
    period=Period.day(TODAY),
    dimension="model",
    total=line("", "21.27", 60),
    lines=tuple(LINES),
    parts=PARTS,
    previous=Decimal(20),
    first_day=date(2026, 11, 1),
    as_of=NOW,
    active=Active(3, 4, 15),
)


def session(person: str, minutes: int, cost: str, skill: str = "") -> SessionLine:
    start = NOW - timedelta(minutes=minutes)
    spent = Decimal(cost)
    return SessionLine(
        person,
        Session("s", start, NOW, person, "claude_code", "claude-opus-5-5", REPOSITORY, skill, 41, spent),
    )


def test_today_moves_and_says_who_is_at_it() -> None:
    assert matches("claude-today", telemetry(TODAYS, share=True))


def test_sessions_say_how_long_on_what_and_what_for() -> None:
    every = (session("Mina Okafor", 200, "18.20", "review-skill"), session("", 41, "0.35"))
    report = replace(TODAYS, dimension="session", lines=(), sessions=every)
    assert matches("claude-sessions", telemetry(report))
    own = replace(report, parts={}, active=None, person="Mina Okafor", sessions=every[:1])
    assert matches("claude-own", telemetry(own, person="me"))


def test_a_terminal_has_no_buttons() -> None:
    assert "actions" not in [block["type"] for block in telemetry_in_text(TODAYS).blocks]


def test_a_name_that_only_the_sender_vouches_for_is_marked() -> None:
    claimed = TelemetryLine("jonas@acme.example", "jonas@acme.example", line("j", "1", 1, trust="claim"))
    known = TelemetryLine("Mina Okafor", "mina@acme.example", line("m", "1", 1, trust="account"))
    shown = as_text(telemetry(replace(TODAYS, dimension="engineer", lines=(claimed, known))))
    assert "jonas@acme.example†" in shown
    assert "Mina Okafor†" not in shown
    assert "† as the sender reports it, not confirmed" in shown


@pytest.mark.parametrize("admin", [True, False])
def test_without_telemetry_it_says_who_connects_it(*, admin: bool) -> None:
    name = f"telemetry-not-connected{'-admin' if admin else ''}"
    assert matches(name, telemetry_not_connected(admin=admin))


def test_whole_days_are_compared_and_part_of_one_is_not() -> None:
    yesterday = replace(TODAYS, period=Period.day(TODAY - timedelta(days=1)), active=None)
    assert "▲\u00a06%" in as_text(telemetry(yesterday))
    assert "▲" not in as_text(telemetry(TODAYS))


def test_three_reports_stand_side_by_side() -> None:
    day = Beside(
        f"{TODAY}",
        f"{TODAY}",
        billed=Decimal("310.20"),
        billed_code=Decimal(120),
        telemetry=Decimal(180),
        plan=Decimal(90),
        report=Decimal(121),
        seats=Decimal(130),
    )
    other = Beside(
        "2026-11-21", "2026-11-21", billed=Decimal(12), billed_code=Decimal(12), telemetry=Decimal(11)
    )
    report = BesideReport("Acme", Period(TODAY - timedelta(days=1), TODAY), "day", day, (other, day), 3, NOW)
    assert matches("claude-beside", beside(report))


def test_who_is_blind_is_told_with_what_is_known_of_it() -> None:
    friday, seen = date(2026, 11, 20), NOW - timedelta(days=4)
    found = [
        Blind("a", "Mina Okafor", "silent", friday, Decimal(42), seen, version="2.1.50"),
        Blind("b", "Jonas Lindqvist", "never", friday, Decimal(12), None),
        Blind("c", "Ada <Lovelace>", "partly", friday, Decimal(9), seen, version="2.1.332"),
        Blind("d", "ci-nightly", "never", friday, Decimal(7), None, is_api=True),
    ]
    assert matches("claude-blind", blind_ones(found, today=TODAY))
    assert matches("claude-nobody-blind", blind_ones([], today=TODAY))


def test_the_state_says_what_is_odd() -> None:
    state = TelemetryState(2, NOW - timedelta(seconds=12), 3, Decimal(82), 12, 1)
    off = PriceRatio(Decimal("1.2"), {"claude-sonnet-5-5": Decimal("1.5")})
    odd = replace(state, prices=off, destination="disabled by Anthropic: redirect")
    assert matches("telemetry-state", telemetry_state(odd, now=NOW))
    fine = TelemetryState(1, None, 0, Decimal(0), 0, 0, PriceRatio(Decimal("0.85"), {}))
    assert matches("telemetry-state-new", telemetry_state(fine, now=NOW))


def test_the_line_of_a_digest_says_who_does_not_report_once_a_week() -> None:
    day = LiveUse(Decimal(412), Decimal(120), 203, 41)
    assert live_line(day) == "≈ $412 in 203 sessions of 41 people, ≈ $120 of it under subscriptions"
    assert blind_line(day) == ""
    assert blind_line(replace(day, blind=0)) == ""
    assert blind_line(replace(day, blind=1)) == "1 person or key doesn't report"


def test_an_alert_about_silence_names_nobody_and_leads_to_who_it_is() -> None:
    detail = "2 people, ≈ $42 not reported since Nov 20, 2026"
    incident = Incident("telemetry_silent", NOW - timedelta(hours=2), detail)
    shown = render.alert(incident, organization="Acme", key_hint="", now=NOW, zone="UTC")
    assert matches("alert-telemetry-silent", shown)
    assert matches("alert-telemetry-over", render.alert_over(incident, NOW, organization="Acme"))
