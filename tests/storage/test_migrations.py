"""The migrations, one after the other, make the tables that the program reads and writes."""

import shutil
from pathlib import Path

import pytest

from providers.directory import Entry
from storage import database as engine
from storage import directory
from storage.database import migrate, open_database, transaction
from storage.tables import TABLES, database


def test_migrated_tables_are_those_of_the_program(store: str) -> None:
    migrated = {table._meta.table_name: _shape(table._meta.table_name) for table in TABLES}
    with database.atomic():
        database.drop_tables(TABLES)
        database.create_tables(TABLES)
    assert migrated == {table._meta.table_name: _shape(table._meta.table_name) for table in TABLES}
    assert store


def _shape(table: str) -> tuple[object, ...]:
    columns = {(c.name, c.data_type, c.null, c.primary_key) for c in database.get_columns(table)}
    indexes = {(tuple(i.columns), i.unique) for i in database.get_indexes(table)}
    return columns, indexes, database.get_primary_keys(table)


def test_a_migration_imports_nothing_of_ours() -> None:
    folder = Path(__file__).parent.parent.parent / "storage" / "migrations"
    for migration in folder.glob("0*.py"):
        text = migration.read_text(encoding="utf-8")
        assert "from storage" not in text
        assert "from providers" not in text


def test_what_the_first_release_kept_is_there_after_the_second_migration(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tmp_path / "migrations"
    first.mkdir()
    shutil.copy(engine.MIGRATIONS / "0001_initial.py", first)
    open_database(database_url)
    monkeypatch.setattr(engine, "MIGRATIONS", first)
    assert migrate() == ["0001_initial"]
    with transaction():
        database.execute_sql(
            "INSERT INTO directory (connection_id, id, kind, name) VALUES (1, 'apikey_1', 'api_key', 'ci')"
        )
    monkeypatch.undo()
    assert "0002_assignments" in migrate()
    with transaction():
        assert directory.read(1).keys() == [Entry("apikey_1", "api_key", "ci")]
    getattr(database.obj, "close_all", database.close)()
