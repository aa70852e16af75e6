"""`make demo`: the whole job on this machine, without an account, a key or the internet."""

import argparse
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from demo.faults import ADMIN_KEY
from demo.stage import Stage, stage
from demo.tour import Tour

END = """
That was the real bot, from the first command to the first digest, between a simulated Anthropic
organization and a stand-in Slack. It took {seconds:.0f} seconds.

  Leave it running          make demo KEEP=1
  Every test                make test
  For real, in two minutes  README.md, "Run it for real"
"""
KEPT = """
It goes on running. In another terminal:

  export DATABASE_URL={database}
  .venv/bin/stackspend cost today
  .venv/bin/stackspend engineers 7d --json

  Admin API  {anthropic}   (key {key})
  Slack API  {slack}
  The bot    {bot}
  Its log    {log}

Ctrl-C ends it.
"""


def main() -> None:
    """Play the tour; with --keep, stay."""
    parser = argparse.ArgumentParser(prog="stackspend demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave it running and print its addresses")
    parser.add_argument("--days", type=int, default=400, help="days of history before today")
    options = parser.parse_args()
    started = time.monotonic()
    folders = tempfile.TemporaryDirectory(prefix="stackspend-demo-")
    with folders as folder, stage(Path(folder), days=options.days) as play:
        bot = play.bot()
        Tour(play).play()
        print(END.format(seconds=time.monotonic() - started))
        if options.keep:
            _stay(play, f"http://127.0.0.1:{bot.port}", bot.log)


def _stay(play: Stage, bot: str, log: Path) -> None:
    addresses = {"anthropic": play.anthropic_url, "slack": play.slack.api_url, "bot": bot, "log": log}
    print(KEPT.format(**addresses, database=play.database_url, key=ADMIN_KEY), flush=True)
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


if __name__ == "__main__":
    main()
