"""The bot as it is, but what it took is others' two seconds after its last sign of life: `hasty run`."""

import sys
from datetime import timedelta

from bot.program import open_program, serve

LEASE = timedelta(seconds=2)


def main(verb: str) -> int:
    program = open_program(migrate=verb == "run")
    program.lease = LEASE
    return serve(program, web=verb != "worker", work=verb != "web")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
