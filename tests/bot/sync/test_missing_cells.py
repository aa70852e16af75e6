"""Days that an older release stored: their cells are made of the stored facts, and nothing else changes."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.sync.bills import missing_cells
from providers.period import Period
from providers.spend import Amounts, Id
from storage.engine.database import migrate, transaction
from storage.engine.tables import (
    CellDay,
    ChargeRow,
    Connection,
    Coverage,
    DayCell,
    DayRollup,
    EntryRow,
    HourRollup,
    Label,
    ReportedKindRow,
    ReportedRow,
    Table,
    UsageRow,
    database,
)
from storage.facts import cells, spend
from storage.facts.cells import Filterable
from storage.state import access, jobs
from storage.state.access import Audience
from tests.bot.conftest import DAY, FIRST, NOW, TODAY, Company
from tests.storage.releases import migrate_up_to

BEFORE_CELLS = "0009_all_time"
STORED: tuple[type[Table], ...] = (
    Connection,
    Label,
    EntryRow,
    Coverage,
    ChargeRow,
    UsageRow,
    ReportedRow,
    ReportedKindRow,
    DayRollup,
    HourRollup,
)
DIMENSIONS: tuple[Filterable, ...] = ("caller", "workspace", "model", "product")
WHOLE = Period(FIRST, TODAY + DAY)


@pytest.fixture
def upgraded(walked: Company, tmp_path: Path) -> Company:
    """The company as a database of the release before cells has it, brought up to date."""
    rows = {table: _rows(table) for table in STORED}
    names = [name for name in database.get_tables() if name != "sqlite_sequence"]
    with transaction():
        for name in names:
            database.execute_sql(f'DROP TABLE "{name}"')
    earlier = tmp_path / "migrations"
    earlier.mkdir()
    migrate_up_to(BEFORE_CELLS, earlier)
    with transaction():
        for table, values in rows.items():
            _insert(table, values)
    migrate()
    return walked


def _rows(table: type[Table]) -> list[dict[str, Any]]:
    names = [field.column_name for field in table._meta.sorted_fields]
    columns = ", ".join(f'"{name}"' for name in names)
    found = database.execute_sql(f'SELECT {columns} FROM "{table._meta.table_name}"').fetchall()
    return [dict(zip(names, row, strict=True)) for row in found]


def _insert(table: type[Table], rows: list[dict[str, Any]]) -> None:
    """Insert what the release before had columns for."""
    name = table._meta.table_name
    known = {column.name for column in database.get_columns(name)}
    for row in rows:
        old = {column: value for column, value in row.items() if column in known}
        columns, marks = ", ".join(f'"{column}"' for column in old), ", ".join([database.param] * len(old))
        database.execute_sql(f'INSERT INTO "{name}" ({columns}) VALUES ({marks})', list(old.values()))


def rolled_up(number: int, period: Period = WHOLE) -> Mapping[str, Mapping[Id, Amounts]]:
    return {dimension: dict(spend.amounts_by(number, dimension, period)) for dimension in DIMENSIONS}


def by_cells(number: int, period: Period = WHOLE) -> Mapping[str, Mapping[Id, Amounts]]:
    return {
        dimension: {key[0]: each for key, each in cells.amounts_by(number, (dimension,), period)}
        for dimension in DIMENSIONS
    }


def test_the_worker_fills_the_cells_of_a_database_of_the_release_before(upgraded: Company) -> None:
    number = upgraded.connection.id
    before, daily = rolled_up(number), spend.totals_by_day(number, WHOLE)
    assert sum((each.cost for each in daily.values()), Decimal(0)) > 0
    assert by_cells(number) == {dimension: {} for dimension in DIMENSIONS}
    assert cells.missing_days(number, WHOLE) == set(WHOLE.days())
    upgraded.sync()
    assert cells.missing_days(number, WHOLE) == set()
    assert spend.totals_by_day(number, WHOLE) == daily
    assert by_cells(number) == rolled_up(number) == before
    assert spend.all_time(number) == upgraded.billed(FIRST) + daily[TODAY].cost


def test_who_sees_what_stays_as_it_was(upgraded: Company) -> None:
    kept = access.of_team(upgraded.connection.team_id)
    assert (kept.names, kept.cost, kept.calendar) == (Audience("everybody"), Audience("everybody"), "UTC")


def test_the_newest_days_come_first_and_a_stopped_chore_goes_on_where_it_was(upgraded: Company) -> None:
    number = upgraded.connection.id
    every = cells.newest_missing_days(number, count=1000)
    with transaction():
        assert missing_cells.make_missing_cells(number, NOW)
    assert cells.newest_missing_days(number, count=1000) == every[7:]
    steps = 0
    with transaction():
        while missing_cells.make_missing_cells(number, NOW):
            steps += 1
    assert steps == (len(every) - 7) // 7
    assert cells.missing_days(number, WHOLE) == set()
    assert by_cells(number) == rolled_up(number)


def test_a_new_organization_writes_its_cells_as_it_is_read(walked: Company) -> None:
    number = walked.connection.id
    assert cells.missing_days(number, WHOLE) == set()
    assert by_cells(number) == rolled_up(number)
    due = {job.kind: job.due_at for job in jobs.states(number)}
    assert due["cells"] >= NOW


def test_a_day_whose_cells_are_lost_gets_them_within_a_day(walked: Company) -> None:
    number, day = walked.connection.id, date(2026, 11, 10)
    with transaction():
        DayCell.delete().where(DayCell.day == (day - date(1970, 1, 1)).days).execute()
        CellDay.delete().where(CellDay.day == (day - date(1970, 1, 1)).days).execute()
    walked.sync_at(NOW + 2 * DAY)
    assert cells.missing_days(number, WHOLE) == set()
    assert by_cells(number) == rolled_up(number)
