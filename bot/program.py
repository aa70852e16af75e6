"""The one place where everything is built: settings, vault, database, threads, Slack and Anthropic.

Modules that only some verbs need are imported where they are used, so that `stackspend cost` starts quickly.
"""

import logging
import os
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

from bot import clock
from bot import settings as environment
from bot.errors import Failed
from bot.pools.lanes import THREADS
from bot.runtime import logs, processes
from bot.runtime.ack_first import RequestActivity, WaitForQuiet
from bot.runtime.shutdown import Part, Shutdown
from bot.services import LEASE, Services
from bot.settings import Settings
from providers.provider import Destinations, Provider
from storage.engine import database
from storage.engine.secrets import NOT_THE_KEY, Vault, key_file, keys_beside
from storage.state import sealed_values
from storage.state.connections import Connection
from storage.state.jobs import EVERYTHING

if TYPE_CHECKING:
    from bot.runtime.http.routes import Site, Wsgi
    from bot.runtime.readiness import Check, Readiness
    from bot.runtime.schedule import Schedule
    from bot.runtime.socket_mode import Watchdog
    from bot.sync.worker import Worker
    from bot.teams.workspaces import Opened, Workspaces
    from providers.anthropic.client import Anthropic

OUTDATED_DATABASE = "The database is out of date. Run `stackspend migrate`."
LOCAL = "local"  # the team id without Slack
FETCHING = 64  # threads for calls: MAX_CONNECTIONS × turn.MAX_CALLS, so that no connection waits for another
REDRAWING = 2  # threads that redraw Home tabs: each team's tabs one after the other, at Slack's pace
CURES: Mapping[sealed_values.What, str] = {
    "admin key": "add the key again with `/stackspend connect`, or `stackspend connect`",
    "Slack token": "install the app again from /slack/install",
}
log = logging.getLogger("stackspend")


@dataclass
class Program:
    """The parts that all verbs share: settings, the vault, and functions that build the rest when needed."""

    settings: Settings
    given: Vault | None = None
    scheduled: list["Schedule"] = field(default_factory=list)
    name: str = field(default_factory=processes.own_name)
    lease: timedelta = LEASE
    activity: RequestActivity = field(default_factory=RequestActivity)
    shutdown: Shutdown = field(default_factory=Shutdown)

    @cached_property
    def vault(self) -> Vault:
        """The vault that decrypts keys and tokens; figures need none. Raises Failed without a secret key."""
        return self.given or _vault(self.settings)

    def lost(self) -> list[sealed_values.Sealed]:
        """Every stored secret that cannot be opened; makes no key file. Raises Failed where a key is none."""
        path = database.sqlite_path(self.settings.database_url)
        is_there = bool(self.given or self.settings.secret_keys or (path and key_file(path).exists()))
        with database.session():
            return sealed_values.lost(self.vault if is_there else None)

    @cached_property
    def services(self) -> Services:
        """The dependencies of the bot's parts."""
        return Services(
            vault=self.vault,
            open_provider=self.open_provider,
            admins=self.settings.admins,
            now=clock.now,
            pool=WaitForQuiet(ThreadPoolExecutor(THREADS, "answer"), self.activity),
            wake=self.wake,
            public_url=self.settings.public_url,
            open_to_prove=self.open_to_prove,
        )

    def wake(self) -> None:
        """Start due work now, if the scheduler runs in this process."""
        for schedule in self.scheduled:
            schedule.wake()

    def open_provider(self, key: str) -> Provider:
        """Open a provider with an admin key."""
        return self._open(key)

    def open_destinations(self, key: str) -> Destinations:
        """Open what writes destinations of telemetry, with an admin key."""
        return self._open(key)

    def open_to_prove(self, key: str) -> Provider:
        """Open a provider with a short time limit, for a key that somebody waits for."""
        return self._open_to_prove(key)

    @cached_property
    def _open_to_prove(self) -> Callable[[str], Provider]:
        from bot.pools.key_checks import PATIENCE
        from providers.anthropic.client import opener

        return opener(self.settings.anthropic_base_url, patience=PATIENCE - 1)  # a second to show the answer

    @cached_property
    def _open(self) -> "Callable[[str], Anthropic]":
        from providers.anthropic.client import opener

        return opener(self.settings.anthropic_base_url)

    def worker(
        self,
        services: Services,
        on_progress: Callable[[Connection], None],
        *,
        only: int | None = None,
        below: int = EVERYTHING,
    ) -> "Worker":
        """Build this process's worker; on SQLite, release the leases of ended processes first."""
        from bot.sync.worker import MAX_CONNECTIONS, Worker

        if database.is_sqlite():  # one machine; elsewhere a turn is free when its time has run out
            with database.session():
                processes.release_turns_of_ended_workers()
        serving, fetching = (
            ThreadPoolExecutor(MAX_CONNECTIONS, "serve"),
            ThreadPoolExecutor(FETCHING, "fetch"),
        )
        return Worker(self.name, services, serving, fetching, on_progress, self.lease, only=only, below=below)


