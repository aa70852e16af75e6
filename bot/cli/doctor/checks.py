"""The checks of `stackspend doctor`, one after the other.

version │ environment │ database │ backup │ stored secrets │ Slack │ clock │ Anthropic │ telemetry │ bot │ …
          └─────────────┴ if one of these fails, none of the later checks is possible
"""

import logging
import os
import platform
import stat
from collections.abc import Callable, Iterator, MutableMapping
from datetime import datetime, timedelta
from pathlib import Path

from bot import __version__, clock, env_file
from bot import settings as environment
from bot.cli.doctor import anthropic, slack
from bot.cli.doctor.backups import backups, size
from bot.cli.doctor.clock_skew import compare
from bot.cli.doctor.findings import Finding, not_set_up, ok, wrong
from bot.errors import Failed
from bot.program import CURES, Program
from bot.runtime import logs
from bot.settings import Settings, WrongSettings
from digests.words.wording import counted
from storage.engine import database
from storage.engine.database import StorageUnavailable
from storage.engine.secrets import NOT_THE_KEY
from storage.state import clock_repair, connections, subscriptions
from storage.state.ingest import tokens
from storage.state.sealed_values import Sealed

log = logging.getLogger("stackspend")
NO_ADDRESS = "senders need an address to send to"
OLD = timedelta(minutes=3)  # a running bot leaves a sign of life once a minute


def examine(variables: MutableMapping[str, str] = os.environ) -> Iterator[Finding]:
    """Yield the findings, check by check."""
    logs.set_up("CRITICAL", "text")  # the findings say everything
    yield ok("Version", f"StackSpend {__version__}, Python {platform.python_version()}")
    try:
        env_file.load(variables)
        settings = environment.read(variables)
    except WrongSettings as error:
        yield from (wrong("Environment", line, "fix it and start again") for line in str(error).splitlines())
        return
    yield ok("Environment", "all settings are valid")
    program = Program(settings)
    database.open_database(settings.database_url)
    for finding in checked("Database", lambda: _database(settings)):
        yield finding
        if finding.state == "wrong":
            yield not_set_up("Everything else", "can't be checked without the database")
        if finding.state == "not set up":
            yield from _connect_first()
            if not settings.has_slack:
                yield slack.missing()
        if finding.state != "ok":
            return
    yield from _behind_the_database(program)


