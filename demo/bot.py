"""The real bot by the clock of the simulated world: `python -m demo.bot run`.

Whoever is handed the time gets the world's. The scheduler's second and Slack's signatures stay real.
"""

import os
import sys
from pathlib import Path

from bot import program
from bot.__main__ import main
from bot.cli import operate, read
from demo.clock import FILE, Clock

if __name__ == "__main__":
    for module in (program, operate, read):
        vars(module)["clock"] = Clock.of_the_bot(Clock(Path(os.environ[FILE])))  # they ask it for `now`
    sys.exit(main())
