"""The usage of one UTC day, hour by hour, generated from a seed and the day alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from demo.company.rates import Terms, chooses_region, takes_long_prompts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from demo.company.roster import ApiKey, Person, Roster

Tokens = tuple[int, int, int, int, int]

GROWTH_BEGINS = date(2025, 10, 19)
SHUTDOWN = frozenset((date(2025, 12, 25), date(2026, 1, 1)))
"""Days on which nothing at all ran: an empty bill is not a missing one."""

# Tokens of one hour by token type, in the order of TOKEN_TYPES.
_CODING: Tokens = (22_000, 170_000, 60_000, 5_200_000, 46_000)
_HELPER: Tokens = (60_000, 30_000, 0, 240_000, 14_000)
_SERVING: Tokens = (900_000, 120_000, 40_000, 2_400_000, 210_000)
_BATCHING: Tokens = (9_000_000, 0, 0, 0, 1_400_000)
_EXPLORING: Tokens = (240_000, 20_000, 0, 90_000, 38_000)
_LOOPING: Tokens = (1_100_000, 2_600_000, 0, 88_000_000, 1_500_000)
_BLOCKED: Tokens = (31_000, 0, 0, 12_000, 0)

_CODING_MODELS: tuple[tuple[date, str], ...] = (
    (date.min, "claude-sonnet-4-5-20250929 claude-sonnet-4-5-20250929 claude-opus-4-1-20250805"),
    (date(2025, 11, 24), "claude-sonnet-4-5-20250929 claude-opus-4-5-20251101"),
    (date(2026, 2, 10), "claude-opus-4-6 claude-opus-4-6 claude-sonnet-4-6"),
    (date(2026, 5, 28), "claude-opus-4-8 claude-opus-4-8 claude-sonnet-4-6"),
    (date(2026, 7, 21), "claude-opus-5 claude-sonnet-5 claude-sonnet-5 claude-opus-4-8"),
    (
        date(2026, 9, 15),
        "claude-opus-5-5 claude-opus-5-5 claude-sonnet-5-5 claude-sonnet-5-5 claude-opus-4-8",
    ),
    (date(2026, 11, 9), "claude-opus-5-5 claude-opus-5-5 claude-sonnet-5-5 claude-fable-5-2 claude-opus-4-8"),
)
_SERVING_MODELS: tuple[tuple[date, str], ...] = (
    (date.min, "claude-sonnet-4-5-20250929 claude-haiku-4-5-20251001"),
    (date(2026, 3, 2), "claude-sonnet-4-6 claude-haiku-4-5-20251001"),
    (date(2026, 8, 3), "claude-sonnet-5 claude-haiku-4-5-20251001"),
    (date(2026, 9, 21), "claude-sonnet-5-5 claude-haiku-4-5-20251001"),
    (date(2026, 10, 7), "claude-sonnet-5-5 claude-haiku-5-5"),
)


class UsageRow(NamedTuple):
    """The tokens of one UTC hour and combination; `user_id`, `refused` and `over_100k` are never reported."""

    hour: int
    workspace_id: str | None
    api_key_id: str | None
    account_id: str | None
    service_account_id: str | None
    user_id: str | None
    terms: Terms
    tokens: Tokens
    web_searches: int = 0
    refused: bool = False


class Extra(NamedTuple):
    """A charge that no usage row explains: code execution or an agent session."""

    hour: int
    workspace_id: str | None
    cost_type: str
    quarter_hours: int


class Workday(NamedTuple):
    """The work of one UTC day; the part that subscriptions cover is neither usage nor cost."""

    usage: list[UsageRow]
    covered: list[UsageRow]
    extras: list[Extra]


@dataclass(frozen=True)
class Habits:
    """The traits of an organization that a caller may turn."""

    spike_day: date | None = date(2026, 11, 15)
    refused_share: float = 0.01
    priority_tier: bool = True
    fast_mode: bool = False
    serving_hours: Collection[int] = range(24)  # of a day, in which production runs
    federated: bool = False
    """What runs without a key in Research is a cloud identity's, as analytics tell."""


