"""What every test may ask for: a fresh database on each engine."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings

from storage.database import migrate, open_database, session
from storage.tables import database

POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "")
settings.register_profile("house", derandomize=True, deadline=None)  # a run is as the one before
settings.load_profile("house")
ENGINES = ["sqlite", *(["postgresql"] if POSTGRESQL else [])]


def pytest_report_header() -> str:
    if POSTGRESQL:
        return "databases: SQLite and PostgreSQL"
    return "databases: SQLite alone; set TEST_DATABASE_URL to test on PostgreSQL too"


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database: a new file, or a schema of its own on the server."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/stackspend.db"
        return
    schema = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(POSTGRESQL, autocommit=True) as server:
        server.execute(f'CREATE SCHEMA "{schema}"'.encode())
        yield f"{POSTGRESQL}?options=-csearch_path%3D{schema}"
        server.execute(f'DROP SCHEMA "{schema}" CASCADE'.encode())


@pytest.fixture
def store(database_url: str) -> Iterator[str]:
    """An open, migrated database; its URL."""
    open_database(database_url)
    migrate()
    with session():
        yield database_url
    close_all = getattr(database.obj, "close_all", database.close)
    close_all()
