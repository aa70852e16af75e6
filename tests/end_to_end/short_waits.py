"""The bot with short leases and retries, for tests that kill it: `short_waits run`.

Another process takes over its work two seconds after its last sign of life. A refused key is tried again
after one second.
"""

import sys
from datetime import timedelta

from bot.program import open_program, serve
from bot.sync.keys import key_check

LEASE, ASK_AGAIN = timedelta(seconds=2), timedelta(seconds=1)


def main(verb: str) -> int:
    program = open_program(migrate=verb == "run", serves=True)
    program.lease, key_check.ASK_AGAIN = LEASE, ASK_AGAIN
    return serve(program, web=verb != "worker", work=verb != "web")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