def open_program(*, migrate: bool = True, needs_secret: bool = False, serves: bool = False) -> Program:
    """Read the settings and open the database. Raises the errors that `main` prints as a sentence.

    Without `needs_secret` it works without the secret key, so that a lost key costs no figures. A verb that
    does not serve prints what it does, so it logs only warnings, and on a terminal only errors.
    """
    settings = environment.read(needs_secret=needs_secret)
    usual = "INFO" if serves else "ERROR" if sys.stderr.isatty() else "WARNING"
    logs.set_up(settings.log_level or usual, settings.log_format)
    database.open_database(settings.database_url)
    if migrate:
        database.migrate()
    elif database.pending():
        raise Failed(OUTDATED_DATABASE)
    program = Program(settings)
    if serves:
        _say_what_is_lost(program)
    return program


def _say_what_is_lost(program: Program) -> None:
    """Tell the log: a lost secret key costs what it sealed and nothing else; verbs say so themselves.

    Beside SQLite, a new key takes its place.
    """
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
            "STACKSPEND_SECRET_KEY must hold Fernet keys: 32 bytes each, in URL-safe base64"
        ) from error
    except OSError as error:
        raise Failed(f"can't use the secret key beside the database: {error.strerror}") from error


def serve(program: Program, *, web: bool, work: bool) -> int:
    """Listen, work, or both, until a signal ends it."""
    services, shutdown = program.services, program.shutdown
    shutdown.on_signals()
    threading.excepthook = _log_failure
    processes.share_arenas()
    shutdown.run(
        "garbage collection", partial(processes.tidy_regularly, program.activity.wait, shutdown.wait)
    )
    try:
        _start(program, web=web, work=work)
    except BaseException:
        shutdown.end_in_time()  # threads that have begun to work would keep this process
        raise
    shutdown.wait()
    shutdown.end_in_time()
    log.info("stopping; unfinished work resumes on the next start")
    shutdown.add(Part(is_idle=services.key_checks.is_idle, cut_short=services.key_checks.end))
    shutdown.add(Part(is_idle=services.in_flight.is_idle, give_back=services.in_flight.give_up))
    shutdown.add(Part(give_back=services.key_checks.end))
    shutdown.add(Part(stop=services.watches.stop))
    shutdown.finish()
    logging.shutdown()
    os._exit(shutdown.status)  # whatever hangs still, hangs outside


def _start(program: Program, *, web: bool, work: bool) -> None:
    """Start the threads of this process. Raises Failed where it cannot listen, or Slack refuses."""
    services = program.services
    site = _listen_at_once(program) if web else None
    slack = _reach(program)
    if not program.shutdown.wait(0):
        schedule = _begin_to_work(program, services, slack) if work else None
        if site:
            site.app, watchdog = _application(program, services, slack, schedule)
            processes.freeze_gc()
            _say_ready(program, watchdog)


