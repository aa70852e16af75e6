"""`stackspend`: the command line, and the one place where things are built.

Each verb is a function; what only some verbs need is imported there, so that `cost` starts quickly.
"""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from bot import clock, console, grammar, logs, processes
from bot import settings as environment
from bot.services import LEASE, Services
from bot.settings import Settings, WrongSettings
from providers.provider import Provider, ProviderError
from storage import connections, database
from storage.connections import Connection
from storage.database import StorageUnavailable
from storage.secrets import Vault, WrongSecretKey, key_beside

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from bot.channel import Channel
    from bot.jobs import Worker
    from bot.schedule import Schedule
    from bot.web import Wsgi
    from digests.render import Message

LOCAL = "local"  # the team of whoever works without Slack
ANSWERING, SERVING, FETCHING = 4, 8, 6  # threads for answers, for connections at work, for their calls
DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130
log = logging.getLogger("stackspend")


class Failed(Exception):
    """One clear sentence for standard error."""


class Misused(Exception):
    """What was typed is no command of ours; the sentence says what would be."""


@dataclass
class Program:
    """What the verbs share: settings, the vault, and the threads that are made when first needed."""

    settings: Settings
    vault: Vault
    scheduled: list["Schedule"] = field(default_factory=list)
    name: str = field(default_factory=processes.own_name)
    lease: timedelta = LEASE

    @property
    def services(self) -> Services:
        """What the parts of the bot are handed."""
        return Services(
            vault=self.vault,
            open_provider=self.open_provider,
            admins=self.settings.admins,
            now=clock.now,
            pool=ThreadPoolExecutor(ANSWERING, "answer"),
            wake=self.wake,
        )

    def wake(self) -> None:
        """Do now what is due, where the scheduler runs in this process."""
        for schedule in self.scheduled:
            schedule.wake()

    def open_provider(self, key: str) -> Provider:
        """A provider for an admin key."""
        from providers.anthropic.admin_api import AdminApi
        from providers.anthropic.client import Anthropic

        return Anthropic(AdminApi(key, base_url=self.settings.anthropic_base_url))

    def worker(self, services: Services, told: Callable[[Connection], None]) -> "Worker":
        """This process's share of the work, which begins with what processes that are gone have left."""
        from bot.jobs import Worker

        if database.is_sqlite():  # one machine; elsewhere a turn is free when its time has run out
            with database.session():
                processes.take_over()
        serving, fetching = ThreadPoolExecutor(SERVING, "serve"), ThreadPoolExecutor(FETCHING, "fetch")
        return Worker(self.name, services, serving, fetching, told, self.lease)


# Building


def open_program(*, migrate: bool = True) -> Program:
    """Read the settings, open the database, prove the secret key. Raises what `main` puts into a sentence."""
    settings = environment.read()
    logs.set_up(settings.log_level, settings.log_format)
    database.open_database(settings.database_url)
    if migrate:
        database.migrate()
    elif waiting := database.pending():
        raise Failed(f"the database waits for {', '.join(waiting)}; run `stackspend migrate` first")
    vault = _vault(settings)
    with database.session():
        connections.prove(vault)
    return Program(settings, vault)


def _vault(settings: Settings) -> Vault:
    path = database.sqlite_path(settings.database_url)
    try:
        keys = settings.secret_keys or ((key_beside(path),) if path else ())
        return Vault(keys)
    except ValueError as error:
        raise Failed(
            "STACKSPEND_SECRET_KEY must be Fernet keys: 32 bytes each, in URL-safe base64"
        ) from error
    except OSError as error:
        raise Failed(f"the secret key beside the database cannot be used: {error.strerror}") from error


def _slack(settings: Settings) -> "WebClient":
    from slack_sdk import WebClient

    return WebClient(token=settings.slack_bot_token, base_url=settings.slack_api_url, timeout=10)


def _team(settings: Settings) -> str:
    """The Slack workspace that the bot token is for."""
    from bot.channel import SlackError, team_of

    try:
        return team_of(_slack(settings))
    except SlackError as error:
        raise Failed(f"Slack does not take SLACK_BOT_TOKEN or cannot be reached: {error.code}") from error


def _channels(settings: Settings, team_id: str) -> "Callable[[str], Channel | None]":
    from bot.channel import Channel

    channel = Channel(_slack(settings))
    return lambda team: channel if team == team_id else None


# The bot


def run(_options: argparse.Namespace) -> int:
    """Web and scheduler in one process."""
    return _serve(open_program(), web=True, work=True)


def web(_options: argparse.Namespace) -> int:
    """Answer Slack; a worker runs elsewhere."""
    return _serve(open_program(migrate=False), web=True, work=False)


def worker(_options: argparse.Namespace) -> int:
    """Sync and post; the web process runs elsewhere."""
    return _serve(open_program(migrate=False), web=False, work=True)


