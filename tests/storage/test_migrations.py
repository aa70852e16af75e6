"""The migrations, one after the other, make the tables that the program reads and writes."""

from pathlib import Path

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
