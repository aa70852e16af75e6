"""What `stackspend` can do, one function a verb; each returns the exit status.

Those that only read are in verbs_reading.py, those about keys in verbs_keys.py.
"""

import argparse
import sys
import threading

from bot import clock, console
from bot import settings as environment
from bot.program import LOCAL, Failed, open_program, serve
from storage import connections, database
from storage.connections import Connection

DONE, FAILED = 0, 1


# The bot


def run(_options: argparse.Namespace) -> int:
    """Web and scheduler in one process."""
    return serve(open_program(needs_secret=True), web=True, work=True)


def web(_options: argparse.Namespace) -> int:
    """Answer Slack; a worker runs elsewhere."""
    return serve(open_program(migrate=False, needs_secret=True), web=True, work=False)


def worker(_options: argparse.Namespace) -> int:
    """Sync and post; the web process runs elsewhere."""
    return serve(open_program(migrate=False, needs_secret=True), web=False, work=True)


# Without Slack


def sync(options: argparse.Namespace) -> int:
    """Do everything that is due, with a progress bar for the first walk through history."""
    from bot import jobs, standing
    from storage import jobs as due

    program, bar = open_program(needs_secret=True), console.Bar()

    def told(connection: Connection) -> None:
        bar(lambda: standing.progress(connection, now=clock.now()))

    with database.session():
        connection = connection_of(options)
        if connection.state == "refused":
            raise Failed("Anthropic no longer takes this key; `stackspend connect` with a new one")
        connections.hurry(connection.id)
        due.hurry(connection.id, clock.now())
        share = program.worker(program.services, told)
        while jobs.is_due(connection, clock.now()) and not connections.is_paused(connection.id, clock.now()):
            share.tick()
            threading.Event().wait(0.2)
            if share.trouble:
                raise Failed(f"{share.trouble}; what is in stays, the rest stays due") from share.trouble
        bar.end()
        return _say_synced(connection)


def _say_synced(connection: Connection) -> int:
    from bot import standing
    from bot.jobs import REPORTS
    from digests import render
    from digests.report import Synced
    from storage import incidents, jobs

    now = clock.now()
    status = standing.status(connections.by_id(connection.id), now=now)
    done = Synced(status.restatements, asked=tuple(REPORTS), failed=status.failing)
    console.show(render.synced(done, status=status, now=now, zone="UTC"), now=now, zone="UTC")
    failing = jobs.failing(connection.id)
    for incident in incidents.open_ones(connection.id):
        raise Failed(incident.detail)
    if failing:
        raise Failed(f"{failing[0][1]}; what is missing stays due")
    return DONE


def connection_of(options: argparse.Namespace) -> Connection:
    """The connection of the team that is asked for. Raises Failed."""
    found = connections.of_team(team_of(options))
    if found is None:
        raise Failed("nothing is connected yet; `stackspend connect < key` connects an organization")
    return found


def team_of(options: argparse.Namespace) -> str:
    """The team that is asked for, or the only one there is. Raises Failed."""
    if options.team:
        return str(options.team)
    teams = connections.teams()
    if len(teams) > 1:
        raise Failed(f"there are several Slack workspaces; choose one with --team: {', '.join(teams)}")
    return teams[0] if teams else LOCAL


# Looking after it


def migrate(_options: argparse.Namespace) -> int:
    """Bring the database up to date."""
    database.open_database(environment.read().database_url)
    applied = database.migrate()
    console.say(f"applied {', '.join(applied)}" if applied else "nothing to do")
    return DONE


def doctor(options: argparse.Namespace) -> int:
    """Try everything the bot needs and say what is wrong."""
    import json

    from bot.doctor import examine
    from bot.examination import as_object, is_well
    from digests.terminal.text import clean

    findings = []
    for finding in examine():
        findings.append(finding)
        if not options.json:
            console.say(clean(finding.line))
    if options.json:
        console.say(json.dumps(as_object(findings), indent=1))
    return DONE if is_well(findings) else FAILED


def demo(options: argparse.Namespace) -> int:
    """Try everything without an account."""
    import runpy

    sys.argv = ["demo", *(["--keep"] if options.keep else [])]
    runpy.run_module("demo", run_name="__main__")
    return DONE
