"""The one place where things are built: settings, vault, database, threads, Slack and Anthropic.

What only some verbs need is imported where it is built, so that `stackspend cost` starts quickly.
"""

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

from bot import clock, logs, processes
from bot import settings as environment
from bot.courtesy import Courteous, Courtesy
from bot.lanes import THREADS
from bot.services import LEASE, Services
from bot.settings import Settings
from providers.provider import Provider
from storage import database, sealed
from storage.connections import Connection
from storage.secrets import NOT_THE_KEY, Vault, key_file, keys_beside

if TYPE_CHECKING:
    from bot.readiness import Check, Readiness
    from bot.schedule import Schedule
    from bot.socket_mode import Watchdog
    from bot.web import Wsgi
    from bot.worker import Worker
    from bot.workspaces import Many, One, Opened

LOCAL = "local"  # the team of whoever works without Slack
FETCHING = 24  # threads for calls of the connections at work
CURES: Mapping[sealed.What, str] = {
    "admin key": "enter the key again with `/stackspend connect`, or `stackspend connect`",
    "Slack token": "install the app again from /slack/install",
}
log = logging.getLogger("stackspend")


class Failed(Exception):
    """One clear sentence for standard error."""


@dataclass
class Program:
    """What the verbs share: settings, the vault, and the threads that are made when first needed."""

    settings: Settings
    given: Vault | None = None
    scheduled: list["Schedule"] = field(default_factory=list)
    name: str = field(default_factory=processes.own_name)
    lease: timedelta = LEASE
    courtesy: Courtesy = field(default_factory=Courtesy)

    @cached_property
    def vault(self) -> Vault:
        """What opens keys and tokens; figures need none. Raises Failed where there is no secret key."""
        return self.given or _vault(self.settings)

    def lost(self) -> list[sealed.Sealed]:
        """Every stored secret that cannot be opened; makes no key file. Raises Failed where a key is none."""
        path = database.sqlite_path(self.settings.database_url)
        is_there = bool(self.given or self.settings.secret_keys or (path and key_file(path).exists()))
        with database.session():
            return sealed.lost(self.vault if is_there else None)

    @property
    def services(self) -> Services:
        """What the parts of the bot are handed."""
        return Services(
            vault=self.vault,
            open_provider=self.open_provider,
            admins=self.settings.admins,
            now=clock.now,
            pool=Courteous(ThreadPoolExecutor(THREADS, "answer"), self.courtesy),
            wake=self.wake,
            public_url=self.settings.public_url,
        )

    def wake(self) -> None:
        """Do now what is due, where the scheduler runs in this process."""
        for schedule in self.scheduled:
            schedule.wake()

    def open_provider(self, key: str) -> Provider:
        """A provider for an admin key."""
        return self._open(key)

    @cached_property
    def _open(self) -> Callable[[str], Provider]:
        from providers.anthropic.client import opener

        return opener(self.settings.anthropic_base_url)

    def worker(self, services: Services, told: Callable[[Connection], None]) -> "Worker":
        """This process's share of the work, which begins with what processes that are gone have left."""
        from bot.worker import HANDS, Worker

        if database.is_sqlite():  # one machine; elsewhere a turn is free when its time has run out
            with database.session():
                processes.take_over()
        serving, fetching = ThreadPoolExecutor(HANDS, "serve"), ThreadPoolExecutor(FETCHING, "fetch")
        return Worker(self.name, services, serving, fetching, told, self.lease)


def open_program(*, migrate: bool = True, needs_secret: bool = False) -> Program:
    """Read the settings and open the database. Raises what `main` puts into a sentence.

    What opens no key works without the secret key, too, so that a lost one costs no figures.
    """
    settings = environment.read(needs_secret=needs_secret)
    logs.set_up(settings.log_level, settings.log_format)
    database.open_database(settings.database_url)
    if migrate:
        database.migrate()
    elif waiting := database.pending():
        raise Failed(f"the database waits for {', '.join(waiting)}; run `stackspend migrate` first")
    program = Program(settings)
    if needs_secret:
        _say_what_is_lost(program)
    return program


def _say_what_is_lost(program: Program) -> None:
    """A lost secret key costs what it sealed and nothing else; beside SQLite, a new one takes its place."""
    for each in program.lost():
        log.error(
            "the %s of %s (%s): %s; %s", each.what, each.name, each.team_id, NOT_THE_KEY, CURES[each.what]
        )


def _vault(settings: Settings) -> Vault:
    path = database.sqlite_path(settings.database_url)
    if not path and not settings.secret_keys:
        raise Failed(environment.UNSEALABLE)
    try:
        return Vault(settings.secret_keys or (keys_beside(path) if path else ()))
    except ValueError as error:
        raise Failed(
            "STACKSPEND_SECRET_KEY must be Fernet keys: 32 bytes each, in URL-safe base64"
        ) from error
    except OSError as error:
        raise Failed(f"the secret key beside the database cannot be used: {error.strerror}") from error


