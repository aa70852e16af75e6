"""What `stackspend` can do, one function a verb; each returns the exit status.

Those that only read are in verbs_reading.py.
"""

import argparse
import sys
import threading

from bot import clock, console
from bot import settings as environment
from bot.program import LOCAL, Failed, Program, open_program, serve
from providers.provider import ProviderError
from storage import audit, connections, database, departures, installations
from storage.connections import Connection

DONE, FAILED = 0, 1


# The bot


def run(_options: argparse.Namespace) -> int:
    """Web and scheduler in one process."""
    return serve(open_program(), web=True, work=True)


def web(_options: argparse.Namespace) -> int:
    """Answer Slack; a worker runs elsewhere."""
    return serve(open_program(migrate=False), web=True, work=False)


def worker(_options: argparse.Namespace) -> int:
    """Sync and post; the web process runs elsewhere."""
    return serve(open_program(migrate=False), web=False, work=True)


# Without Slack


def connect(options: argparse.Namespace) -> int:
    """Store an admin key from standard input, after Anthropic has confirmed it."""
    import getpass

    from bot.admin_key import what_is_wrong
    from bot.jobs import begin

    program = open_program()
    key = (getpass.getpass("Admin API key: ") if sys.stdin.isatty() else sys.stdin.readline()).strip()
    if wrong := what_is_wrong(key):
        raise Failed(wrong)
    found = program.open_provider(key).organization()
    with database.session():
        team, now = team_of(options), clock.now()
        with database.transaction():
            present = connections.of_team(team)
            connection = connections.connect(
                team, found.id, found.name, key=key, vault=program.vault, by="", at=now
            )
            begin(connection, now=now)
            audit.record(team, audit.TERMINAL, *_connected(connection, present), now)
    console.say(f"Connected {found.name} (key …{key[-4:]}). `stackspend sync` reads its history.")
    return DONE


def _connected(connection: Connection, present: Connection | None) -> tuple[audit.What, str]:
    """Write down what became of the connection that was `present`, for the log."""
    from bot.admin_key import named

    if present is None:
        return "connected", named(connection)
    if present.organization_id == connection.organization_id:
        return "key replaced", named(connection)
    return "connected", f"{named(connection)}, instead of {named(present)}"


def sync(options: argparse.Namespace) -> int:
    """Do everything that is due, with a progress bar for the first walk through history."""
    from bot import jobs, standing
    from storage import jobs as due

    program, bar = open_program(), console.Bar()

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
    from digests import render
    from storage import incidents, jobs

    now = clock.now()
    status = standing.status(connections.by_id(connection.id), now=now)
    console.show(render.synced(status.restatements, status=status, now=now, zone="UTC"), now=now, zone="UTC")
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


def rotate_secret(_options: argparse.Namespace) -> int:
    """Encrypt every stored key and token anew with the first of STACKSPEND_SECRET_KEY."""
    program = open_program()
    with database.transaction():
        count = connections.renew_keys(program.vault) + installations.renew_tokens(program.vault)
    console.say(f"{count} stored keys are encrypted with the first secret key now; the others may go")
    return DONE


def forget(options: argparse.Namespace) -> int:
    """Delete everything of a Slack workspace, now."""
    open_program()
    with database.transaction():
        departures.forget(options.team)
    console.say(f"everything of {options.team} is deleted")
    return DONE


def doctor(_options: argparse.Namespace) -> int:
    """Try everything the bot needs and say what is wrong."""
    program = open_program(migrate=False)
    console.say("ok    settings, database, secret key")
    problems = _doctor_slack(program) + _doctor_socket(program)
    with database.session():
        for connection in connections.every():
            try:
                program.open_provider(connections.key_of(connection.id, program.vault)).organization()
                console.say(f"ok    {connection.organization_name}, key …{connection.key_hint}")
            except ProviderError as error:
                problems += 1
                console.say(f"wrong {connection.organization_name}, key …{connection.key_hint}: {error}")
    return FAILED if problems else DONE


def _doctor_slack(program: Program) -> int:
    """Try every Slack token; returns how many do not work."""
    from bot.channel import SlackError, team_of
    from bot.workspaces import Many, only_team

    if program.settings.has_many_teams:
        teams, problems = Many(program.settings, program.vault).teams, 0
        with database.session():
            for installation in installations.every():
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