def _serve(program: Program, *, web: bool, work: bool) -> int:
    from bot.announce import Announcer
    from bot.posting import Postman
    from bot.schedule import Schedule
    from bot.web import Server, application

    settings, services = program.settings, program.services
    team_id = _team(settings) if settings.has_slack else LOCAL
    channel_of = _channels(settings, team_id) if settings.has_slack else lambda _team: None
    schedule: Schedule | None = None
    if work:
        share = program.worker(services, Announcer(channel_of, clock.now))
        postman = Postman(program.name, channel_of, clock.now, program.lease)
        schedule = Schedule({"work": share.tick, "post": postman.tick})
        program.scheduled.append(schedule)
        schedule.start()
    with _until_signalled() as ended:
        if web:
            slack = _listen(program, services, team_id) if settings.has_slack else None
            app = application(slack=slack, is_ticking=schedule.ticks if schedule else None, now=clock.now)
            server = Server(app, host=settings.host, port=settings.port)
            threading.Thread(target=server.run, name="web", daemon=True).start()
            log.info("listening on %s:%d", settings.host, server.port)
        ended.wait()
    log.info("stopping; whatever is under way is taken up again at the next start")
    logging.shutdown()
    os._exit(DONE)  # every step is one transaction, so there is nothing to wait for


def _listen(program: Program, services: Services, team_id: str) -> "Wsgi | None":
    """Bolt over Socket Mode where there is an app token, and over HTTP where there is a signing secret.

    Without a secret nothing is taken over HTTP: an empty one would let anybody sign.
    """
    from slack_bolt.adapter.wsgi import SlackRequestHandler

    from bot import signed
    from bot.app import build_app
    from bot.socket_mode import listen

    settings = program.settings
    app = build_app(
        services,
        client=_slack(settings),
        signing_secret=settings.slack_signing_secret,
        team_id=team_id,
    )
    if settings.slack_app_token:
        listen(app, token=settings.slack_app_token, api_url=settings.slack_api_url)
    wsgi: Wsgi = SlackRequestHandler(app, path="/slack/events")  # type: ignore[assignment] # narrower than WSGI
    return signed.only(wsgi, settings.slack_signing_secret) if settings.slack_signing_secret else None


@contextmanager
def _until_signalled() -> Iterator[threading.Event]:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    yield ended


# Without Slack


def connect(options: argparse.Namespace) -> int:
    """Store an admin key from standard input, after Anthropic has confirmed it."""
    import getpass

    from bot.connect import what_is_wrong
    from bot.jobs import begin

    program = open_program()
    key = (getpass.getpass("Admin API key: ") if sys.stdin.isatty() else sys.stdin.readline()).strip()
    if wrong := what_is_wrong(key):
        raise Failed(wrong)
    found = program.open_provider(key).organization()
    with database.session():
        team, now = options.team or _only_team(), clock.now()
        with database.transaction():
            connection = connections.connect(
                team, found.id, found.name, key=key, vault=program.vault, by="", at=now
            )
            begin(connection, now=now)
    console.say(f"Connected {found.name} (key …{key[-4:]}). `stackspend sync` reads its history.")
    return DONE


def sync(options: argparse.Namespace) -> int:
    """Do everything that is due, with a progress bar for the first walk through history."""
    from bot import answers, jobs
    from storage import jobs as due

    program, bar = open_program(), console.Bar()

    def told(connection: Connection) -> None:
        bar(lambda: answers.progress(connection, now=clock.now()))

    with database.session():
        connection = _connection(options)
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
    from bot import answers
    from digests import render
    from storage import incidents, jobs

    now = clock.now()
    status = answers.status(connections.by_id(connection.id), now=now)
    console.show(render.synced(status.restatements, status=status, now=now, zone="UTC"), now=now, zone="UTC")
    failing = jobs.failing(connection.id)
    for incident in incidents.open_ones(connection.id):
        raise Failed(incident.detail)
    if failing:
        raise Failed(f"{failing[0][1]}; what is missing stays due")
    return DONE


def ask(options: argparse.Namespace) -> int:
    """Answer `cost`, `models`, `engineers`, `status` or the bare summary, as Slack would or as JSON."""
    now, zone = clock.now(), options.timezone
    command = _understood([options.command, *options.words], options.by, zone, now)
    open_program()
    with database.session():
        value, said = _answer(_connection(options), command, now, zone)
    if options.json:
        console.show_json(value)
    else:
        console.show(said, now=now, zone=zone)
    return DONE


def _answer(
    connection: Connection, command: grammar.Command, now: datetime, zone: str
) -> "tuple[object, Message]":
    from bot import answers
    from digests import render
    from digests.report import Question

    if command.name == "engineers" and command.period:
        engineers = answers.engineers(connection, command.period, now=now)
        return engineers, render.engineers(engineers, now=now, zone=zone, buttons=False)
    if command.period:
        report = answers.cost(connection, Question(command.period, command.dimension), now=now)
        return report, render.cost(report, now=now, buttons=False)
    if command.name == "status":
        status = answers.status(connection, now=now)
        return status, render.status(status, now=now, zone=zone)
    summary = answers.summary(connection, now=now, zone=zone)
    return summary, render.summary(summary, now=now, zone=zone)


