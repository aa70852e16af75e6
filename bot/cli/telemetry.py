"""The verbs about telemetry: `connect claude` and `disconnect claude` for tokens, `claude` for figures."""

import argparse
from datetime import datetime
from typing import TYPE_CHECKING

from bot import clock
from bot.cli import keys, terminal
from bot.cli.operate import DONE, open_to_read, team_of
from bot.cli.read import KEY_TYPED, UNKNOWN_PERSON, Misused, not_parsed
from bot.errors import Failed
from bot.ingest import ingest_tokens
from bot.ingest.ingest_tokens import NO_PUBLIC_URL, NotPossible
from bot.program import open_program
from bot.questions.command import ME, Command, Misunderstood, command_text
from digests.files.telemetry_settings import endpoint, snippets
from providers.directory import Directory
from storage.engine import database
from storage.facts import directory
from storage.facts.telemetry import lines, links
from storage.state import audit, connections
from storage.state.connections import Connection
from storage.state.ingest.tokens import PROVIDER

if TYPE_CHECKING:
    from bot.questions.reading.names import Names
    from digests.layout.message import Message
    from digests.numbers.telemetry.beside import By

NOT_CONNECTED = "Telemetry isn't connected yet. `stackspend connect claude` makes a token for it."
ZONE = "UTC"  # whose days telemetry is counted by
ANTHROPIC, CLAUDE = "anthropic", "claude"
WRITES = (
    "This writes to Anthropic with the Admin key: it creates a telemetry destination for {organization}, for "
    "all workspaces, without prompts and answers, that sends to {endpoint}."
)
ERASED_FOR_GOOD = (
    "{person}'s name, accounts, installations, and commits are deleted from telemetry. This can't be undone."
)
ISSUED = """\
Ingest token {name}, shown only this once:

{token}

For Claude Code, paste this into its managed settings, then restart it:

{settings}

Other senders (one person, API keys, editors, Agent SDK, Actions, Cowork, Office, Console): docs/telemetry.md
`stackspend doctor` says when the first event has come."""


def connect_either(options: argparse.Namespace) -> int:
    """Connect Anthropic by its key, or Claude by a token. Raises Misused for options of the other one."""
    if options.provider == CLAUDE:
        if options.replace:
            raise Misused("--replace is for anthropic")
        return connect_api(options) if options.api else connect(options)
    if options.name or options.json or options.managed or options.api:
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


def connect_api(options: argparse.Namespace) -> int:
    """Create the destination of the API's own telemetry at Anthropic, after a consent. Raises Failed."""
    from bot.cli.keys import ask
    from bot.ingest import destination
    from providers.provider import ProviderError

    program = open_program()
    public_url = program.settings.public_url
    if not public_url.startswith("https://"):
        raise Failed("Anthropic sends only to a public address: set STACKSPEND_PUBLIC_URL, https://….")
    with database.session():
        team = team_of(options)
        present = connections.of_team(team)
        if present is None:
            raise Failed("Anthropic isn't connected. `stackspend connect` connects it.")
        key = connections.key_of(present.id, program.vault)
        address = endpoint(public_url)
        if not options.yes:
            words = WRITES.format(organization=present.organization_name, endpoint=address)
            ask(words, "Create it?", unasked="--yes")
        api = program.open_destinations(key)
        try:
            wrong = destination.create(team, api, public_url=public_url, by="", at=clock.now())
        except ProviderError as error:
            raise Failed(f"Nothing was created: {error}") from error
    arrived = "Its test span arrived." if not wrong else f"Its test span didn't arrive: {wrong}."
    terminal.say(f"Created a telemetry destination at Anthropic that sends to {address}. {arrived}")
    return DONE


def disconnect(options: argparse.Namespace) -> int:
    """Revoke an ingest token by its name. What it sent stays."""
    open_program()
    with database.session():
        team = team_of(options)
        names = [each.name for each in ingest_tokens.good(team)]
        present = f"Tokens: {', '.join(names)}." if names else "There are no tokens."
        if not options.name:
            raise Misused(f"Say which token to revoke, with --name. {present}")
        if not ingest_tokens.revoke(team, options.name.strip(), by="", at=clock.now()):
            raise Failed(f"No token has this name. {present}")
    terminal.say(
        f"Revoked {options.name.strip()}. Anything sent with it is refused; what it sent before stays."
    )
    return DONE