def _say_ready(program: Program, watchdog: "Watchdog | None") -> None:
    """Log what to do next, once Slack is heard as well."""
    from bot.runtime.ready_line import ready_line

    def say() -> None:
        log.info("%s", ready_line(program.settings))

    watchdog.when_open(say) if watchdog else say()


def _log_failure(failed: threading.ExceptHookArgs) -> None:
    """Log a failed thread through our formatter: Python would print the exception with its secrets."""
    name = failed.thread.name if failed.thread else "a thread"
    log.error("%s failed", name, exc_info=failed.exc_value)


def _listen_at_once(program: Program) -> "Site":
    """Start the HTTP server, alive but not ready yet. Raises Failed if it cannot listen."""
    from bot.ingest import receiver
    from bot.runtime.http.routes import LANES, Site
    from bot.runtime.http.server import Server

    site = Site(clock.now)
    lanes = {**LANES, **receiver.LANES}
    server = Server(site, host=program.settings.host, port=program.settings.port, lanes=lanes)
    thread = program.shutdown.run("the web server", server.run)
    program.shutdown.add(Part(stop=server.stop, is_idle=lambda: not thread.is_alive()))
    log.info("listening on %s:%d", program.settings.host, server.port)
    return site


def _reach(program: Program) -> "Workspaces | None":
    """Connect to Slack, and try again while it cannot be reached. Raises Failed if it refuses."""
    from bot.teams.workspaces import Unreached

    pause = 1.0
    while True:
        try:
            return _workspaces(program)
        except Unreached as error:
            if pause == 1:
                log.warning("not ready: Slack cannot be reached (%s); trying again until it can", error)
            if program.shutdown.wait(max(pause, error.leave_alone)):
                return None
            pause = min(2 * pause, 30)  # seconds; an outage ends without a word to us


def _begin_to_work(program: Program, services: Services, slack: "Workspaces | None") -> "Schedule":
    """Start the ticks of this process."""
    from bot.runtime.clock_jumps import ClockMonitor
    from bot.runtime.schedule import Schedule

    keeper = ClockMonitor(socket.gethostname(), clock.now, lease=program.lease)
    ticks = {"clock": keeper.tick, **_ticks(program, services, slack)}
    schedule = Schedule(ticks, on_jump=keeper.on_jump, wall=clock.now)
    program.scheduled.append(schedule)
    schedule.start()
    stopping = threading.Thread(target=schedule.stop, daemon=True)  # which waits for ticks, that may hang
    program.shutdown.add(Part(stop=stopping.start, is_idle=lambda: not stopping.is_alive()))
    return schedule


def _application(
    program: Program,
    services: Services,
    slack: "Workspaces | None",
    schedule: "Schedule | None",
) -> "tuple[Wsgi, Watchdog | None]":
    """Build the HTTP application and, with an app token, connect to Slack's socket, which is watched."""
    from bot.ingest.receiver import PATH, Receiver
    from bot.runtime.http.routes import application

    opened = slack.open(services) if slack else None
    bolt, others = http_routes(program, opened) if opened else (None, {})
    watchdog = _connect(program, opened) if opened else None
    built = application(
        slack=bolt,
        is_ready=_readiness(schedule, watchdog),
        now=clock.now,
        others={**others, PATH: Receiver(clock.now)},
        metrics_token=program.settings.metrics_token,
        is_https=program.settings.public_url.startswith("https:"),
    )
    return built, watchdog


def _readiness(schedule: "Schedule | None", watchdog: "Watchdog | None") -> "Readiness":
    """Collect the readiness checks of this process."""
    from bot.runtime.readiness import DatabaseCheck, Readiness

    checks: list[Check] = [DatabaseCheck()]
    if schedule:
        checks.append(lambda: "" if schedule.ticks() else "a part of the scheduler has stopped")
    if watchdog:
        checks.append(lambda: "" if watchdog.is_receiving() else "Slack is not heard over Socket Mode")
    return Readiness(checks)


