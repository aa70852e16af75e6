"""`make demo`: the whole job on this machine, without an account, a key or the internet."""

import argparse
import signal
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from demo.browser.pages import serving
from demo.company.roster import TAME_NAME
from demo.slack.people import ADMIN
from demo.slack.server import Slack
from demo.stage import Bot, Stage, stage
from demo.tour import NEW_KEY, Tour
from providers.period import DAY

END = """
That was the real bot, from the first command to the first digest, between a simulated Anthropic
organization and a stand-in Slack. It took {seconds:.0f} seconds."""
NEXT = """
  Play with it in a browser  make demo KEEP=1
  Every test                 make test
  For real, in ten minutes   README.md, "Set it up"
"""
KEPT = """
It keeps running, and it's yours to play with:

  In a browser   {page}
                 as an admin, a member, or a guest; move the clock, break something

  In a terminal  export DATABASE_URL={database}
                 .venv/bin/stackspend cost today
                 .venv/bin/stackspend engineers 7d --json
                 .venv/bin/stackspend claude today     the engineers are working: it moves
                 .venv/bin/stackspend claude blind     who doesn't report

  Admin API      {anthropic}   (key {key})
  Slack API      {slack}
  The bot        {bot}
  Its log        {log}

  Every test     make test
  For real       README.md, "Set it up"

Ctrl-C ends it.
"""


def main() -> None:
    """Play the tour; on a terminal, or with --keep, stay."""
    parser = argparse.ArgumentParser(prog="stackspend demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="stay, though nobody sits at a terminal")
    parser.add_argument("--days", type=int, default=400, help="days of history before today")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # either way, the bot ends with it
    started = time.monotonic()
    folders = tempfile.TemporaryDirectory(prefix="stackspend-demo-")
    # yesterday a key ran away: the digest says so, and today has an ordinary day to be compared with
    story = stage(Path(folders.name), days=options.days, spike=DAY, runaway=TAME_NAME)
    with folders, story as play:
        bot = play.bot(program="demo.bot")
        Tour(play).play()
        print(END.format(seconds=time.monotonic() - started))
        if options.keep or (sys.stdin.isatty() and sys.stdout.isatty()):
            _stay(play, bot)
        else:
            print(NEXT)


def _stay(play: Stage, bot: Bot) -> None:
    """Serve the page until somebody has had enough."""
    _close_what_the_tour_left_open(play.slack)
    with serving(play) as page, suppress(KeyboardInterrupt):
        addresses = {
            "page": page,
            "anthropic": play.anthropic_url,
            "slack": play.slack.api_url,
            "bot": bot.address,
        }
        print(KEPT.format(**addresses, log=bot.log, database=play.database_url, key=NEW_KEY), flush=True)
        threading.Event().wait()


def _close_what_the_tour_left_open(slack: Slack) -> None:
    while slack.workspace.modal(ADMIN):
        slack.close(ADMIN)


if __name__ == "__main__":
    main()