def erase(options: argparse.Namespace) -> int:
    """Erase a person from telemetry. Raises Failed where there is nobody by that name."""
    from bot.cli.keys import ask
    from bot.ingest.erase import NobodyThere
    from bot.ingest.erase import erase as erase_person

    open_program()
    with database.session():
        team = team_of(options)
        if not options.yes:
            ask(ERASED_FOR_GOOD.format(person=options.person), "Erase?", unasked="--yes")
        try:
            erase_person(team, options.person, by="", at=clock.now())
        except NobodyThere as error:
            raise Failed(f"{options.person}: {error}") from error
    terminal.say(
        f"Erased {options.person} from telemetry. Their usage stays in the totals, attributed to nobody."
    )
    return DONE


def figures(options: argparse.Namespace) -> int:
    """Print what clients report by telemetry, which is never part of the bill."""
    now = clock.now()
    open_to_read()
    with database.session():
        return answer(options, _command(options, now, _names(options)), now)


def _names(options: argparse.Namespace) -> "Names":
    """Return a team's names, with the people among the words whom only telemetry knows."""
    from bot.questions.catalog import all_names
    from bot.questions.reading.names import Name, Names

    present, reporting = (connections.of_team(team_of(options), each) for each in (ANTHROPIC, PROVIDER))
    listed = directory.read(present.id) if present else Directory([])
    known = {*lines.identities(reporting.id), *links.of(reporting.id).values()} if reporting else set()
    known -= {(person.email or "").casefold() for person in listed.people()}
    words = [word for word in map(str.casefold, options.words) if "@" in word and word in known]
    return Names([*all_names(listed, frozenset()), *(Name("engineer", word, word) for word in words)])


def answer(options: argparse.Namespace, command: Command, now: datetime) -> int:
    """Print what a command shows of telemetry; within a session. Raises Failed or Misused."""
    from bot.questions.permissions import shown_by
    from bot.reports.claude import telemetry
    from digests.files.telemetry_json import telemetry_json
    from digests.messages.telemetry.figures import telemetry_in_text

    if command.person == ME:
        raise Misused(UNKNOWN_PERSON)
    if options.json and (command.person or command.view or command.lines == "session"):
        raise Misused("This has no JSON. A period with another `by …` has.")
    if command.period is None or command.period.zone != ZONE:
        raise Misused("Telemetry is counted by UTC days.")
    team = team_of(options)
    connection = connections.of_team(team, PROVIDER)
    if connection is None:
        raise Failed(NOT_CONNECTED)
    if shown_by(command) == "engineers":
        with database.transaction():
            audit.record(team, audit.TERMINAL, "engineers viewed", command_text(command), now)
    if command.view:
        terminal.show(_beside(connection, command, now), now=now, zone=ZONE)
        return DONE
    report = (
        telemetry.report_of(connection, command.period, command.person, now=now, has_sessions=True)
        if command.person
        else telemetry.report(connection, command.period, command.lines, now=now)
    )
    if options.json:
        terminal.show_plain_json(telemetry_json(report))
    else:
        terminal.show(telemetry_in_text(report), now=now, zone=ZONE)
    return DONE


def _beside(connection: Connection, command: Command, now: datetime) -> "Message":
    """Return telemetry beside the bill, or who does not report. Raises Failed."""
    from bot.questions.telemetry_answer import billed_connection
    from bot.reports.claude.beside import beside_the_bill
    from bot.reports.claude.blind import who_is_blind
    from digests.messages.telemetry.beside import beside
    from digests.messages.telemetry.blind import blind_ones

    present = billed_connection(connection)
    if present is None or command.period is None:
        raise Failed("Anthropic isn't connected, so there is no bill. `stackspend connect` connects it.")
    if command.view == "blind":
        found = who_is_blind(present, connection, now=now)
        return blind_ones(found, today=now.date(), has_buttons=False)
    by: By = "engineer" if command.lines == "engineer" else "day"
    return beside(beside_the_bill(present, connection, command.period, by, now=now), has_buttons=False)


def _command(options: argparse.Namespace, now: datetime, names: "Names") -> Command:
    """Return the command that was typed. Raises Misused."""
    from bot.questions.reading.dates import TeamCalendar
    from bot.questions.reading.parse import has_key
    from bot.questions.understand import understand

    text = " ".join(["claude", *options.words, *(["by", options.by] if options.by else [])])
    if has_key(text):
        raise Misused(KEY_TYPED)
    command = understand(text, TeamCalendar(now, ZONE), names=names)
    if isinstance(command, Command) and command.name == "claude":
        return command
    if isinstance(command, Misunderstood):
        raise Misused(not_parsed(command))
    raise Misused("Add a period and a grouping, in any order: 7d by repository.")
