"""How much of a period is in, against a slow and obvious model: hour by hour, what is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from bot.reports import cost as reports_cost
from bot.reports.extent import USUAL_LAG, Days, extent
from digests.numbers.report import Question, Report
from providers.money import billionths
from providers.period import Period
from providers.spend import Attribution, KindSpend, Spend
from storage.engine.database import snapshot, transaction
from storage.engine.secrets import Vault
from storage.facts import coverage, spend
from storage.state import connections
from storage.state.connections import Connection
from tests.bot.conftest import ON_SQLITE, SECRET

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BEGIN = date(2026, 11, 10)
LENGTH = 21
ZONES = ("UTC", "Europe/Berlin", "America/New_York")
SIX = (1000, 0, 0, 0, 500, 0)


@dataclass(frozen=True)
class DayState:
    """What is in of a UTC day: whether it is billed, and how many of its hours have their usage."""

    billed: bool
    hours: int

    @property
    def is_whole(self) -> bool:
        return self.billed or self.hours == 24


day_states = st.builds(DayState, st.booleans(), st.sampled_from([0, 0, 9, 23, 24, 24, 24]))
worlds = st.lists(day_states, min_size=LENGTH, max_size=LENGTH)
periods = st.builds(
    lambda start, length, zone: Period(BEGIN + start * DAY, BEGIN + (start + length) * DAY, zone),
    st.integers(0, LENGTH - 2),
    st.integers(1, 8),
    st.sampled_from(ZONES),
)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def up_to_now(world: Sequence[DayState], now: datetime) -> list[DayState]:
    """The same days as they can be known at a moment: nothing of the future, no bill of a running day."""
    can = []
    for number, day in enumerate(world):
        begun = (now - midnight(BEGIN + number * DAY)) // HOUR
        can.append(DayState(day.billed and begun >= 24, max(min(day.hours, begun), 0)))
    return can


def hours_of(world: Sequence[DayState], start: datetime, end: datetime) -> list[bool]:
    """Of every hour of a span, whether what it cost is known: a bill tells it of whole days alone."""
    hours = []
    for number in range((end - start) // HOUR):
        moment = start + number * HOUR
        day, begins = moment.date(), midnight(moment.date())
        state = world[(day - BEGIN).days] if 0 <= (day - BEGIN).days < len(world) else DayState(False, 0)
        all_of_it = start <= begins and begins + DAY <= end
        of_usage = moment.hour < state.hours and (not state.billed or state.hours == 24)
        hours.append((state.billed and all_of_it) or of_usage)
    return hours


def days_of(world: Sequence[DayState]) -> Days:
    days = by_day(world)
    return Days(
        billed={day for day, state in days.items() if state.billed},
        whole={day for day, state in days.items() if state.hours == 24},
        part={day: midnight(day) + state.hours * HOUR for day, state in days.items() if 0 < state.hours < 24},
        first=date.min,
    )


def by_day(world: Sequence[DayState]) -> dict[date, DayState]:
    return {BEGIN + number * DAY: state for number, state in enumerate(world)}


@settings(max_examples=150, phases=[Phase.generate])
@given(worlds, periods, st.integers(1, LENGTH * 24 - 1))
def test_a_period_is_known_to_the_first_hour_that_is_not(
    world: list[DayState], period: Period, hour: int
) -> None:
    now = midnight(BEGIN) + hour * HOUR
    assume(period.starts_at < now)
    world = up_to_now(world, now)
    start, end = period.starts_at, min(period.ends_at, now)
    hours = hours_of(world, start, end)
    covered = extent(days_of(world), period, now)
    if all(hours):
        assert (covered.kind, covered.until) == ("whole", None) if period.ends_at <= now else ("running", now)
        return
    first = start + hours.index(False) * HOUR
    assert covered.until == first
    assert (covered.kind == "gappy") == something_after(world, first, end)
    if covered.kind != "gappy":
        is_late = period.ends_at <= now or now - first > USUAL_LAG
        assert covered.kind == ("cut" if is_late else "running")


def something_after(world: Sequence[DayState], first: datetime, end: datetime) -> bool:
    """Whether dollars are in of any time behind an hour that is not: of its own day, or of a later one."""
    rest = [first + number * HOUR for number in range((end - first) // HOUR)]
    return any(
        world[(at.date() - BEGIN).days].billed
        or (at.date() > first.date() and world[(at.date() - BEGIN).days].hours > 0)
        for at in rest
        if 0 <= (at.date() - BEGIN).days < len(world)
    )


@ON_SQLITE
@settings(
    max_examples=60, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(worlds, periods, st.integers(DAY // HOUR, LENGTH * 24 - 1))
def test_what_is_compared_is_the_truth_of_equal_spans(
    store: str, world: list[DayState], period: Period, hour: int
) -> None:
    """An hour costs a dollar, and a bill is put where its usage is."""
    assert store
    now = midnight(BEGIN) + hour * HOUR
    assume(period.starts_at < now)
    world = up_to_now(world, now)
    report = report_of(world, period, now)
    if report.previous.total is not None:
        before = report.previous.period
        end, like = report.extent.until or period.ends_at, report.previous.until or before.ends_at
        assert report.total.cost == true_cost(period.starts_at, end)
        assert report.previous.total == true_cost(before.starts_at, like)
        assert end - period.starts_at == like - before.starts_at
    assert_honest(report, world, period, now)


def true_cost(start: datetime, end: datetime) -> int:
    """A dollar an hour since the organization began."""
    begins = midnight(BEGIN)
    return (max(end, begins) - max(start, begins)) // HOUR


def assert_honest(report: Report, world: Sequence[DayState], period: Period, now: datetime) -> None:
    """See that nothing is called billed, complete or sure that is not."""
    span = Period((period.starts_at).date(), (min(period.ends_at, now) - HOUR).date() + DAY)
    days = {day: state for day, state in by_day(world).items() if day in span}
    over = {day: state for day, state in days.items() if midnight(day + DAY) <= now}
    assert (report.basis == "billed") == all(state.billed for state in days.values())
    assert report.basis != "estimated" or not any(state.billed for state in days.values())
    assert missing_of(report, "charges") == {day for day, state in over.items() if not state.billed}
    assert missing_of(report, "usage") >= {day for day, state in over.items() if state.hours < 24}


def missing_of(report: Report, name: str) -> set[date]:
    return {day for gap in report.gaps if gap.report == name for day in gap.days.days()}


def report_of(world: Sequence[DayState], period: Period, now: datetime) -> Report:
    """Keep a world as reports would have left it, and ask."""
    days = by_day(world)
    with transaction():
        connection = connected(now)
        made_of = {day: (made(day, state), not state.billed) for day, state in days.items()}
        spend.replace_days(connection.id, made_of)
        coverage.mark(connection.id, "charges", [day for day in days if days[day].billed], at=now)
        for day, state in days.items():
            if state.hours:
                until = midnight(day) + state.hours * HOUR
                coverage.mark(connection.id, "usage", [day], at=now, until=until)
    with snapshot():
        return reports_cost.cost(connection, Question(period), now=now)


def connected(now: datetime) -> Connection:
    """A connection of an organization that began with the world."""
    connection = connections.connect(
        "T1", str(uuid4()), "Acme", key="sk-ant-admin01-a", vault=Vault([SECRET]), by="", at=now
    )
    connections.set_first_day(connection.id, BEGIN)
    return connections.by_id(connection.id)


def made(day: date, state: DayState) -> Attribution:
    """A dollar for each hour that is in; of a bill the rest in the first of them, without any at noon."""
    hours = list(range(state.hours)) or ([12] if state.billed else [])
    rest = 24 - len(hours) if state.billed else 0
    costs = [Decimal(1 if number else 1 + rest) for number in range(len(hours))]
    lines = [
        Spend(
            midnight(day) + hour * HOUR,
            None,
            "apikey_1",
            "claude-opus-5-5",
            "messages_api",
            billionths(cost),
            SIX,
        )
        for hour, cost in zip(hours, costs, strict=True)
    ]
    return Attribution(lines, [KindSpend(line.hour, "output", line.cost, 500) for line in lines])