class Caller(NamedTuple):
    """The origin of a request: its workspace, its credential, and the person behind it."""

    workspace_id: str | None
    api_key_id: str | None = None
    account_id: str | None = None
    service_account_id: str | None = None
    user_id: str | None = None


def workday(roster: Roster, *, seed: int, day: date, habits: Habits) -> Workday:
    """Invent one day; the same seed, roster and day give the same rows in every process."""
    if day in SHUTDOWN:
        return Workday([], [], [])
    rng = Random(f"{seed}/{day}")
    level = 1.002 ** (day - GROWTH_BEGINS).days
    calm = 0.3 if day.weekday() >= 5 else 1.0
    usage: list[UsageRow] = []
    covered: list[UsageRow] = []
    for person in roster.people:
        if person.pace:
            rows = list(_coding(rng, roster, person, day, habits, volume=level * calm * person.pace))
            (covered if person.signs_in == "subscription" else usage).extend(rows)
    size = level * sum(1 for person in roster.people if person.pace) / 24
    for key in roster.keys:
        usage.extend(_on_key(rng, roster, key, day, habits, size=size, calm=calm))
    usage.extend(_without_key(rng, roster, day, volume=size * calm))
    return Workday(usage, covered, list(_extras(rng, roster, size * calm)))


def _coding(
    rng: Random, roster: Roster, person: Person, day: date, habits: Habits, *, volume: float
) -> Iterator[UsageRow]:
    """Claude Code through working hours: a main model, now and then a small one beside it."""
    if rng.random() > 0.93:
        return
    caller = _coder(roster, person)
    main = rng.choice(_models(_CODING_MODELS, day))
    helper = _models(_SERVING_MODELS, day)[1]
    hours = sorted(rng.sample(range(9, 19), k=rng.randint(3, 7)))
    for hour in ((local - person.utc_offset) % 24 for local in hours):
        long = rng.random() < 0.08 and takes_long_prompts(main, day)
        fast = habits.fast_mode and main == "claude-opus-5-5" and rng.random() < 0.1
        terms = _terms(main, window="200k-1M" if long else "0-200k", speed="fast" if fast else "standard")
        yield _row(rng, hour, caller, terms, _CODING, volume=volume, searches=int(rng.random() * 3))
        if rng.random() < 0.3:
            yield _row(rng, hour, caller, _small_prompts(helper, rng), _HELPER, volume=volume)
        if rng.random() < habits.refused_share:
            yield _row(rng, hour, caller, terms, _BLOCKED, volume=volume, refused=True)


def _coder(roster: Roster, person: Person) -> Caller:
    workspace_id = roster.workspace_id("Claude Code")
    if person.signs_in in {"oauth_unreported", "subscription"}:
        return Caller(workspace_id, account_id=person.id, user_id=person.id)
    return Caller(workspace_id, api_key_id=roster.coding_keys[person.id], user_id=person.id)


def _on_key(
    rng: Random, roster: Roster, key: ApiKey, day: date, habits: Habits, *, size: float, calm: float
) -> Iterator[UsageRow]:
    """Yield the usage of a key that is not for Claude Code."""
    caller = Caller(key.workspace_id, api_key_id=key.id, user_id=key.created_by)
    if key.workload in {"production", "us"}:
        yield from _serving(rng, key, caller, day, habits, volume=size * (0.5 + calm / 2))
    elif key.workload == "batch":
        model = _models(_SERVING_MODELS, day)[1]
        for hour in (1, 2, 3):
            yield _row(rng, hour, caller, _terms(model, tier="batch"), _BATCHING, volume=size)
    elif key.workload == "personal" and rng.random() < 0.6 * calm:
        yield _row(
            rng, rng.randint(8, 19), caller, _terms(_models(_CODING_MODELS, day)[0]), _EXPLORING, volume=2.0
        )
    elif key.workload == "export" and day < date(2026, 3, 15):
        yield _row(rng, 5, caller, _terms(_models(_SERVING_MODELS, day)[0]), _EXPLORING, volume=size * 3)
    elif key.workload == "loop":
        yield from _continuous_integration(rng, roster, caller, day, habits, size=size * calm)