def _understood(words: Sequence[str], by: str, zone: str, now: datetime) -> grammar.Command:
    text = " ".join([*words, *(["by", by] if by else [])])
    command = grammar.understand(text, now=now, zone=zone)
    if isinstance(command, grammar.Command):
        return command
    if isinstance(command, grammar.KeyTyped):
        raise Misused("a key on the command line is seen by everybody here; revoke it, and use `connect`")
    hint = f" Did you mean `{command.nearest}`?" if command.nearest else ""
    raise Misused(command.sentence or f"`{command.typed}` is not understood.{hint}")


def digest(options: argparse.Namespace) -> int:
    """Print the digest of the last finished UTC day, as it would be posted now."""
    from bot import answers
    from digests import render
    from providers.period import DAY

    now = clock.now()
    day = options.day or now.date() - DAY
    open_program()
    with database.session():
        connection = _connection(options)
        value = answers.daily(connection, day, zone=options.timezone, set_up_by="", first=False, now=now)
    if options.json:
        console.show_json(value.day)
    else:
        console.show(render.daily_digest(value), now=now, zone=options.timezone)
    return DONE


def _connection(options: argparse.Namespace) -> Connection:
    team = options.team or _only_team()
    found = connections.of_team(team)
    if found is None:
        raise Failed("nothing is connected yet; `stackspend connect < key` connects an organization")
    return found


def _only_team() -> str:
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
    """Encrypt every stored key anew with the first of STACKSPEND_SECRET_KEY."""
    program = open_program()
    with database.transaction():
        count = connections.renew_keys(program.vault)
    console.say(f"{count} stored keys are encrypted with the first secret key now; the others may go")
    return DONE


def doctor(_options: argparse.Namespace) -> int:
    """Try everything the bot needs and say what is wrong."""
    program = open_program(migrate=False)
    console.say("ok    settings, database, secret key")
    problems = 0
    if program.settings.has_slack:
        console.say(f"ok    Slack workspace {_team(program.settings)}")
    else:
        console.say("-     Slack is not set up (SLACK_BOT_TOKEN); the command line works without")
    with database.session():
        for connection in connections.every():
            try:
                program.open_provider(connections.key_of(connection.id, program.vault)).organization()
                console.say(f"ok    {connection.organization_name}, key …{connection.key_hint}")
            except ProviderError as error:
                problems += 1
                console.say(f"wrong {connection.organization_name}, key …{connection.key_hint}: {error}")
    return FAILED if problems else DONE


def demo(options: argparse.Namespace) -> int:
    """Try everything without an account."""
    import runpy

    sys.argv = ["demo", *(["--keep"] if options.keep else [])]
    runpy.run_module("demo", run_name="__main__")
    return DONE


# The command line


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb; returns the exit status: 0 done, 1 failed with one sentence, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        verb: Callable[[argparse.Namespace], int] = options.verb
        return verb(options)
    except Misused as error:
        return _complain(error, MISUSED)
    except (Failed, WrongSettings, WrongSecretKey, StorageUnavailable, ProviderError) as error:
        return _complain(error, FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED


def _complain(error: Exception, status: int) -> int:
    sys.stderr.write(f"stackspend: {error}\n")
    return status


_PLAIN: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": run,
    "web": web,
    "worker": worker,
    "migrate": migrate,
    "rotate-secret": rotate_secret,
    "doctor": doctor,
}
_ASKING = ("summary", "cost", "models", "engineers", "status")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("stackspend", description="What a team spends on Claude, to the cent.")
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="verb")
    for name, verb in _PLAIN.items():
        verbs.add_parser(name, help=_first_line(verb)).set_defaults(verb=verb)
    for name, verb in (("connect", connect), ("sync", sync)):
        _with_team(verbs.add_parser(name, help=_first_line(verb))).set_defaults(verb=verb)
    for name in _ASKING:
        asking = _for_reading(verbs.add_parser(name, help=f"print {name}, as Slack would or as JSON"))
        asking.add_argument("words", nargs="*", help="a period and `by …`, in any order: 2026-10 by model")
        asking.add_argument(
            "--by", default="", help="model, engineer, workspace, key, token type, product, day"
        )
        asking.set_defaults(verb=ask, command=name)
    daily = _for_reading(verbs.add_parser("digest", help=_first_line(digest)))
    daily.add_argument("kind", choices=["daily"])
    daily.add_argument(
        "day", nargs="?", type=date.fromisoformat, help="a UTC day, 2026-10-31; yesterday if left out"
    )
    daily.set_defaults(verb=digest)
    trying = verbs.add_parser("demo", help=_first_line(demo))
    trying.add_argument("--keep", action="store_true", help="leave it running and print its addresses")
    trying.set_defaults(verb=demo)
    return parser


def _with_team(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--team", default="", help="a Slack workspace's id, where there are several")
    return parser


def _for_reading(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    parser.add_argument("--timezone", default="UTC", type=_zone, help="whose days; UTC if left out")
    return _with_team(parser)


def _zone(name: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, LookupError) as error:
        raise argparse.ArgumentTypeError(f"{name} is not a time zone such as Europe/Berlin") from error


def _first_line(verb: Callable[..., object]) -> str:
    return (verb.__doc__ or "").splitlines()[0].rstrip(".")


if __name__ == "__main__":
    sys.exit(main())
