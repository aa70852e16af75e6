"""The verbs about keys: in with `connect`, out with `disconnect` and `forget`, anew with `rotate-secret`."""

import argparse
import getpass
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from bot import clock
from bot.cli import terminal
from bot.cli.operate import DONE, FAILED, connection_of, team_of
from bot.errors import Failed
from bot.program import LOCAL, Program, open_program
from digests.words import wording
from providers.provider import Organization, ProviderRefused, ProviderUnavailable
from storage.engine import database
from storage.engine.secrets import WrongSecretKey
from storage.state import audit, connections, home_views, installations, sealed_values, uninstalls
from storage.state.connections import Connection

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from storage.state.installations import Installation

REPLACE = (
    "This key belongs to {new}, but {old} is connected. If you switch, we delete {old}'s key and keep "
    "its history."
)
DISCONNECT = "Disconnecting {name} deletes its key and stops syncing. Its history is {history}."
ROTATED = """\
{count} now encrypted with the first secret key.
Does every running process have that key, too? Then remove the others from STACKSPEND_SECRET_KEY and restart.
If not, restart them and run this again."""
NOT_ROTATED = """\
There is only one secret key, and {count} encrypted with it. To change it:
1. In every process, put a new key in front (STACKSPEND_SECRET_KEY=new,old), and restart.
2. Run `stackspend rotate-secret`.
3. Remove the old key, and restart again."""
LOST = "The {what} of {name} ({team}) was encrypted with a key that isn't set, so it stays as it is."
UNREACHED_TABS = "We couldn't update {tabs}. Spend shows there until the tab is opened again."
BY_HAND = "We couldn't revoke its Slack token ({why}). In Slack, open Manage apps and remove StackSpend."


def connect(options: argparse.Namespace) -> int:
    """Connect Anthropic (Admin key on standard input)."""
    from bot.sync.keys import admin_key

    program = open_program(needs_secret=True)
    key = _typed_key()
    if wrong := admin_key.what_is_wrong(key):
        raise Failed(wrong)
    with database.session():
        team = team_of(options)
        over = connections.of_team(team)
        organization = _proved(program, team, key)
        keep = partial(admin_key.store, program.services, team, organization, key, by="")
        outcome = keep(over=over)
        if outcome.instead_of:
            if not options.replace:
                _ask_to_replace(outcome.instead_of, organization)
            confirmed = admin_key.confirmation(organization, outcome.instead_of)
            outcome = keep(over=outcome.instead_of, confirmed=confirmed)
        if outcome.is_overtaken:
            raise Failed("Someone else changed the connection meanwhile. We didn't store the key.")
    terminal.say(
        f"Connected {organization.name} (key …{key[-4:]}). `stackspend sync` imports its billing history."
    )
    return DONE


def _typed_key() -> str:
    """Return the key typed at a hidden prompt, or the first non-empty line of standard input."""
    from bot.sync.keys.admin_key import cleaned

    if sys.stdin.isatty():
        return cleaned(getpass.getpass("Admin key: "))
    return next(filter(None, map(cleaned, sys.stdin)), "")


def _proved(program: Program, team: str, key: str) -> Organization:
    """Return the organization of a key, as Anthropic says. Raises Failed."""
    from bot.sync.keys import admin_key
    from digests.words.admin_key import UNREACHABLE, WHAT_CAME, complaint

    try:
        return admin_key.prove(program.services, key)
    except ProviderRefused as error:
        _record(team, "key refused", "when it was entered")
        raise Failed(f"{_as_sentences(complaint(error))} {WHAT_CAME.format(message=error)}") from error
    except ProviderUnavailable as error:
        raise Failed(f"{_as_sentences(UNREACHABLE)} {WHAT_CAME.format(message=error)}") from error


def _as_sentences(words: str) -> str:
    """Return the two-line text of a Slack message as sentences."""
    lines = [line.replace("*", "") for line in words.rsplit(": *", maxsplit=1)[-1].splitlines()]
    return ". ".join(lines)


def _ask_to_replace(present: Connection, new: Organization) -> None:
    """Ask whether to replace another organization's key. Raises Failed."""
    ask(REPLACE.format(new=new.name, old=present.organization_name), "Replace it?", unasked="--replace")


def ask(consequence: str, question: str, *, unasked: str) -> None:
    """Ask for consent, in a terminal or by an option. Raises Failed without it."""
    if not sys.stdin.isatty():
        raise Failed(f"{consequence} To continue, run it again with {unasked}.")
    if not terminal.confirms(f"{consequence} {question}"):
        raise Failed("Nothing was changed.")