def _workspaces(program: Program) -> "Workspaces | None":
    from bot.teams.workspaces import ManyWorkspaces, SingleWorkspace

    if program.settings.has_many_teams:
        os.environ.pop("SLACK_CLIENT_ID", None)  # Bolt would read it and keep installations in files
        return ManyWorkspaces(program.settings, program.vault)
    if program.settings.has_slack:
        return SingleWorkspace(program.settings)
    log.warning("Slack is not set up: set SLACK_BOT_TOKEN and SLACK_APP_TOKEN in .env")
    return None


def _ticks(program: Program, services: Services, slack: "Workspaces | None") -> dict[str, Callable[[], None]]:
    """Return the functions that this process calls once a second, by name."""
    from bot.ingest.count import TelemetryCounter
    from bot.ingest.destination import DestinationWatch
    from bot.ingest.silence import SilenceWatch
    from bot.listeners.home_tab.redraw import HomeRedraw
    from bot.listeners.talk.interrupted import Interrupted
    from bot.posting.outbox_worker import MAX_POSTS, OutboxWorker
    from bot.posting.progress_message import ProgressMessage

    slack_of = slack.slack_of if slack else lambda _team: None
    alert_recipients = slack.incident_recipients(services.admins) if slack else services.admins
    context_of = partial(slack.context_of, services=services) if slack else lambda _team: None
    redraw = HomeRedraw(context_of, services, ThreadPoolExecutor(REDRAWING, "home"), program.shutdown.wait)
    redraw.catch_up()
    steps = (ProgressMessage(slack_of, clock.now), redraw)
    share = program.worker(replace(services, admins=alert_recipients), partial(_each, steps))
    pool = ThreadPoolExecutor(MAX_POSTS, "post")
    outbox_worker = OutboxWorker(program.name, slack_of, clock.now, program.lease, pool, alert_recipients)
    program.shutdown.add(Part(stop=share.stop_taking_turns, give_back=share.release_turns))
    program.shutdown.add(Part(stop=outbox_worker.stop_claiming, is_idle=lambda: not outbox_worker.is_busy))
    counter = TelemetryCounter(clock.now)
    return {
        "work": share.tick,
        "post": outbox_worker.tick,
        "count": counter.tick,
        "silence": SilenceWatch(clock.now, alert_recipients).tick,
        "destinations": DestinationWatch(
            program.open_destinations, lambda: program.vault, clock.now, alert_recipients
        ).tick,
        "answer": Interrupted(context_of, clock.now).tick,
        **(slack.ticks if slack else {}),
    }


def _each(steps: Sequence[Callable[[Connection], None]], connection: Connection) -> None:
    """Tell everybody who follows an import that it went on."""
    for step in steps:
        step(connection)


def http_routes(program: Program, opened: "Opened") -> "tuple[Wsgi | None, dict[str, Wsgi]]":
    """Return Bolt's application, None without a signing secret (anybody could sign), and the other paths."""
    from slack_bolt.adapter.wsgi import SlackRequestHandler

    from bot.listeners.keys.connect import KEY_PAGE
    from bot.listeners.keys.key_page import KeyPage
    from bot.runtime.http import signature
    from bot.runtime.http.rate_limit import FailureLimiter

    settings = program.settings
    wsgi: Wsgi = SlackRequestHandler(opened.app, path="/slack/events")
    others = dict.fromkeys(opened.paths, wsgi)
    if settings.public_url:
        others[KEY_PAGE] = KeyPage(opened.context_of, clock.now, FailureLimiter())
    if not settings.slack_signing_secret:
        return None, others
    return program.activity.watching(signature.require(wsgi, settings.slack_signing_secret)), others


def _connect(program: Program, opened: "Opened") -> "Watchdog | None":
    """Connect Bolt over Socket Mode if there is an app token."""
    from bot.runtime.socket_mode import listen

    settings = program.settings
    if not settings.slack_app_token:
        return None
    watchdog = listen(
        opened.app, token=settings.slack_app_token, api_url=settings.slack_api_url, run=program.shutdown.run
    )
    program.shutdown.add(Part(stop=watchdog.stop))
    return watchdog