def _serving(
    rng: Random, key: ApiKey, caller: Caller, day: date, habits: Habits, *, volume: float
) -> Iterator[UsageRow]:
    large, small = _models(_SERVING_MODELS, day)
    geo = "us" if key.workload == "us" else "global"
    committed = habits.priority_tier and key.name == "checkout-assistant" and day >= date(2026, 6, 1)
    for hour in habits.serving_hours:
        busy = volume * (0.25 + 0.75 * (8 <= hour < 20))
        yield _row(
            rng,
            hour,
            caller,
            _terms(large, geo=geo),
            _SERVING,
            volume=busy,
            searches=int(rng.random() * 12 * busy),
        )
        if hour % 2:
            yield _row(rng, hour, caller, _small_prompts(small, rng, geo=geo), _SERVING, volume=busy)
        if committed and hour in {10, 11, 15}:
            yield _row(rng, hour, caller, _terms(large, tier="priority"), _SERVING, volume=busy)
        if rng.random() < habits.refused_share:
            yield _row(rng, hour, caller, _terms(large, geo=geo), _BLOCKED, volume=busy, refused=True)


def _continuous_integration(
    rng: Random, roster: Roster, caller: Caller, day: date, habits: Habits, *, size: float
) -> Iterator[UsageRow]:
    """A little by key, a little federated; on the spike day a loop that nobody watches, around the clock."""
    model = _models(_CODING_MODELS, day)[0]
    yield _row(rng, 14, caller, _terms(model), _EXPLORING, volume=size)
    federated = Caller(roster.workspace_id("Production"), service_account_id=roster.service_account_id)
    yield _row(rng, 4, federated, _terms(model), _EXPLORING, volume=size)
    if day == habits.spike_day:
        for hour in range(24):
            yield _row(rng, hour, caller, _terms(model), _LOOPING, volume=size * 3)


def _without_key(rng: Random, roster: Roster, day: date, *, volume: float) -> Iterator[UsageRow]:
    """The Console's Workbench: no key, no account, the default workspace and sometimes Research."""
    model = _models(_SERVING_MODELS, day)[0]
    for workspace_id in (None, roster.workspace_id("Research")):
        yield _row(rng, rng.randint(9, 18), Caller(workspace_id), _terms(model), _EXPLORING, volume=volume)


def _extras(rng: Random, roster: Roster, volume: float) -> Iterator[Extra]:
    quarters = int(volume * (20 + 30 * rng.random()))
    yield Extra(15, roster.workspace_id("Research"), "code_execution", quarters)
    yield Extra(11, roster.workspace_id("Production"), "session_usage", quarters * 2)
    yield Extra(16, None, "session_usage", max(1, quarters // 5))


def _models(history: tuple[tuple[date, str], ...], day: date) -> list[str]:
    return next(models for since, models in reversed(history) if since <= day).split()


def _small_prompts(model: str, rng: Random, *, geo: str = "global") -> Terms:
    """Haiku 5.5 costs five times as much above 100,000 tokens, a boundary that usage rows do not show."""
    return _terms(model, geo=geo)._replace(over_100k=model == "claude-haiku-5-5" and rng.random() < 0.15)


def _terms(
    model: str,
    *,
    tier: str = "standard",
    window: str = "0-200k",
    geo: str = "global",
    speed: str = "standard",
) -> Terms:
    return Terms(model, tier, window, geo if chooses_region(model) else "not_available", speed)


def _row(
    rng: Random, hour: int, caller: Caller, terms: Terms, profile: Tokens,
    *, volume: float, searches: int = 0, refused: bool = False,
) -> UsageRow:  # fmt: skip
    chance = rng.random
    plain, write_5m, write_1h, read, output = profile
    tokens = (
        int(plain * volume * (0.6 + 0.8 * chance())),
        int(write_5m * volume * (0.6 + 0.8 * chance())),
        int(write_1h * volume * (0.6 + 0.8 * chance())),
        int(read * volume * (0.6 + 0.8 * chance())),
        int(output * volume * (0.6 + 0.8 * chance())),
    )
    return UsageRow(hour, *caller, terms, tokens, searches, refused)
