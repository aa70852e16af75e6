"""The verbs about ingest tokens: `connect claude` and `disconnect claude`."""

import argparse
import json

from bot import clock
from bot.cli import keys, terminal
from bot.cli.operate import DONE, team_of
from bot.cli.read import Misused
from bot.errors import Failed
from bot.ingest import ingest_tokens
from bot.ingest.ingest_tokens import NO_PUBLIC_URL, NotPossible
from bot.program import open_program
from digests.files.telemetry_settings import endpoint, snippets
from storage.engine import database

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
    if options.name or options.json:
        raise Misused("--name and --json are for claude: stackspend connect claude --name NAME")
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
            token, issued = ingest_tokens.issue(team, name, by="", at=clock.now())
        except NotPossible as error:
            raise Failed(str(error)) from error
    if options.json:
        terminal.say(json.dumps({"endpoint": address, "token": token, "name": issued.name}, indent=1))
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
