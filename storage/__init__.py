"""Store and read everything we remember; the only room that knows SQL and peewee."""

import sys

# peewee imports every driver it finds, which takes a quarter of the time of a command's first answer. It is
# told that there are none; engine/postgresql.py imports the one for PostgreSQL where that is chosen.
_DRIVERS = {"psycopg", "psycopg2", "psycopg2cffi", "pymysql", "MySQLdb"} - sys.modules.keys()
sys.modules.update(dict.fromkeys(_DRIVERS))  # type: ignore[arg-type] # None: an import says there is none
try:
    import peewee  # noqa: F401 - the first of many
finally:
    for _driver in _DRIVERS:
        del sys.modules[_driver]
