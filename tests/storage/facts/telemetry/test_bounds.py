"""Lines beyond the bound are one, and several processes count at a time: nothing is lost, nothing twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from providers.claude.counting import count
from providers.claude.records import NANOSECONDS
from providers.claude.use import Origin, Use
from providers.directory import Directory
from providers.money import dollars
from providers.period import Period
from storage.engine.database import is_sqlite, session, transaction
from storage.engine.queries import query
from storage.engine.tables import database
from storage.facts.telemetry import batches, totals
from storage.facts.telemetry.count import add_uses, count_waiting, wait_to_be_alone
from storage.facts.telemetry.lines import BOUND
from tests.providers.claude.bodies import AT, FILES, SAMPLED, sample

pytestmark = pytest.mark.usefixtures("store")
ONE, MORE = 1, 7
DAYS = Period(date(2026, 11, 29), date(2026, 12, 1))
ARRIVED = datetime.fromtimestamp(SAMPLED // NANOSECONDS, UTC)


def use(number: int) -> Use:
    origin = Origin(model="claude-opus-5-5", skill=f"skill {number:05}", email=f"p{number}@acme.example")
    return Use(f"k{number}", True, f"s{number}", AT, AT, AT, (0, 0, 0, 0, 1000), 3, None, origin)


def test_lines_beyond_the_bound_are_one_with_their_count_and_sum_to_the_total() -> None:
    with transaction():
        add_uses(ONE, [use(number) for number in range(BOUND + MORE)])
    lines, whole = totals.by(ONE, "skill", DAYS), totals.total(ONE, DAYS)
    assert (len(lines), lines[-1].name, lines[-1].others) == (BOUND + 1, "other", MORE)
    assert (lines[-1].requests, lines[-1].sessions) == (MORE, MORE)
    assert sum((line.cost for line in lines), Decimal(0)) == whole.cost
    assert sum(line.requests for line in lines) == whole.requests == BOUND + MORE


def test_what_comes_later_for_a_line_beyond_the_bound_stays_there() -> None:
    with transaction():
        add_uses(ONE, [use(number) for number in range(BOUND + 1)])
        add_uses(ONE, [use(BOUND + 1), use(BOUND + 1)])
    (other,) = [line for line in totals.by(ONE, "skill", DAYS) if line.others]
    assert (other.others, other.requests) == (2, 2)


def test_people_are_not_hidden_in_a_crowd() -> None:
    with transaction():
        add_uses(ONE, [use(number) for number in range(BOUND + MORE)])
    assert len(totals.by_engineer(ONE, DAYS, Directory([]))) == BOUND + MORE


def test_several_processes_count_everything_once() -> None:
    every = list(map(sample, FILES))
    expected = count(every, received_at=SAMPLED)
    with transaction():
        for batch in [*every, *every]:
            batches.append(ONE, batch, at=ARRIVED)

    def count_all(_process: int) -> int:
        counted = 0
        with session():
            while batches.waiting():
                counted += count_waiting(ONE, limit=5).bodies
        return counted

    with ThreadPoolExecutor(4) as processes:
        counted = sum(processes.map(count_all, range(4)))
    assert counted == 2 * len(every)
    whole = totals.total(ONE, DAYS)
    assert (whole.requests, whole.cost) == (expected.requests, dollars(expected.cost))


def test_the_right_to_count_is_of_one_schema() -> None:
    if is_sqlite():
        pytest.skip("SQLite's write lock is its file's")
    with transaction():
        wait_to_be_alone(ONE)
        with ThreadPoolExecutor(1) as other:
            assert other.submit(_elsewhere).result() == (True, False)


def _elsewhere() -> tuple[bool, bool]:
    """Return whether another schema's connection can count, and whether one of ours can."""
    schema = str(query("SELECT current_schema()")().fetchone()[0])
    with transaction():
        database.execute_sql("SET LOCAL search_path TO pg_temp")
        there = query("SELECT pg_try_advisory_xact_lock(hashtext('telemetry of other'), 1)")().fetchone()[0]
        database.execute_sql(f'SET LOCAL search_path TO "{schema}"')
        key = "hashtext('telemetry of ' || current_schema()), ?"
        here = query(f"SELECT pg_try_advisory_xact_lock({key})")(ONE).fetchone()[0]
    return bool(there), bool(here)
