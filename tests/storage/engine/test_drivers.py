"""No driver is imported but that of the database which was chosen: it costs every command its time."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
import bot.__main__
from storage.engine.database import migrate, open_database
open_database(sys.argv[1])
migrate()
before = sorted({"psycopg", "psycopg2", "pymysql", "MySQLdb", "cryptography"} & sys.modules.keys())
open_database("postgresql://nobody@127.0.0.1/nothing")
print(before, "psycopg" in sys.modules)
"""


def _python(url: str, *arguments: str) -> str:
    environment = {**os.environ, "DATABASE_URL": url}
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_the_driver_of_postgresql_is_imported_where_it_is_chosen(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/stackspend.db"
    _python(url, "-m", "bot", "migrate")
    assert _python(url, "-c", PROGRAM, url) == "[] True\n"
