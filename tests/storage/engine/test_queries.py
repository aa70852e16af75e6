"""Queries as text: their arguments on each engine, and once in a snapshot, always anew outside of one."""

from datetime import UTC, datetime

import pytest

from storage.engine.database import session, snapshot, transaction
from storage.engine.queries import query
from storage.engine.tables import database
from storage.facts import coverage
from tests.storage.samples import DAY, NOW

ONE, TWO = 1, 2
pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that the database executes, as they come."""
    statements: list[str] = []
    execute = database.obj.execute_sql

    def noted(sql: str, params: object = None) -> object:
        statements.append(sql)
        return execute(sql, params)

    monkeypatch.setattr(database.obj, "execute_sql", noted)
    return statements


def mark(until: datetime) -> None:
    with transaction():
        coverage.mark(ONE, "usage", [DAY], at=NOW, until=until)


def test_in_a_snapshot_the_same_is_asked_once(executed: list[str]) -> None:
    with snapshot():
        assert [coverage.until(ONE, "usage") for _ in range(3)] == [None] * 3
        assert len(executed) == 1
        coverage.until(TWO, "usage")
        coverage.until(ONE, "charges")
        assert len(executed) == 3


def test_the_next_snapshot_and_whatever_is_in_none_ask_anew() -> None:
    for hour in (9, 10):
        until = datetime(DAY.year, DAY.month, DAY.day, hour, tzinfo=UTC)
        mark(until)
        assert coverage.until(ONE, "usage") == until
        with snapshot():
            assert coverage.until(ONE, "usage") == until


@pytest.mark.parametrize(
    ("of", "numbers"), [([], []), ([2], [2]), ([1, 3, 9], [1, 3])], ids=["nothing", "one", "several"]
)
def test_a_list_stands_for_its_items_among_other_arguments(of: list[int], numbers: list[int]) -> None:
    three = "SELECT 1 AS n UNION SELECT 2 UNION SELECT 3"
    run = query(f"SELECT n FROM ({three}) AS numbers WHERE n > ? AND n IN (??) AND n < ? ORDER BY n")
    with session():
        assert [n for (n,) in run(0, of, 10).fetchall()] == numbers
