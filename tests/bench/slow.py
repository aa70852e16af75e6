"""The program, every query of it slow while a file is there: `python -m tests.bench.slow FILE run`.

It answers to any address: that of the load generator is its own, not Slack's.
"""

import sys
import time
from pathlib import Path
from typing import Any

from peewee import Database

from bot.__main__ import main
from bot.listeners import reply

QUERY = 0.5  # seconds that a query takes more


def slow_down(while_there: Path) -> None:
    """Let queries take their time."""
    execute: Any = Database.execute_sql

    def slowly(*arguments: Any, **named: Any) -> Any:
        if while_there.exists():
            time.sleep(QUERY)
        return execute(*arguments, **named)

    Database.execute_sql = slowly  # type: ignore[method-assign] # of every engine


def answer_anywhere() -> None:
    """Let the addresses of answers be the load generator's."""
    vars(reply)["is_slacks"] = lambda _url, *, api_url: bool(api_url)


if __name__ == "__main__":
    answer_anywhere()
    slow_down(Path(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
