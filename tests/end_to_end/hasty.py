"""The bot as it is, but what it took is others' two seconds after its last sign of life: `hasty run`."""

import sys
from datetime import timedelta

from bot import __main__ as bot

LEASE = timedelta(seconds=2)


def main(verb: str) -> int:
    program = bot.open_program(migrate=verb == "run")
    program.lease = LEASE
    return bot._serve(program, web=verb != "worker", work=verb != "web")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
