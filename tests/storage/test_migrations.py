"""The migrations, one after the other, make the tables that the program reads and writes."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from providers.directory import Entry
from storage import database as engine
from storage import directory
from storage.database import migrate, open_database, transaction
from storage.tables import TABLES, database

Before = Callable[[str], None]


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


@pytest.fixture
def before(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Before]:
    """What applies the migrations up to one, so that the rest are still to come."""
    earlier = tmp_path / "migrations"
    earlier.mkdir()
    open_database(database_url)

    def migrated_to(last: str) -> None:
        for migration in sorted(engine.MIGRATIONS.glob("0*.py")):
            if migration.stem <= last:
                shutil.copy(migration, earlier)
        with monkeypatch.context() as patch:
            patch.setattr(engine, "MIGRATIONS", earlier)
            assert migrate()[-1] == last

    yield migrated_to
    getattr(database.obj, "close_all", database.close)()


def test_what_the_first_release_kept_is_there_after_all_migrations(before: Before) -> None:
    before("0001_initial")
    with transaction():
        database.execute_sql(
            "INSERT INTO directory (connection_id, id, kind, name) VALUES (1, 'apikey_1', 'api_key', 'ci')"
        )
    migrate()
    with transaction():
        assert directory.read(1).keys() == [Entry("apikey_1", "api_key", "ci")]


CONNECTION = """
INSERT INTO connection (id, team_id, provider, organization_id, organization_name, key_hint, connected_by,
  connected_at, state, announced, leased_by)
VALUES (1, 'T1', 'anthropic', 'o', 'Acme', '4Q7x', 'U1', 0, 'active', '', '')
"""


def test_names_carried_over_are_kept_in_memory(before: Before) -> None:
    before("0002_assignments")
    with transaction():
        database.execute_sql(CONNECTION)
    migrate()
    with transaction():
        assert directory.read(1) is directory.read(1)
