"""What `stackspend` can do, one function a verb; each returns the exit status.

Those that only read are in verbs_reading.py, those about keys in verbs_keys.py.
"""

import argparse
import sys
import threading

from bot import clock, console
from bot import settings as environment
from bot.program import CURES, LOCAL, Failed, Program, open_program, serve
from providers.provider import ProviderError
from storage import connections, database, installations, sealed
from storage.connections import Connection
from storage.secrets import NOT_THE_KEY

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


def doctor(_options: argparse.Namespace) -> int:
    """Try everything the bot needs and say what is wrong."""
    program = open_program(migrate=False)
    lost = _doctor_secrets(program)
    problems = len(lost) + _doctor_slack(program, lost) + _doctor_socket(program)
    with database.session():
        for connection in connections.every():
            if ("admin key", connection.id) in lost:
                continue
            try:
                program.open_provider(connections.key_of(connection.id, program.vault)).organization()
                console.say(f"ok    {connection.organization_name}, key …{connection.key_hint}")
            except ProviderError as error:
                problems += 1
                console.say(f"wrong {connection.organization_name}, key …{connection.key_hint}: {error}")
    return FAILED if problems else DONE


def _doctor_secrets(program: Program) -> set[tuple[sealed.What, int]]:
    """Open all that is stored encrypted; returns what cannot be. Raises Failed where a secret key is none."""
    lost = program.lost()
    if not lost:
        console.say("ok    settings, database, secret key")
    for each in lost:
        console.say(f"wrong {each.what} of {each.name} ({each.team_id}): {NOT_THE_KEY}; {CURES[each.what]}")
    return {(each.what, each.id) for each in lost}


def _doctor_slack(program: Program, lost: set[tuple[sealed.What, int]]) -> int:
    """Try every Slack token; returns how many do not work."""
    from bot.channel import SlackError, team_of
    from bot.workspaces import Many, only_team

    if program.settings.has_many_teams:
        teams, problems = Many(program.settings, program.vault).teams, 0
        with database.session():
            for installation in installations.every():
                if ("Slack token", installation.id) in lost:
                    continue
                where = f"{installation.name} ({installation.team_id or installation.enterprise_id})"
                try:
                    team_of(teams.client(installation))
                    console.say(f"ok    Slack workspace {where}")
                except SlackError as error:
                    problems += 1
                    console.say(f"wrong Slack workspace {where}: {error.code}")
        return problems
    if program.settings.has_slack:
        console.say(f"ok    Slack workspace {only_team(program.settings)}")
    else:
        console.say("-     Slack is not set up (SLACK_BOT_TOKEN); the command line works without")
    return 0


def _doctor_socket(program: Program) -> int:
    """Try the token of Socket Mode; returns 1 where it does not work."""
    from bot.socket_mode import what_is_wrong

    if not program.settings.slack_app_token:
        return 0
    wrong = what_is_wrong(program.settings.slack_app_token, program.settings.slack_api_url)
    console.say(f"wrong Socket Mode: {wrong}" if wrong else "ok    Socket Mode")
    return 1 if wrong else 0


def demo(options: argparse.Namespace) -> int:
    """Try everything without an account."""
    import runpy

    sys.argv = ["demo", *(["--keep"] if options.keep else [])]
    runpy.run_module("demo", run_name="__main__")
    return DONE
