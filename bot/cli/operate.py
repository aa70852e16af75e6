"""The verbs that run, migrate and check the bot, one function each; they return the exit status.

Those that only read are in read.py, those about keys in keys.py.
"""

import argparse
import sys
from typing import TYPE_CHECKING

from bot import settings as environment
from bot.cli import terminal
from bot.errors import Failed
from bot.program import LOCAL, open_program, serve
from storage.engine import database
from storage.state import connections
from storage.state.connections import Connection
from storage.state.ingest import tokens

if TYPE_CHECKING:
    from bot.questions.command import Name

DONE, FAILED = 0, 1  # exit statuses
NO_SLACK = (
    "Slack isn't set up yet. Copy .env.example to .env and fill in SLACK_BOT_TOKEN and SLACK_APP_TOKEN "
    "(docs/slack.md). To see it without Slack: `make demo`; to sync for the command line alone: "
    "`stackspend run --without-slack`"
)
NOTHING_CONNECTED = "StackSpend isn't connected to Anthropic yet. Run `stackspend connect < key.txt`."


# The bot


def run(options: argparse.Namespace) -> int:
    """Run web and scheduler in one process. Raises Failed where there is no Slack, unless that is wanted."""
    if not (options.without_slack or environment.read().has_slack):
        raise Failed(NO_SLACK)
    return serve(open_program(needs_secret=True, serves=True), web=True, work=True)


def web(_options: argparse.Namespace) -> int:
    """Answer Slack, with a worker elsewhere."""
    return serve(open_program(migrate=False, needs_secret=True, serves=True), web=True, work=False)


def worker(_options: argparse.Namespace) -> int:
    """Sync and post, with the web process elsewhere."""
    return serve(open_program(migrate=False, needs_secret=True, serves=True), web=False, work=True)


# Without Slack


def open_to_read() -> None:
    """Open the database for a verb that only reads. Raises Failed where there is none: it creates nothing."""
    if not has_database():
        raise Failed(NOTHING_CONNECTED)
    open_program()


def has_database() -> bool:
    """Whether the SQLite file is there; a PostgreSQL server is its own."""
    path = database.sqlite_path(environment.read(needs_secret=False).database_url)
    return path is None or path.exists() or not path.parent.exists()  # which is said when it is opened


def connection_of(options: argparse.Namespace) -> Connection:
    """Return the connection of the team in the options. Raises Failed."""
    connection = connections.of_team(team_of(options))
    if connection is None:
        raise Failed(NOTHING_CONNECTED)
    return connection


def history_of(options: argparse.Namespace, name: "Name") -> Connection:
    """Return the connection whose figures to read, or else the last one disconnected. Raises Failed."""
    from bot.questions.answer import connection_for

    connection = connection_for(team_of(options), name)
    if connection is None:
        raise Failed(NOTHING_CONNECTED)
    return connection


def team_of(options: argparse.Namespace) -> str:
    """Return the team in the options, or the only one there is. Raises Failed."""
    if options.team:
        return str(options.team)
    teams = connections.teams() or connections.past_teams() or tokens.teams()
    if len(teams) > 1:
        raise Failed(f"There are several Slack workspaces. Choose one with --team: {', '.join(teams)}")
    return teams[0] if teams else LOCAL


# Looking after it


def migrate(_options: argparse.Namespace) -> int:
    """Update the database."""
    database.open_database(environment.read().database_url)
    applied = database.migrate()
    terminal.say(f"Applied {', '.join(applied)}." if applied else "The database is up to date.")
    return DONE


def doctor(options: argparse.Namespace) -> int:
    """Check everything StackSpend needs, and show what is wrong."""
    import json

    from bot.cli.doctor.checks import examine
    from bot.cli.doctor.findings import as_object, is_well
    from digests.terminal.text import clean

    findings = []
    for finding in examine():
        findings.append(finding)
        if not options.json:
            terminal.say(clean(finding.line))
    if options.json:
        terminal.say(json.dumps(as_object(findings), indent=1))
    return DONE if is_well(findings) else FAILED


def demo(options: argparse.Namespace) -> int:
    """Try everything, without an account."""
    import runpy

    sys.argv = ["demo", *(["--keep"] if options.keep else [])]
    runpy.run_module("demo", run_name="__main__")
    return DONE