def checked(what: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Yield the findings of a check; an unexpected error is a finding too."""
    try:
        yield from check()
    except Failed as error:
        yield wrong(what, str(error))
    except StorageUnavailable as error:
        yield wrong(what, str(error), "check that it runs, and that DATABASE_URL points to it")
    except Exception as error:
        log.critical("%s cannot be looked at", what, exc_info=error)
        yield wrong(what, "couldn't be checked because of a StackSpend error, shown above")


def _database(settings: Settings) -> Iterator[Finding]:
    path = database.sqlite_path(settings.database_url)
    if path and not path.absolute().parent.is_dir():
        yield wrong("Database", f"there is no folder {path.parent}", "create it, or fix DATABASE_URL")
        return
    if path and not path.exists():
        yield not_set_up("Database", f"{path} isn't there yet", "the first `stackspend connect` creates it")
        return
    waiting = database.pending()
    engine = f"SQLite, {path}" if path else "PostgreSQL"
    if waiting:
        yield wrong("Database", f"{engine}, out of date ({', '.join(waiting)})", "run `stackspend migrate`")
        return
    yield ok("Database", f"{engine}, reachable and up to date")
    yield size()
    if path:
        yield _mode(path)


def _mode(path: Path) -> Finding:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return wrong(
            "Database file", f"other users on this machine can read it ({mode:o})", f"chmod 600 {path}"
        )
    return ok("Database file", f"only its owner can read it ({mode:o})")


def _connect_first() -> Iterator[Finding]:
    yield wrong("Anthropic", "nothing is connected", "run `stackspend connect < key.txt`")


def _behind_the_database(program: Program) -> Iterator[Finding]:
    lost: list[Sealed] = []
    path = database.sqlite_path(program.settings.database_url)
    if path:
        yield from checked("Backup", lambda: backups(path, now=clock.now()))
    yield from checked("Stored secrets", lambda: _secrets(program, lost))
    yield from checked("Slack", lambda: slack.examine(program, lost))
    yield from checked("Clock", lambda: _clock(program.settings))
    yield from checked("Anthropic", lambda: _anthropic(program, lost))
    yield from checked("Claude telemetry", lambda: _telemetry(program.settings))
    yield from checked("Bot", _bot)
    yield from checked("Digests", _digests)


def _secrets(program: Program, lost: list[Sealed]) -> Iterator[Finding]:
    lost += program.lost()
    for each in lost:
        yield wrong(f"{each.what} of {each.name} ({each.team_id})", NOT_THE_KEY, CURES[each.what])
    if not lost:
        yield ok("Stored secrets", "all can be decrypted")


def _clock(settings: Settings) -> Iterator[Finding]:
    if settings.has_slack:
        yield from compare("Slack", f"{settings.slack_api_url}api.test", now=clock.now)
    yield from compare("Anthropic", settings.anthropic_base_url, now=clock.now)


def _anthropic(program: Program, lost: list[Sealed]) -> Iterator[Finding]:
    with database.session():
        every = connections.every()
    if not every:
        yield from _connect_first()
    unopened = {each.id for each in lost if each.what == "admin key"}
    for connection in every:
        if connection.id not in unopened:
            yield from anthropic.examine(program, connection, now=clock.now())
        with database.session():
            yield anthropic.age(connection, now=clock.now())


def _telemetry(settings: Settings) -> Iterator[Finding]:
    with database.session():
        by_team = {team: tokens.good_of_team(team) for team in tokens.teams()}
    if by_team and not settings.public_url:
        yield wrong("Claude telemetry", NO_ADDRESS, "set STACKSPEND_PUBLIC_URL")
    for team, good in by_team.items():
        count = counted(len(good), "token")
        if used := [each.used_at for each in good if each.used_at]:
            yield ok(f"Claude telemetry ({team})", f"{count}, last used {ago(max(used))}")
        else:
            waiting = "see docs/telemetry.md for what to paste"
            yield not_set_up(f"Claude telemetry ({team})", f"{count}, and nothing has arrived yet", waiting)


def _bot() -> Iterator[Finding]:
    with database.session():
        seen = clock_repair.last_seen()
    if seen is None:
        yield not_set_up("Bot", "it hasn't run yet", "start it with `stackspend run`")
    elif clock.now() - seen > OLD:
        yield wrong("Bot", f"last active {ago(seen)}", "start it with `stackspend run`")
    else:
        yield ok("Bot", f"last active {ago(seen)}")


def ago(moment: datetime) -> str:
    """Return how long ago a moment was."""
    minutes = max(0, round((clock.now() - moment).total_seconds() / 60))
    return f"{minutes} min ago" if minutes < 120 else f"{minutes // 60} h ago"  # noqa: PLR2004 - then hours read better


def _digests() -> Iterator[Finding]:
    with database.session():
        every = [each for team in connections.teams() for each in subscriptions.of_team(team)]
    for each in every:
        what = f"{each.kind.capitalize()} digest to #{each.channel_name}"
        if each.trouble and not each.skipped:
            yield wrong(what, f"the last one wasn't posted: {each.trouble}", "see `/stackspend digest`")
        elif each.paused:
            yield not_set_up(what, f"paused: {each.paused}", "resume it with `/stackspend digest`")
    if not every:
        yield not_set_up("Digests", "none", "`/stackspend digest` in Slack sets one up")
    elif not any((each.trouble and not each.skipped) or each.paused for each in every):
        yield ok("Digests", f"{len(every)} set up")