def serve(program: Program, *, web: bool, work: bool) -> int:
    """Listen, work, or both, until a signal ends it."""
    from bot.http_server import Server
    from bot.schedule import Schedule
    from bot.timekeeping import Timekeeper
    from bot.web import LANES, application

    settings, services = program.settings, program.services
    slack = _workspaces(program)
    schedule: Schedule | None = None
    if work:
        keeper = Timekeeper(socket.gethostname(), clock.now, lease=program.lease)
        ticks = {"clock": keeper.tick, **_ticks(program, services, slack)}
        schedule = Schedule(ticks, jumped=keeper.jumped, wall=clock.now)
        program.scheduled.append(schedule)
        schedule.start()
    with _until_signalled() as ended:
        if web:
            opened = slack.open(services) if slack else None
            bolt, others = _listen(program, opened) if opened else (None, {})
            watchdog = _connect(program, opened) if opened else None
            app = application(
                slack=bolt,
                is_ready=_readiness(schedule, watchdog),
                now=clock.now,
                others=others,
                metrics_token=settings.metrics_token,
                is_https=settings.public_url.startswith("https:"),
            )
            server = Server(app, host=settings.host, port=settings.port, lanes=LANES)
            threading.Thread(target=server.run, name="web", daemon=True).start()
            processes.rest_what_is_built()
            log.info("listening on %s:%d", settings.host, server.port)
        ended.wait()
    log.info("stopping; whatever is under way is taken up again at the next start")
    logging.shutdown()
    os._exit(0)  # every step is one transaction, so there is nothing to wait for


def _readiness(schedule: "Schedule | None", watchdog: "Watchdog | None") -> "Readiness":
    """Collect what must be well for this process to do its work."""
    from bot.readiness import DatabaseCheck, Readiness

    checks: list[Check] = [DatabaseCheck()]
    if schedule:
        checks.append(lambda: "" if schedule.ticks() else "a part of the scheduler has stopped")
    if watchdog:
        checks.append(lambda: "" if watchdog.is_heard() else "Slack is not heard over Socket Mode")
    return Readiness(checks)


def _workspaces(program: Program) -> "One | Many | None":
    from bot.workspaces import Many, One

    if program.settings.has_many_teams:
        return Many(program.settings, program.vault)
    if program.settings.has_slack:
        return One(program.settings)
    log.warning("Slack is not set up (SLACK_BOT_TOKEN): the command line answers, nobody else does")
    return None


def _ticks(program: Program, services: Services, slack: "One | Many | None") -> dict[str, Callable[[], None]]:
    """Whatever this process does once a second."""
    from bot.announce import Announcer
    from bot.home import redrawing
    from bot.posting import HANDS as POSTING
    from bot.posting import Postman

    channel_of = slack.channel_of if slack else lambda _team: None
    told = slack.told(services.admins) if slack else services.admins
    redraw = redrawing(partial(slack.desk_of, services=services), services) if slack else _nothing
    announcer = Announcer(channel_of, clock.now, redraw)
    share = program.worker(replace(services, admins=told), announcer)
    pool = ThreadPoolExecutor(POSTING, "post")
    postman = Postman(program.name, channel_of, clock.now, program.lease, pool, told)
    return {"work": share.tick, "post": postman.tick, **(slack.ticks if slack else {})}


def _nothing(_connection: Connection) -> None:
    """Redraw nothing, where there is no Slack."""


def _listen(program: Program, opened: "Opened") -> "tuple[Wsgi | None, dict[str, Wsgi]]":
    """What answers over HTTP: Bolt only where there is a secret, because an empty one lets anybody sign."""
    from slack_bolt.adapter.wsgi import SlackRequestHandler

    from bot import signed
    from bot.connect import KEY_PAGE
    from bot.key_page import KeyPage
    from bot.misses import Misses

    settings = program.settings
    wsgi: Wsgi = SlackRequestHandler(opened.app, path="/slack/events")
    others = dict.fromkeys(opened.paths, wsgi)
    if settings.public_url:
        others[KEY_PAGE] = KeyPage(opened.desk_of, clock.now, Misses())
    if not settings.slack_signing_secret:
        return None, others
    return program.courtesy.noting(signed.only(wsgi, settings.slack_signing_secret)), others


def _connect(program: Program, opened: "Opened") -> "Watchdog | None":
    """Bolt over Socket Mode where there is an app token."""
    from bot.socket_mode import listen

    settings = program.settings
    if not settings.slack_app_token:
        return None
    return listen(opened.app, token=settings.slack_app_token, api_url=settings.slack_api_url)


@contextmanager
def _until_signalled() -> Iterator[threading.Event]:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    yield ended
