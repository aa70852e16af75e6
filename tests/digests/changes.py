"""Invented changes of cost, for the tests of what is said about them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from digests.numbers.cause import Cause
from digests.numbers.change.effect_lines import EffectLine, EffectLines, Subject
from digests.numbers.change.report import Change
from digests.numbers.change.spike import Spike
from providers.money import billionths
from providers.period import DAY, Period
from tests.digests.samples import NOW

LAST_WEEK = Period(date(2026, 11, 9), date(2026, 11, 16))
NIGHTLY = Subject("key", "apikey_nightly")
CODE, PRODUCTION = Subject("product", "claude_code"), Subject("workspace", "wrkspc_production")
DEFAULT = Subject("workspace", None)
NAMES = {NIGHTLY: "ci-nightly", CODE: "claude_code", PRODUCTION: "Production"}


def units(amount: str) -> int:
    return billionths(Decimal(amount))


def change(name: str = "ci-nightly", organization: str = "Acme") -> Change:
    """Return a week that one key made loud on its Monday."""
    lines = (
        EffectLine(NIGHTLY, "volume", units("9378.28")),
        EffectLine(CODE, "people", units("311.40"), people=3),
        EffectLine(CODE, "mix", units("216.90"), model="claude-fable-5-2"),
        EffectLine(PRODUCTION, "volume", units("96.70")),
        EffectLine(PRODUCTION, "cache", units("-64.60")),
        EffectLine(Subject("engineer", "mina@acme.example"), "price", units("-3")),
    )
    monday = LAST_WEEK.start
    return Change(
        organization=organization,
        asked=LAST_WEEK,
        period=LAST_WEEK,
        total=Decimal("17370.12"),
        previous=Decimal("7425.36"),
        lines=EffectLines(lines, units("9.08")),
        cause=Cause(
            {"key": NIGHTLY.id, "model": "claude-opus-5-5", "workspace": None},
            cost=units("9409.28"),
            before=units("31.00"),
            whole=units("17370.12"),
            whole_before=units("7425.36"),
        ),
        spike=Spike(monday, monday + DAY, units("9381.92"), units("3.73"), units("4.02")),
        names={**NAMES, NIGHTLY: name, Subject("engineer", "mina@acme.example"): name},
        as_of=NOW,
    )


def fallen() -> Change:
    """Return a running month that cost less than the days before it, all of it and more by a product."""
    days = Period(date(2026, 11, 1), date(2026, 11, 22))
    lines = (EffectLine(CODE, "volume", units("-700")), EffectLine(DEFAULT, "tools", units("80.50")))
    return replace(
        change(),
        asked=Period(date(2026, 11, 1), date(2026, 12, 1)),
        period=days,
        total=Decimal(2000),
        previous=Decimal("2619.50"),
        is_estimated=True,
        lines=EffectLines(lines, 0),
        cause=Cause({"product": "claude_code"}, units("300"), units("1000"), units("2000"), units("2619.50")),
        spike=None,
    )


def spread() -> Change:
    """Return a change that nobody explains most of."""
    return replace(change(), cause=None, spike=None)
