"""The verbs about telemetry: `connect claude` and `disconnect claude` for tokens, `claude` for figures."""

import argparse
from datetime import datetime
from typing import TYPE_CHECKING

from bot import clock
from bot.cli import keys, terminal
from bot.cli.operate import DONE, open_to_read, team_of
from bot.cli.read import Misused
from bot.errors import Failed
from bot.ingest import ingest_tokens
from bot.ingest.ingest_tokens import NO_PUBLIC_URL, NotPossible
from bot.program import open_program
from digests.files.telemetry_settings import endpoint, snippets
from storage.engine import database
from storage.state import audit, connections
from storage.state.ingest.tokens import PROVIDER

if TYPE_CHECKING:
    from bot.questions.reading.types import Reading
    from providers.period import Period

NOT_CONNECTED = "telemetry is not connected yet; `stackspend connect claude` makes a token for it"
ZONE = "UTC"  # whose days telemetry is counted by
ANTHROPIC, CLAUDE = "anthropic", "claude"
ISSUED = """\
Ingest token {name}, shown only this once:

{token}

For Claude Code, paste this into its managed settings, then restart it:

{settings}

Other senders (one person, API keys, VS Code, Agent SDK, GitHub Actions, Cowork, Console): docs/telemetry.md
`stackspend doctor` says when the first event has come."""


def connect_either(options: argparse.Namespace) -> int:
    """Connect Anthropic by its key, or Claude by a token. Raises Misused for options of the other one."""
    if options.provider == CLAUDE:
        if options.replace:
            raise Misused("--replace is for anthropic")
        return connect(options)
    if options.name or options.json or options.managed:
        raise Misused("--name, --managed and --json are for claude: stackspend connect claude --name NAME")
    return keys.connect(options)


def disconnect_either(options: argparse.Namespace) -> int:
    """Disconnect Anthropic, or revoke a token of Claude. Raises Misused for options of the other one."""
    if options.provider == CLAUDE:
        if options.delete_history:
            raise Misused("--delete-history is for anthropic")
        return disconnect(options)
    if options.name:
        raise Misused("--name is for claude: stackspend disconnect claude --name NAME")
    return keys.disconnect(options)


def connect(options: argparse.Namespace) -> int:
    """Issue an ingest token, and say what to paste where."""
    program = open_program()
    if not program.settings.public_url:
        raise Failed(NO_PUBLIC_URL)
    address = endpoint(program.settings.public_url)
    with database.session():
        team = team_of(options)
        names = [each.name for each in ingest_tokens.good(team)]
        name = options.name.strip() or ingest_tokens.free_name(names)
        try:
            token, issued = ingest_tokens.issue(team, name, by="", at=clock.now(), is_managed=options.managed)
        except NotPossible as error:
            raise Failed(str(error)) from error
    if options.json:
        terminal.show_plain_json({"endpoint": address, "token": token, "name": issued.name})
        return DONE
    settings = snippets(address, token)["managed"].text
    for line in ISSUED.format(name=issued.name, token=token, settings=settings).splitlines():
        terminal.say(line)
    return DONE


def disconnect(options: argparse.Namespace) -> int:
    """Revoke an ingest token by its name. What it sent stays."""
    open_program()
    with database.session():
        team = team_of(options)
        names = [each.name for each in ingest_tokens.good(team)]
        present = f"there are {', '.join(names)}" if names else "there is none"
        if not options.name:
            raise Misused(f"say which token to revoke, with --name; {present}")
        if not ingest_tokens.revoke(team, options.name.strip(), by="", at=clock.now()):
            raise Failed(f"no token has this name; {present}")
    terminal.say(f"Revoked {options.name.strip()}: what comes with it is refused. What it sent stays.")
    return DONE


def figures(options: argparse.Namespace) -> int:
    """Print what clients report by telemetry, which is never part of the bill."""
    from bot.reports.claude import telemetry
    from digests.files.telemetry_json import telemetry_json
    from digests.messages.telemetry.figures import telemetry as message

    now = clock.now()
    period, dimension = _asked(options, now)
    if dimension not in telemetry.DIMENSIONS:
        raise Misused(f"telemetry has no lines by {dimension}; there are {', '.join(telemetry.DIMENSIONS)}")
    open_to_read()
    with database.session():
        team = team_of(options)
        connection = connections.of_team(team, PROVIDER)
        if connection is None:
            raise Failed(NOT_CONNECTED)
        if dimension == "engineer":
            with database.transaction():
                detail = f"claude {period.start}..{period.end} by engineer"
                audit.record(team, audit.TERMINAL, "engineers viewed", detail, now)
        report = telemetry.report(connection, period, dimension, now=now)
    if options.json:
        terminal.show_plain_json(telemetry_json(report))
    else:
        terminal.show(message(report), now=now, zone=ZONE)
    return DONE


def _asked(options: argparse.Namespace, now: datetime) -> "tuple[Period, str]":
    """Return the period and the dimension that were typed. Raises Misused."""
    from bot.questions.reading.dates import TeamCalendar, dated, dates_of
    from bot.questions.reading.names import Names
    from bot.questions.reading.parse import has_key, read

    text = " ".join(["claude", *options.words, *(["by", options.by] if options.by else [])])
    if has_key(text):
        raise Misused("a key on the command line is seen by everybody here; revoke it")
    calendar = TeamCalendar(now, ZONE)
    result = dated(read(text, Names([])), calendar)
    reading = result.reading
    if reading is None or reading.command != "claude" or _has_more(reading):
        words = ", ".join(f"“{word}”" for word in result.unused or options.words)
        raise Misused(result.sentence or f"{words} is not understood: a period and `by …`, in any order")
    period = dates_of(reading, calendar).period
    if period is None or period.zone != ZONE:
        raise Misused("telemetry is counted by UTC days")
    return period, reading.dimensions[0] if reading.dimensions else "model"


def _has_more(reading: "Reading") -> bool:
    """Say whether a text asks for more than a period and one dimension."""
    more = (reading.filters, reading.compare, reading.limit, reading.form, reading.words)
    return any(more) or len(reading.dimensions) > 1
