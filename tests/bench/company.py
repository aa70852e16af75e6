"""A year of one company, through the storage: every engineer's spend by the hour and their Claude Code.

Days differ by who is at work, hours by who is awake; the rest is as plain as it can be.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from providers.activity import CodeActivity
from providers.charge import Charge
from providers.directory import Entry
from providers.money import dollars
from providers.period import DAY, Period
from providers.spend import Attribution, KindSpend, Spend
from storage.engine.database import transaction
from storage.engine.secrets import Vault, new_key
from storage.facts import accuracy, activity, charges, coverage, directory, spend
from storage.state import connections
from storage.state.connections import Connection

MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-4-5")
KINDS = ("uncached_input", "cache_read", "output")
WINDOW = 7  # days that are kept in one transaction, as in a walk through history
HOURS = 4  # in which each engineer works, beginning between six and sixteen o'clock
CENT = 10_000_000  # billionths of a dollar
BY_SEAT = 10  # every tenth engineer has a subscription


def write(days: int, staff: int, *, now: datetime) -> Connection:
    """Fill the open and empty database with the days before now, and today so far."""
    today, first = now.date(), now.date() - days * DAY
    with transaction():
        connection = connections.connect(
            "local",
            "org",
            "Acme",
            key="sk-ant-admin01-bench",
            vault=Vault([new_key()]),
            by="",
            at=now,
        )
        directory.remember(connection.id, list(_entries(staff, now)))
        connections.set_first_day(connection.id, first)
    for start in range(0, days, WINDOW):
        _write_window(
            connection.id,
            Period.last_days(min(WINDOW, days - start), until=today - (start + 1) * DAY),
            staff,
            now,
        )
    _write_today(connection.id, today, staff, now)
    return connections.by_id(connection.id)


def _write_window(connection_id: int, window: Period, staff: int, now: datetime) -> None:
    days = list(window.days())
    made = {day: _attributed(day, staff) for day in days}
    with transaction():
        billed = [_charge(day, kind) for day, day_facts in made.items() for kind in day_facts.kinds]
        charges.replace(connection_id, days, billed, at=now)
        coverage.mark(connection_id, "usage", days, at=now)
        spend.replace_days(connection_id, {day: (day_facts, False) for day, day_facts in made.items()})
        for day in days:
            activity.replace(connection_id, day, _active(day, staff), at=now, until=now)
            accuracy.record(connection_id, day, estimated=Decimal(101), billed=Decimal(100))


def _write_today(connection_id: int, today: date, staff: int, now: datetime) -> None:
    with transaction():
        coverage.mark(connection_id, "usage", [today], at=now, until=now)
        whole = _attributed(today, staff)
        so_far = Attribution(
            spend=[line for line in whole.spend if line.hour < now],
            kinds=[line for line in whole.kinds if line.hour < now],
        )
        spend.replace(connection_id, today, so_far, estimated=True)
        activity.replace(connection_id, today, _active(today, staff), at=now, until=now)


def _entries(staff: int, now: datetime) -> Iterator[Entry]:
    yield Entry("wrkspc_code", "workspace", "Claude Code", created_at=now)
    for number in range(staff):
        owner = f"user_{number}"
        yield Entry(owner, "user", f"Person {number}", created_at=now, email=_email(number))
        yield Entry(f"apikey_{number}", "api_key", f"key {number}", created_at=now, owner_id=owner)


def _email(number: int) -> str:
    return f"p{number}@acme.example"


def _at_work(day: date, staff: int) -> Sequence[int]:
    """Most on a working day, few at the week-end, never the same ones."""
    of_ten = 8 if day.weekday() < 5 else 1
    return [number for number in range(staff) if (number * 7 + day.toordinal() * 3) % 10 < of_ten]


def _attributed(day: date, staff: int) -> Attribution:
    """Four hours of everybody at work, through Claude Code; of every third, by a key of their own too."""
    hours = [datetime.combine(day, time(), UTC) + timedelta(hours=hour) for hour in range(24)]
    lines, spent = [], dict.fromkeys(hours, 0)
    for number in _at_work(day, staff):
        model = MODELS[(number + day.day) % len(MODELS)]
        for hour in hours[6 + number % 11 :][:HOURS]:
            cost = CENT * (30 + (number * 13 + hour.hour) % 170)
            counts = (900 + number, 0, 100, 9000 + day.day, 300 + hour.hour, 0)
            caller = f"user_{number} claude_code" if number % 3 or hour.hour % 2 else f"apikey_{number}"
            lines.append(Spend(hour, "wrkspc_code", caller, model, "claude_code", cost, counts))
            spent[hour] += cost
    kinds = [
        KindSpend(hour, kind, cost // 4 * (1 + index % 2), 100)
        for hour, cost in spent.items()
        for index, kind in enumerate(KINDS)
        if cost
    ]
    return Attribution(spend=lines, kinds=kinds)


def _charge(day: date, kind: KindSpend) -> Charge:
    pricing = ("standard", "0-200k", "global")
    return Charge(day, None, "tokens", MODELS[0], kind.kind, *pricing, "Tokens", dollars(kind.cost), "USD")


def _active(day: date, staff: int) -> Sequence[CodeActivity]:
    """A row for what was done, one for a model and one for a tool."""
    return [line for number in _at_work(day, staff) for line in _active_one(day, number)]


def _active_one(day: date, number: int) -> Iterator[CodeActivity]:
    who = (day, _email(number), None, "subscription" if number % BY_SEAT == 0 else "api")
    plain = Decimal(0)
    yield CodeActivity(
        *who, "", plain, sessions=2, lines_added=120, lines_removed=30, commits=3, pull_requests=1
    )
    model = MODELS[(number + day.day) % len(MODELS)]
    yield CodeActivity(
        *who, model, dollars(CENT) * (120 + number % 300), input_tokens=4000, output_tokens=1500 + number
    )
    yield CodeActivity(*who, "", plain, "edit_tool", accepted=8 + number % 5, rejected=1)