def _record(team: str, what: audit.What, detail: str) -> None:
    with database.transaction():
        audit.record(team, audit.TERMINAL, what, detail, clock.now())


def disconnect(options: argparse.Namespace) -> int:
    """Delete the key and stop syncing; the history is kept unless you choose otherwise."""
    from bot.sync.keys import admin_key

    program = open_program()
    with database.session():
        connection = connection_of(options)
        history = "deleted" if options.delete_history else "kept"
        people = _people_at_home(connection.team_id)
        if not options.yes:
            words = DISCONNECT.format(name=connection.organization_name, history=history)
            ask(words, "Disconnect?", unasked="--yes")
        with database.transaction():
            keep = not options.delete_history
            admin_key.disconnect(connection, by="", keep_history=keep, at=clock.now())
    terminal.say(f"Disconnected {connection.organization_name}. Its key is deleted, its history {history}.")
    _empty_homes(program, connection.team_id, people)
    return DONE


def rotate_secret(_options: argparse.Namespace) -> int:
    """Re-encrypt every stored key and token with the first key of STACKSPEND_SECRET_KEY."""
    program = open_program(needs_secret=True)
    with database.session():
        number, lost = sealed_values.renew(program.vault)
        count = wording.counted(number, "stored key")
        _record(LOCAL, "secret rotated", count)
    stored = f"{count} {'is' if number == 1 else 'are'}"
    for line in (ROTATED if program.vault.has_others else NOT_ROTATED).format(count=stored).splitlines():
        terminal.say(line)
    for each in lost:
        terminal.say(LOST.format(what=each.what, name=each.name, team=each.team_id))
    return FAILED if lost else DONE


def forget(options: argparse.Namespace) -> int:
    """Delete everything of a Slack workspace now."""
    program, team = open_program(), str(options.team)
    with database.session():
        if not uninstalls.has_anything(team):
            raise Failed(f"There is nothing stored for {team}. Is that the id of a Slack workspace?")
        installation, people = installations.own_of(team), _people_at_home(team)
        with database.transaction():
            uninstalls.forget(team)
            audit.record(LOCAL, audit.TERMINAL, "forgotten", team, clock.now())
    terminal.say(f"Everything of {team} is deleted.")
    _empty_homes(program, team, people, installation)
    if installation:
        terminal.say(_revoke(program, installation))
    return DONE


def _people_at_home(team: str) -> Sequence[str]:
    """Return the people whose Home tab shows figures."""
    from bot.listeners.home_tab.home import MOST_HOMES

    with database.session():
        return home_views.of_team(team, limit=MOST_HOMES)


def _empty_homes(
    program: Program, team: str, people: Sequence[str], installation: "Installation | None" = None
) -> None:
    """Remove figures from Home tabs, as far as Slack can be reached."""
    from bot.listeners.home_tab.home import empty

    if not people:
        return
    client = _client_of(program, team, installation)
    if unreached := empty(client, people) if client else len(people):
        terminal.say(UNREACHED_TABS.format(tabs=wording.counted(unreached, "Home tab")))


def _client_of(program: Program, team: str, installation: "Installation | None") -> "WebClient | None":
    """Return a team's Slack client, None without a usable token."""
    from bot.slack.client import SlackError, team_of
    from bot.slack.web_client import client_of
    from bot.teams.clients import TeamClients

    settings = program.settings
    if not settings.has_many_teams and settings.slack_bot_token:
        client = client_of(settings.slack_bot_token, settings.slack_api_url)
        try:
            return client if team_of(client) == team else None
        except SlackError:
            return None
    with database.session():
        installation = installation or installations.of_team(team)
    try:
        teams = TeamClients(program.vault, api_url=settings.slack_api_url, now=clock.now)
        return teams.client(installation) if installation else None
    except (WrongSecretKey, Failed):
        return None


def _revoke(program: Program, installation: "Installation") -> str:
    """Have Slack revoke the bot's token; return a sentence on the result."""
    from bot.teams.clients import TeamClients
    from bot.teams.uninstall import revoke

    try:
        teams = TeamClients(program.vault, api_url=program.settings.slack_api_url, now=clock.now)
        why = revoke(teams.client(installation))
    except (WrongSecretKey, Failed):
        why = "it can't be decrypted"
    return BY_HAND.format(why=why) if why else "Its Slack token is revoked."
